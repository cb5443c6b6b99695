"""The moves that exist between the states of a work item or a stage."""

from __future__ import annotations

from typing import NamedTuple


class Move(NamedTuple):
    """One change of state."""

    origin: str
    target: str


MOVES = (
    Move("candidate", "validated"),
    Move("candidate", "blocked"),
)
"""A validated item never moves: what was proven stays proven, and a doubt is a new work item. A
blocked item becomes a candidate by hand, since that claims nothing."""


def move(origin: str, target: str) -> Move | None:
    """The move between two states, if it exists."""
    return next((each for each in MOVES if each == (origin, target)), None)
