"""What authority adds to `sot run`: the signed approval, the ledger, the repository of a stage."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import disk
from sot_tools.cli import runs, target
from sot_tools.errors import Refused, SotError
from sot_tools.runs import registry
from sot_tools.runs.admitted import Target
from sot_tools.runs.approval import Approval
from sot_tools.runs.contract import RegisteredCase
from sot_tools.runs.gates import needs_approval
from sot_tools.runs.state import NoRepository, Stage, Unheard, Witness

LEDGER = ".sot/ledger.jsonl"
SANDBOXES = ".sandboxes"
"""Folder of the disposable repositories, beside the run directories."""
_ENVELOPE = 1 << 20


class Governed(NamedTuple):
    """One run with everything that authority adds to it."""

    case: RegisteredCase
    approval: Approval | None
    witness: Witness
    stage: Stage
    target: Target = Target()
    """The record that admits the repository of a run that changes one."""


class _Heard(NamedTuple):
    """The approval of a run, and the ledger that hears of it."""

    approval: Approval | None = None
    witness: Witness = Unheard()
    signed: Any = None


@contextmanager
def governed(
    place: runs.Places, case: RegisteredCase, engine: str, options: dict[str, Any]
) -> Iterator[Governed]:
    """The run that the options ask for; what was made for it alone is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sot-source-") as folder:
        fixture = Path(folder) / "fixture"
        owned = target.owned(registry.read(place.harness), case, engine, fixture, options)
        if owned is not None:
            heard = _heard(place, case, owned.bound, engine, options)
            if heard.signed is not None:
                envelope = disk.read(Path(options["approval"]), _ENVELOPE)
                owned.given = owned.given._replace(signed=heard.signed, envelope=envelope)
            changed = owned.prepared(fixture)
            yield Governed(changed, heard.approval, heard.witness, owned, owned.given.target)
            return
        case, stage = _copied(case, options, fixture)
        heard = _heard(place, case, lambda terms: terms, engine, options)
        if case.task.mutation_mode == "sandbox-repo":
            stage = _sandbox(place, case, heard.approval, options)
        yield Governed(case, heard.approval, heard.witness, stage)


def _copied(
    case: RegisteredCase, options: dict[str, Any], folder: Path
) -> tuple[RegisteredCase, Stage]:
    """The case on the files of a source repository, where the options name one."""
    if not options["source"]:
        if options["stage"] == 3:
            raise SotError("stage 3 copies a repository; name it with --source")
        return case, NoRepository()
    if options["stage"] != 3:
        raise SotError("--source belongs to stage 3; say so with --stage 3")
    from sot_tools.authority.repositories import CopiedRepository

    stage = CopiedRepository(Path(options["source"]).resolve(), folder)
    return case._replace(fixture=folder, fixture_digest=stage.digest), stage


def _sandbox(
    place: runs.Places, case: RegisteredCase, approval: Approval | None, options: dict[str, Any]
) -> Stage:
    from sot_tools.authority.repositories import DisposableRepository

    folder = place.runs / SANDBOXES / f"{case.case_id}-{time.time_ns()}-{os.getpid()}"
    digest = approval.approval_id if approval else ""
    return DisposableRepository(folder, case.fixture, digest, options["keep"])


def _heard(
    place: runs.Places, case: RegisteredCase, bound: Any, engine: str, options: dict[str, Any]
) -> _Heard:
    """The approval of a run, and the ledger that hears of it where the workspace has one."""
    if not options["approval"] and not (place.root / LEDGER).exists():
        return _Heard()
    from sot_tools.authority import terms, witness
    from sot_tools.cli import places

    wanted = bound(terms.of_case(case, engine, options["stage"] or 0))
    signed, approval = None, None
    if options["approval"]:
        signed, approval = _opened(place, wanted, options["approval"])
        if approval.refusal and not needs_approval(case):
            raise Refused(f"{options['approval']} opens no run: {approval.refusal}")
    used = options.get("used") or places.used_folder()
    heard = witness.LedgerWitness(place.root, used, time.time_ns, wanted, signed)
    return _Heard(approval, heard, signed)


def _opened(place: runs.Places, wanted: Any, path: str) -> tuple[Any, Approval]:
    """The approval file where its signature holds, and what the run says of it."""
    from sot_tools.authority import witness
    from sot_tools.authority.approve import read
    from sot_tools.evidence import approval, authority

    known = authority.load(place.root)
    signed = read(Path(path), known.trust)
    if isinstance(signed, str):
        return None, witness.unreadable(wanted, runs.now(), signed)
    when = approval.Moment(runs.now(), 0)
    reasons = approval.faults(signed, wanted, known.ledger, known.trust, when)
    return signed, witness.event(signed, "; ".join(reasons))
