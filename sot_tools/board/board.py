"""The workboard as a value (WB-01…05, WB-20): items with ids, states and blockers."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

STATUSES = ("candidate", "validated", "blocked")
FINISHED = "validated"
"""The status that ends an item, and that its blockers must have before it can begin."""
TYPES = ("AFK", "HITL")
HUMAN = "HITL"
"""The type of an item that a person must decide on (WB-04, WB-05)."""


class Proof(NamedTuple):
    """A run and the digest of its manifest, as the board names them."""

    run: str
    digest: str
    """64 hexadecimal digits."""


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
    proofs: tuple[Proof, ...] = ()
    """Runs that are its evidence, with their digests."""


class Stage(NamedTuple):
    """One stage of the ladder."""

    number: int
    status: str
    proofs: tuple[Proof, ...]
    position: int


class Grandfathered(NamedTuple):
    """What was validated before the ledger began, listed once."""

    since: str
    """Day on which it was listed."""
    items: tuple[str, ...]
    stages: tuple[int, ...]


NOTHING = Grandfathered("", (), ())


class _Board(NamedTuple):
    path: str
    items: tuple[BoardItem, ...]
    stages: tuple[Stage, ...] = ()
    grandfathered: Grandfathered = NOTHING
    head: str = ""
    """Head of the ledger that the board pins; empty where nothing was advanced."""


class Board(_Board):
    """All registered items."""

    @cached_property
    def by_id(self) -> Mapping[str, BoardItem]:
        """Id → item; the first of two with the same id wins."""
        found: dict[str, BoardItem] = {}
        for item in self.items:
            found.setdefault(item.id, item)
        return found


def read(path: str, value: Any) -> Board:
    """The board in the value of its file; whatever is not a well-formed item is left to the shape
    rules."""
    entries = value.get("items") if isinstance(value, dict) else None
    items: list[BoardItem] = []
    if isinstance(entries, list):
        for index, entry in enumerate(entries):
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                items.append(_item(entry, index))
    if not isinstance(value, dict):
        return Board(path, tuple(items))
    head = _text(value.get("ledger_head")).removeprefix("sha256:")
    stages = tuple(_stages(value.get("stages")))
    old = _grandfathered(value.get("grandfathered"))
    return Board(path, tuple(items), stages, old, head)


def _stages(value: Any) -> Iterator[Stage]:
    for index, entry in enumerate(value if isinstance(value, list) else ()):
        if isinstance(entry, dict) and isinstance(entry.get("stage"), int):
            proofs = tuple(_proofs(entry.get("evidence")))
            yield Stage(entry["stage"], _text(entry.get("status")), proofs, index)


def _grandfathered(value: Any) -> Grandfathered:
    if not isinstance(value, dict):
        return NOTHING
    stages = value.get("stages")
    numbers = tuple(each for each in stages if isinstance(each, int)) if stages else ()
    return Grandfathered(str(value.get("since", "")), _texts(value.get("items")), numbers)


def _proofs(value: Any) -> Iterator[Proof]:
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            digest = _text(entry.get("digest")).removeprefix("sha256:")
            yield Proof(_text(entry.get("run")), digest)


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
        tuple(_proofs(entry.get("evidence"))),
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
