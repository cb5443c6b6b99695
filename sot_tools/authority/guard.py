"""Whether another repository is idle: ten questions about it, asked read-only, failing closed.

Nothing here writes, locks or reserves anything; the answer holds for the moment it is given
(GUARD-02, GUARD-05).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple


class Worktree(NamedTuple):
    """One working tree of the repository."""

    path: str
    branch: str
    changes: tuple[str, ...] | None
    """What git status says; None where it could not be asked."""


class Core(NamedTuple):
    """What was seen of the repository; None means that it could not be seen."""

    path: Path
    main: str
    """Name of the main branch's working tree; empty where it is unknown."""
    worktrees: tuple[Worktree, ...] | None
    processes: tuple[str, ...] | None
    """Command lines of running validation processes of the repository."""
    sequence_routes: tuple[str, ...] | None
    """Open route documents of the sequence protocol."""
    validators: bool | None
    """Whether validators are there that would cover an open route."""
    owner: str | None
    """Who owns the repository on disk; None where several do, or nobody known."""


class Rules(NamedTuple):
    """What the profile says about the guarded repository."""

    conflict_item: str
    conflict_worktree: str


class Answer(NamedTuple):
    """One check and what was seen."""

    check: str
    passes: bool
    seen: str


Question = Callable[[Core, Rules], tuple[bool, str]]


def _worktree_list(core: Core, _: Rules) -> tuple[bool, str]:
    if core.worktrees is None:
        return False, "the list of worktrees cannot be read"
    return True, f"{len(core.worktrees)} worktrees"


def _main_status(core: Core, _: Rules) -> tuple[bool, str]:
    main = next((each for each in core.worktrees or () if each.path == core.main), None)
    if main is None or main.changes is None:
        return False, "the status of the main worktree cannot be read"
    return not main.changes, _listed(main.changes, "clean")


def _worktree_status(core: Core, _: Rules) -> tuple[bool, str]:
    others = [each for each in core.worktrees or () if each.path != core.main]
    unknown = [each.path for each in others if each.changes is None]
    if core.worktrees is None or unknown:
        return False, f"the status cannot be read: {', '.join(unknown) or 'all worktrees'}"
    dirty = [each.path for each in others if each.changes]
    return not dirty, _listed(dirty, "no worktree has changes")


def _sequence_route(core: Core, _: Rules) -> tuple[bool, str]:
    if core.sequence_routes is None:
        return False, "open routes cannot be read"
    return not core.sequence_routes, _listed(core.sequence_routes, "no route is open")


def _validation_process(core: Core, _: Rules) -> tuple[bool, str]:
    if core.processes is None:
        return False, "running processes cannot be seen"
    return not core.processes, _listed(core.processes, "no validation process runs")


def _idle_route(core: Core, rules: Rules) -> tuple[bool, str]:
    busy = [ask for ask in (_sequence_route, _validation_process) if not ask(core, rules)[0]]
    return not busy, "idle" if not busy else "a route or a process is active, or cannot be seen"


def _no_active_worktree(core: Core, _: Rules) -> tuple[bool, str]:
    if core.worktrees is None:
        return False, "the list of worktrees cannot be read"
    others = [each.path for each in core.worktrees if each.path != core.main]
    return not others, _listed(others, "no worktree besides the main one")


def _named_conflict(core: Core, rules: Rules) -> tuple[bool, str]:
    if core.worktrees is None:
        return False, "the list of worktrees cannot be read"
    wanted = rules.conflict_worktree
    found = [each.path for each in core.worktrees if wanted and each.path.endswith(wanted)]
    return not found, _listed(found, f"no worktree of {rules.conflict_item or 'a named conflict'}")


def _validator_coverage(core: Core, _: Rules) -> tuple[bool, str]:
    if core.sequence_routes == ():
        return True, "no route is open that needs a validator"
    if not core.validators:
        return False, "a route is open or unknown, and no validator covers it"
    return True, "validators are there"


def _ownership(core: Core, _: Rules) -> tuple[bool, str]:
    return core.owner is not None, f"owned by {core.owner}" if core.owner else "ownership uncertain"


QUESTIONS: tuple[tuple[str, Question], ...] = (
    ("core_worktree_list", _worktree_list),
    ("core_main_status", _main_status),
    ("active_core_worktree_status", _worktree_status),
    ("core_sequence_protocol_route", _sequence_route),
    ("running_core_validation_process", _validation_process),
    ("idle_governed_core_route", _idle_route),
    ("no_active_conflicting_worktree", _no_active_worktree),
    ("named_conflict", _named_conflict),
    ("validator_coverage_after_route", _validator_coverage),
    ("ownership_certain", _ownership),
)


def answers(core: Core, rules: Rules) -> tuple[Answer, ...]:
    """Every check with what was seen."""
    return tuple(Answer(name, *ask(core, rules)) for name, ask in QUESTIONS)


def idle(found: Iterable[Answer]) -> bool:
    """Whether every check passes; even then the repository may only be asked about (GUARD-01)."""
    return all(each.passes for each in found)


def _listed(found: Iterable[str], nothing: str) -> str:
    shown = list(found)
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return ", ".join(shown[:3]) + more if shown else nothing
