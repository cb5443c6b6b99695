"""`sot engines`: the lanes, their versions and admissions, why one is blocked, what comes next."""

from __future__ import annotations

import json
import os

import click

from sot_tools.cli import runs
from sot_tools.runs import registry
from sot_tools.runs.contract import Register
from sot_tools.runs.lanes import Look, standing


@click.command("engines")
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--harness-root", type=click.Path(), help="Folder of harness.yaml.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(root: str | None, harness_root: str | None, as_json: bool) -> None:
    """Show every engine: open, blocked or off, its version, its model, what comes next.

    Nothing is started. An engine is open where every gate is open for the first registered case.
    """
    place = runs.place(root, harness_root, None)
    register = registry.read(place.harness)
    found = [standing(look(place, register, name, None), name) for name in register.engines]
    if as_json:
        click.echo(json.dumps({"engines": found}, sort_keys=True))
        return
    from sot_tools.report import lanes

    for line in lanes.table(found):
        click.echo(line)


def look(place: runs.Places, register: Register, name: str, case_id: str | None) -> Look:
    """What is needed to look at one engine."""
    return Look(
        place.root,
        register,
        registry.case(register, case_id or register.cases[0]),
        os.environ,
        runs.documents(place.root, register.engines[name]),
        runs.record(place.root, register.target_admission),
        runs.now(),
    )
