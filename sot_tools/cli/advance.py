"""`sot advance`: change the status of a work item on verified evidence that a person accepted."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.authority.advance import Wish, advance
from sot_tools.cli import desk as desks


@click.command("advance")
@click.argument("item")
@click.option("--evidence", required=True, metavar="RUN", help=desks.EVIDENCE)
@desks.ROOT
@desks.HARNESS
@desks.RUNS
def command(item: str, **options: Any) -> int:
    """Advance the work item ITEM: hash the evidence again, ask the gate, write what follows.

    Exit codes: 0 advanced, 1 refused with the reasons, 2 could not look.
    """
    return perform(item, 0, options)


def perform(subject: str, stage: int, options: dict[str, Any]) -> int:
    """Advance a work item or a stage and say what was written."""
    desk = desks.opened(options["root"])
    run = desks.run(options["evidence"], options["runs_dir"])
    wish = Wish(subject, stage, run, desks.harness(desk, options["harness_root"]))
    entry, path = advance(desk, wish)
    click.echo(f"{subject}: {entry.text('from')} -> {entry.text('to')} on {entry.text('run_id')}")
    click.echo(f"wrote {desk.settings.scene.board_path}, {path} and entry {entry.number}")
    click.echo("next: sot check, which names the documents that still say otherwise; commit all")
    return 0
