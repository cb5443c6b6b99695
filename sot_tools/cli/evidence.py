"""`sot evidence`: look at the evidence of runs, and prove it."""

from __future__ import annotations

import click

_RUNS_DIR = click.option("--runs-dir", type=click.Path(), help="Folder of the run directories.")
_DIGEST = click.option("--digest", metavar="SHA256", help="The manifest digest that you trust.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("evidence")
def command() -> None:
    """Verify, show, list, compare and export the evidence of runs.

    RUN is a run id, `latest`, a run directory or an exported archive.
    """


@command.command("verify")
@click.argument("run")
@_RUNS_DIR
@_DIGEST
@_JSON
def verify(run: str, runs_dir: str | None, digest: str | None, as_json: bool) -> int:
    """Hash RUN again and compare it with its manifest and the recorded digest.

    Exit codes: 0 verified, 1 different or never sealed, 2 could not look.
    """
    from sot_tools.cli import evidence_verbs

    return evidence_verbs.verify(run, runs_dir, digest, as_json)


@command.command("show")
@click.argument("run")
@_RUNS_DIR
@_DIGEST
@_JSON
def show(run: str, runs_dir: str | None, digest: str | None, as_json: bool) -> int:
    """Verify RUN and show its report and its events; what is not verified is not shown as such."""
    from sot_tools.cli import evidence_verbs

    return evidence_verbs.show(run, runs_dir, digest, as_json)


@command.command("list")
@click.option("--case", "case_id", help="Only runs of this case.")
@click.option("--engine", help="Only runs of this engine.")
@click.option(
    "--status", type=click.Choice(["pass", "fail", "blocked"]), help="Only runs that ended so."
)
@_RUNS_DIR
@_JSON
def list_runs(
    case_id: str | None,
    engine: str | None,
    status: str | None,
    runs_dir: str | None,
    as_json: bool,
) -> int:
    """List runs, oldest first, as the record of seals has them; nothing is hashed."""
    from sot_tools.cli import evidence_verbs

    wanted = {"case_id": case_id, "backend": engine, "status": status}
    return evidence_verbs.listing(
        {key: value for key, value in wanted.items() if value}, runs_dir, as_json
    )


@command.command("diff")
@click.argument("first")
@click.argument("second")
@_RUNS_DIR
def diff(first: str, second: str, runs_dir: str | None) -> int:
    """Compare the reports and artifacts of two runs; 1 where they differ."""
    from sot_tools.cli import evidence_verbs

    return evidence_verbs.compare(first, second, runs_dir)


@command.command("export")
@click.argument("run")
@click.argument("archive", type=click.Path(), required=False)
@_RUNS_DIR
@_DIGEST
def export(run: str, archive: str | None, runs_dir: str | None, digest: str | None) -> int:
    """Write RUN, once it is verified, as a BagIt bag in one zip file."""
    from sot_tools.cli import evidence_verbs

    return evidence_verbs.export(run, archive, runs_dir, digest)


@command.command("keep")
@click.argument("run")
@click.option("--root", type=click.Path(), help="Folder of the workspace.")
@_RUNS_DIR
def keep(run: str, root: str | None, runs_dir: str | None) -> int:
    """Keep RUN in the workspace, once it is verified, so that a fresh clone can hash it again."""
    from sot_tools.authority import keep as keeping
    from sot_tools.cli import desk as desks

    made, path = keeping.keep(desks.opened(root), desks.run(run, runs_dir))
    click.echo(f"{made} {path}")
    click.echo("next: commit it with the ledger; `sot check` hashes it where the run itself is not")
    return 0


@command.command("open")
@click.argument("run")
@_RUNS_DIR
def open_report(run: str, runs_dir: str | None) -> int:
    """Show the report of RUN in the pager."""
    from sot_tools.cli import evidence_verbs

    return evidence_verbs.page(run, runs_dir)
