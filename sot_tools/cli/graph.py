"""`sot graph`: work items, blockers, evidence and documents as a drawing."""

from __future__ import annotations

from importlib import import_module

import click

from sot_tools.cli import terminal, views
from sot_tools.errors import SotError
from sot_tools.rules.nearest import hint
from sot_tools.views.graph import Options, graph

_FORMATS = {
    "text": "sot_tools.report.graph_text",
    "mermaid": "sot_tools.report.graph_mermaid",
    "dot": "sot_tools.report.graph_dot",
}
"""Format → the module whose `render` draws it."""


@click.command("graph")
@views.where
@click.option(
    "--format", "form", type=click.Choice(list(_FORMATS)), default="text", show_default=True
)
@click.option(
    "--item",
    default="",
    metavar="ID",
    help="Only this item, what it rests on, and what rests on it.",
)
@click.option("--documents", is_flag=True, help="Documents too: what derives from what.")
def command(root: str | None, profile: str | None, form: str, item: str, documents: bool) -> None:
    """Draw work items, their blockers and their evidence; `!` or red marks what is inconsistent."""
    opened = views.opened(root, profile)
    if item and item not in opened.work.items:
        step = hint(item, opened.work.items) or "`sot board` lists the work items"
        raise SotError(f"work item `{item}` is not known here; {step}")
    options = Options(item, documents)
    kinds = opened.settings.scene.kinds
    drawn = graph(opened.snapshot, kinds, opened.work, opened.faults, options)
    terminal.show(import_module(_FORMATS[form]).render(drawn))
