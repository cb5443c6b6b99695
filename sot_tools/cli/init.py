"""`sot init`: begin a workspace that passes its own check; nothing is overwritten."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from sot_tools import disk
from sot_tools.errors import SotError
from sot_tools.project import data, starter
from sot_tools.project.files import FILE, find_root


@click.command("init")
@click.argument("folder", type=click.Path(), default=".")
@click.option("--profile", default="plain", show_default=True, help="Family of the workspace.")
@click.option("--owner", default="team", show_default=True, help="Who answers for the documents.")
@click.option("--title", help="Name of the workspace (default: the folder's name).")
def command(folder: str, profile: str, owner: str, title: str | None) -> None:
    """Write the files of a new workspace into FOLDER; files that exist stay as they are."""
    root = Path(folder).resolve()
    if not root.is_dir():
        raise SotError(f"{folder}: no such folder")
    above = find_root(root)
    if above != root and (above / FILE).is_file():
        raise SotError(f"{root} lies inside the workspace {above}; a workspace holds no other")
    used = data.profile(profile)
    today = date.today().isoformat()
    files = starter.files(used, title or root.name or "workspace", owner, today)
    kept = 0
    for path, content in sorted(files.items()):
        if disk.create(root / path, content.encode()):
            click.echo(f"wrote {path}")
        else:
            kept += 1
            click.echo(f"kept  {path} (it exists)")
    click.echo("next: `sot check`" + (f"; {kept} files were there before" if kept else ""))
