"""`sot request`: write the record that asks for one governed run; it grants nothing."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.authority import request
from sot_tools.cli import desk
from sot_tools.project import trial


@click.command("request")
@click.argument("item")
@desk.asking
@desk.ROOT
@desk.HARNESS
def command(item: str, **options: Any) -> int:
    """Write the request record of the work item ITEM.

    It changes nothing else and permits nothing.
    """
    opened = desk.opened(options["root"])
    task = desk.task(opened, item, options)
    page, packet = request.request(opened, task), request.packet(opened, task)
    both = {page.path: page.content, packet.path: packet.content}  # the one names the other
    trial.require(opened.settings, both, desk.MEND)
    click.echo(f"{request.write(opened, page, item)} {page.path}")
    click.echo(f"next: sot packet {item}")
    return 0
