"""`sot closeout`: write the closeout of an item again from its evidence, or compare it."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.authority.records import Wanted
from sot_tools.cli import desk as desks
from sot_tools.cli import record
from sot_tools.cli.runs import runs_folder


@click.command("closeout")
@click.argument("item")
@click.option("--check", "same", is_flag=True, help="Write nothing; 1 where it differs.")
@desks.ROOT
@desks.RUNS
def command(item: str, same: bool, **options: Any) -> int:
    """Write the closeout of ITEM, a work item or `Stage N`, from its verified evidence."""
    wanted = Wanted("closeout", item, runs_folder(options["runs_dir"]))
    return record.perform(desks.opened(options["root"]), wanted, same)
