"""The engine's part: a copy with its baseline, the engine watched to its end, what it said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from sot_tools import disk, journal, tree
from sot_tools.engines.order import Claim, Endpoint, Engine, Launch, Told, WorkOrder
from sot_tools.engines.supervise import Ending, Job
from sot_tools.engines.table import ENGINES
from sot_tools.evidence.rundir import ArtifactFault
from sot_tools.runs import containment, provider, workshop
from sot_tools.runs.baseline import baseline
from sot_tools.runs.contract import FIXTURE
from sot_tools.runs.engine_gates import seconds
from sot_tools.runs.lifecycle import Supervisor, Watched
from sot_tools.runs.state import GRACE, Blocked, State
from sot_tools.runs.trees import CopiedTree, LayeredTree
from sot_tools.tree import Unreadable

_LONGEST, _MANY = 1 << 20, 10_000
"""Bytes of a line of output that is looked at, and how many claims are remembered."""


def copy(run: State) -> None:
    """A tree of the fixture, which must be as the case records it, and its baseline."""
    run.around.progress("copy", FIXTURE)
    try:
        found = _laid(run, _source(run))
    except (Unreadable, OSError) as fault:
        run.block("dirty_starting_tree", f"the fixture cannot be copied: {fault}")
    if found != run.case.fixture_digest:
        run.directory.trace("check fixture", "dirty", found=found, expected=run.case.fixture_digest)
        message = f"the fixture has the digest {found}, the case records "
        message += f"{run.case.fixture_digest}; restore it, or record what it is now"
        run.block("dirty_starting_tree", message)
    read = len(run.fixture) if run.seen is None else run.seen.read
    run.directory.trace("check fixture", "clean", digest=found, files=len(run.fixture), read=read)
    if run.baseline:
        run.record.baseline_commit = run.baseline.commit
        run.directory.trace("commit baseline", "ok", commit=run.baseline.commit)


def _laid(run: State, source: Path) -> str:
    """Make the engine's tree, and tell the digest of the fixture.

    The limits of a contained engine name files that stand there before it starts, so it has a
    copy, also where the verification has a layer.
    """
    trees = run.around.trees
    why = "the case breaks what stands in for its fixture" if run.case.stand_in else ""
    why = why or trees.why_not(source, run.work, run.around.warden, containment.limits(run))
    if not why:
        known = trees.fixture(source, run.directory.clock())
        why = "" if known.seen.plain else "the fixture holds what is not ours to change"
    run.record.facts["tree"] = {"engine": "copy", "verification": "copy", "reason": why}
    if why:
        copied = tree.copy(source, run.tree)
        run.fixture, run.baseline = copied.nodes, baseline(copied)
        run.place = CopiedTree(run.tree, run.fixture)
        return tree.digest(run.fixture)
    run.fixture, run.baseline, run.seen = known.seen.copied.nodes, known.baseline, known.seen
    if not run.contained:
        run.record.facts["tree"] = {"engine": "overlay", "verification": "overlay"}
        run.place = LayeredTree(run.tree, run.work / "layer", source, run.fixture)
        return known.digest
    why = "the limits of the engine name the files of a copy"
    run.record.facts["tree"] = {"engine": "copy", "verification": "overlay", "reason": why}
    if tree.copy(source, run.tree).nodes != run.fixture:
        raise Unreadable("it changed meanwhile")
    run.place = CopiedTree(run.tree, run.fixture)
    return known.digest


def _source(run: State) -> Path:
    """The fixture, or a copy that stands in for it where a case rehearses what breaks it."""
    if run.case.stand_in:
        source = run.work / "source"
        tree.copy(run.case.fixture, source)
        run.case = run.case._replace(fixture=source)
        run.directory.trace("copy fixture", "stands in for the source")
    return run.case.fixture


def engine(run: State) -> None:
    """The engine, watched to its end, with everything that it started."""
    run.around.progress("engine", run.engine)
    adapter = ENGINES[run.engine]
    with ExitStack() as closing:
        door = provider.door(run, closing)
        launch = adapter.prepare(_order(run, provider.endpoint(run, door)))
        if launch.unavailable:
            _unavailable(run, launch.unavailable)
            raise Blocked
        run.private = launch.private
        provider.prove_no_target(run, launch)
        head = _lay(run, launch)
        job = Job(
            launch.argv,
            launch.play,
            str(run.case.recorded),
            {**run.scrubbed("engine"), **launch.environment},
            run.tree,
            seconds(run.registration, run.around.environment, run.case.limits.engine_seconds),
            GRACE,
            run.case.limits.output_bytes,
            run.hidden if door is None else (*run.hidden, door.key.encode()),
            run.place.mounted(),
        )
        made = containment.of_engine(run, launch, door, job)
        stop: Callable[[], bool] = run.stop
        if launch.supervised:
            watched = Watched(run.tree, head, launch.private, _reviewed(run, launch))
            stop = Supervisor(watched, stop)
        run.record.engine_started = True
        if run.record.staged:
            run.record.staged[f"{run.engine}_process_started"] = True
        run.ending = _watch(run, made.job, stop)
        workshop.drop(made.grants.placeholders)
        run.settled = isinstance(stop, Supervisor) and stop.settled
    if door is not None:
        run.traffic = door.traffic
        run.record.facts["provider"] = door.traffic.record()
    run.record.engine_exit_code = run.ending.exit_code
    run.claims = list(islice(_claims(run, adapter, launch), _MANY))
    _keep(run, launch)
    for claim in run.claims:
        if claim.event == "plan" and "plan.updated" not in run.directory.events:
            run.directory.event("plan.updated", {"summary": claim.detail})


def _order(run: State, endpoint: Endpoint | None) -> WorkOrder:
    task = run.case.task
    return WorkOrder(
        run.case.prompt,
        task.allowed_paths,
        task.forbidden_actions,
        task.verification_commands,
        run.tree,
        run.case.recorded,
        run.case.play,
        task.task_id,
        run.around.admissions.executable.path,
        run.state_folder,
        endpoint,
        task.evidence_expectations,
    )


def _lay(run: State, launch: Launch) -> str:
    """Write the engine's own files; the commit of its repository, where it needs one."""
    if launch.files:
        workshop.lay(run.state_folder, launch.files)
    head = ""
    if launch.repository:
        limit = run.case.limits.artifact_bytes
        head = workshop.repository(run.tree, run.fixture, limit)
        run.directory.trace("make repository", "ok", commit=head, remotes=0, commits=1)
    workshop.lay(run.tree, launch.tree_files)
    return head


