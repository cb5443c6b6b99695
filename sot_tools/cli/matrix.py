"""`sot matrix`: every failure class, produced for real, expected beside seen."""

from __future__ import annotations

import click

from sot_tools.cli import runs
from sot_tools.cli.run import every_case
from sot_tools.errors import SotError
from sot_tools.runs import registry


@click.command("matrix")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--harness-root", type=click.Path(), help="Folder of harness.yaml.")
@click.option("--runs-dir", type=click.Path(), help="Folder of the run directories.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as one JSON object.")
@click.pass_context
def command(context: click.Context, /, **_: object) -> int:
    """Run every case that stands for a failure class, and show expected beside seen.

    Exit codes: 0 where each ended as expected and no class is without a case, 1 otherwise.
    """
    options = context.params
    place = runs.place(options["root"], options["harness_root"], options["runs_dir"])
    register = registry.read(place.harness)
    cases = tuple(name for name in register.cases if registry.case(register, name).expected_failure)
    if not cases:
        raise SotError(f"{place.harness}: no registered case stands for a failure class")
    return every_case(place, register, cases, "fake", options)
