"""`sot guard`: ask whether another repository is idle, and change nothing there."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sot_tools.authority import guard, look
from sot_tools.cli import places
from sot_tools.errors import SotError
from sot_tools.project import settings


@click.group("guard")
def command() -> None:
    """Ask whether a route is open; nothing is locked, reserved or written."""


@command.command("core-route")
@click.option("--core", required=True, type=click.Path(), help="The repository to look at.")
@click.option("--root", type=click.Path(), help="Folder of the workspace.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def core_route(core: str, root: str | None, as_json: bool) -> int:
    """Make the ten admission checks on the repository CORE.

    Exit codes: 0 idle at this moment, 1 blocked, 2 could not look. What cannot be seen blocks.
    """
    folder = Path(core).resolve()
    if not folder.is_dir():
        raise SotError(f"{core}: no such folder")
    profile = settings.read(places.workspace(root), None).profile
    if not (profile.folder / look.FILE).is_file():
        raise SotError(f"profile `{profile.name}` guards no repository")
    known = look.words(profile)
    found = guard.answers(look.core(folder, known), look.rules(known))
    idle = guard.idle(found)
    state = {**known["state"], **known["idle" if idle else "blocked"]}
    if as_json:
        checks = [each._asdict() for each in found]
        click.echo(json.dumps({"state": state, "checks": checks}, sort_keys=True))
        return 0 if idle else 1
    for name, value in state.items():
        click.echo(f"{name}: {str(value).lower() if isinstance(value, bool) else value}")
    for each in found:
        click.echo(f"{'passes' if each.passes else 'blocks':7} {each.check:34} {each.seen}")
    return 0 if idle else 1
