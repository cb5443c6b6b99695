"""What the verbs about requests, approvals and advances share: options, and an opened workspace."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sot_tools.authority import terms
from sot_tools.authority.request import Desk
from sot_tools.authority.terms import Task
from sot_tools.cli import places, runs
from sot_tools.cli.governed import ADMISSION, wants
from sot_tools.errors import Refused, SotError
from sot_tools.project import settings
from sot_tools.project.snapshot import Snapshot
from sot_tools.runs.gates import OWNED
from sot_tools.runs.registry import PLACE

_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[a-z0-9-]+")

ROOT = click.option("--root", type=click.Path(), help="Folder of the workspace.")
HARNESS = click.option("--harness-root", type=click.Path(), help="Folder of harness.yaml.")
RUNS = click.option("--runs-dir", type=click.Path(), help="Folder of the run directories.")
KEY = click.option(
    "--key", metavar="NAME", help="Key to sign with (default: the one that is here)."
)
MEND = "mend the task contract or the plan that it is made of"
EVIDENCE = "Run that is the evidence: a run id, `latest`, or a run directory."


def asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which run is asked for."""
    for option in (
        ADMISSION,
        click.option("--source", type=click.Path(), help="Stage 3: repository to copy."),
        click.option("--stage", type=click.IntRange(1, 6), help="Stage that it is evidence for."),
        click.option("--engine", help="Engine that works on it (default: the register's)."),
        click.option("--case", "case_id", help="Registered case, where the item has several."),
    ):
        command = option(command)
    return command


def opened(root: str | None) -> Desk:
    """The workspace with its documents."""
    folder = places.workspace(root)
    chosen = settings.read(folder, None)
    return Desk(chosen, Snapshot(chosen, {}), time.time_ns)


def harness(desk: Desk, folder: str | None) -> Path:
    """The folder of the register of cases."""
    return Path(folder).resolve() if folder else desk.root / PLACE


def task(desk: Desk, item: str, options: dict[str, Any]) -> Task:
    """The case and the terms that a command line names."""
    folder = harness(desk, options["harness_root"])
    made = terms.task(folder, item, options["case_id"], options["engine"], options["stage"] or 0)
    import tempfile

    if made.case.task.mutation_mode == OWNED:
        from sot_tools.authority.governed import owned

        asked = wants(desk.root, folder, desk.root, options)
        with tempfile.TemporaryDirectory(prefix="sot-source-", ignore_cleanup_errors=True) as place:
            fixture = Path(place) / "fixture"
            engine = made.terms.engine
            return _bound(made, owned(made.register, made.case, engine, fixture, asked))
    if not options["source"]:
        return made
    from sot_tools.authority.repositories import CopiedRepository

    with tempfile.TemporaryDirectory(prefix="sot-source-", ignore_cleanup_errors=True) as place:
        source = CopiedRepository(Path(options["source"]).resolve(), Path(place) / "fixture")
    return made._replace(terms=made.terms._replace(from_commit=source.digest))


def _bound(made: Task, owned: Any) -> Task:
    """A task on a repository, bound to its record and its commit; refuses what is not admitted."""
    found = owned.given.target
    reasons = [*found.faults, *([owned.start.fault[1]] if owned.start.fault else [])]
    if found.status == "admitted" and not owned.usable:
        reasons.append("the record admits another repository than the task contract names")
    if reasons or not owned.usable:
        raise Refused(f"no repository is admitted: {'; '.join(reasons) or 'the engine is off'}")
    return made._replace(terms=owned.bound(made.terms), case=owned.prepared(Path()), target=found)


def run(name: str, runs_dir: str | None) -> Path:
    """The run directory that a command line names."""
    folder = runs.runs_folder(runs_dir)
    if name == "latest":
        from sot_tools.cli.evidence_verbs import every

        known = every(folder)
        if not known:
            raise SotError(f"{folder} holds no run yet; `sot run CASE` makes one")
        return known[-1]
    path = folder / name if _RUN_ID.fullmatch(name) else Path(name).absolute()
    if not path.is_dir():
        raise SotError(f"{path}: no such run; `sot evidence list` shows what is there")
    return path
