"""Small untruths: dates that lag, sections twice, evidence out of order, counts that are off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sot_tools.diagnostic import Finding, Pointer, Value
from sot_tools.documents.document import Document
from sot_tools.documents.items import items
from sot_tools.documents.problems import at
from sot_tools.documents.sections import last_line, parts_of
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import (
    DocumentCheck,
    Facts,
    Found,
    Library,
    Parameters,
    Scene,
    WorkspaceCheck,
    texts,
)
from sot_tools.rules.pointing import word_at
from sot_tools.rules.truth.runs import records

Applies = Callable[[str], bool]


def review_lags(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Documents with a section that is dated after their last review."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            reviewed = facts.fields.get("last_reviewed", "")
            if not reviewed or not applies(facts.path):
                continue
            latest = max(_dates(facts), default=("", 0))
            if latest[0] > reviewed:
                detail = f"`last_reviewed` is {reviewed}, and the document speaks of {latest[0]}"
                where = Pointer(facts.path, word_at(library, facts.path, latest[1], latest[0]), "")
                where = where._replace(label=f"dated {latest[0]}")
                step = f"review the document, and write `last_reviewed: {latest[0]}` or later"
                yield facts.path, Finding(Value(("last_reviewed",)), detail, step, (where,))

    return check


_DATE = re.compile(r"(?<![0-9])20[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")


def _dates(facts: Facts) -> Iterator[tuple[str, int]]:
    """The dates that headings carry and status lines name; others may lie in the future."""
    for part in facts.said.parts:
        for match in _DATE.finditer(part.title) if "20" in part.title else ():
            yield match.group(), part.line
    for label in facts.said.labels:
        if label.key == "status":
            for match in _DATE.finditer(label.value):
                yield match.group(), label.line


def heading_twice(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Dated sections of one document with the same heading: two accounts of one thing."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            first: dict[str, int] = {}
            parts = facts.said.parts
            for part in parts if any(part.date for part in parts) and applies(facts.path) else ():
                if part.title not in first:
                    first[part.title] = part.line
                elif part.date:
                    line = first[part.title]
                    detail = "this heading with its date stands in the document twice"
                    where = Pointer(facts.path, at(line, 1, 3), "here first")
                    step = "merge the two sections; two accounts of one event will differ"
                    yield facts.path, Finding(at(part.line, 1, 3), detail, step, (where,))

    return check


def runs_in_order(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Dated sections whose runs are older than those of the section above them."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        last: dict[str, tuple[str, int, int]] = {}
        for record in records(library):
            facts = library.facts[record.path]
            if (
                record.part < 0
                or not facts.said.parts[record.part].date
                or not applies(record.path)
            ):
                continue
            stamp = record.run[:16]
            before = last.get(record.path)
            if before is not None and stamp < before[0] and record.part > before[1]:
                last[record.path] = (before[0], record.part, before[2])
                detail = f"run {stamp} stands below run {before[0]}, which came later"
                where = Pointer(record.path, at(before[2], 1, 3), f"run {before[0]}")
                step = "put the sections in the order of time: the last one is read as the state"
                place = word_at(library, record.path, record.line, record.run)
                yield record.path, Finding(place, detail, step, (where,))
            if before is None or stamp > before[0]:
                last[record.path] = (stamp, record.part, record.line)

    return check


def bullet_twice(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """List entries that one list holds twice."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            for each in facts.said.twice if facts.said.twice and applies(facts.path) else ():
                if each.length > _SHORT:
                    detail = f"this entry stands in the list twice, first on line {each.first}"
                    place = at(each.line, 3, each.length)
                    where = Pointer(facts.path, at(each.first, 3, each.length), "here first")
                    yield facts.path, Finding(place, detail, "remove one of the two", (where,))

    return check


_SHORT = 12


def open_questions(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Finished documents that still ask."""
    known = scene.states
    titles = texts(parameters, "sections")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            status = facts.fields.get("status", "")
            if status not in known.finished or not applies(facts.path):
                continue
            for index, part in enumerate(facts.said.parts):
                if part.title in titles and library.answer(facts.path, "part has entries", index):
                    detail = f"the document is `{status}` and keeps open questions"
                    where = Pointer(facts.path, Value(("status",)), f"`{status}`")
                    step = "answer them here, or name the item that will"
                    yield facts.path, Finding(at(part.line, 1, 3), detail, step, (where,))

    return check


def part_has_entries(document: Document, index: int) -> bool:
    """Whether a part of a document holds a list entry."""
    parts = parts_of(document)
    blocks = document.blocks_between(parts[index].line, last_line(parts, index))
    return any(block.kind == "item" for block in blocks)


_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def counts(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Sentences that count the items of a document wrongly."""
    nouns = texts(parameters, "nouns")
    names = "|".join(re.escape(noun) for noun in nouns)
    pattern = rf"\b(?:is|are) (?:\w+ly )?({'|'.join(_NUMBERS)}) (?:{names})\b"

    def check(document: Document, kind: Kind | None) -> Iterator[Finding]:
        if not document.readable or document.format != "markdown":
            return
        found = document.once("items", lambda it: items(it, scene.id_pattern))
        if not found or not any(f" {noun}" in document.text for noun in nouns):
            return
        for number, line in enumerate(document.lines, 1):
            match = re.search(pattern, line) if " is " in line or " are " in line else None
            if match is None or _NUMBERS.index(match.group(1)) + 1 == len(found):
                continue
            detail = f"the document says `{match.group(1)}` and holds {len(found)} items"
            last = found[-1]
            where = Pointer(document.path, at(last.line, last.column, last.length), "the last one")
            place = at(number, match.start(1) + 1, len(match.group(1)))
            yield Finding(place, detail, "correct the count", (where,))

    return check
