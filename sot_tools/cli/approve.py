"""`sot approve`: sign a person's yes, to one run or to one change of status."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.cli import answers, desk


@click.command("approve")
@click.argument("item")
@click.option("--sentence", help="The exact sentence; without it, you are asked to type it.")
@click.option("--evidence", metavar="RUN", help=f"Accept a result. {desk.EVIDENCE}")
@click.option(
    "--hours", type=click.IntRange(1, 720), default=24, show_default=True, help="How long it lasts."
)
@desk.KEY
@desk.asking
@desk.ROOT
@desk.HARNESS
@desk.RUNS
def command(item: str, **options: Any) -> int:
    """Approve ITEM: one run of it, or with --evidence the change of its status.

    ITEM is a work item, or `Stage N`. The approval is bound to the digest of what it is about, is
    used up by one use, and expires.
    """
    return answers.give(item, "granted", options)
