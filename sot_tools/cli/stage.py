"""`sot stage`: prove what a stage of the ladder asks for, and earn it."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.cli import advance as advances
from sot_tools.cli import desk as desks
from sot_tools.cli import stage_refresh, stage_validate


@click.group("stage")
def command() -> None:
    """Prove and earn the stages of the ladder, one after the other."""


command.add_command(stage_validate.command)
command.add_command(stage_refresh.command)


@command.command("advance")
@click.argument("number", type=click.IntRange(1, 6))
@click.option("--evidence", required=True, metavar="RUN", help=desks.EVIDENCE)
@desks.ROOT
@desks.HARNESS
@desks.RUNS
def advance(number: int, **options: Any) -> int:
    """Advance stage NUMBER on the evidence of a run that was made for it."""
    return advances.perform(f"Stage {number}", number, options)


@command.command("revert")
@click.option("--evidence", required=True, metavar="RUN", help=desks.EVIDENCE)
@desks.ROOT
@desks.RUNS
def revert(evidence: str, root: str | None, runs_dir: str | None) -> int:
    """Take back the commit of a run that a person rejected with `sot deny`.

    Exit codes: 0 reverted, 1 refused with the reason, 2 could not look.
    """
    import time

    from sot_tools.authority import undo
    from sot_tools.cli import places

    run = desks.run(evidence, runs_dir)
    commit, made = undo.undo(places.workspace(root), run, time.time_ns)
    click.echo(f"reverted {commit} of {run.name} by {made}")
    return 0
