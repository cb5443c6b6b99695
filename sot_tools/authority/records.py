"""Documents that follow from evidence: written from it, and compared with what it says now."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sot_tools import disk
from sot_tools.authority import advance, closeout, request
from sot_tools.authority.gate import ADVANCED
from sot_tools.authority.pages import Page
from sot_tools.authority.request import Desk
from sot_tools.errors import Refused
from sot_tools.evidence import kept, ledger
from sot_tools.evidence.ledger import Entry, Ledger
from sot_tools.evidence.verdict import Verified


class Earned(NamedTuple):
    """What stands behind the state of a subject: a work item, or `Stage N`."""

    subject: str
    known: Ledger
    entry: Entry
    """The entry that advanced it."""
    verified: Verified


def earned(desk: Desk, subject: str, runs: Path) -> Earned:
    """The evidence behind a state, hashed again; refuses where it was never earned."""
    known = ledger.load(desk.root)
    entry = next((e for e in reversed(known.of(ADVANCED)) if e.text("subject") == subject), None)
    if entry is None:
        step = f"`sot advance {subject} --evidence RUN` does it"
        raise Refused(f"`{subject}` was never advanced; {step}")
    run = entry.text("run_id")
    with kept.directory(desk.root, runs, run, {kept.path_of(run)}) as place:
        if place is None:
            step = "name its folder with --runs-dir"
            raise Refused(f"{run} is not in {runs} and not in {kept.FOLDER}; {step}")
        return Earned(subject, known, entry, advance.evidence(desk.root, place))


def page(desk: Desk, found: Earned) -> Page:
    """The closeout of what was earned."""
    return closeout.page(desk, found.verified, found.entry, found.known)


def write(desk: Desk, subject: str, runs: Path) -> tuple[str, str]:
    """Write the closeout of a subject; returns `wrote` or `kept`, and its path."""
    made = page(desk, earned(desk, subject, runs))
    return request.write(desk, made, subject, "closeout.written"), made.path


def compare(desk: Desk, subject: str, runs: Path) -> str:
    """The path of a closeout that is byte for byte what the evidence says; refuses another."""
    made = page(desk, earned(desk, subject, runs))
    try:
        same = disk.read(desk.root / made.path, len(made.content)) == made.content
    except OSError:
        same = False
    if not same:
        step = f"`sot closeout {subject}` writes it"
        raise Refused(f"{made.path} is not what the evidence says; {step}")
    return made.path
