"""`sot ladder`: the stages, what earned them, what is missing, and what may be done next."""

from __future__ import annotations

import json

import click

from sot_tools.authority import ladder
from sot_tools.cli import desk as desks
from sot_tools.evidence import ledger


@click.command("ladder")
@desks.ROOT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(root: str | None, as_json: bool) -> int:
    """Show the ladder on one screen; nothing is hashed, `sot check` does that."""
    desk = desks.opened(root)
    steps = ladder.steps(desk.snapshot.board, ledger.load(desk.root))
    if as_json:
        answer = {
            "stages": [each._asdict() for each in steps],
            "next": ladder.next_step(steps),
            "runtime_default_activation": False,
        }
        click.echo(json.dumps(answer, sort_keys=True))
        return 0
    for each in steps:
        click.echo(f"stage {each.stage}  {each.status:10} {each.title}: {each.scope}")
        if each.evidence:
            click.echo(f"         on        {each.evidence}")
        if each.missing:
            click.echo(f"         missing   {each.missing}")
    click.echo(f"next: {ladder.next_step(steps)}")
    return 0
