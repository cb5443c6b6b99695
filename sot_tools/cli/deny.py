"""`sot deny`: sign a person's no; it is terminal."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.cli import answers, desk


@click.command("deny")
@click.argument("item")
@click.option("--reason", required=True, help="Why; it stands in the ledger.")
@click.option("--evidence", metavar="RUN", help=f"Reject a result. {desk.EVIDENCE}")
@desk.KEY
@desk.asking
@desk.ROOT
@desk.HARNESS
@desk.RUNS
def command(item: str, **options: Any) -> int:
    """Deny ITEM: a run of it on its task contract, or with --evidence the change of its status.

    A denial is terminal: only another task contract, or another run, can be asked for.
    """
    return answers.give(item, "denied", {**options, "sentence": "", "hours": 1})
