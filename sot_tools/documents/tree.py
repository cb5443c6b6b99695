"""A data value that knows the place of everything in it."""

from __future__ import annotations

from typing import Any

from sot_tools.diagnostic import Span
from sot_tools.documents.problems import Problem

MAX_DEPTH = 50
"""Deepest nesting of a data value that is read."""

Path = tuple[str | int, ...]
"""Keys and indices from the root of a data value."""


class Tree:
    """A data value with the span of every value and key, and the problems met on the way."""

    __slots__ = ("keys", "problems", "value", "values")

    def __init__(self) -> None:
        self.value: Any = None
        self.values: dict[Path, Span] = {}
        self.keys: dict[Path, Span] = {}
        self.problems: list[Problem] = []
