"""A contradiction made in the consistent workspace, and where it must be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from tests.truth import workspace

Spot = tuple[str, str]
"""A path, and a text that stands there once after the change; the place is where it ends. An empty
text means the first line."""


class Change(NamedTuple):
    """One mutation."""

    edits: dict[str, str]
    """Path → changed text."""
    place: Spot
    related: Spot | None = None
    also: frozenset[str] = frozenset()
    """Other rules that the same change breaks, by the nature of the contradiction."""
    board: bool = True
    """Made in the workspace that has a board."""

    def line(self, spot: Spot) -> int:
        """The line of a spot in the changed workspace."""
        path, needle = spot
        if not needle:
            return 1
        text = self.edits.get(path, texts()[path])
        assert text.count(needle) == 1, f"{path} holds {text.count(needle)} times {needle!r}"
        return text.count("\n", 0, text.index(needle) + len(needle.rstrip("\n"))) + 1


Changes = Callable[[], Iterator[Change]]


@cache
def texts() -> dict[str, str]:
    """The texts of the consistent workspace."""
    return workspace.texts()


def made(*steps: tuple[str, str, str]) -> dict[str, str]:
    """The files that replacements change: each takes a path, a text that stands there exactly
    once, and what it becomes."""
    edits: dict[str, str] = {}
    for path, old, new in steps:
        text = edits.get(path, texts()[path])
        assert text.count(old) == 1, f"{path} holds {text.count(old)} times {old!r}"
        edits[path] = text.replace(old, new)
    return edits


def added(path: str, text: str) -> dict[str, str]:
    """A file with a text at its end."""
    return {path: f"{texts()[path].rstrip()}\n\n{text}\n"}


def plan(name: str) -> str:
    """The path of a paper."""
    return f"{workspace.PLANS}/{name}"
