"""`sot board`: the work items of a workspace, one of them, and what comes next."""

from __future__ import annotations

import click

from sot_tools.board.board import STATUSES, TYPES
from sot_tools.cli import terminal, views
from sot_tools.errors import SotError
from sot_tools.rules.nearest import hint, listed
from sot_tools.views.ready import open_blockers, unfinished
from sot_tools.views.work import Work, WorkItem


class _Views(click.Group):
    """`list` is meant where no view is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            step = hint(args[0], self.commands) or f"for one item: `sot board show {args[0]}`"
            raise SotError(f"`{args[0]}` is no view of the board; {step}")
        return super().resolve_command(ctx, args)


_json = click.option("--json", "as_json", is_flag=True, help="Print JSON (schemas/wire/).")


@click.group("board", cls=_Views)
def command() -> None:
    """Show the work items of a workspace.

    `sot board` alone is `sot board list`. Items with diagnostics are marked `!`.
    """


@command.command("list")
@views.where
@click.option("--status", multiple=True, help="Only items with this status; repeatable.")
@click.option("--type", "kind", help="Only items of this type: AFK or HITL.")
@click.option("--blocked", is_flag=True, help="Only items that are blocked or have open blockers.")
@click.option("--text", default="", metavar="WORDS", help="Only items that hold all these words.")
@_json
@click.pass_context
def list_items(context: click.Context, /, **_: object) -> None:
    """List the work items, filtered."""
    options = context.params
    opened = views.opened(options["root"], options["profile"])
    items = _filtered(opened.work, options)
    if options["as_json"]:
        from sot_tools.report import board_json

        terminal.show(board_json.listing(items, opened.work, opened.faults))
        return
    from sot_tools.report import board_text

    terminal.show(board_text.listing(items, opened.work, opened.faults, terminal.room()))


def _filtered(work: Work, options: dict[str, object]) -> list[WorkItem]:
    """The items of the board, or of the documents where there is none, that the options name."""
    items = [item for item in work.items.values() if item.registered or not work.board]
    wanted = options["status"]
    statuses = tuple(wanted) if isinstance(wanted, tuple) else ()
    for status in statuses:
        _require("status", status, {*STATUSES, *(item.status for item in items)} - {""})
    kind = str(options["kind"] or "").casefold()
    if kind:
        types = {each.casefold() for each in (*TYPES, *(item.type for item in items))}
        _require("type", kind, types - {""})
    words = str(options["text"]).casefold().split()
    return [
        item
        for item in items
        if (not statuses or item.status in statuses)
        and (not kind or item.type.casefold() == kind)
        and (not options["blocked"] or _is_blocked(work, item))
        and all(word in _searched(item) for word in words)
    ]


def _require(label: str, given: str, known: set[str]) -> None:
    if given not in known:
        step = hint(given, known) or f"known: {listed(sorted(known))}"
        raise SotError(f"no item has the {label} `{given}`; {step}")


def _is_blocked(work: Work, item: WorkItem) -> bool:
    return not item.finished and (item.status == "blocked" or bool(open_blockers(work, item)))


def _searched(item: WorkItem) -> str:
    return " ".join([item.id, item.title, *item.conditions, *item.documents]).casefold()


@command.command("show")
@click.argument("item")
@views.where
@_json
def show_item(item: str, root: str | None, profile: str | None, as_json: bool) -> None:
    """Show everything that is known about ITEM: board, documents, evidence, diagnostics."""
    from sot_tools.views.detail import detail

    opened = views.opened(root, profile)
    kinds = opened.settings.scene.kinds
    found = detail(opened.snapshot, kinds, opened.work, opened.faults, item)
    if as_json:
        from sot_tools.report import board_json

        terminal.show(board_json.shown(found))
        return
    from sot_tools.report import board_text

    terminal.show(board_text.shown(found))


@command.command("next")
@views.where
@_json
def show_next(root: str | None, profile: str | None, as_json: bool) -> None:
    """Show what can be worked on next, and why the rest must wait."""
    opened = views.opened(root, profile)
    found = unfinished(opened.work)
    if as_json:
        from sot_tools.report import board_json

        terminal.show(board_json.upcoming(found, opened.work))
        return
    from sot_tools.report import board_text

    terminal.show(board_text.upcoming(found, opened.work, opened.faults, terminal.room()))
