"""The repository that a record admits, as the options and variables of a command line name it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sot_tools.runs import admissions
from sot_tools.runs.admitted import Reason, Target
from sot_tools.runs.contract import Register, RegisteredCase, speaker
from sot_tools.runs.gates import OWNED

if TYPE_CHECKING:
    from sot_tools.authority.owned import OwnedRepository

ADMISSION = click.option(
    "--admission", type=click.Path(), help="Stage 5: record that admits the repository."
)


def owned(
    register: Register, case: RegisteredCase, engine: str, fixture: Path, given: Mapping[str, Any]
) -> OwnedRepository | None:
    """The repository of a case that changes one; None for a case that works on a copy.

    `given` holds the options `admission` and `outcome`, and the environment where it is not the
    one of this process.
    """
    if case.task.mutation_mode != OWNED:
        return None
    from sot_tools.authority.owned import Given, OwnedRepository

    environment = given.get("environment") or os.environ
    variable = _variable(register, engine, admissions.TARGET)
    outcome, where = given.get("outcome"), "--outcome"
    if not outcome and variable:
        where = _variable(register, engine, admissions.OUTCOME)
        outcome = environment.get(where, "")
    target = admissions.target(given.get("admission") or environment.get(variable, ""))
    if not target.content and target == Target():
        named = f"--admission or {variable}" if variable else "--admission"
        why = f"no record is named that admits a repository; {named} names one"
        target = Target(reasons=(Reason(target.reasons[0].code, why),))
    if not _enabled(register, engine, environment):
        target = target._replace(status="not_admitted")  # an engine that is off looks at nothing
    said = Given(target, outcome or "", where)
    return OwnedRepository(said, case, fixture, time.time_ns)


def _variable(register: Register, engine: str, name: str) -> str:
    found = speaker(register, engine)
    return found.variable(name) if found else ""


def _enabled(register: Register, engine: str, environment: Mapping[str, str]) -> bool:
    gate = register.engines[engine].gated_by_env
    return not gate or environment.get(gate) == "1"
