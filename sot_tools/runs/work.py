"""The engine's part: a copy with its baseline, the engine watched to its end, what it said."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sot_tools import journal, tree
from sot_tools.engines.order import Claim, WorkOrder
from sot_tools.engines.supervise import Ending, Job
from sot_tools.engines.table import ENGINES
from sot_tools.evidence.rundir import ArtifactFault
from sot_tools.runs.baseline import Baseline
from sot_tools.runs.contract import FIXTURE
from sot_tools.runs.state import GRACE, Blocked, State
from sot_tools.tree import Unreadable

_LONGEST, _MANY = 1 << 20, 10_000
"""Bytes of a line of output that is looked at, and how many claims are remembered."""


def copy(run: State) -> None:
    """A copy of the fixture, which must be as the case records it, and its baseline."""
    run.around.progress("copy", FIXTURE)
    source = run.case.fixture
    try:
        copied = tree.copy(source, run.tree)
    except (Unreadable, OSError) as fault:
        run.block("dirty_starting_tree", f"the fixture cannot be copied: {fault}")
    run.fixture = copied.nodes
    found = tree.digest(run.fixture)
    if found != run.case.fixture_digest:
        run.directory.trace("check fixture", "dirty", found=found, expected=run.case.fixture_digest)
        message = f"the fixture has the digest {found}, the case records "
        message += f"{run.case.fixture_digest}; restore it, or record what it is now"
        run.block("dirty_starting_tree", message)
    run.directory.trace("check fixture", "clean", digest=found, files=len(run.fixture))
    run.baseline = Baseline(run.work / "git", copied)
    run.record.baseline_commit = run.baseline.commit
    run.directory.trace("commit baseline", "ok", commit=run.baseline.commit)


def engine(run: State) -> None:
    """The engine, watched to its end, with everything that it started."""
    run.around.progress("engine", run.engine)
    engine = ENGINES[run.engine]
    task = run.case.task
    launch = engine.launch(
        WorkOrder(
            run.case.prompt,
            task.allowed_paths,
            task.forbidden_actions,
            task.verification_commands,
            run.tree,
            run.case.recorded,
            run.case.play,
        )
    )
    if launch.unavailable:
        _unavailable(run, launch.unavailable)
        raise Blocked
    job = Job(
        launch.argv,
        launch.play,
        str(run.case.recorded),
        {**run.scrubbed("engine"), **launch.environment},
        run.tree,
        run.case.limits.engine_seconds,
        GRACE,
        run.case.limits.output_bytes,
    )
    run.record.engine_started = True
    run.ending = _watch(run, job, "backend/stdout.log", "backend/stderr.log")
    run.record.engine_exit_code = run.ending.exit_code
    run.claims = list(islice(_claims(run), _MANY))
    for claim in run.claims:
        if claim.event == "plan" and "plan.updated" not in run.directory.events:
            run.directory.event("plan.updated", {"summary": claim.detail})


def _watch(run: State, job: Job, out: str, err: str) -> Ending:
    """Run a job of the engine with its output below `backend/`."""
    (run.directory.path / "backend").mkdir(exist_ok=True)
    try:
        ending = run.around.warden.run(
            job, run.directory.path / out, run.directory.path / err, run.around.stop
        )
    except OSError as error:
        raise ArtifactFault(out, error.strerror or str(error)) from error
    run.directory.adopt(out)
    run.directory.adopt(err)
    run.directory.trace("watch engine", ending.outcome, **ending._asdict())
    run.record.isolation = {
        "level": "subreaper" if ending.reaper else "process-group",
        "enforced_writes": False,
        "enforced_net": False,
        "pid_ns": False,
        "reason": "writes are checked after the engine, not prevented",
    }
    return ending


def _claims(run: State) -> Iterator[Claim]:
    """What the engine said, as far as its output was kept."""
    adapter = ENGINES[run.engine]
    for line in journal.lines(run.directory.path / "backend/stdout.log", _LONGEST):
        claim = adapter.read(line)
        if claim is not None:
            yield claim


def heed(run: State) -> None:
    """How the engine ended, and what it said that counts against it."""
    ending = run.ending or Ending("lost")
    seconds = run.case.limits.engine_seconds
    if ending.outcome == "timeout":
        message = f"the engine was stopped after {seconds} s"
        run.record.block("timeout", message)
        run.directory.write("backend/provider-timeout.txt", message.encode() + b"\n")
    elif ending.outcome == "stopped":
        run.record.block("run_interrupted", "somebody ended the run while the engine worked")
    elif ending.outcome in {"unstartable", "lost"}:
        _unavailable(run, f"the engine did not run: {ending.error}")
    elif ending.exit_code != 0:
        what = (
            f"signal {ending.signal}"
            if ending.exit_code is None
            else f"exit code {ending.exit_code}"
        )
        run.record.block("engine_failed", f"{run.engine} engine failed with {what}")
    for claim in run.claims:
        if claim.event == "provider-unavailable":
            _unavailable(run, claim.detail or "the engine says that its provider is unavailable")
        elif claim.event == "review" and claim.rejected:
            run.record.block("reviewer_rejected", claim.detail or "the reviewer rejected it")
    if not any(claim.event == "done" for claim in run.claims):
        message = "the engine's closing event `done` is missing"
        run.record.block("missing_required_event", message)


def _unavailable(run: State, why: str) -> None:
    """Note that the engine or what it needs cannot be reached, once."""
    if not any(each.code == "provider_unavailable" for each in run.record.blockers):
        (run.directory.path / "backend").mkdir(exist_ok=True)
        run.directory.write("backend/provider-unavailable.txt", why.encode() + b"\n")
    run.record.block("provider_unavailable", why)
