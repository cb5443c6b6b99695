"""The ladder as it stands: each stage with its state, its evidence and what is missing; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sot_tools.authority.stages import LADDER, Rung
from sot_tools.board.board import Board
from sot_tools.evidence.ledger import Ledger

_EARNED = {"validated", "grandfathered"}


class Step(NamedTuple):
    """One stage as it stands."""

    stage: int
    title: str
    scope: str
    status: str
    """As on the board, or `grandfathered` where only a word stands behind it."""
    evidence: str
    missing: str
    action: str
    """The command that is allowed next for this stage; empty where none is."""


def steps(board: Board | None, known: Ledger) -> tuple[Step, ...]:
    """Every stage of the ladder."""
    return tuple(_steps(board, known))


def _steps(board: Board | None, known: Ledger) -> Iterator[Step]:
    states = {each.number: each for each in board.stages} if board else {}
    old = board.grandfathered.stages if board else ()
    earned = {each.text("subject"): each.text("run_id") for each in known.of("status.advanced")}
    sealed = {each.text("run_id"): each.text("status") for each in known.of("run.sealed")}
    runs = {each.text("run_id"): each.about.get("stage") for each in known.of("run.started")}
    before = "validated"
    for rung in LADDER:
        found = states.get(rung.number)
        status = found.status if found else "candidate"
        run = earned.get(f"Stage {rung.number}", "")
        mine = [name for name, stage in runs.items() if stage == rung.number]
        proofs = [name for name in mine if sealed.get(name) == rung.proof]
        missing = action = ""
        if status != "validated":
            missing, action = _missing(rung, before, proofs)
        elif rung.number in old:
            status = "grandfathered"
        elif not run:
            missing = "an entry of the ledger that earned it"
        yield Step(rung.number, rung.title, rung.scope, status, run, missing, action)
        before = "validated" if status in _EARNED else status


def _missing(rung: Rung, before: str, proofs: list[str]) -> tuple[str, str]:
    """What a stage lacks, and the command that may follow."""
    if before != "validated":
        return f"stage {rung.number - 1} is not validated", ""
    if not proofs:
        return f"a sealed run for stage {rung.number} that ended with `{rung.proof}`", rung.action
    asked = f'sot approve "Stage {rung.number}" --evidence {proofs[-1]}'
    advanced = f"sot stage advance {rung.number} --evidence {proofs[-1]}"
    return f"a person's acceptance of {proofs[-1]}", f"{asked}, then {advanced}"


def next_step(found: tuple[Step, ...]) -> str:
    """The next allowed action."""
    for each in found:
        if each.status not in _EARNED:
            return f"stage {each.stage}: {each.action or each.missing}"
    return "every stage is validated; activation stays false, and promotion is decided elsewhere"
