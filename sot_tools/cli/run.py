"""`sot run`: run a registered case under the harness and seal what happened."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

import click

from sot_tools.cli import runs
from sot_tools.engines.supervise import Warden
from sot_tools.errors import SotError
from sot_tools.evidence.canonical import canonical
from sot_tools.report import run_summary
from sot_tools.runs import registry
from sot_tools.runs.approval import rehearsed
from sot_tools.runs.run import run
from sot_tools.runs.state import Order, Surroundings


@click.command("run")
@click.argument("case_id", metavar="CASE")
@click.option("--engine", help="Engine that works on the case (default: the register's, fake).")
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--harness-root", type=click.Path(), help="Folder of harness.yaml.")
@click.option("--runs-dir", type=click.Path(), help="Folder of the run directories.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Run a registered case and seal the evidence.

    Exit codes: 0 pass, 1 fail or blocked, 2 could not run.
    """
    options = context.params
    place = runs.place(options["root"], options["harness_root"], options["runs_dir"])
    register = registry.read(place.harness)
    case = registry.case(register, options["case_id"])
    engine = options["engine"] or register.default_engine
    if engine not in register.engines:
        known = ", ".join(register.engines)
        raise SotError(f"engine `{engine}` is not registered; registered: {known}")
    show = runs.Progress(case.case_id)
    stopping = _Stop()
    approval = rehearsed(case, runs.now())
    warden = Warden()
    try:
        warden.start()
        around = Surroundings(
            place.runs,
            time.time_ns,
            os.environ,
            runs.documents(place.root, register.engines[engine]),
            os.getpid(),
            warden,
            stopping,
            show,
        )
        done = run(Order(register, case, engine, approval), around)
    finally:
        warden.close()
        show.end()
    if options["as_json"]:
        sys.stdout.buffer.write(canonical(done.report) + b"\n")
    else:
        click.echo(
            run_summary.render(done.report, done.manifest_digest, runs.colored(options["color"]))
        )
    return 0 if done.report["status"] == "pass" and done.manifest_digest else 1


class _Stop:
    """Whether somebody pressed Ctrl-C or sent SIGTERM; the run then ends in a sealed report."""

    def __init__(self) -> None:
        self.wanted = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, *_: Any) -> None:
        self.wanted = True

    def __call__(self) -> bool:
        return self.wanted
