"""`sot run`: run registered cases under the harness and seal what happened."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import click

from sot_tools.cli import runs
from sot_tools.cli.governed import ADMISSION, governed
from sot_tools.engines.supervise import Warden
from sot_tools.errors import SotError
from sot_tools.evidence.canonical import canonical
from sot_tools.report import run_summary
from sot_tools.runs import admissions, registry
from sot_tools.runs.approval import rehearsed
from sot_tools.runs.contract import Register
from sot_tools.runs.run import run
from sot_tools.runs.state import Order, Surroundings
from sot_tools.runs.trees import Trees


@click.command("run")
@click.argument("case_id", metavar="CASE", required=False)
@click.option("--all", "every", is_flag=True, help="Run every registered case.")
@click.option("--engine", help="Engine that works on the case (default: the register's, fake).")
@click.option("--stage", type=click.IntRange(1, 6), help="Stage that the run is evidence for.")
@click.option("--source", type=click.Path(), help="Stage 3: repository to copy.")
@click.option("--keep", is_flag=True, help="Stage 4: keep the disposable repository.")
@ADMISSION
@click.option(
    "--outcome", type=click.Choice(["accepted", "rejected"]), help="Stage 5: the operator's word."
)
@click.option("--approval", type=click.Path(), help="Signed approval that this run uses up.")
@click.option(
    "--no-ledger", is_flag=True, help="A trial: the ledger hears nothing, no status can rest on it."
)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--harness-root", type=click.Path(), help="Folder of harness.yaml.")
@click.option("--runs-dir", type=click.Path(), help="Folder of the run directories.")
@click.option(
    "--isolation",
    type=click.Choice(["auto", "bubblewrap", "landlock", "subreaper"]),
    default="auto",
    show_default=True,
    help="Strongest isolation to use; a case may demand a least one.",
)
@click.option(
    "--trees",
    type=click.Choice(["auto", "copy", "overlay"]),
    default="auto",
    show_default=True,
    help="Work in copies of the fixture, or in layers over it where that is possible.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Run a registered case and seal the evidence.

    Exit codes: 0 pass, 1 fail or blocked, 2 could not run. With --all: 0 where every case ended as
    it expects.
    """
    options = context.params
    if bool(options["case_id"]) == bool(options["every"]):
        raise SotError("name one CASE, or give --all; `.sot/harness/harness.yaml` lists the cases")
    place = runs.place(options["root"], options["harness_root"], options["runs_dir"])
    register = registry.read(place.harness)
    engine = chosen(register, options["engine"])
    if options["every"]:
        if options["approval"]:
            raise SotError("--approval opens one run; name one CASE")
        return every_case(place, register, register.cases, engine, options)
    return _one(place, register, engine, options)


def chosen(register: Register, wanted: str | None) -> str:
    """The engine of a run; raises SotError for one that is not registered."""
    engine = wanted or register.default_engine
    if engine not in register.engines:
        known = ", ".join(register.engines)
        raise SotError(f"engine `{engine}` is not registered; registered: {known}")
    return engine


def _one(place: runs.Places, register: Register, engine: str, options: dict[str, Any]) -> int:
    case = registry.case(register, options["case_id"])
    show = runs.Progress(case.case_id)
    around = _limited(surroundings(place, register, engine, runs.Stop(), show), options)
    try:
        around.warden.start()
        with governed(place, case, engine, options) as of:
            given = of.approval or rehearsed(case, runs.now())
            done = run(Order(register, of.case, engine, given), of.around(around))
    finally:
        around.warden.close()
        show.end()
    if options["as_json"]:
        sys.stdout.buffer.write(canonical(done.report) + b"\n")
    else:
        color = runs.colored(options["color"])
        click.echo(run_summary.render(done.report, done.manifest_digest, color))
    for left in done.left:
        click.echo(f"sot: work tree {left}; remove it, or the next run tries again", err=True)
    return done.exit_code


def _limited(around: Surroundings, options: dict[str, Any]) -> Surroundings:
    wanted = options.get("isolation", "auto")  # `sot matrix` asks for none
    limited = around if wanted == "auto" else around._replace(isolation=wanted)
    return limited._replace(trees=Trees(options.get("trees", "auto")))


def surroundings(
    place: runs.Places, register: Register, engine: str, stop: runs.Stop, show: runs.Progress
) -> Surroundings:
    """What a run gets from outside: the real clock and environment, and a warden of its own."""
    return Surroundings(
        place.runs,
        time.time_ns,
        os.environ,
        runs.documents(place.root, register.engines[engine]),
        runs.record(place.root, register.target_admission),
        os.getpid(),
        Warden(),
        stop,
        show,
        Trees(),
        admissions=admissions.read(place.root, register.engines[engine], os.environ),
    )


def every_case(
    place: runs.Places,
    register: Register,
    cases: tuple[str, ...],
    engine: str,
    options: dict[str, Any],
) -> int:
    """Run many cases side by side, seal one combined report, print its table."""
    from sot_tools.runs import matrix, matrix_page

    show, stop = runs.Progress(f"{len(cases)} cases"), runs.Stop()

    def make() -> Surroundings:
        return _limited(surroundings(place, register, engine, stop, show), options)

    try:
        found = matrix.run_all(register, engine, cases, options["workers"], make)
    finally:
        show.end()
    done = matrix.seal(found, engine, make())
    if options["as_json"]:
        sys.stdout.buffer.write(canonical(done.report) + b"\n")
    else:
        click.echo(matrix_page.table(done.report))
        click.echo(f"evidence  {done.path}\nmanifest  sha256:{done.manifest_digest}")
    return 0 if found.as_expected and len(found.rows) == len(cases) else 1
