"""`sot rules`: what is in force in a workspace."""

from __future__ import annotations

import click

from sot_tools.cli import workspace
from sot_tools.project import data


@click.command("rules")
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--profile", help="Profile for a tree without .sot/workspace.yaml (default: plain).")
@click.option("--kinds", "show_kinds", is_flag=True, help="List the document kinds instead.")
@click.option("--profiles", "show_profiles", is_flag=True, help="List the profiles instead.")
def command(root: str | None, profile: str | None, show_kinds: bool, show_profiles: bool) -> None:
    """List the rules that are in force, one a line."""
    if show_profiles:
        for name in data.profile_names():
            click.echo(f"{name:12} {data.profile(name).title}")
        return
    settings = workspace.opened(root, (), profile)
    if show_kinds:
        for kind in sorted(settings.scene.kinds.by_name.values(), key=lambda each: each.name):
            click.echo(f"{kind.name:20} {', '.join(kind.files)}")
        return
    for rule in settings.rules:
        click.echo(f"{rule.code}  {rule.severity.value:8} {rule.title}")
