"""`sot prose`: whether final claims are written plainly; outside checkers are named, never run."""

from __future__ import annotations

import json
from typing import Any

import click

from sot_tools.cli import terminal, workspace
from sot_tools.project import prose
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection
from sot_tools.project.snapshot import Snapshot
from sot_tools.report.formats import render
from sot_tools.report.visible import visible


@click.command("prose")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--root", type=click.Path(), help="Folder of the workspace.")
@click.option("--profile", help="Profile for a tree without .sot/workspace.yaml (default: plain).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(paths: tuple[str, ...], root: str | None, profile: str | None, as_json: bool) -> int:
    """Ask how the final claims of PATHS (default: all) are written: results, decisions, scopes.

    Exit codes: 0 nothing to report, 1 diagnostics, 2 could not look. A checker of somebody else
    that a document names is told as not run.
    """
    settings = workspace.opened(root, paths, profile)
    asked = settings._replace(rules=prose.rules(settings), waivers=())
    snapshot = Snapshot(asked, {})
    selection = Selection(use_baseline=False)
    if paths:
        chosen = workspace.select(settings.root, paths, list(snapshot.entries))
        selection = selection._replace(paths=chosen)
    report = check(asked, selection, opened=snapshot)
    named = prose.outside(asked, snapshot)
    if as_json:
        value: dict[str, Any] = json.loads(
            render(report, "json", terminal.options("never", False, 0))
        )
        value["outside"] = [each._asdict() for each in named]
        click.echo(json.dumps(value, sort_keys=True))
        return int(bool(report.diagnostics))
    terminal.show(render(report, "text", terminal.options("auto", False, 0)))
    for each in named:
        where = f"{each.path}:{each.line}"
        click.echo(f"not run: {visible(each.command)}, named in {where}: {each.why}")
    return int(bool(report.diagnostics))
