"""The workboard as a value (WB-01…05, WB-20): items with ids, states and blockers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sot_tools.documents.document import Document

STATUSES = ("candidate", "validated", "blocked")
FINISHED = "validated"
"""The status that ends an item, and that its blockers must have before it can begin."""
TYPES = ("AFK", "HITL")
HUMAN = "HITL"
"""The type of an item that a person must decide on (WB-04, WB-05)."""


class BoardItem(NamedTuple):
    """One registered work item; absent texts are empty."""

    id: str
    title: str
    type: str
    status: str
    blocked_by: tuple[str, ...]
    """Ids only; prose stands apart (WB-20)."""
    blocked_by_prose: tuple[str, ...]
    documents: tuple[str, ...]
    evidence: tuple[str, ...]
    position: int
    """Position in the file's list, for pointing at it."""


class Board(NamedTuple):
    """All registered items; the first of two with the same id wins in `by_id`."""

    path: str
    items: tuple[BoardItem, ...]
    by_id: Mapping[str, BoardItem]


def read(document: Document) -> Board:
    """The board in a document; whatever is not a well-formed item is left to the shape rules."""
    value = document.data
    entries = value.get("items") if isinstance(value, dict) else None
    items: list[BoardItem] = []
    if isinstance(entries, list):
        for index, entry in enumerate(entries):
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                items.append(_item(entry, index))
    by_id: dict[str, BoardItem] = {}
    for item in items:
        by_id.setdefault(item.id, item)
    return Board(document.path, tuple(items), by_id)


def _item(entry: Mapping[str, Any], index: int) -> BoardItem:
    return BoardItem(
        entry["id"],
        _text(entry.get("title")),
        _text(entry.get("type")),
        _text(entry.get("status")),
        _texts(entry.get("blocked_by")),
        _texts(entry.get("blocked_by_prose")),
        _texts(entry.get("documents")),
        _evidence(entry.get("evidence")),
        index,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _evidence(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        entry if isinstance(entry, str) else _text(entry.get("run"))
        for entry in value
        if isinstance(entry, str | dict)
    )