def _reviewed(run: State, launch: Launch) -> Callable[[], bool]:
    """Whether the engine's own log has a review; without one nothing is settled."""
    parse = ENGINES[run.engine].parse

    def asked() -> bool:
        lines = _log(run, launch).split(b"\n")
        return any(claim.event == "review" for line in lines if (claim := parse(line)))

    return asked


def _log(run: State, launch: Launch) -> bytes:
    """The lines of the engine's own log files, bounded; links are not followed."""
    found = b""
    for path in sorted(run.tree.glob(launch.logs)) if launch.logs else ():
        if path.is_symlink() or not path.resolve().is_relative_to(run.tree.resolve()):
            continue
        try:
            found += disk.read(path, run.case.limits.output_bytes) + b"\n"
        except OSError:
            continue
    return found[: run.case.limits.output_bytes]


def _claims(run: State, adapter: Engine, launch: Launch) -> Iterator[Claim]:
    """What the engine's output says, line by line: its streams, then its own log."""
    log = _log(run, launch)
    names = ["backend/stdout.log", *(["backend/stderr.log"] if launch.stderr else [])]
    if log:
        name = "backend/engine-events.jsonl"
        run.directory.write(name, log)
        names.append(name)
    for name in names:
        for line in journal.lines(run.directory.path / name, _LONGEST):
            claim = adapter.parse(line)
            if claim is not None:
                yield claim


