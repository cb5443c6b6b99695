"""What the processes of one run may read, write and reach; engines and verification alike."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import sot_tools
from sot_tools.engines.order import Launch
from sot_tools.engines.supervise import Job
from sot_tools.runs import workshop
from sot_tools.runs.state import State
from sot_tools.runs.trees import Limits
from sot_tools.runs.workshop import Grants

if TYPE_CHECKING:
    from sot_tools.engines.door import Door

_GIT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}
_PLAY = (
    "import sys, json; sys.path.insert(0, sys.argv[1]); from sot_tools.engines import play; "
    "sys.exit(play.perform(json.loads(sys.argv[2]), play.Stage(sys.argv[3], play.print_out)))"
)


class Contained(NamedTuple):
    """A job inside its limits."""

    job: Job
    grants: Grants


def of_engine(run: State, launch: Launch, door: Door | None, job: Job) -> Contained:
    """The engine's job: the copy read-only but for what the task allows, one port, own state."""
    if not run.contained:
        return Contained(job, Grants((), {}))
    from sot_tools.engines import isolation

    task = run.case.task
    none = task.mutation_mode == "none"
    granted = Grants((str(run.tree),), {})
    if none or not run.case.captured:
        patterns = () if none else task.allowed_paths
        granted = workshop.grants(run.tree, patterns, task.forbidden_paths, launch)
    run.state_folder.mkdir(exist_ok=True)
    own = (str(run.state_folder), job.environment["HOME"])
    argv, reads = launch.argv, (*launch.reads, str(run.tree))
    if not argv:
        argv, reads = _as_program(job), (*reads, str(run.case.recorded), *_package())
    policy = isolation.Policy(
        run.tree,
        (*isolation.system(), *reads),
        (*granted.paths, *own),
        door.port if door else 0,
        door.file if door else "",
        _limits(run),
    )
    where = run.shelter
    mode = "capture" if run.case.captured else "strict"
    run.record.isolation = {**isolation.record(where, policy), "write_mode": mode}
    found = isolation.path(job.environment["PATH"])
    path = ":".join((*launch.path, found))
    return Contained(
        job._replace(
            argv=isolation.wrap(argv, policy, where),
            play=(),
            environment=_environment(job.environment, path),
        ),
        granted,
    )


def limits(run: State) -> Limits | None:
    """What puts a program inside the limits of this run; None where it has none."""
    return partial(of_verification, run) if run.contained else None


def of_verification(run: State, job: Job) -> Job:
    """A verification command: its own fresh tree, no network; it runs what the engine wrote."""
    if not run.contained:
        return job
    from sot_tools.engines import isolation

    policy = isolation.Policy(
        job.folder,
        isolation.system(),
        (str(job.folder), job.environment["HOME"]),
        limits=_limits(run),
    )
    path = isolation.path(job.environment["PATH"])
    return job._replace(
        argv=isolation.wrap(job.argv, policy, run.shelter),
        environment=_environment(job.environment, path),
    )


def _limits(run: State) -> tuple[tuple[str, int], ...]:
    limits = run.case.limits
    return (
        ("memory_bytes", limits.memory_bytes),
        ("processes", limits.processes),
        ("file_bytes", limits.file_bytes),
        ("core", 0),
    )


def _environment(given: Mapping[str, str], path: str) -> Mapping[str, str]:
    return {**given, **_GIT, "PATH": path}


def _as_program(job: Job) -> tuple[str, ...]:
    """A recorded play as a program of its own, so that it can be kept inside limits, too."""
    import json

    steps = json.dumps([dict(step) for step in job.play])
    interpreter = str(Path(sys.executable).resolve())
    return (interpreter, "-I", "-S", "-c", _PLAY, *_package(), steps, job.recorded)


def _package() -> tuple[str, ...]:
    return (str(Path(sot_tools.__file__).resolve().parents[1]),)
