"""Verification in a fresh tree: baseline plus the allowed patch, never the engine's own tree."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from sot_tools import disk, marks, tree
from sot_tools.engines.supervise import Ending, Job
from sot_tools.runs import containment
from sot_tools.runs.paths import forbidden
from sot_tools.runs.record import Verification
from sot_tools.runs.state import GRACE, State
from sot_tools.runs.trees import CopiedTree, LayeredTree, WorkTree
from sot_tools.tree import Unreadable

_FOLDER = "verify"
"""Folder of the verification below that of the run; made once the engine is gone."""
_NO_HINDRANCE = {"timeout", "missing_required_event", "engine_failed"}
"""Blockers that do not make the verification pointless: what the change is worth is still asked."""


def verification(run: State) -> None:
    """The verification commands, in a fresh tree of baseline and allowed patch."""
    run.around.progress("verify", "")
    commands = run.case.task.verification_commands
    against = run.record.decided
    if not commands:
        run.log.say("no verification command is available")
        run.record.block("missing_test_command", "the contract has no verification command")
    elif not run.changes or {each.code for each in against} - _NO_HINDRANCE:
        run.log.say(f"not run: {against[0].message if against else 'nothing changed'}")
        run.record.verification = [Verification(each, None, "not-run") for each in commands]
    elif run.stop():
        run.log.say("not run: somebody ended the run")
        run.record.block("run_interrupted", "somebody ended the run before its verification")
        run.record.verification = [Verification(each, None, "not-run") for each in commands]
    else:
        _verify(run)
    run.directory.event("verification.completed", {"verification": run.record.verified()})


def _verify(run: State) -> None:
    """Run every command of the contract; the first that fails ends the row."""
    fresh = _fresh(run)
    if fresh is None:
        run.record.block("source_repository_mutated", "the fixture changed while the engine ran")
        run.log.say("not run: the fixture changed while the engine ran")
        return
    fresh.apply(run.changes)
    failed = False
    for number, command in enumerate(run.case.task.verification_commands, 1):
        if failed:
            run.record.verification.append(Verification(command, None, "not-run"))
            continue
        failed = not _passed(run, fresh, command, number)
    if failed:
        return
    _lifecycle(run)
    _clean(run, fresh)


def _fresh(run: State) -> WorkTree | None:
    """The tree of the baseline; None where the fixture is no longer that.

    A layer shows the fixture itself. Where marks bind, one look when everything is over tells
    whether it was ever anything else; where they do not, it is read before, too.
    """
    folder = run.work / _FOLDER
    folder.mkdir()  # an engine that made one put something into it
    try:
        if run.seen is None:
            nodes = tree.copy(run.case.fixture, folder / "tree").nodes
            return CopiedTree(folder / "tree", run.fixture) if nodes == run.fixture else None
        if not run.seen.binding:
            clock = run.directory.clock()
            if not marks.again(run.case.fixture, run.seen, clock).same:
                return None
    except Unreadable:
        return None
    return LayeredTree(folder / "tree", folder / "layer", run.case.fixture, run.fixture)


def _environment(run: State) -> dict[str, str]:
    """Scrubbed; last on the PATH comes the folder of `sot`, so that a case can ask it."""
    scrubbed = run.scrubbed(f"{_FOLDER}/own")
    own = str(Path(sys.executable).parent)
    return {**scrubbed, "PATH": f"{scrubbed['PATH']}{os.pathsep}{own}"}


def _passed(run: State, fresh: WorkTree, command: str, number: int) -> bool:
    seconds = run.case.limits.verification_seconds
    out = run.work / f"verify-{number}.log"
    job = Job(
        tuple(shlex.split(command)),
        (),
        "",
        _environment(run),
        fresh.root,
        seconds,
        GRACE,
        run.case.limits.output_bytes,
        run.hidden,
        fresh.mounted(),
    )
    job = containment.of_verification(run, job)
    run.around.progress("verify", command)
    ending = run.around.warden.run(job, out, None, run.stop)
    run.log.say(f"$ {command}")
    run.log.add(disk.read(out, run.case.limits.output_bytes))
    run.log.say(_said(ending, seconds))
    passed = ending.outcome == "exited" and ending.exit_code == 0
    run.record.verification.append(
        Verification(command, ending.exit_code, "passed" if passed else "failed")
    )
    run.directory.trace(
        "verify", "passed" if passed else "failed", command=command, **ending._asdict()
    )
    if passed:
        return True
    if ending.outcome == "timeout":
        run.record.block("timeout", f"`{command}` was stopped after {seconds} s")
    elif ending.outcome == "stopped":
        run.record.block("run_interrupted", f"somebody ended the run during `{command}`")
    else:
        run.record.block("verification_failed", f"`{command}` {_said(ending, seconds)}")
    return False


def _said(ending: Ending, seconds: int) -> str:
    if ending.outcome == "timeout":
        return f"was stopped after {seconds} s"
    if ending.outcome != "exited":
        return f"did not run: {ending.error or ending.outcome}"
    if ending.exit_code is None:
        return f"was ended by signal {ending.signal}"
    return f"ended with exit code {ending.exit_code}"


def _lifecycle(run: State) -> None:
    """An engine that was stopped after it had left a valid change: fail, never pass (ENG-15)."""
    if any(each.code == "timeout" for each in run.record.blockers):
        run.record.block(
            "lifecycle_timeout_after_valid_patch",
            "the engine was stopped at its limit although its change was done",
        )


def _clean(run: State, fresh: WorkTree) -> None:
    """Nothing but scratch may be left by the verification."""
    patched = {each.path: each.after for each in run.changes}
    left = sorted(tree.shown(path) for path in fresh.differing(patched))
    dirty = [path for path in left if not forbidden(path, run.case.scratch_paths)]
    run.directory.trace("check ending tree", "dirty" if dirty else "clean", paths=dirty)
    if dirty:
        message = f"left behind after verification: {', '.join(dirty)}"
        run.record.block("dirty_ending_tree", message)
