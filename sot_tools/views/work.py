"""Work items as the board and the documents know them together (WB-01…05, WB-20)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sot_tools.board.board import FINISHED, HUMAN, Board, BoardItem
from sot_tools.board.entries import starts
from sot_tools.documents.items import Criterion, Item, Line, mentioned
from sot_tools.rules.model import Library, Scene

_JOINTS = re.compile(r"[\s,;.&+`]+|\b(?:and|or)\b", re.IGNORECASE)
"""What may stand between the ids of a list of blockers without being a condition in words."""
_NUMBER = re.compile(r"([0-9]{1,18})")


class Spot(NamedTuple):
    """A place as a reader goes to it; both numbers counted from 1."""

    path: str
    line: int = 1
    column: int = 1


class Stated(NamedTuple):
    """What one heading of a document says about a work item; absent texts are empty."""

    spot: Spot
    title: str
    status: str
    status_line: int
    """Where the status stands; 0 where none does."""
    type: str
    blocked_by: tuple[str, ...]
    conditions: tuple[str, ...]
    """Blockers in words, as they stand (WB-20)."""
    criteria: tuple[Criterion, ...]
    empty: bool


class WorkItem(NamedTuple):
    """One work item: the board's word where it is registered, else that of its first heading."""

    id: str
    title: str
    type: str
    status: str
    blocked_by: tuple[str, ...]
    conditions: tuple[str, ...]
    documents: tuple[str, ...]
    evidence: tuple[str, ...]
    """Paths and run ids that the board names."""
    spot: Spot | None
    """Where it is registered or opened; None for an id that is only mentioned."""
    registered: bool
    stated: tuple[Stated, ...]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.status == FINISHED

    @property
    def needs_person(self) -> bool:
        """Whether somebody must decide or confirm before it can begin (WB-05)."""
        return self.type.upper() == HUMAN or bool(self.conditions)


class Work(NamedTuple):
    """All work items: those of the board in its order, then those that only documents open, by
    id."""

    items: Mapping[str, WorkItem]
    board: str
    """Path of the board; empty where the workspace has none."""
    unusable: int
    """Entries of the board that are no item with an id, and therefore not shown."""


def collect(library: Library, scene: Scene) -> Work:
    """The work items of a workspace."""
    stated = _stated(library, scene)
    board = library.board
    items: dict[str, WorkItem] = {}
    unusable = 0
    if board is not None:
        spots = _spots(library, board)
        unusable = len(spots) - len(board.items)
        for each in board.by_id.values():
            items[each.id] = _registered(each, spots[each.position], stated.get(each.id, ()))
    for identifier in sorted(stated.keys() - items.keys(), key=_natural):
        items[identifier] = _opened(identifier, stated[identifier])
    return Work(items, board.path if board is not None else "", unusable)


def _natural(identifier: str) -> list[tuple[int, int, str]]:
    """The sort key that puts 9 before 10."""
    parts = _NUMBER.split(identifier)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]


def mentioned_only(identifier: str) -> WorkItem:
    """An id that documents use and nothing opens."""
    return WorkItem(identifier, "", "", "", (), (), (), (), None, False, ())


def _spots(library: Library, board: Board) -> list[Spot]:
    document = library.document(board.path)
    found = starts(document) if document is not None else ()
    return [Spot(board.path, start.line, start.column) for start in found]


def _registered(item: BoardItem, spot: Spot, stated: tuple[Stated, ...]) -> WorkItem:
    return WorkItem(
        item.id,
        item.title,
        item.type,
        item.status,
        tuple(dict.fromkeys(item.blocked_by)),
        item.blocked_by_prose,
        item.documents,
        item.evidence,
        spot,
        True,
        stated,
    )


def _opened(identifier: str, stated: tuple[Stated, ...]) -> WorkItem:
    """An item that only headings know; one that is not empty speaks for the others."""
    first = next((each for each in stated if not each.empty), stated[0])
    return WorkItem(
        identifier,
        first.title,
        first.type,
        first.status,
        first.blocked_by,
        first.conditions,
        tuple(dict.fromkeys(each.spot.path for each in stated)),
        (),
        first.spot,
        False,
        stated,
    )


def _stated(library: Library, scene: Scene) -> dict[str, tuple[Stated, ...]]:
    found: dict[str, list[Stated]] = {}
    for facts in library.facts.values():
        for item in facts.items:
            found.setdefault(item.id, []).append(_heading(facts.path, item, scene))
    return {identifier: tuple(headings) for identifier, headings in found.items()}


def _heading(path: str, item: Item, scene: Scene) -> Stated:
    ids, conditions = blockers(item.blocked_by or (), scene.id_pattern)
    return Stated(
        Spot(path, item.line, item.column),
        item.title,
        item.status.text if item.status else "",
        item.status.line if item.status else 0,
        item.type.text.removesuffix(".") if item.type else "",
        ids,
        conditions,
        item.acceptance or (),
        item.empty,
    )


def blockers(lines: Iterable[Line], id_pattern: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids and conditions in words of a `Blocked by`; a line may hold both (WB-20)."""
    ids: dict[str, None] = {}
    conditions = []
    for line in lines:
        rest = line.text
        if rest.lower().startswith("none"):
            continue
        for match in mentioned(line.text, id_pattern):
            ids[match.group()] = None
            rest = rest.replace(match.group(), " ")
        if _JOINTS.sub("", rest):
            conditions.append(line.text)
    return tuple(ids), tuple(conditions)
