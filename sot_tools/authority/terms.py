"""What an approval is asked for: the terms that follow from a work item and its registered case."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sot_tools.authority.stages import stage_of
from sot_tools.errors import Refused, SotError
from sot_tools.evidence.approval import RUN, Terms
from sot_tools.runs import registry
from sot_tools.runs.admitted import Target
from sot_tools.runs.contract import Register, RegisteredCase


class Task(NamedTuple):
    """A case with its terms."""

    register: Register
    case: RegisteredCase
    terms: Terms
    target: Target = Target()
    """The record that admits the repository of a case that changes one."""


def task(harness: Path, item: str, case_id: str | None, engine: str | None, stage: int) -> Task:
    """The one case of a work item, as the register has it now; stage 0 asks for the lowest."""
    register = registry.read(harness)
    chosen = case_id or _only(register, item)
    case = registry.case(register, chosen)
    if case.task.task_id != item:
        raise Refused(f"the case `{chosen}` belongs to `{case.task.task_id}`, not to `{item}`")
    name = engine or register.default_engine
    if name not in register.engines:
        known = ", ".join(register.engines)
        raise SotError(f"engine `{name}` is not registered; registered: {known}")
    return Task(register, case, of_case(case, name, stage))


def of_case(case: RegisteredCase, engine: str, stage: int) -> Terms:
    """The terms of one run of a case."""
    mode = case.task.mutation_mode
    return Terms(
        RUN,
        case.task.task_id,
        case.case_id,
        case.contract_digest,
        case.task.target_repository,
        case.fixture_digest,
        case.task.allowed_paths,
        engine,
        stage_of(mode, stage),
        mode,
    )


def _only(register: Register, item: str) -> str:
    found = [name for name in register.cases if registry.case(register, name).task.task_id == item]
    if len(found) != 1:
        known = ", ".join(found) or "none"
        raise SotError(f"`{item}` has {len(found)} registered cases ({known}); name it with --case")
    return found[0]
