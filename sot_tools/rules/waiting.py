"""What work items wait for by their headings, found once for all checks that ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sot_tools.documents.items import Item, mentioned
from sot_tools.rules.model import Library, Scene


class Wait(NamedTuple):
    """One line of what an item is blocked by."""

    path: str
    item: Item
    line: int
    ids: tuple[str, ...]
    """The items that the line names."""
    free: bool
    """Whether the line says `none`, whatever it names."""


def opened(library: Library) -> Sequence[tuple[str, Item]]:
    """Every heading that opens an item, with the path of its document."""
    found: Sequence[tuple[str, Item]] = library.once(
        "opened",
        lambda: [(each.path, item) for each in library.facts.values() for item in each.items],
    )
    return found


def waits(library: Library, scene: Scene) -> Sequence[Wait]:
    """Every line of what an item is blocked by, in reading order."""
    found: Sequence[Wait] = library.once("waits", lambda: list(_waits(library, scene)))
    return found


def _waits(library: Library, scene: Scene) -> Iterator[Wait]:
    for path, item in opened(library):
        for line in item.blocked_by or ():
            ids = tuple(match.group() for match in mentioned(line.text, scene.id_pattern))
            yield Wait(path, item, line.line, ids, line.text.lower().startswith("none"))
