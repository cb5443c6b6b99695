"""What authority adds to a run: the signed approval, the ledger, the repository of a stage."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sot_tools import disk
from sot_tools.authority import terms, witness
from sot_tools.authority.approve import read
from sot_tools.authority.owned import Given, OwnedRepository
from sot_tools.authority.repositories import CopiedRepository, DisposableRepository
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import authority, ledger
from sot_tools.evidence.approval import Moment, Signed, Terms
from sot_tools.evidence.instants import Clock, instant
from sot_tools.runs import admissions, registry
from sot_tools.runs.admitted import UNADMITTED, Reason, Target
from sot_tools.runs.approval import Approval
from sot_tools.runs.contract import Register, RegisteredCase, speaker
from sot_tools.runs.gates import OWNED, needs_approval
from sot_tools.runs.state import Governed, NoRepository, Stage, Unheard, Witness

SANDBOXES = ".sandboxes"
"""Folder of the disposable repositories, beside the run directories."""
_ENVELOPE = 1 << 20


class Wants(NamedTuple):
    """What a command line asks for, and where things are."""

    root: Path
    """The workspace."""
    harness: Path
    runs: Path
    used: Path
    """Folder with one file for each approval that was used on this machine."""
    clock: Clock
    environment: Mapping[str, str]
    stage: int = 0
    """0 for the lowest that the case belongs to."""
    source: str = ""
    keep: bool = False
    approval: str = ""
    admission: str = ""
    outcome: str = ""


class _Heard(NamedTuple):
    """The approval of a run, and the ledger that hears of it."""

    approval: Approval | None = None
    witness: Witness = Unheard()
    signed: Signed | None = None


@contextmanager
def governed(wants: Wants, case: RegisteredCase, engine: str) -> Iterator[Governed]:
    """The run that is asked for; what was made for it alone is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sot-source-", ignore_cleanup_errors=True) as folder:
        fixture = Path(folder) / "fixture"
        repository = owned(registry.read(wants.harness), case, engine, fixture, wants)
        if repository is not None:
            heard = _heard(wants, case, engine, repository.bound)
            if heard.signed is not None:
                envelope = _envelope(wants, heard)
                repository.given = repository.given._replace(signed=heard.signed, envelope=envelope)
            ready = repository.prepared(fixture)
            target = repository.given.target
            yield Governed(ready, heard.approval, heard.witness, repository, target)
            return
        case, stage = _copied(case, wants, fixture)
        heard = _heard(wants, case, engine, _as_they_are)
        if case.task.mutation_mode == "sandbox-repo":
            stage = _sandbox(wants, case, heard)
        yield Governed(case, heard.approval, heard.witness, stage)


def owned(
    register: Register, case: RegisteredCase, engine: str, fixture: Path, wants: Wants
) -> OwnedRepository | None:
    """The repository of a case that changes one; None for a case that works on a copy."""
    if case.task.mutation_mode != OWNED:
        return None
    found = speaker(register, engine)
    variable = found.variable(admissions.TARGET) if found else ""
    outcome, where = wants.outcome, "--outcome"
    if not outcome and found:
        where = found.variable(admissions.OUTCOME)
        outcome = wants.environment.get(where, "")
    named = wants.admission or wants.environment.get(variable, "")
    target = admissions.target(named)
    if not named:
        options = f"--admission or {variable}" if variable else "--admission"
        why = f"no record is named that admits a repository; {options} names one"
        target = Target(reasons=(Reason(UNADMITTED, why),))
    gate = register.engines[engine].gated_by_env
    if gate and wants.environment.get(gate) != "1":
        target = target._replace(status="not_admitted")  # an engine that is off looks at nothing
    return OwnedRepository(Given(target, outcome, where), case, fixture, wants.clock)


def _as_they_are(given: Terms) -> Terms:
    return given


def _copied(case: RegisteredCase, wants: Wants, folder: Path) -> tuple[RegisteredCase, Stage]:
    """The case on the files of a source repository, where one is named."""
    if not wants.source:
        if wants.stage == 3:
            raise SotError("stage 3 copies a repository; name it with --source")
        return case, NoRepository()
    if wants.stage != 3:
        raise SotError("--source belongs to stage 3; say so with --stage 3")
    stage = CopiedRepository(Path(wants.source).resolve(), folder)
    return case._replace(fixture=folder, fixture_digest=stage.digest), stage


def _sandbox(wants: Wants, case: RegisteredCase, heard: _Heard) -> Stage:
    name = f"{case.case_id}-{wants.clock()}-{os.getpid()}"
    digest = heard.approval.approval_id if heard.approval else ""
    folder = wants.runs / SANDBOXES / name
    return DisposableRepository(folder, case.fixture, digest, wants.keep, _envelope(wants, heard))


def _envelope(wants: Wants, heard: _Heard) -> bytes:
    """The bytes of the signed approval, so that the run's directory holds it (STG5-15)."""
    return disk.read(Path(wants.approval), _ENVELOPE) if heard.signed is not None else b""


def _heard(
    wants: Wants, case: RegisteredCase, engine: str, bound: Callable[[Terms], Terms]
) -> _Heard:
    """The approval of a run, and the ledger that hears of it where the workspace has one."""
    if not wants.approval and not (wants.root / ledger.FILE).exists():
        return _Heard()
    wanted = bound(terms.of_case(case, engine, wants.stage))
    signed, approval = None, None
    if wants.approval:
        signed, approval = _opened(wants, wanted)
        if approval.refusal and not needs_approval(case):
            raise Refused(f"{wants.approval} opens no run: {approval.refusal}")
    heard = witness.LedgerWitness(wants.root, wants.used, wants.clock, wanted, signed)
    return _Heard(approval, heard, signed)


def _opened(wants: Wants, wanted: Terms) -> tuple[Signed | None, Approval]:
    """The approval file where its signature holds, and what the run says of it."""
    known = authority.load(wants.root)
    signed = read(Path(wants.approval), known.trust)
    now = instant(wants.clock())
    if isinstance(signed, str):
        return None, witness.unreadable(wanted, now, signed)
    reasons = approvals.faults(signed, wanted, known.ledger, known.trust, Moment(now, 0))
    return signed, witness.event(signed, "; ".join(reasons))
