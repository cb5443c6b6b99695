"""What documents derive from, and which of them show that a work item is done."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.items import Mention
from sot_tools.documents.sections import Section, plain, sections
from sot_tools.rules.kinds import Kinds
from sot_tools.rules.model import Facts, Library
from sot_tools.views.work import Spot, Work, WorkItem

_LABEL = re.compile(r"(?:(?:Done|Validation|Current|Closeout) [Ee]|E)vidence:(?: .*)?")
"""A line of an item that says what shows it is done, instead of a document of its own."""


class Parent(NamedTuple):
    """The document that another one derives from."""

    path: str
    by_name: bool
    """Known from the file names only: no `source` says so."""


class Evidence(NamedTuple):
    """Something that shows an item is done, as far as it is stated."""

    spot: Spot
    label: str
    """Title of the document, id of the run, or the line of the item that says so."""
    form: str
    """`document`, `missing` (a path that leads nowhere), `run` or `statement`."""


def parents(library: Library, kinds: Kinds) -> Mapping[str, Parent]:
    """Path → what its document derives from: its `source`, else the nearest kind that its own
    kind follows, in a document of the same name (DOCUMENT-KINDS, cross-document rule 1)."""
    by_name: dict[tuple[str, str], str] = {}
    for facts in library.facts.values():
        by_name.setdefault((facts.family, facts.kind), facts.path)
    found = {}
    for facts in library.facts.values():
        if facts.source and facts.source != facts.path and facts.source in library.facts:
            found[facts.path] = Parent(facts.source, False)
            continue
        kind = kinds.by_name.get(facts.kind)
        for name in kind.follows if kind else ():
            path = by_name.get((facts.family, name))
            if path is not None and path != facts.path:
                found[facts.path] = Parent(path, True)
                break
    return found


def nearest(
    starts: Iterable[str], parents: Mapping[str, Parent], wanted: Iterable[str]
) -> Mapping[str, str]:
    """Path → the first of `wanted` on its way to the root, itself included; each step once."""
    goals = frozenset(wanted)
    known: dict[str, str] = {}
    for start in starts:
        trail = []
        path = start
        while path not in known and path not in goals:
            known[path] = ""  # a loop ends here
            trail.append(path)
            parent = parents.get(path)
            if parent is None:
                break
            path = parent.path
        goal = path if path in goals else known[path]
        known.update(dict.fromkeys(trail, goal))
        known[start] = goal
    return {path: goal for path, goal in known.items() if goal}


def evidence(
    library: Library, kinds: Kinds, work: Work, parents: Mapping[str, Parent]
) -> Mapping[str, tuple[Evidence, ...]]:
    """Item id → its evidence; an item that has none is absent.

    Rule 1: what the board names is evidence.
    Rule 2: a document of an evidence kind is evidence of the items that it mentions and that are
    its own: the board lists it with them, it derives from the document that opens them, or it
    bears that document's name.
    Rule 3: without either, the line `Done evidence:` (or alike) below the item's heading.
    """
    found: dict[str, dict[str, Evidence]] = {}
    for item in work.items.values():
        for entry in item.evidence:
            found.setdefault(item.id, {})[entry] = _named(library, item, entry)
    showing = [
        facts
        for facts in library.facts.values()
        if (kind := kinds.by_name.get(facts.kind)) is not None and kind.evidence
    ]
    homes = {each.spot.path for item in work.items.values() for each in item.stated}
    derived = nearest((facts.path for facts in showing), parents, homes)
    for facts in showing:
        for mention in _body_first(library, facts):
            known = work.items.get(mention.id)
            if known is not None and _own(library, facts, derived.get(facts.path, ""), known):
                spot = Spot(facts.path, mention.line, mention.column)
                each = Evidence(spot, facts.title, "document")
                found.setdefault(known.id, {}).setdefault(facts.path, each)
    for item in work.items.values():
        if item.id not in found:
            said = {str(each.spot): each for each in _statements(library, item)}
            if said:
                found[item.id] = said
    return {identifier: tuple(each.values()) for identifier, each in found.items()}


def saying(document: Document, line: int, words: str) -> Iterator[Spot]:
    """The places of the paragraph lines below the heading on `line` that hold `words`; blocks are
    only read where the section has such a line."""
    lines: list[int] = document.once(
        f"lines with {words}",
        lambda it: [number for number, text in enumerate(it.lines, 1) if words in text],
    )
    own: dict[int, Section] = document.once(
        "sections by line", lambda it: {each.line: each for each in sections(it)}
    )
    section = own.get(line)
    first = bisect_left(lines, line)
    if section is None or first == len(lines) or lines[first] > section.last:
        return
    for block in section.blocks:
        if block.kind == outline.PARAGRAPH and words in block.text:
            for offset, text in enumerate(block.text.split("\n")):
                if words in text:
                    yield Spot(document.path, block.line + offset)


def _named(library: Library, item: WorkItem, entry: str) -> Evidence:
    """What the board names: a document of the workspace, or the id of a run."""
    if entry in library.facts:
        return Evidence(Spot(entry), library.facts[entry].title, "document")
    if "/" not in entry:
        return Evidence(item.spot or Spot(entry), entry, "run")
    return Evidence(Spot(entry), entry, "document" if library.exists(entry) else "missing")


def _body_first(library: Library, facts: Facts) -> list[Mention]:
    """The mentions of a document, those in the front matter after those that say more."""
    document = library.document(facts.path)
    body = document.body if document is not None else 0
    return sorted(facts.mentions, key=lambda mention: mention.line <= body)


def _own(library: Library, facts: Facts, derived: str, item: WorkItem) -> bool:
    """Whether an item that a document mentions is one that the document is about."""
    return facts.path in item.documents or any(
        each.spot.path == derived or library.facts[each.spot.path].family == facts.family
        for each in item.stated
    )


def _statements(library: Library, item: WorkItem) -> Iterator[Evidence]:
    for stated in item.stated:
        document = library.document(stated.spot.path)
        if document is None or stated.empty:
            continue
        for spot in saying(document, stated.spot.line, "vidence:"):
            said = plain(document.line(spot.line))
            if _LABEL.fullmatch(said):
                yield Evidence(spot, said, "statement")
