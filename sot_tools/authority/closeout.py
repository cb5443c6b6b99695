"""The closeout of an item or a stage: facts of verified evidence, never a free claim (CLOSE)."""

from __future__ import annotations

from typing import Any

from sot_tools.authority import gate, pages
from sot_tools.authority.pages import Page, bullets
from sot_tools.authority.request import Desk
from sot_tools.evidence import approval as approvals
from sot_tools.evidence.ledger import Entry, Ledger
from sot_tools.evidence.verdict import Verified

CLOSEOUT = "CLOSEOUT"


def page(desk: Desk, verified: Verified, entry: Entry, known: Ledger) -> Page:
    """The closeout that an entry of the ledger calls for; the same every time."""
    subject = entry.text("subject")
    words = {**about(desk, subject), **facts(verified, entry, known)}
    return pages.render(desk.settings.profile, CLOSEOUT, subject, words)


def about(desk: Desk, subject: str) -> dict[str, str]:
    """What the board and the documents say of a subject."""
    board = desk.snapshot.board
    item = board.by_id.get(subject) if board else None
    source, owner = desk.home(subject)
    return {
        "title": item.title if item else "stage of the ladder",
        "owner": owner,
        "source": source,
    }


_DIRTY_START = {"dirty_starting_tree", "dirty_source_start"}


def facts(verified: Verified, entry: Entry, known: Ledger) -> dict[str, str]:
    """What the evidence and the ledger say; `entry` is the last that speaks of the run."""
    report = verified.report
    harness: dict[str, Any] = report.get("harness", {})
    begun = gate.started(known, verified.run_id) or entry
    target = begun.text("target_repository")
    files = [str(each) for each in report.get("changed_files", ())]
    blockers = {each.get("code") for each in report.get("blockers", ())}
    same_start = harness.get("fixture_digest") == begun.text("from_commit") or bool(target)
    allowed = _truth(report.get("allowed_writes_passed"))
    return {
        "today": entry.written.at[:10],
        "run_id": verified.run_id,
        "report_status": str(report.get("status")),
        "report_path": f"{verified.run_id}/report.json",
        "manifest_digest": verified.manifest_digest,
        "started": str(report.get("run_started_at")),
        "finished": str(report.get("run_finished_at")),
        "engine": str(report.get("backend")),
        "stage": str(begun.about.get("stage")),
        "target": f"`{target}`" if target else "none, the run changed a copy",
        "target_commit": f"`{report.get('target_commit')}`" if target else "none",
        "from_commit": begun.text("from_commit"),
        "proof": f"`{verified.run_id}/manifest.json`",
        "changed_files": ", ".join(f"`{each}`" for each in files) or "none",
        "allowed_paths_passed": allowed,
        "forbidden_paths_passed": allowed,
        "clean_start": _truth(same_start and not _DIRTY_START & set(blockers)),
        "clean_end": _truth("dirty_ending_tree" not in blockers),
        "patch_digest": str(report.get("artifact_digests", {}).get("patch.diff", "")),
        "verification": bullets(
            [
                f"`{each.get('command')}`: {each.get('outcome')}, exit code {each.get('exit_code')}"
                for each in report.get("verification", ())
            ],
            code=False,
        ),
        "approvals": bullets(_approvals(verified, entry, known), code=False),
        "entry": str(entry.written.number),
        "head": entry.written.sum,
    }


def _approvals(verified: Verified, entry: Entry, known: Ledger) -> list[str]:
    """Each approval that stands behind the entry, and what used it."""
    found = []
    use = gate.used(known, verified.run_id)
    for what, digest, user in (
        ("the run", use.text("approval") if use else "", use.written.number if use else 0),
        ("the change of status", entry.text("approval"), entry.written.number),
    ):
        for granted in known.of(approvals.GRANTED) if digest else ():
            if granted.text("approval") == digest:
                number, at, _ = granted.written
                found.append(
                    f"{what}: granted by {granted.text('actor')} at {at} "
                    f"(entry {number}), used by entry {user}, `sha256:{digest}`"
                )
    return found


def _truth(value: Any) -> str:
    return "true" if value is True else "false"
