"""Everything that is known about one work item, for `sot board show`."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from sot_tools.diagnostic import Diagnostic
from sot_tools.documents.sections import plain, sections
from sot_tools.errors import SotError
from sot_tools.rules.kinds import Kinds
from sot_tools.rules.model import Library
from sot_tools.rules.nearest import hint
from sot_tools.views.faults import Faults
from sot_tools.views.lineage import Evidence, evidence, parents
from sot_tools.views.work import Spot, Work, WorkItem, mentioned_only


class Neighbour(NamedTuple):
    """An item that blocks this one, or that this one blocks; texts are empty where unknown."""

    id: str
    status: str
    title: str
    known: bool
    finished: bool


class Mentioned(NamedTuple):
    """The mentions of an item in one section of a document."""

    spot: Spot
    """The first of them."""
    section: str
    """Title of the section; empty in front matter and data files."""
    times: int


class Detail(NamedTuple):
    """One work item with everything that the workspace says about it."""

    item: WorkItem
    board: str
    blocked_by: tuple[Neighbour, ...]
    blocks: tuple[Neighbour, ...]
    documents: tuple[tuple[str, bool], ...]
    """Paths that the board lists, and whether each exists."""
    evidence: tuple[Evidence, ...]
    mentions: tuple[Mentioned, ...]
    faults: tuple[Diagnostic, ...]


def known(library: Library, work: Work, identifier: str) -> WorkItem:
    """An item that is registered, opened or at least mentioned; SotError names the nearest id."""
    if identifier in work.items:
        return work.items[identifier]
    ids = {mention.id for facts in library.facts.values() for mention in facts.mentions}
    if identifier in ids:
        return mentioned_only(identifier)
    step = hint(identifier, [*work.items, *ids]) or "`sot board` lists the work items"
    raise SotError(f"work item `{identifier}` is not known here; {step}")


def detail(library: Library, kinds: Kinds, work: Work, faults: Faults, identifier: str) -> Detail:
    """All there is about an item."""
    item = known(library, work, identifier)
    shown = evidence(library, kinds, work, parents(library, kinds)).get(item.id, ())
    return Detail(
        item,
        work.board,
        tuple(_neighbour(work, each) for each in item.blocked_by),
        tuple(
            _neighbour(work, each.id) for each in work.items.values() if item.id in each.blocked_by
        ),
        tuple((path, library.exists(path)) for path in item.documents),
        shown,
        tuple(_mentions(library, item)),
        faults.of_item(item.id),
    )


def _neighbour(work: Work, identifier: str) -> Neighbour:
    item = work.items.get(identifier)
    if item is None:
        return Neighbour(identifier, "", "", False, False)
    return Neighbour(identifier, item.status, item.title, True, item.finished)


def _mentions(library: Library, item: WorkItem) -> list[Mentioned]:
    """The mentions outside the item's own headings, by document and section."""
    found: dict[tuple[str, int], Mentioned] = {}
    opened = {each.spot for each in item.stated}
    for facts in library.facts.values():
        spots = [
            Spot(facts.path, each.line, each.column)
            for each in facts.mentions
            if each.id == item.id
        ]
        document = library.document(facts.path)
        if document is None or not spots:
            continue
        heads = [(each.line, each.title) for each in sections(document)]
        for spot in spots:
            if spot in opened:
                continue
            at = bisect_right(heads, spot.line, key=lambda head: head[0]) - 1
            line, title = heads[at] if at >= 0 else (0, "")
            before = found.get((facts.path, line), Mentioned(spot, plain(title), 0))
            found[(facts.path, line)] = before._replace(times=before.times + 1)
    return list(found.values())
