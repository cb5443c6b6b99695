"""`sot closeout`: write the closeout of an item again from its evidence, or compare it."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.authority import records
from sot_tools.cli import desk as desks
from sot_tools.cli.runs import runs_folder


@click.command("closeout")
@click.argument("item")
@click.option("--check", "compare", is_flag=True, help="Write nothing; 1 where it differs.")
@desks.ROOT
@desks.RUNS
def command(item: str, compare: bool, **options: Any) -> int:
    """Write the closeout of ITEM, a work item or `Stage N`, from its verified evidence."""
    desk = desks.opened(options["root"])
    runs = runs_folder(options["runs_dir"])
    if compare:
        click.echo(f"{records.compare(desk, item, runs)} is what the evidence says")
    else:
        click.echo(" ".join(records.write(desk, item, runs)))
    return 0
