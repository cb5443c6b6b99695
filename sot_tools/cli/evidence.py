"""`sot evidence`: look at the evidence of runs, and prove it."""

from __future__ import annotations

import click


@click.group("evidence")
def command() -> None:
    """Verify, show, list, compare and export the evidence of runs."""


@command.command("verify")
@click.argument("run")
@click.option("--runs-dir", type=click.Path(), help="Folder of the run directories.")
@click.option("--digest", metavar="SHA256", help="The manifest digest that you trust.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as one JSON object.")
def verify(run: str, runs_dir: str | None, digest: str | None, as_json: bool) -> int:
    """Hash RUN again and compare it with its manifest and the recorded digest.

    RUN is a run id, `latest`, a run directory or an exported archive. Exit codes: 0 verified,
    1 different or never sealed, 2 could not look.
    """
    from sot_tools.cli import evidence_verbs

    return evidence_verbs.verify(run, runs_dir, digest, as_json)
