"""`sot packet`: write what a person is asked to approve, with the one sentence that approves it."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.authority import request
from sot_tools.cli import desk
from sot_tools.project import trial


@click.command("packet")
@click.argument("item")
@desk.asking
@desk.ROOT
@desk.HARNESS
def command(item: str, **options: Any) -> int:
    """Write the approval packet of the work item ITEM; it is a question and no permission."""
    opened = desk.opened(options["root"])
    task = desk.task(opened, item, options)
    page = request.packet(opened, task)
    trial.require(opened.settings, {page.path: page.content}, desk.MEND)
    click.echo(f"{request.write(opened, page, item)} {page.path}")
    click.echo(f'next: sot approve {item} --sentence "{request.sentence(opened, task)}"')
    return 0
