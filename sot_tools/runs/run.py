"""One governed run: whatever happens, it ends in a run directory that says so.

admit → Eligibility Decision → baseline → engine → diff → verification in a fresh tree → required
events → verdict → report → seal. The steps stand in `STEPS`; the first that blocks ends the row,
and the closing steps follow in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sot_tools import journal, tree
from sot_tools.evidence import rundir
from sot_tools.evidence.manifest import RUN
from sot_tools.evidence.rundir import ArtifactFault
from sot_tools.runs import admit, attempts, change, close, prove, provider, work
from sot_tools.runs.state import Blocked, Finished, Order, State, Surroundings
from sot_tools.tree import Unreadable

WORK = ".work"
"""Folder of the trees of runs that are under way, beside the run directories."""

STEPS: tuple[Callable[[State], None], ...] = (
    admit.begin,
    admit.admit,
    provider.ask,
    admit.prepare,
    admit.use_approval,
    work.copy,
    work.engine,
    work.heed,
    attempts.heed,
    change.diff,
    prove.verification,
)


def run(order: Order, around: Surroundings) -> Finished:
    """Run a case; raises SotError only where no run directory can be made."""
    case = order.case
    about = {"kind": "run", "case_id": case.case_id, "backend": order.engine, "pid": around.pid}
    directory = rundir.begin(around.runs, case.case_id, around.pid, about, around.clock)
    left = [*_cleared(around.runs)]
    state = State(order, around, directory, around.runs / WORK / directory.begun.run_id)
    kept = False
    try:
        _perform(state)
        done = close.finish(state)
        if done.manifest_digest:
            seal = (done.run_id, directory.begun.nonce, done.manifest_digest)
            around.witness.sealed(*seal, done.report["status"])
        kept = done.exit_code == 0
    finally:
        try:
            if not kept:
                around.stage.withdraw()
        finally:
            left += _removed(state.work)  # while the lock says that somebody is at work here
            directory.leave()
    return done._replace(left=tuple(left))


def _cleared(runs: Path) -> Iterator[str]:
    """Remove the trees of runs that were killed; those of runs that are at work stay."""
    for left in (runs / WORK).glob("*"):
        begun = runs / left.name / RUN
        if not begun.is_file() or not journal.is_held(begun):
            yield from _removed(left)


def _removed(work: Path) -> Iterator[str]:
    """Remove a work tree; what cannot be removed is told and changes no verdict."""
    try:
        tree.remove(work)
    except OSError as fault:
        yield f"{work}: {fault.strerror or fault}"


def _perform(state: State) -> None:
    try:
        for step in STEPS:
            if state.stop() and not state.record.engine_started:
                state.block("run_interrupted", "somebody ended the run before the engine started")
            step(state)
    except Blocked:
        return
    except ArtifactFault as fault:
        state.unwritable(fault)
    except OSError as fault:
        state.unwritable(ArtifactFault("the work tree", fault.strerror or str(fault)))
    except Unreadable as fault:
        state.record.block("disallowed_file_change", f"the tree cannot be read: {fault}")
