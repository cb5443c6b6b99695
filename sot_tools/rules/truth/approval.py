"""Approvals are single use, come before the run, and say where they come from (APR)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sot_tools.diagnostic import Finding
from sot_tools.documents.items import mentioned
from sot_tools.documents.sections import fold
from sot_tools.documents.statements import Label
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.runs import Record, records, run_ids, started

Applies = Callable[[str], bool]
_TRUE = "true"
_RECORDS = frozenset({"closeout", "evidence"})
"""Kinds of documents that record what was done."""


def _label(facts: Facts, keys: frozenset[str], value: str = "") -> Label | None:
    return next(
        (
            label
            for label in facts.said.labels
            if label.key in keys and (not value or label.value == value)
        ),
        None,
    )


def _folded(parameters: Parameters, name: str) -> frozenset[str]:
    return frozenset(fold(text.replace("_", " ")) for text in texts(parameters, name))


class _Consumption:
    """Where it is said that the approval of an item was used up: path, line and the run."""

    __slots__ = ("line", "path", "run", "word")

    def __init__(self, path: str, line: int, word: str, run: str) -> None:
        self.path = path
        self.line = line
        self.word = word
        self.run = run


def _consumed(library: Library, facts: Facts, words: tuple[str, ...]) -> _Consumption | None:
    """The closeout or evidence that names the items of an approval record and calls it used."""
    own = {mention.id for mention in facts.mentions}
    for other in library.facts.values():
        if other.kind not in _RECORDS or not own:
            continue
        if len(own & {mention.id for mention in other.mentions}) < min(2, len(own)):
            continue
        document = library.document(other.path)
        for number, line in enumerate(document.lines if document else (), 1):
            word = next((word for word in words if word in line.lower()), "")
            if word and " not " not in line.lower():
                run = next(
                    (
                        record.run
                        for record in records(library)
                        if record.path == other.path
                        and any(label.key.endswith("process started") for label in record.labels)
                    ),
                    "",
                )
                return _Consumption(other.path, number, word, run)
    return None


def consumed_open(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Approval records that still allow a run although another document says it was used up."""
    open_keys = _folded(parameters, "open")
    used = tuple(word.lower() for word in texts(parameters, "used"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            label = _label(facts, open_keys, _TRUE) if applies(facts.path) else None
            if label is None:
                continue
            if any(word in label_.value.lower() for label_ in facts.said.labels for word in used):
                continue
            consumption = _consumed(library, facts, used)
            if consumption is not None:
                detail = "the approval was used up, and this record still grants it"
                step = "write which run consumed it, and when; an approval is good for one run"
                where = pointer(
                    library, consumption.path, consumption.line, consumption.word, "consumed"
                )
                place = word_at(library, facts.path, label.line, label.value)
                yield facts.path, Finding(place, detail, step, (where,))

    return check


def request_after_run(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Requests that cite the evidence of the very run that they ask for, and so the approvals that
    were granted on them after the run."""
    pending = _folded(parameters, "pending")
    open_keys = _folded(parameters, "open")
    used = tuple(word.lower() for word in texts(parameters, "used"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        granted = [
            facts
            for facts in library.facts.values()
            if applies(facts.path) and _label(facts, open_keys, _TRUE)
        ]
        for facts in library.facts.values():
            if not applies(facts.path) or _label(facts, pending, "false") is None:
                continue
            for approval in granted:
                if approval.kind == facts.kind or not _same_words(library, facts, approval):
                    continue
                consumption = _consumed(library, approval, used)
                if consumption is None or not consumption.run:
                    continue
                cited = _cites(facts, consumption.run)
                if cited is None:
                    continue
                run = consumption.run[:16]
                closed = pointer(
                    library, consumption.path, consumption.line, consumption.word, "consumed by it"
                )
                detail = f"this request cites the evidence of the run it asks for, {run}"
                step = "a run that happened before its request was not approved by it: say so"
                place = word_at(library, facts.path, cited.line, consumption.run)
                yield facts.path, Finding(place, detail, step, (closed,))
                label = _label(approval, open_keys, _TRUE)
                line = label.line if label else 1
                detail = f"the run {run} that this approval is bound to came before its request"
                request = pointer(library, facts.path, cited.line, consumption.run, "the request")
                yield (
                    approval.path,
                    Finding(
                        word_at(library, approval.path, line, _TRUE),
                        detail,
                        "record it as given afterwards; it authorises nothing that was done",
                        (request, closed),
                    ),
                )

    return check


def _same_words(library: Library, one: Facts, other: Facts) -> bool:
    """Whether two documents carry the same fenced approval sentence."""
    return bool(_fences(library, one) & _fences(library, other))


def _fences(library: Library, facts: Facts) -> frozenset[str]:
    document = library.document(facts.path)
    blocks = document.blocks if document else ()
    return frozenset(
        block.text.strip() for block in blocks if block.kind == "fence" and "\n" not in block.text
    )


def _cites(facts: Facts, run: str) -> Label | None:
    return next((label for label in facts.said.labels if run in run_ids(label.value)), None)


def runs_exceed(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """More runs of one item than its approval is good for."""
    open_keys = _folded(parameters, "open")
    begun = _folded(parameters, "begun")
    scope = _folded(parameters, "scope")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            limit = _label(facts, scope) if applies(facts.path) else None
            if limit is None or not limit.value.lower().startswith("one "):
                continue
            if _label(facts, open_keys, _TRUE) is None:
                continue
            runs = _runs_of(library, _subject(library, facts, scene), begun)
            if len(runs) > 1:
                detail = f"the approval is for one run, and {len(runs)} runs under it were started"
                where = tuple(
                    pointer(library, record.path, record.line, record.run, f"run {record.run[:16]}")
                    for record in runs
                )
                step = "record an approval of its own for each run, or say which had none"
                place = word_at(library, facts.path, limit.line, limit.value)
                yield facts.path, Finding(place, detail, step, where)

    return check


def _subject(library: Library, facts: Facts, scene: Scene) -> str:
    """The item that the fenced approval sentence names."""
    for sentence in sorted(_fences(library, facts)):
        for match in mentioned(sentence, scene.id_pattern):
            return match.group()
    return ""


def _runs_of(library: Library, item: str, begun: frozenset[str]) -> list[Record]:
    """The started runs that documents about an item record, each once, in order."""
    about = {
        facts.path
        for facts in library.facts.values()
        if any(label.key == "work item" and item in label.value for label in facts.said.labels)
    }
    found: dict[str, Record] = {}
    for record in records(library):
        if record.path in about and any(
            label.key in begun and label.value == _TRUE for label in record.labels
        ):
            found.setdefault(record.run, record)
    return [found[run] for run in sorted(found)]


_SOURCE = re.compile(r"approval[_ ]source`? (?:as|is) `([^`\n]+)`")


def sources_differ(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Two sources for the approval of one run: where the run is recorded, and where it is cited."""
    keys = _folded(parameters, "source")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for run, (facts, source) in _sources(library, keys).items():
            for other in library.facts.values():
                if not applies(other.path) or _cites(other, run) is None:
                    continue
                for line, value in _stated_sources(library, other, run, keys):
                    if value == source.value or (other.path, line) == (facts.path, source.line):
                        continue
                    detail = f"the approval of run {run[:16]} comes from `{value}` here and from"
                    detail += f" `{source.value}` elsewhere"
                    where = pointer(library, facts.path, source.line, source.value, "elsewhere")
                    step = "find out which approval was given, and correct the other record"
                    place = word_at(library, other.path, line, value)
                    yield other.path, Finding(place, detail, step, (where,))

    return check


def _sources(library: Library, keys: frozenset[str]) -> dict[str, tuple[Facts, Label]]:
    """Started run → the first document that records it together with the source of its approval."""
    found: dict[str, tuple[Facts, Label]] = {}
    for record in records(library):
        facts = library.facts[record.path]
        source = _label(facts, keys)
        begun = any(label.key.endswith("process started") for label in record.labels)
        if source is not None and begun and started(record.run) is not None:
            found.setdefault(record.run, (facts, source))
    return found


def _stated_sources(
    library: Library, facts: Facts, run: str, keys: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """Line and value of every source of an approval that a document states beside the run, or
    anywhere if the document is a record of what was done."""
    cited = {label.part for label in facts.said.labels if run in run_ids(label.value)}
    for label in facts.said.labels:
        if label.key in keys and (label.part in cited or facts.kind in _RECORDS):
            yield label.line, label.value
    document = library.document(facts.path)
    for number, line in enumerate(document.lines if document else (), 1):
        for match in _SOURCE.finditer(line):
            yield number, match.group(1)


def labels_distinct(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """One value under two labels that mean different things, in the papers of one approval."""
    one, other = _folded(parameters, "labels"), _folded(parameters, "others")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        papers = [
            (facts, fences)
            for facts in library.facts.values()
            if (_label(facts, one) or _label(facts, other)) and (fences := _fences(library, facts))
        ]
        for facts, fences in papers:
            label = _label(facts, one) if applies(facts.path) else None
            for second, others in papers if label is not None else ():
                again = _label(second, other, label.value) if label and fences & others else None
                if label is None or again is None:
                    continue
                detail = f"`{label.value}` is the {label.key} here and the {again.key} there"
                step = "write the command that runs the work here; checking it is another one"
                where = pointer(library, second.path, again.line, again.value, f"the {again.key}")
                place = word_at(library, facts.path, label.line, label.value)
                yield facts.path, Finding(place, detail, step, (where,))
                break

    return check
