"""What is earned of a list of requirements: each with the evidence behind it, or what is missing.

Values in, values out: the board says what is claimed, the trail says what was hashed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sot_tools.board.board import FINISHED, Board
from sot_tools.rules.trail import Trail


class Need(NamedTuple):
    """A requirement, and what has to be earned for it."""

    name: str
    subjects: tuple[str, ...]
    """Work items and stages (`Stage N`)."""
    rules: tuple[str, ...]
    """Rules of which the check may find nothing."""
    phrase: str
    """What other documents quote it by."""


class Row(NamedTuple):
    """A requirement as it stands."""

    need: Need
    evidence: str
    """What proves it; empty where something is missing."""
    missing: str
    registered: bool
    """Whether the board has everything that it needs."""

    @property
    def earned(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def needs(entries: Iterable[Mapping[str, Any]]) -> tuple[Need, ...]:
    """The requirements that a profile lists."""
    return tuple(
        Need(
            str(each["name"]),
            (*each.get("items", ()), *(f"Stage {number}" for number in each.get("stages", ()))),
            tuple(each.get("rules", ())),
            str(each.get("phrase", each["name"])),
        )
        for each in entries
    )


def of_board(board: Board) -> tuple[Need, ...]:
    """Every work item as a requirement of its own."""
    return tuple(Need(f"{item.id} {item.title}", (item.id,), (), item.id) for item in board.items)


def rows(
    wanted: Iterable[Need], board: Board | None, trail: Trail, found: frozenset[str]
) -> tuple[Row, ...]:
    """Each requirement as it stands; `found` holds the codes of the rules that found something."""
    states = _states(board)
    made = []
    for need in wanted:
        gaps = [gap for subject in need.subjects if (gap := _gap(subject, states, trail))]
        gaps += [f"`sot check` reports {code}" for code in need.rules if code in found]
        if not need.subjects and not need.rules:
            gaps.append("nothing is named that would prove it")
        proof = "" if gaps else "; ".join(_proofs(need, trail))
        known = all(subject in states for subject in need.subjects)
        made.append(Row(need, proof, "; ".join(gaps), known))
    return tuple(made)


def _states(board: Board | None) -> Mapping[str, str]:
    if board is None:
        return {}
    stages = {f"Stage {each.number}": each.status for each in board.stages}
    return {**{each.id: each.status for each in board.items}, **stages}


def _gap(subject: str, states: Mapping[str, str], trail: Trail) -> str:
    """Why a subject proves nothing; empty where it does."""
    state = states.get(subject)
    if state != FINISHED:
        return f"`{subject}` is `{state}`" if state else f"`{subject}` is not on the board"
    earned = trail.advanced.get(subject)
    if earned is None:
        return f"`{subject}` is `{state}` and no run with its digest is its evidence"
    if earned.fault:
        return f"the evidence of `{subject}` no longer counts: {earned.fault}"
    return f"the evidence of `{subject}` was not hashed: its run is not here" * earned.absent


def _proofs(need: Need, trail: Trail) -> Iterator[str]:
    for subject in need.subjects:
        earned = trail.advanced[subject]
        yield f"`{subject}` on `{earned.run}`, `sha256:{earned.digest}`"
    for code in need.rules:
        yield f"`sot check` finds nothing for {code}"
