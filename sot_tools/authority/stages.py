"""The ladder: six stages, what each may change, which mutation modes belong to it (GATE-04)."""

from __future__ import annotations

from typing import NamedTuple

from sot_tools.errors import Refused


class Rung(NamedTuple):
    """One stage."""

    number: int
    title: str
    scope: str
    modes: tuple[str, ...]
    """Mutation modes of the runs that are evidence for it."""
    action: str
    """The command that makes evidence for it."""
    proof: str = "pass"
    """How a run must have ended to be evidence: the first stage proves that a gate is closed."""
    compares: bool = False
    """Whether its evidence compares runs that exist, so that there is no run to approve."""


LADDER = (
    Rung(
        1,
        "gated engine",
        "none",
        ("none",),
        "sot run CASE --engine ENGINE, which its gate must block",
        "blocked",
    ),
    Rung(
        2,
        "artificial fixture",
        "copied artificial case only",
        ("copied-fixture",),
        "sot run CASE --stage 2",
    ),
    Rung(
        3,
        "copied repository",
        "copied local repository fixture only",
        ("copied-fixture",),
        "sot run CASE --stage 3 --source REPOSITORY",
    ),
    Rung(
        4,
        "disposable repository",
        "disposable repository only",
        ("sandbox-repo",),
        "sot run CASE --stage 4 --approval FILE",
    ),
    Rung(
        5,
        "owned noncritical repository",
        "explicitly owned low-risk repository only",
        ("owned-noncritical-repo",),
        "sot run CASE --stage 5 --admission RECORD --approval FILE --outcome WORD",
    ),
    Rung(
        6,
        "candidate default",
        "scoped real-repo use only",
        ("candidate-default",),
        "sot stage validate 6 --enter",
        compares=True,
    ),
)
"""No stage widens what an earlier one allowed (GATE-06, AUTH-12)."""


def rung(number: int) -> Rung:
    """A stage by number; refuses one that is not on the ladder."""
    if not 1 <= number <= len(LADDER):
        raise Refused(f"stage {number} is not on the ladder; its stages are 1 to {len(LADDER)}")
    return LADDER[number - 1]


def stage_of(mode: str, wanted: int) -> int:
    """The stage of a run in a mutation mode: the wanted one, or the lowest that has the mode."""
    numbers = [each.number for each in LADDER if mode in each.modes]
    if wanted and wanted not in numbers:
        shown = " or ".join(map(str, numbers)) or "no stage"
        raise Refused(f"mode `{mode}` belongs to stage {shown}, not to stage {wanted}")
    return wanted or (numbers[0] if numbers else 0)
