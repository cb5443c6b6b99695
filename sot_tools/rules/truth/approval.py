"""Approvals are single use, come before the run, and say where they come from (APR)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sot_tools.diagnostic import Finding, Pointer
from sot_tools.documents.document import Document
from sot_tools.documents.items import mentioned
from sot_tools.documents.statements import Label
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.labels import keys, label_of
from sot_tools.rules.truth.runs import Record, by_path, citations, started

Applies = Callable[[str], bool]
_TRUE = "true"


class _Use(NamedTuple):
    """Where it is said that an approval was used up, and the run that used it."""

    path: str
    line: int
    word: str
    run: str

    def pointer(self, library: Library, label: str) -> Pointer:
        return pointer(library, self.path, self.line, self.word, label)


def _consumed(library: Library, facts: Facts, words: tuple[str, ...]) -> _Use | None:
    """The closeout or evidence that names the items of an approval record and calls it used: one
    of them where it has one, else two."""
    uses: Mapping[str, Sequence[_Use]] = library.once(
        ("uses", words), lambda: _uses(library, words)
    )
    own = {mention.id for mention in facts.mentions}
    named = Counter(use for each in own for use in uses.get(each, ()))
    enough = min(2, len(own))
    return min((use for use, times in named.items() if times >= enough), default=None)


def _uses(library: Library, words: tuple[str, ...]) -> Mapping[str, Sequence[_Use]]:
    """Item → the first documents that name it and call an approval used."""
    found: dict[str, list[_Use]] = {}
    for facts in library.facts.values():
        use = _use(library, facts, words) if facts.evidence and facts.mentions else None
        for each in {mention.id for mention in facts.mentions} if use else ():
            said = found.setdefault(each, [])
            if use is not None and len(said) < _MANY:
                said.append(use)
    return found


_MANY = 50
"""Documents above which no more are looked at for one item."""


def _use(library: Library, facts: Facts, words: tuple[str, ...]) -> _Use | None:
    said = library.answer(facts.path, "called used", *words)
    if said is None:
        return None
    told = by_path(library).get(facts.path, ())
    run = next(
        (
            record.run
            for record in told
            if any(label.key.endswith("process started") for label in record.labels)
        ),
        "",
    )
    return _Use(facts.path, said[0], said[1], run)


def called_used(document: Document, *words: str) -> tuple[int, str] | None:
    """Line and word of the first line that calls something used."""
    for number, line in enumerate(document.lines, 1):
        word = next((word for word in words if word in line.lower()), "")
        if word and " not " not in line.lower():
            return number, word
    return None


def consumed_open(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Approval records that still allow a run although another document says it was used up."""
    open_keys = keys(parameters, "open")
    used = tuple(word.lower() for word in texts(parameters, "used"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            label = label_of(facts, open_keys, _TRUE) if applies(facts.path) else None
            if label is None:
                continue
            if any(word in label_.value.lower() for label_ in facts.said.labels for word in used):
                continue
            use = _consumed(library, facts, used)
            if use is not None:
                detail = "the approval was used up, and this record still grants it"
                step = "write which run consumed it, and when; an approval is good for one run"
                place = word_at(library, facts.path, label.line, label.value)
                where = use.pointer(library, "consumed")
                yield facts.path, Finding(place, detail, step, (where,))

    return check


class _Granted(NamedTuple):
    """An approval that a run has used up."""

    facts: Facts
    label: Label
    use: _Use


def request_after_run(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Requests that cite the evidence of the very run that they ask for, and so the approvals that
    were granted on them after the run."""
    pending = keys(parameters, "pending")
    open_keys = keys(parameters, "open")
    used = tuple(word.lower() for word in texts(parameters, "used"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        granted = _granted(library, applies, open_keys, used)
        told: set[str] = set()
        for facts in library.facts.values() if granted else ():
            if not applies(facts.path) or label_of(facts, pending, "false") is None:
                continue
            asked = [
                (approval, label)
                for fence in sorted(_fences(library, facts.path))
                for run, label in citations(library).get(facts.path, {}).items()
                for approval in granted.get((fence, run), ())
                if approval.facts.kind != facts.kind
            ]
            if asked:
                approval, label = asked[0]
                yield facts.path, _too_late(library, facts, label, approval)
            for approval, label in asked:
                if approval.facts.path not in told:
                    told.add(approval.facts.path)
                    yield approval.facts.path, _unbound(library, facts, label, approval)

    return check


def _granted(
    library: Library, applies: Applies, open_keys: frozenset[str], used: tuple[str, ...]
) -> Mapping[tuple[str, str], Sequence[_Granted]]:
    """The fenced approval sentence and the run that used it up → the approvals."""
    found: dict[tuple[str, str], list[_Granted]] = {}
    for facts in library.facts.values():
        label = label_of(facts, open_keys, _TRUE) if applies(facts.path) else None
        use = _consumed(library, facts, used) if label else None
        for fence in _fences(library, facts.path) if use is not None and use.run else ():
            if label is not None and use is not None:
                said = found.setdefault((fence, use.run), [])
                if len(said) < _MANY:
                    said.append(_Granted(facts, label, use))
    return found


def _too_late(library: Library, facts: Facts, cited: Label, approval: _Granted) -> Finding:
    run = approval.use.run
    return Finding(
        word_at(library, facts.path, cited.line, run),
        f"this request cites the evidence of the run it asks for, {run[:16]}",
        "a run that happened before its request was not approved by it: say so",
        (approval.use.pointer(library, "consumed by it"),),
    )


def _unbound(library: Library, facts: Facts, cited: Label, approval: _Granted) -> Finding:
    run = approval.use.run
    request = pointer(library, facts.path, cited.line, run, "the request")
    return Finding(
        word_at(library, approval.facts.path, approval.label.line, _TRUE),
        f"the run {run[:16]} that this approval is bound to came before its request",
        "record it as given afterwards; it authorises nothing that was done",
        (request, approval.use.pointer(library, "consumed by it")),
    )


def _fences(library: Library, path: str) -> frozenset[str]:
    """The one-line fences of a document: exact sentences of approval."""

    found: frozenset[str] = library.once(
        ("fences", path),
        lambda: frozenset(library.answer(path, "one-line fences") or ()),
    )
    return found


def one_line_fences(document: Document) -> list[str]:
    """The text of every fenced block of one line."""
    return [
        block.text.strip()
        for block in document.blocks
        if block.kind == "fence" and "\n" not in block.text
    ]


def runs_exceed(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """More runs of one item than its approval is good for."""
    open_keys = keys(parameters, "open")
    begun = keys(parameters, "begun")
    scope = keys(parameters, "scope")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        limited = [
            (facts, limit)
            for facts in library.facts.values()
            if applies(facts.path)
            and (limit := label_of(facts, scope)) is not None
            and limit.value.lower().startswith("one ")
            and label_of(facts, open_keys, _TRUE) is not None
        ]
        about = _about(library, scene) if limited else {}
        for facts, limit in limited:
            paths = tuple(about.get(_subject(library, facts, scene), ()))
            runs = _started(library, paths, begun)
            if len(runs) > 1:
                detail = f"the approval is for one run, and {len(runs)} runs under it were started"
                where = tuple(
                    pointer(library, record.path, record.line, record.run, f"run {record.run[:16]}")
                    for record in runs[:_SHOWN]
                )
                step = "record an approval of its own for each run, or say which had none"
                place = word_at(library, facts.path, limit.line, limit.value)
                yield facts.path, Finding(place, detail, step, where)

    return check


_SHOWN = 8
"""Most runs that one finding points at."""


def _subject(library: Library, facts: Facts, scene: Scene) -> str:
    """The item that the fenced approval sentence names."""
    for sentence in sorted(_fences(library, facts.path)):
        for match in mentioned(sentence, scene.id_pattern):
            return match.group()
    return ""


def _about(library: Library, scene: Scene) -> Mapping[str, list[str]]:
    """Item → the documents that say what it is they are about, in the order of paths."""
    found: dict[str, list[str]] = {}
    for facts in library.facts.values():
        subjects = {
            match.group()
            for label in facts.said.labels
            if label.key == "work item"
            for match in mentioned(label.value, scene.id_pattern)
        }
        for subject in subjects:
            found.setdefault(subject, []).append(facts.path)
    return found


def _started(library: Library, paths: tuple[str, ...], begun: frozenset[str]) -> Sequence[Record]:
    """The runs that documents record as started, each once, in order."""

    def compute() -> Sequence[Record]:
        found: dict[str, Record] = {}
        for path in paths:
            for record in by_path(library).get(path, ()):
                if any(label.key in begun and label.value == _TRUE for label in record.labels):
                    found.setdefault(record.run, record)
        return [found[run] for run in sorted(found)]

    result: Sequence[Record] = library.once(("started", paths, begun), compute)
    return result


_SOURCE = re.compile(r"approval[_ ]source`? (?:as|is) `([^`\n]+)`")


def sources_differ(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Two sources for the approval of one run: where the run is recorded, and where it is cited."""
    source = keys(parameters, "source")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        recorded = _sources(library, source)
        for path, cited in citations(library).items() if recorded else ():
            known = {run: label for run, label in cited.items() if run in recorded}
            if not known or not applies(path):
                continue
            parts: dict[int, list[str]] = {}
            for run, label in known.items():
                parts.setdefault(label.part, []).append(run)
            for part, line, value in _stated_sources(library, library.facts[path], source):
                runs = list(known) if part is None else parts.get(part, [])
                if part is not None and not runs and library.facts[path].evidence:
                    runs = list(known)
                if not runs or any(recorded[run][1].value == value for run in runs):
                    continue
                facts, label = recorded[runs[0]]
                detail = f"the approval of run {runs[0][:16]} comes from `{value}` here and from"
                detail += f" `{label.value}` elsewhere"
                where = pointer(library, facts.path, label.line, label.value, "elsewhere")
                step = "find out which approval was given, and correct the other record"
                place = word_at(library, path, line, value)
                yield path, Finding(place, detail, step, (where,))

    return check


def _sources(library: Library, wanted: frozenset[str]) -> dict[str, tuple[Facts, Label]]:
    """Started run → the first document that records it together with the source of its approval:
    beside the run, else the only one that the document states."""
    found: dict[str, tuple[Facts, Label]] = {}
    for path, told in by_path(library).items():
        facts = library.facts[path]
        stated = [label for label in facts.said.labels if label.key in wanted]
        only = stated[0] if len({label.value for label in stated}) == 1 else None
        for record in told if stated else ():
            source = next((label for label in record.labels if label.key in wanted), only)
            begun = any(label.key.endswith("process started") for label in record.labels)
            if source is not None and begun and started(record.run) is not None:
                found.setdefault(record.run, (facts, source))
    return found


def _stated_sources(
    library: Library, facts: Facts, wanted: frozenset[str]
) -> Iterator[tuple[int | None, int, str]]:
    """Part, line and value of every source of an approval that a document states; no part where a
    sentence states it of whatever the document cites."""
    for label in facts.said.labels:
        if label.key in wanted:
            yield label.part, label.line, label.value
    for number, value in library.answer(facts.path, "approval sources") or ():
        yield None, number, value


def approval_sources(document: Document) -> list[tuple[int, str]]:
    """Line and value of every source of an approval that a sentence states."""
    return [
        (number, match.group(1))
        for number, line in enumerate(document.lines, 1)
        for match in _SOURCE.finditer(line)
    ]


def labels_distinct(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """One value under two labels that mean different things, in the papers of one approval."""
    one, other = keys(parameters, "labels"), keys(parameters, "others")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        second: dict[tuple[str, str], tuple[Facts, Label]] = {}
        for facts in library.facts.values():
            for label in facts.said.labels:
                if label.key in other:
                    for fence in _fences(library, facts.path):
                        second.setdefault((fence, label.value), (facts, label))
        for facts in library.facts.values() if second else ():
            first = label_of(facts, one) if applies(facts.path) else None
            for fence in sorted(_fences(library, facts.path)) if first is not None else ():
                if first is None or (fence, first.value) not in second:
                    continue
                paper, again = second[fence, first.value]
                detail = f"`{first.value}` is the {first.key} here and the {again.key} there"
                step = "write the command that runs the work here; checking it is another one"
                where = pointer(library, paper.path, again.line, again.value, f"the {again.key}")
                place = word_at(library, facts.path, first.line, first.value)
                yield facts.path, Finding(place, detail, step, (where,))
                break

    return check