def _keep(run: State, launch: Launch) -> None:
    """What of the engine's state is evidence, cleaned of secrets (table B)."""
    for source, name in launch.keep.items():
        path = run.state_folder / source
        if not path.is_file() or path.is_symlink():
            continue
        target = f"backend/{name}"
        (run.directory.path / target).parent.mkdir(parents=True, exist_ok=True)
        run.directory.write(target, disk.read(path, run.case.limits.output_bytes))


def _watch(run: State, job: Job, stop: Callable[[], bool]) -> Ending:
    """Run a job of the engine with its output below `backend/`."""
    out, err = "backend/stdout.log", "backend/stderr.log"
    (run.directory.path / "backend").mkdir(exist_ok=True)
    try:
        ending = run.around.warden.run(
            job, run.directory.path / out, run.directory.path / err, stop
        )
    except OSError as error:
        raise ArtifactFault(out, error.strerror or str(error)) from error
    for name in (out, err):
        raw = _output(run, name)
        clean = run.clean(raw)
        if clean != raw:
            disk.write(run.directory.path / name, clean)
        run.directory.adopt(name)
    run.directory.trace("watch engine", ending.outcome, **ending._asdict())
    if not run.record.isolation:
        run.record.isolation = {
            "level": "subreaper" if ending.reaper else "process-group",
            "enforced_writes": False,
            "enforced_net": False,
            "pid_ns": False,
            "reason": "writes are checked after the engine, not prevented",
        }
    return ending


def _output(run: State, name: str) -> bytes:
    """One of the engine's streams, as far as it was kept."""
    return disk.read(run.directory.path / name, run.case.limits.output_bytes)


def heed(run: State) -> None:
    """How the engine ended, and what it said that counts against it."""
    ending = run.ending or Ending("lost")
    if ending.outcome == "timeout":
        limit = run.case.limits.engine_seconds
        taken = seconds(run.registration, run.around.environment, limit)
        message = f"the engine was stopped after {taken} s"
        run.record.block("timeout", message)
        run.directory.write("backend/provider-timeout.txt", message.encode() + b"\n")
    elif run.settled:
        message = "the harness ended the engine after its change was committed and stood still\n"
        name = "backend/provider-lifecycle-harness-completed.txt"
        run.directory.write(name, message.encode())
        run.record.facts["engine_stopped_by_harness"] = True
    elif ending.outcome == "stopped":
        run.record.block("run_interrupted", "somebody ended the run while the engine worked")
    elif ending.outcome in {"unstartable", "unmounted", "lost"}:
        _unavailable(run, f"the engine did not run: {ending.error}")
    elif ending.exit_code != 0:
        what = (
            f"signal {ending.signal}"
            if ending.exit_code is None
            else f"exit code {ending.exit_code}"
        )
        run.record.block("engine_failed", f"{run.engine} engine failed with {what}")
    provider.heed(run)
    traffic = run.traffic
    told = Told(
        tuple(run.claims),
        ending.exit_code,
        None if traffic is None else traffic.requests,
        () if traffic is None else tuple(traffic.refused),
        run.settled,
        ending.outcome in {"timeout", "stopped"},
    )
    for code, message in ENGINES[run.engine].classify(told):
        if code == "provider_unavailable":
            _unavailable(run, message)
        else:
            run.record.block(code, message)
    if any(each.code == "agent_result_protocol_failed" for each in run.record.decided):
        name = "backend/provider-agent-protocol.txt"
        run.directory.write(name, b"an agent ended without its result envelope\n")


def _unavailable(run: State, why: str) -> None:
    """Note that the engine or what it needs cannot be reached, once."""
    if not any(each.code == "provider_unavailable" for each in run.record.blockers):
        (run.directory.path / "backend").mkdir(exist_ok=True)
        run.directory.write("backend/provider-unavailable.txt", why.encode() + b"\n")
    run.record.block("provider_unavailable", why)
