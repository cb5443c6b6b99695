"""`sot baseline`: record what is known to be wrong, once, and let the record only shrink."""

from __future__ import annotations

from collections import Counter

import click

from sot_tools import disk
from sot_tools.cli import workspace
from sot_tools.diagnostic import Severity
from sot_tools.errors import Refused, SotError
from sot_tools.project import data
from sot_tools.project.check import check
from sot_tools.project.files import BASELINE
from sot_tools.project.outcome import Selection
from sot_tools.project.suppress import baseline_of, shrunk


@click.command("baseline")
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--profile", help="Profile for a tree without .sot/workspace.yaml (default: plain).")
@click.option("--create", "create", is_flag=True, help="Record all present diagnostics.")
@click.option("--shrink", "shrink", is_flag=True, help="Drop the entries that are no longer found.")
def command(root: str | None, profile: str | None, create: bool, shrink: bool) -> None:
    """Keep .sot/baseline.json: diagnostics that are known and not reported.

    A baseline is recorded once and only shrinks; a fault that it does not know is always reported.
    """
    if create == shrink:
        raise SotError("say either --create or --shrink")
    settings = workspace.opened(root, (), profile)
    path = settings.root / BASELINE
    report = check(settings, Selection(use_baseline=False, severity=Severity.WARNING))
    if create:
        known = [each for each in report.diagnostics if not each.code.startswith("SOT9")]
        if not disk.create(path, baseline_of(known)):
            raise Refused(f"{BASELINE} exists; a baseline only shrinks (`sot baseline --shrink`)")
        click.echo(f"{BASELINE} knows {len(known)} diagnostics")
        return
    if not path.is_file():
        raise SotError(f"{BASELINE} does not exist; `sot baseline --create` records one")
    document = data.load(path, BASELINE)
    data.require(document, settings.scene.kinds.by_name.get("baseline"), settings.scene.kinds)
    marks = Counter(each.fingerprint for each in report.diagnostics)
    content, dropped = shrunk(document.data, marks.__getitem__)
    disk.write(path, content)
    click.echo(f"{BASELINE} lost {dropped} entries that are no longer found")
