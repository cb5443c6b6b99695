"""The last steps, whatever happened before: checks, artifacts, report, seal."""

from __future__ import annotations

from sot_tools import marks, tree
from sot_tools.evidence.canonical import canonical
from sot_tools.evidence.rundir import EVENTS, TRACE, ArtifactFault
from sot_tools.marks import Again
from sot_tools.runs import order, page
from sot_tools.runs.record import REPORT, Verification, report
from sot_tools.runs.state import Finished, Ran, State
from sot_tools.tree import Unreadable


def finish(run: State) -> Finished:
    """Everything that a run leaves, whatever happened before."""
    for closing in CLOSING:
        try:
            closing(run)
        except ArtifactFault as fault:
            run.unwritable(fault)
        except OSError as fault:
            run.unwritable(ArtifactFault("the work tree", fault.strerror or str(fault)))
    return _conclude(run)


def _settle(run: State) -> None:
    """The events of checks that an early end left out: what was not checked did not pass."""
    if not run.record.engine_started:
        return
    changed = {"changed_files": run.record.changed_files}
    if "git.diff.checked" not in run.directory.events:
        run.record.allowed_writes_passed = False
        if "patch.applied" not in run.directory.events:
            run.directory.event("patch.applied", changed)
        run.directory.event("git.diff.checked", {**changed, "allowed_writes_passed": False})
    if "verification.completed" not in run.directory.events:
        commands = run.case.task.verification_commands
        run.record.verification = [Verification(each, None, "not-run") for each in commands]
        run.log.say("not run: the run was over before")
        run.directory.event("verification.completed", {"verification": run.record.verified()})


def _check_source(run: State) -> None:
    """The fixture is what it was: nothing went past the copy (FAIL-14)."""
    if not run.fixture:
        return
    binding = run.seen is not None and run.seen.binding
    try:
        found = _looked(run)
    except Unreadable:
        found = Again(False, True, len(run.fixture))
    outcome = "unchanged" if found.same else "changed"
    if found.same and found.touched and binding:
        outcome = "touched"
    run.directory.trace("check source", outcome, read=found.read)
    if outcome == "changed":
        message = "the fixture itself differs after the run"
        run.record.block("source_repository_mutated", message)
    elif outcome == "touched":
        message = "the fixture was written during the run, and is now what it was before"
        run.record.block("source_repository_mutated", message)


def _looked(run: State) -> Again:
    """The fixture after the run: read again, or known by marks that bind."""
    if run.seen is not None:
        return marks.again(run.case.fixture, run.seen, run.directory.clock())
    found = tree.snapshot(run.case.fixture)
    return Again(found == run.fixture, True, len(found))


def _attest(run: State) -> None:
    """What the stage proves of its repository, in files of the run directory."""
    record = run.record
    ran = Ran(
        run.patch,
        record.status == "pass",
        str(run.tree),
        str(run.directory.path),
        record.engine_started,
        tuple(record.changed_files),
        record.allowed_writes_passed,
        tuple(record.attempted),
        record.isolation,
    )
    attested = run.around.stage.after(ran)
    record.staged = {**record.staged, **attested.report}
    for code, message in attested.blockers:
        run.record.block(code, message)
    for name, content in attested.files.items():
        run.directory.write(name, content)


def _check_events(run: State) -> None:
    """The required events, in order; what no engine could cause has a reason (EVI-23)."""
    started = run.record.engine_started
    wanted = order.required(started, run.record.approval_status)
    for fault in order.faults([*run.directory.events, "run.completed"], wanted):
        run.record.block("missing_required_event", fault)
    if not started:
        why = run.record.decided[0].message if run.record.blockers else "no engine started"
        lacking = [each for each in order.not_applicable(False) if each not in run.directory.events]
        run.record.not_applicable = dict.fromkeys(lacking, why)


def _write_artifacts(run: State) -> None:
    """Patch and test log; both exist after every run (EVI-03, EVI-04)."""
    if not run.log.content:
        run.log.say("not run: the run was over before")
    limit = run.case.limits.artifact_bytes
    for name, content in (("patch.diff", run.patch), ("test.log", run.log.content)):
        try:
            if len(content) > limit:
                run.directory.write(name, b"")
                raise ArtifactFault(name, f"{len(content)} bytes, the limit is {limit}")
            run.directory.write(name, content)
        except ArtifactFault as fault:
            run.unwritable(fault)


def _check_directory(run: State) -> None:
    """Nothing in the run directory is foreign, changed or older than the run."""
    for fault in run.directory.foreign():
        run.unwritable(fault)
    for name in run.directory.stale():
        run.record.block("freshness_not_proven", f"{name} is older than the run")
    if run.directory.clock() < run.directory.begun.started:
        run.record.block("freshness_not_proven", "the clock went back during the run")


def _complete(run: State) -> None:
    """The last event, and the end of both streams."""
    run.directory.close(TRACE)
    codes = [each.code for each in run.record.decided]
    last = {"status": run.record.status, "blocker_codes": codes}
    run.directory.event("run.completed", last)
    run.directory.close(EVENTS)


CLOSING = (
    _settle,
    _check_source,
    _check_events,
    _write_artifacts,
    _check_directory,
    _attest,
    _complete,
)
"""A stage that changes a repository comes last: what can still go wrong then is the writing."""


def _conclude(run: State) -> Finished:
    """Report and seal. A seal that fails leaves a directory that reads as interrupted."""
    digest = ""
    try:
        run.directory.write("report.md", page.render(run.record, run.directory).encode())
        made = report(run.record, run.directory)
        run.directory.write(REPORT, canonical(made) + b"\n")
        about = {"case_id": run.case.case_id, "backend": run.engine}
        digest = run.directory.seal({**about, "status": run.record.status})
    except ArtifactFault as fault:
        run.record.block("artifact_write_failure", f"{fault.path}: {fault.why}")
        made = report(run.record, run.directory)
    return Finished(run.directory.begun.run_id, run.directory.path, made, digest)
