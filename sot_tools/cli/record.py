"""`sot record`: write a document that follows from evidence, or compare it."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.authority import records
from sot_tools.authority.records import Wanted
from sot_tools.authority.request import Desk
from sot_tools.cli import desk as desks
from sot_tools.cli.runs import runs_folder


@click.command("record")
@click.argument("form")
@click.argument("item", default="")
@click.option("--run", default="", help="Run that an evidence record is about.")
@click.option("--check", "same", is_flag=True, help="Write nothing; 1 where it differs.")
@desks.ROOT
@desks.RUNS
def command(form: str, item: str, run: str, same: bool, **options: Any) -> int:
    """Write the record FORM from verified evidence.

    FORM is `closeout` or `evidence` of ITEM, a work item or `Stage N`; or `audit`, `brief`,
    `decision` or `packet` of the workspace. None is written where a fact is missing, and none
    decides anything.
    """
    desk = desks.opened(options["root"])
    return perform(desk, Wanted(form, item, runs_folder(options["runs_dir"]), run), same)


def perform(desk: Desk, wanted: Wanted, same: bool) -> int:
    """Write or compare a record, and say so."""
    if same:
        click.echo(f"{records.compare(desk, wanted)} is what the evidence says")
    else:
        click.echo(" ".join(records.write(desk, wanted)))
    return 0
