"""`sot trace`: the matrix from requirements to work items to evidence."""

from __future__ import annotations

from pathlib import Path

import click

import sot_tools
from sot_tools import disk
from sot_tools.cli import terminal, views, workspace
from sot_tools.errors import SotError
from sot_tools.views.trace import Matrix, matrix

FORMATS = ("table", "csv", "html")


@click.command("trace")
@views.where
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", type=click.Path(), metavar="FILE", help="Write to a file instead.")
def command(root: str | None, profile: str | None, form: str, output: str | None) -> None:
    """Print which requirement leads to which work item and evidence, and where the way ends.

    In CSV a cell that a spreadsheet could take for a formula begins with an apostrophe. The HTML
    page is self-contained.
    """
    opened = views.opened(root, profile)
    if output is not None:
        _require_free(opened, Path(output))
    found = matrix(opened.snapshot, opened.settings.scene, opened.work, opened.faults)
    text = _rendered(found, form, terminal.room() if output is None else None)
    if output is None:
        terminal.show(text)
    else:
        disk.write(Path(output), text.encode("utf-8", "backslashreplace"))


def _require_free(opened: views.Opened, output: Path) -> None:
    """Refuse to write over what the workspace governs."""
    if output.is_dir():
        raise SotError(f"--output {output}: is a folder; name a file")
    root = opened.settings.root
    if (Path.cwd() / output).resolve().is_relative_to(root.resolve()):
        name = workspace.relative(root.resolve(), str(output.resolve()))
        if opened.snapshot.document(name) is not None:
            raise SotError(f"--output {output}: is a governed document; choose another file")


def _rendered(found: Matrix, form: str, room: int | None) -> str:
    if form == "csv":
        from sot_tools.report import trace_csv

        return trace_csv.render(found)
    if form == "html":
        from sot_tools.report import trace_html

        return trace_html.render(found, sot_tools.__version__)
    from sot_tools.report import trace_table

    return trace_table.render(found, room)
