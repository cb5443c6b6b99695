"""`sot keys`: whose yes counts in a workspace."""

from __future__ import annotations

import json

import click

from sot_tools.authority import keys
from sot_tools.cli import places
from sot_tools.evidence.trust import ROLES, TrustedKey, path_of

_ROOT = click.option("--root", type=click.Path(), help="Folder of the workspace.")


@click.group("keys")
def command() -> None:
    """Make, list, add and revoke the keys whose approval counts in a workspace.

    The private part never lies in a workspace: it stands in your own folder, readable by you alone;
    the environment variable SOT_KEYS_DIR names another.
    """


@command.command("init")
@click.argument("name")
@_ROOT
def init(name: str, root: str | None) -> int:
    """Make the first key, NAME, of a workspace and begin its ledger."""
    _say(keys.init(places.place(root), name), "trusted as the first key")
    return 0


@command.command("add")
@click.argument("name")
@click.option("--by", required=True, metavar="NAME", help="Trusted key that endorses the new one.")
@click.option("--role", type=click.Choice(ROLES), default="operator", show_default=True)
@click.option("--public", metavar="HEX", help="Public key of somebody else; without it, make one.")
@_ROOT
def add(name: str, by: str, role: str, public: str | None, root: str | None) -> int:
    """Trust one more key, NAME, endorsed by one that is trusted."""
    _say(keys.add(places.place(root), name, role, by, public), f"trusted, endorsed by {by}")
    return 0


@command.command("revoke")
@click.argument("name")
@click.option("--reason", required=True, help="Why; it stands in the ledger.")
@_ROOT
def revoke(name: str, reason: str, root: str | None) -> int:
    """Take trust in NAME back for good; what it signed before stays signed."""
    key = keys.revoke(places.place(root), name, reason)
    click.echo(f"{key.name}  {key.keyid[:16]}  revoked")
    return 0


@command.command("list")
@_ROOT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def listing(root: str | None, as_json: bool) -> int:
    """List the trusted keys."""
    rows = list(keys.listing(places.place(root)))
    if as_json:
        value = [
            {
                "name": row.key.name,
                "role": row.key.role,
                "keyid": row.key.keyid,
                "public_key": row.key.public.hex(),
                "state": row.state,
                "private_key_here": row.here,
            }
            for row in rows
        ]
        click.echo(json.dumps(value, sort_keys=True))
        return 0
    for row in rows:
        here = "private key here" if row.here else ""
        line = f"{row.key.name:16} {row.key.role:9} {row.key.keyid[:16]} {row.state:8} {here}"
        click.echo(line.rstrip())
    if not rows:
        click.echo("no key is trusted yet; `sot keys init NAME` makes the first one")
    return 0


def _say(key: TrustedKey, how: str) -> None:
    click.echo(f"{key.name}  {key.keyid[:16]}  {key.role}  {how}")
    click.echo(f"wrote {path_of(key.name)} and an entry of the ledger; commit both")
