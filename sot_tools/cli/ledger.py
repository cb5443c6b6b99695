"""`sot ledger`: what was granted, run and advanced, and whether nothing of it was changed."""

from __future__ import annotations

import json

import click

from sot_tools.cli import places
from sot_tools.errors import Refused
from sot_tools.evidence import ledger as ledgers
from sot_tools.evidence.ledger import FILE, Ledger

_ROOT = click.option("--root", type=click.Path(), help="Folder of the workspace.")


@click.group("ledger")
def command() -> None:
    """Verify and show the ledger of a workspace."""


@command.command("verify")
@_ROOT
@click.option("--head", metavar="SHA256", help="A head that you know: it must be in the ledger.")
def verify(root: str | None, head: str | None) -> int:
    """Verify every line and its place; 1 where anything was changed, cut off or put in."""
    from sot_tools.authority import pins

    folder = places.workspace(root)
    known = _known(ledgers.load(folder))
    wanted = dict(pins.found(folder))
    if head is not None:
        wanted["--head"] = head.removeprefix("sha256:").lower()
    for place, pinned in wanted.items():
        if not known.knows(pinned):
            raise Refused(f"{FILE}: {place} pins the head {pinned}, which is not there: cut off")
    click.echo(f"{FILE}: {len(known.lines)} entries, head sha256:{known.head}, sound")
    if known.torn:
        click.echo("its last line was never finished; the next entry removes it")
    return 0


@command.command("show")
@click.argument("word", required=False)
@_ROOT
@click.option("--json", "as_json", is_flag=True, help="Print the entries as JSON lines.")
def show(word: str | None, root: str | None, as_json: bool) -> int:
    """Show the entries, or those that contain WORD: an item, a run, a digest, a kind."""
    known = ledgers.load(places.workspace(root))
    for entry in known.of():
        value = {"number": entry.number, "kind": entry.kind, "at": entry.at, "about": entry.about}
        text = json.dumps(value, sort_keys=True)
        if word is not None and word not in text:
            continue
        click.echo(text if as_json else _line(entry))
    _known(known)
    return 0


@command.command("merge")
@click.argument("other", type=click.Path())
@_ROOT
def merge(other: str, root: str | None) -> int:
    """Add the entries of the ledger OTHER, of another branch, that this one lacks."""
    import time
    from pathlib import Path

    from sot_tools import disk
    from sot_tools.errors import SotError

    try:
        theirs = disk.read(Path(other), ledgers.LIMIT)
    except OSError as error:
        raise SotError(f"{other}: cannot be read: {error.strerror or error}") from error
    added = ledgers.merge(places.workspace(root), time.time_ns, theirs)
    click.echo(f"added {len(added)} entries of {other}")
    return 0


def _known(known: Ledger) -> Ledger:
    if known.faults:
        raise Refused(f"{FILE}: {known.faults[0]}; compare it with the last commit that was sound")
    return known


_HIDDEN = {"nonce", "keyid", "merged_from", "merged_at"}


def _line(entry: ledgers.Entry) -> str:
    words = [
        value if len(value) < 64 else value[:16]
        for name, value in sorted(entry.about.items())
        if isinstance(value, str) and value and name not in _HIDDEN
    ]
    return f"{entry.number:5}  {entry.at[:19]}Z  {entry.kind:18} {'  '.join(words)}"
