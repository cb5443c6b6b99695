"""What can be worked on next, and for the rest why not (WB-05, WB-20)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple

from sot_tools.rules.loops import on_one_ring, rings
from sot_tools.views.work import Work, WorkItem


class State(enum.Enum):
    """How far an item that is not finished is from being begun."""

    READY = "ready"
    """Nothing stands in its way."""
    PERSON = "person"
    """Its blockers are validated; a person must decide or confirm first."""
    WAITING = "waiting"
    """Something else must happen first."""


class Next(NamedTuple):
    """An unfinished item, and what a person must confirm or what it waits for."""

    item: WorkItem
    state: State
    reasons: tuple[str, ...]


def unfinished(work: Work) -> tuple[Next, ...]:
    """Every item that is not finished, in board order."""
    ring = rings(edges(work))
    return tuple(_next(work, item, ring) for item in work.items.values() if not item.finished)


def edges(work: Work) -> Mapping[str, tuple[str, ...]]:
    """Item → the known items that block it."""
    return {
        item.id: tuple(each for each in item.blocked_by if each in work.items)
        for item in work.items.values()
    }


def open_blockers(work: Work, item: WorkItem) -> tuple[str, ...]:
    """The blockers of an item that are not finished, unknown ones included."""
    return tuple(
        each
        for each in item.blocked_by
        if (known := work.items.get(each)) is None or not known.finished
    )


def _next(work: Work, item: WorkItem, ring: Mapping[str, int]) -> Next:
    reasons = [_reason(work, item, each, ring) for each in open_blockers(work, item)]
    if item.status == "blocked":
        reasons.insert(0, "its status is blocked")
    elif not item.status:
        reasons.insert(0, "no status is stated")
    if reasons:
        return Next(item, State.WAITING, (*reasons, *item.conditions))
    if item.needs_person:
        return Next(item, State.PERSON, item.conditions)
    return Next(item, State.READY, ())


def _reason(work: Work, item: WorkItem, blocker: str, ring: Mapping[str, int]) -> str:
    known = work.items.get(blocker)
    if known is None:
        where = f"not registered in {work.board}" if work.board else "opened by no document"
        return f"{blocker} is {where}"
    if item.id == blocker:
        return "blocks itself"
    loop = ", and both block each other" if on_one_ring(ring, item.id, blocker) else ""
    return f"{blocker} is {known.status or 'without a status'}{loop}"
