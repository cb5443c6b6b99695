"""Documents that follow from evidence: written from it, and compared with what it says now.

Each is the same every time as long as the evidence is, down to the day, which is the ledger's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from sot_tools import disk
from sot_tools.authority import advance, closeout, dossier, gate, pages, request, summaries
from sot_tools.authority.gate import ADVANCED
from sot_tools.authority.pages import Page
from sot_tools.authority.request import Desk
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import kept, ledger
from sot_tools.evidence.ledger import Entry, Ledger
from sot_tools.evidence.verdict import Verified
from sot_tools.project import trial


class Wanted(NamedTuple):
    """Which document is wanted."""

    form: str
    """A key of `FORMS`."""
    subject: str
    """A work item or `Stage N`; empty for a document about the whole workspace."""
    runs: Path
    """Folder of the run directories of this machine."""
    run: str = ""
    """The run that an evidence record is about; found in the ledger where it is empty."""


class Made(NamedTuple):
    """A document as the evidence has it now."""

    page: Page
    run: str
    """The run that it is about; empty for a document about the whole workspace."""


class Form(NamedTuple):
    """One sort of document."""

    make: Callable[[Desk, Wanted, Ledger], Made]
    of_item: bool
    kind: str
    """Kind of the ledger's entry that records it."""


def write(desk: Desk, wanted: Wanted) -> tuple[str, str]:
    """Write a document that passes the check; returns `wrote` or `kept`, and its path."""
    form = _form(wanted)
    page, run = form.make(desk, wanted, ledger.load(desk.root))
    trial.require(desk.settings._replace(runs=wanted.runs), {page.path: page.content})
    made = request.write(desk, page, wanted.subject or wanted.form, form.kind, run)
    return made, page.path


def compare(desk: Desk, wanted: Wanted) -> str:
    """The path of a document that is byte for byte what the evidence says; refuses another."""
    page, _ = _form(wanted).make(desk, wanted, ledger.load(desk.root))
    try:
        same = disk.read(desk.root / page.path, len(page.content)) == page.content
    except OSError:
        same = False
    if not same:
        words = f"record {wanted.form} {wanted.subject}".rstrip()
        raise Refused(f"{page.path} is not what the evidence says; `sot {words}` writes it")
    return page.path


def _form(wanted: Wanted) -> Form:
    form = FORMS.get(wanted.form)
    if form is None:
        raise SotError(f"`{wanted.form}` is no record; records: {', '.join(FORMS)}")
    if form.of_item != bool(wanted.subject):
        need = "is about one ITEM; name it" if form.of_item else "is about the whole workspace"
        raise SotError(f"a record `{wanted.form}` {need}")
    return form


def _closeout(desk: Desk, wanted: Wanted, known: Ledger) -> Made:
    """What was earned, from the entry that advanced it (CLOSE-01, CLOSE-02, CLOSE-03)."""
    entry = _advanced(known, wanted.subject)
    if entry is None:
        step = f"`sot advance {wanted.subject} --evidence RUN` does it"
        raise Refused(f"`{wanted.subject}` was never advanced; {step}")
    run = entry.text("run_id")
    verified = _verified(desk, wanted.runs, run)
    return Made(closeout.page(desk, verified, entry, known), run)


def _evidence(desk: Desk, wanted: Wanted, known: Ledger) -> Made:
    """What one run left, whether it was accepted or not (CLOSE-06, CLOSE-08, OPS-04)."""
    run = wanted.run or _run_of(desk, wanted.subject, known)
    verified = _verified(desk, wanted.runs, run)
    begun = gate.started(known, run)
    accepted = advance.done(known, wanted.subject, verified)
    if begun is None or (accepted is None and begun.text("item") != wanted.subject):
        raise Refused(f"{run} is no run of `{wanted.subject}`")
    words = dossier.words(desk, wanted.subject, verified, known, accepted)
    return Made(pages.render(desk.settings.profile, "EVIDENCE", wanted.subject, words), run)


def _of_workspace(make: Callable[..., Page]) -> Callable[[Desk, Wanted, Ledger], Made]:
    def of(desk: Desk, wanted: Wanted, known: Ledger) -> Made:
        return Made(make(desk, wanted.runs, known), "")

    return of


def _run_of(desk: Desk, subject: str, known: Ledger) -> str:
    """The run of a subject: the one that its record is about, that advanced it, or the last."""
    path = pages.path_of(desk.settings.profile, "EVIDENCE", subject)
    runs = [
        entry.text("run_id")
        for entry in known.of("document.recorded")
        if path in entry.about.get("files", ())
    ]
    entry = _advanced(known, subject)
    if entry is not None:
        runs = [entry.text("run_id")]
    sealed = {entry.text("run_id") for entry in known.of("run.sealed")}
    begun = [each for each in known.of("run.started") if each.text("item") == subject]
    runs = runs or [each.text("run_id") for each in begun if each.text("run_id") in sealed]
    if not runs:
        raise Refused(f"the ledger has no sealed run of `{subject}`")
    return runs[-1]


def _advanced(known: Ledger, subject: str) -> Entry | None:
    return next((e for e in reversed(known.of(ADVANCED)) if e.text("subject") == subject), None)


def _verified(desk: Desk, runs: Path, run: str) -> Verified:
    """The evidence of a run, hashed again, wherever it is."""
    with kept.directory(desk.settings.source, runs, run, {kept.path_of(run)}) as place:
        if place is None:
            step = "name its folder with --runs-dir"
            raise Refused(f"{run} is not in {runs} and not in {kept.FOLDER}; {step}")
        return advance.evidence(desk.root, place)


FORMS: Mapping[str, Form] = {
    "closeout": Form(_closeout, True, "closeout.written"),
    "evidence": Form(_evidence, True, "document.recorded"),
    "audit": Form(_of_workspace(summaries.audit), False, "document.recorded"),
    "brief": Form(_of_workspace(summaries.brief), False, "document.recorded"),
    "decision": Form(_of_workspace(summaries.decision), False, "document.recorded"),
    "packet": Form(_of_workspace(summaries.packet), False, "document.recorded"),
}
"""Name → what it is made of."""
