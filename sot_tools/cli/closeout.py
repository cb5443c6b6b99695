"""`sot closeout`: write the closeout of an item again from its evidence, or compare it."""

from __future__ import annotations

from typing import Any

import click

from sot_tools import disk
from sot_tools.authority import advance, closeout, request
from sot_tools.authority.gate import ADVANCED
from sot_tools.cli import desk as desks
from sot_tools.errors import Refused
from sot_tools.evidence import ledger


@click.command("closeout")
@click.argument("item")
@click.option("--check", "compare", is_flag=True, help="Write nothing; 1 where it differs.")
@desks.ROOT
@desks.RUNS
def command(item: str, compare: bool, **options: Any) -> int:
    """Write the closeout of ITEM, a work item or `Stage N`, from its verified evidence."""
    desk = desks.opened(options["root"])
    known = ledger.load(desk.root)
    entry = next((e for e in reversed(known.of(ADVANCED)) if e.text("subject") == item), None)
    if entry is None:
        raise Refused(f"`{item}` was never advanced; `sot advance {item} --evidence RUN` does it")
    verified = advance.evidence(desk.root, desks.run(entry.text("run_id"), options["runs_dir"]))
    page = closeout.page(desk, verified, entry, known)
    if not compare:
        click.echo(f"{request.write(desk, page, item, 'closeout.written')} {page.path}")
        return 0
    try:
        same = disk.read(desk.root / page.path, len(page.content)) == page.content
    except OSError:
        same = False
    if not same:
        raise Refused(f"{page.path} is not what the evidence says; `sot closeout {item}` writes it")
    click.echo(f"{page.path} is what the evidence says")
    return 0
