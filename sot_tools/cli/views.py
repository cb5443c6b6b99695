"""What `sot board`, `sot graph` and `sot trace` begin with: a workspace, opened and checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from sot_tools.cli import terminal, workspace
from sot_tools.diagnostic import Severity
from sot_tools.documents.place import locate
from sot_tools.errors import SotError
from sot_tools.project.check import check
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Selection
from sot_tools.project.snapshot import Snapshot
from sot_tools.views.faults import Faults
from sot_tools.views.work import Work, collect

Command = TypeVar("Command", bound=Callable[..., Any])


class Opened(NamedTuple):
    """A workspace as the views need it."""

    settings: Settings
    snapshot: Snapshot
    work: Work
    faults: Faults


def where(command: Command) -> Command:
    """The options that say which workspace is meant."""
    profile = click.option(
        "--profile", help="Profile for a tree without .sot/workspace.yaml (default: plain)."
    )
    root = click.option(
        "--root", type=click.Path(), help="Folder of the workspace (default: found upwards)."
    )
    return root(profile(command))


def opened(root: str | None, profile: str | None) -> Opened:
    """Open and check a workspace, each file read once; a board that cannot be read is an error."""
    settings = workspace.opened(root, (), profile)
    snapshot = Snapshot(settings, {}, whole=True)
    report = check(settings, Selection(severity=Severity.WARNING), terminal.Progress(), snapshot)
    _require_board(settings, snapshot)
    work = collect(snapshot, settings.scene)
    return Opened(settings, snapshot, work, Faults(snapshot, report.diagnostics))


def _require_board(settings: Settings, snapshot: Snapshot) -> None:
    """A board that is there must be a list of items, else what is shown would be wrong."""
    path = settings.scene.board_path
    document = snapshot.document(path)
    if document is None:
        return
    fatal = next((each for each in document.problems if each.fatal), None)
    if fatal is not None:
        span = locate(document, fatal.finding.place)
        step = f"; {fatal.finding.step}" if fatal.finding.step else ""
        raise SotError(f"{path}:{span.line}:{span.column}: {fatal.finding.detail}{step}")
    entries = document.data.get("items") if isinstance(document.data, dict) else None
    if not isinstance(entries, list):
        raise SotError(f"{path}:1:1: the board holds no list `items`; `sot check` says more")
