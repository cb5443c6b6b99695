"""Evidence must agree with itself, hold what was asked for, and stand where it belongs (EVI)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sot_tools.diagnostic import Finding, Pointer
from sot_tools.documents.lists import Entry
from sot_tools.documents.problems import at
from sot_tools.documents.sections import fold, last_line
from sot_tools.documents.statements import Label
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.nearest import listed
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.labels import keys, lists
from sot_tools.rules.truth.ladder import ladder
from sot_tools.rules.truth.runs import Record, by_path, by_run, records, run_ids

Applies = Callable[[str], bool]
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of nothing."""


def runs_agree(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Two values for one fact of one run."""
    compared = keys(parameters, "facts")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for run, told in by_run(library).items():
            first: dict[str, tuple[Record, Label]] = {}
            for record in told if len(told) > 1 else ():
                for label in record.facts().values():
                    if label.key not in compared:
                        continue
                    other, known = first.setdefault(label.key, (record, label))
                    if _value(known.value) == _value(label.value) or not applies(record.path):
                        continue
                    detail = f"`{label.key}` of run {run[:16]} is `{label.value}` here and"
                    detail += f" `{known.value}` elsewhere"
                    where = pointer(library, other.path, known.line, known.value, "elsewhere")
                    step = "read the run's report, and correct the one that is wrong"
                    place = word_at(library, record.path, label.line, label.value)
                    yield record.path, Finding(place, detail, step, (where,))

    return check


_COMMIT = re.compile(r"([0-9a-f]{7})[0-9a-f]{0,57}\b")


def _value(text: str) -> str:
    """A value as it is compared: lists without their order, commits by their short form."""
    commit = _COMMIT.match(text)
    if commit is not None:
        return commit.group(1)
    folded = ", ".join(sorted(part.strip().lower() for part in text.split(",")))
    return "none" if folded in ("none", "no changed files", "") else folded


def run_contradicts(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Facts of one run that cannot both be so: a pass of failed tests, a patch without bytes."""
    status = keys(parameters, "status")
    passed = keys(parameters, "passed")
    changed = keys(parameters, "changed")
    digest = keys(parameters, "digest")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for record in records(library):
            if not applies(record.path):
                continue
            said = _first(record, status)
            for label in record.labels:
                if said and said.value == "pass" and label.key in passed and label.value == "false":
                    detail = f"`{said.key}` is `pass` and `{label.key}` is `false`"
                    step = "a run that failed a check is no pass: correct the status"
                    yield _pair(library, record, said, label, detail, step)
            files, sum_ = _first(record, changed), _first(record, digest)
            if files is None or sum_ is None:
                continue
            none = _value(files.value) == "none"
            if none != (sum_.value.lower().removeprefix("sha256:") == _EMPTY):
                what = "a patch that is not empty" if none else "the digest of an empty patch"
                detail = f"`{files.key}` is `{files.value}`, with {what}"
                step = "read the patch, and correct the files or the digest"
                yield _pair(library, record, sum_, files, detail, step)

    return check


def _first(record: Record, keys: frozenset[str]) -> Label | None:
    return next((label for label in record.labels if label.key in keys), None)


def _pair(
    library: Library, record: Record, one: Label, other: Label, detail: str, step: str
) -> Found:
    where = pointer(library, record.path, other.line, other.value, f"`{other.key}`")
    place = word_at(library, record.path, one.line, one.value)
    return record.path, Finding(place, detail, step, (where,))


_STATES = re.compile(r"\bis (?:validated|complete[d]?|resolved|proven)\b|\bare validated\b")


def pass_on_fail(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """A result called validated on the ground of a run that failed or was blocked."""
    status = keys(parameters, "status")
    result = keys(parameters, "result")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for record in records(library):
            said = _first(record, status)
            if said is None or said.value not in ("fail", "blocked") or not applies(record.path):
                continue
            for label in record.labels:
                if (
                    label.key in result
                    and _STATES.search(label.value)
                    and " not " not in label.value
                ):
                    detail = f"`{label.value}` rests on a run whose report says `{said.value}`"
                    step = "cite the run that passed, or take the result back"
                    yield _pair(library, record, label, said, detail, step)

    return check


def bare_results(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Evidence that states what is required where its result belongs."""
    values = frozenset(texts(parameters, "values"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            if not applies(facts.path):
                continue
            for label in facts.said.labels:
                word, _, rest = label.value.lower().partition(" ")
                if word in values and (not rest or rest.startswith("before ")):
                    detail = f"`{label.value}` is a demand and no result"
                    step = "run it, and write what it said and where its output is"
                    place = word_at(library, facts.path, label.line, label.value)
                    yield facts.path, Finding(place, detail, step)

    return check


def stage_evidence(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """What a finished stage requires and no evidence of the stage mentions."""
    known = scene.states
    required = keys(parameters, "required")
    shown = keys(parameters, "shown")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        stages = ladder(library, known).stages
        elsewhere = _elsewhere(library, shown) if stages else {}
        for stage in stages:
            if not applies(stage.path):
                continue
            own = lists(library, stage.path).get(stage.part, ())
            said = _beginnings(entry.text for entry in own if entry.under in shown)
            said |= elsewhere.get(stage.number, frozenset())
            for label in sorted(required):
                asked = [entry for entry in own if entry.under == label]
                missing = [entry for entry in asked if not _mentioned(entry, said)]
                if missing:
                    names = [entry.text.rstrip(";.") for entry in missing]
                    detail = f"Stage {stage.number} is `{stage.state}`, and no evidence mentions"
                    detail += f" {len(missing)} of {len(asked)} {label}: {listed(names, 4)}"
                    step = "name the artifact that shows each, or say why it does not apply"
                    first = missing[0]
                    place = word_at(library, stage.path, first.line, names[0])
                    yield stage.path, Finding(place, detail, step, (stage.pointer(library),))

    return check


_TELLING = re.compile(r"[a-z]{4,}")
_DULL = frozenset({"proof", "full", "harness", "evidence", "interface", "artifact", "results"})
_STEM = 6
"""Characters at the beginning of a word that stand for all its forms."""


def _beginnings(shown: Iterable[str]) -> frozenset[str]:
    """What the words in lists of evidence begin with."""
    words = {word for text in shown for word in _TELLING.findall(text.lower())}
    return frozenset(word[:size] for word in words for size in range(4, _STEM + 1))


def _mentioned(entry: Entry, said: frozenset[str]) -> bool:
    """Whether evidence holds most telling words of what was asked for."""
    telling = [word for word in _TELLING.findall(entry.text.lower()) if word not in _DULL]
    found = sum(word[:_STEM] in said for word in telling)
    return not telling or found * 2 > len(telling)


_NAMED = re.compile(r"\bstage ([0-9]{1,4})(?![0-9])")


def _elsewhere(library: Library, shown: frozenset[str]) -> Mapping[int, frozenset[str]]:
    """Stage → what the documents show whose title names it."""
    found: dict[int, set[str]] = {}
    for facts in library.facts.values():
        for number in set(_NAMED.findall(facts.title.lower())):
            found.setdefault(int(number), set()).update(
                _beginnings(
                    entry.text
                    for part, own in lists(library, facts.path).items()
                    for entry in own
                    if entry.under in shown or "evidence" in facts.said.parts[part].title
                )
            )
    return {number: frozenset(words) for number, words in found.items()}


def stray_facts(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Facts of a run in a part that names no run, and runs whose facts break off."""
    wanted = keys(parameters, "facts")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        with_run = {(record.path, record.part) for record in records(library)}
        runs = {record.run: record.path for record in records(library)}
        several = {path for path, count in Counter(runs.values()).items() if count > 1}
        for facts in library.facts.values():
            if not applies(facts.path) or facts.path not in several:
                continue
            strays: dict[tuple[int, str], list[Label]] = {}
            for label in facts.said.labels:
                if label.key in wanted and (facts.path, label.part) not in with_run:
                    strays.setdefault((label.part, label.under), []).append(label)
            for (part, _), labels in strays.items():
                if len({label.key for label in labels}) < _SEVERAL or part < 0:
                    continue
                if _names_run(library, facts, part):
                    continue
                head = facts.said.parts[part]
                detail = (
                    f"{len(labels)} facts of a run stand below `{head.title}`, which names none"
                )
                step = "name the run above them, or move them below the run that they are of"
                place = word_at(library, facts.path, labels[0].line, labels[0].value)
                where = _before(library, facts, labels[0].line)
                yield facts.path, Finding(place, detail, step, where)

    return check


_SEVERAL = 3


def _names_run(library: Library, facts: Facts, part: int) -> bool:
    document = library.document(facts.path)
    parts = facts.said.parts
    lines = document.lines[parts[part].line : last_line(parts, part)] if document else ()
    return any(run_ids(line) for line in lines)


def _before(library: Library, facts: Facts, line: int) -> tuple[Pointer, ...]:
    """The run above a line with the fewest facts: the one that seems to have been cut off."""

    def compute() -> tuple[list[int], list[Record]]:
        lines: list[int] = []
        least: list[Record] = []
        for record in sorted(by_path(library).get(facts.path, ()), key=lambda each: each.line):
            lines.append(record.line)
            fewer = not least or len(record.labels) <= len(least[-1].labels)
            least.append(record if fewer else least[-1])
        return lines, least

    lines, least = library.once(("least told", facts.path), compute)
    above = bisect_left(lines, line)
    if not above:
        return ()
    return (Pointer(facts.path, at(least[above - 1].line, 1, 3), "this run has the fewest facts"),)


def needs(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Records of runs, or whole documents, that lack a fact which they must carry."""
    when = {
        fold(pair.partition(":")[0].replace("_", " ")): pair.partition(":")[2].strip()
        for pair in texts(parameters, "when")
    }
    needed = [(name, keys({"": name.split("|")}, "")) for name in texts(parameters, "need")]
    whole = texts(parameters, "of") == ("document",)

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for path, run, labels, everywhere in _carriers(library, whole):
            if not applies(path):
                continue
            told = {label.key: label for label in reversed(labels)}
            if any(key not in told or _is_not(told[key].value, want) for key, want in when.items()):
                continue
            missing = [
                name.split("|")[0]
                for name, forms in needed
                if not any(forms & said for said in everywhere)
            ]
            if missing:
                first = told[next(iter(when))]
                detail = f"{f'run {run[:16]}' if run else 'the document'} states"
                detail += f" `{first.key}: {first.value}` and no {listed(missing)}"
                step = "add what is missing from the record of what happened; do not guess it"
                yield path, Finding(word_at(library, path, first.line, first.value), detail, step)

    return check


def _is_not(value: str, wanted: str) -> bool:
    if wanted.startswith("not "):
        return value == wanted.removeprefix("not ")
    return value != wanted


Told = tuple[str, str, tuple[Label, ...], Sequence[frozenset[str]]]
"""Path, run, labels, and the keys that are stated of the same thing."""


def _carriers(library: Library, whole: bool) -> Iterator[Told]:
    """Documents, or the richest record of each run with what all records of the run state."""
    if whole:
        for facts in library.facts.values():
            yield (
                facts.path,
                "",
                facts.said.labels,
                [frozenset(each.key for each in facts.said.labels)],
            )
        return
    for told in by_run(library).values():
        stated = [frozenset(label.key for label in record.labels) for record in told]
        stated += [_at_large(library, path) for path in {record.path for record in told}]
        richest = max(told, key=lambda record: len(record.labels))
        yield richest.path, richest.run, richest.labels, stated


def _at_large(library: Library, path: str) -> frozenset[str]:
    """What a document without items states in parts that name no run: it is of all its runs."""

    def compute() -> dict[str, frozenset[str]]:
        with_run = {(record.path, record.part) for record in records(library)}
        return {
            facts.path: frozenset(
                label.key for label in facts.said.labels if (facts.path, label.part) not in with_run
            )
            for facts in library.facts.values()
            if not facts.items
        }

    known: dict[str, frozenset[str]] = library.once("labels at large", compute)
    return known.get(path, frozenset())
