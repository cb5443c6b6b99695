"""`sot admit`: what is admitted for an engine, for which stage, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sot_tools.cli import runs
from sot_tools.cli.engines import look
from sot_tools.errors import SotError
from sot_tools.rules.nearest import hint
from sot_tools.runs import admissions, registry
from sot_tools.runs.lanes import standing

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("admit")
def command() -> None:
    """Check what is admitted for an engine, or show what one record admits.

    Nothing is admitted here: a person writes the record, the run obeys it.
    """


@command.command("check")
@click.argument("engine")
@click.argument("case_id", metavar="CASE", required=False)
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--harness-root", type=click.Path(), help="Folder of harness.yaml.")
@_json
def check(
    engine: str, case_id: str | None, root: str | None, harness_root: str | None, as_json: bool
) -> int:
    """Ask every gate of ENGINE for CASE without running anything.

    Exit codes: 0 every gate is open, 1 one is closed, 2 could not look.
    """
    place = runs.place(root, harness_root, None)
    register = registry.read(place.harness)
    if engine not in register.engines:
        known = hint(engine, register.engines) or f"registered: {', '.join(register.engines)}"
        raise SotError(f"engine `{engine}` is not registered; {known}")
    found = standing(look(place, register, engine, case_id), engine)
    if as_json:
        click.echo(json.dumps({"engines": [found]}, sort_keys=True))
    else:
        from sot_tools.report import lanes

        for line in lanes.gates(found):
            click.echo(line)
    return 0 if found["eligible"] else 1


@command.command("show")
@click.argument("record", type=click.Path())
@_json
def show(record: str, as_json: bool) -> int:
    """Show what one admission RECORD admits: a model's, or a target repository's.

    Exit codes: 0 it admits, 1 it does not, 2 it is no record.
    """
    found = admissions.explained(Path(record))
    if as_json:
        click.echo(json.dumps(found, sort_keys=True))
    else:
        word = "admits" if found["admits"] else "admits nothing:"
        click.echo(f"{found['record']}  {found['kind']}  {word} {found['what']}".rstrip())
        for line in found["missing"]:
            click.echo(f"  missing  {line}")
    return 0 if found["admits"] else 1
