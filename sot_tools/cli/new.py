"""`sot new`: begin a document that passes its own check; nothing is overwritten."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from sot_tools import disk
from sot_tools.cli import workspace
from sot_tools.errors import Refused, SotError
from sot_tools.project import drafts, trial
from sot_tools.project.drafts import Draft
from sot_tools.project.snapshot import Snapshot


@click.command("new")
@click.argument("kind")
@click.argument("name")
@click.option("--title", help="Title of the document (default: made of NAME).")
@click.option("--owner", help="Who answers for it (default: as the profile says).")
@click.option("--source", help="What it follows from (default: the PRD of that name).")
@click.option("--item", help="Work item that an issue sequence opens; it goes onto the board.")
@click.option("--item-title", default="First Work Item", show_default=True, help="Its title.")
@click.option("--provider", help="Provider that a model admission is about.")
@click.option("--model", help="Model that a model admission is about.")
@click.option("--root", type=click.Path(), help="Folder of the workspace.")
def command(kind: str, name: str, root: str | None, **options: Any) -> int:
    """Write a new document of KIND, called NAME (capitals and hyphens), once it passes the check.

    Kinds that follow from facts are written by their own verbs: request, packet, approve, record.
    """
    settings = workspace.opened(root, (), None)
    snapshot = Snapshot(settings, {})
    words = _words(name, snapshot, options)
    made = drafts.draft(settings.profile, settings.scene.kinds, kind, name, words)
    if (settings.root / made.path).exists():
        raise Refused(f"{made.path} exists; `sot new` overwrites nothing")
    item = options["item"] if kind == "issues" else None
    board = _board(snapshot, made.path, item, options["item_title"]) if item else None
    files = {each.path: each.content for each in (made, board) if each is not None}
    trial.require(settings, files)
    if not disk.create(settings.root / made.path, made.content):
        raise Refused(f"{made.path} exists; `sot new` overwrites nothing")
    click.echo(f"wrote {made.path}")
    if board is not None:
        disk.write(settings.root / board.path, board.content)
        click.echo(f"wrote {board.path}: `{item}`")
    click.echo("next: say what it has to say, then `sot check`")
    return 0


_GIVEN = ("title", "owner", "item", "item_title", "provider", "model")


def _words(name: str, snapshot: Snapshot, options: dict[str, Any]) -> dict[str, str]:
    """The words of the first form."""
    plan = next((path for path in snapshot.entries if path.endswith(f"{name}-PRD.md")), "")
    given = {key: options[key] for key in _GIVEN if options[key]}
    source = options["source"] or plan or "conversation"
    given.setdefault("owner", str(snapshot.settings.profile.settings.get("owner", "team")))
    return {**given, "source": source, "today": date.today().isoformat()}


def _board(snapshot: Snapshot, path: str, item: str, title: str) -> Draft:
    """The board with the item, which names the document."""
    from sot_tools.board.splice import Edit, NoPlace, splice

    board = snapshot.board
    if board is None:
        raise SotError(f"{snapshot.settings.scene.board_path} is missing or cannot be read")
    known = board.by_id.get(item)
    entry = {
        "id": item,
        "title": title,
        "type": "AFK",
        "status": "candidate",
        "blocked_by": [],
        "blocked_by_prose": [],
        "documents": [path],
        "evidence": [],
    }
    edit = Edit(("items", len(board.items)), entry)
    if not board.items:
        edit = Edit(("items",), [entry])
    elif known is not None:
        edit = Edit(("items", known.position, "documents"), [*known.documents, path], "status")
    text = disk.read(snapshot.settings.root / board.path, 1 << 24).decode("utf-8")
    try:
        return Draft(board.path, splice(text, [edit]).encode())
    except NoPlace as why:
        raise SotError(f"{board.path}: {why}") from None
