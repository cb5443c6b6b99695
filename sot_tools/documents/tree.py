"""A data value that knows the place of everything in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sot_tools.diagnostic import Span
from sot_tools.documents.problems import Problem

MAX_DEPTH = 50
"""Deepest nesting of a data value that is read."""

Path = tuple[str | int, ...]
"""Keys and indices from the root of a data value."""


@dataclass(slots=True)
class Tree:
    """A data value with the span of every value and key, and the problems met on the way."""

    value: Any = None
    values: dict[Path, Span] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
