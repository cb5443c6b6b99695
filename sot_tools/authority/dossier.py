"""What one run left, in words for its evidence record: facts of verified artifacts only."""

from __future__ import annotations

from collections.abc import Iterator

from sot_tools.authority import closeout, gate
from sot_tools.authority.pages import bullets
from sot_tools.authority.request import Desk
from sot_tools.errors import Refused
from sot_tools.evidence.ledger import Entry, Ledger
from sot_tools.evidence.verdict import Verified
from sot_tools.evidence.verify import REPORT


def words(
    desk: Desk, subject: str, verified: Verified, known: Ledger, accepted: Entry | None
) -> dict[str, str]:
    """Everything that the record says; `accepted` is the entry that advanced the subject."""
    entry = accepted or gate.sealed(known, verified.run_id)
    if entry is None:
        raise Refused(f"the ledger does not know the digest of {verified.run_id}")
    state, verdict = _verdict(subject, verified, accepted)
    report = verified.report
    changed = bool(report.get("changed_files")) and report.get("status") == "pass"
    begun = gate.started(known, verified.run_id)
    target = begun.text("target_repository") if begun else ""
    return {
        **closeout.about(desk, subject),
        **closeout.facts(verified, entry, known),
        "state": state,
        "verdict": verdict,
        "blockers": bullets(list(_blockers(verified)), code=False),
        "artifacts": bullets(list(_artifacts(verified)), code=False),
        "mutated": "true" if target and changed else "false",
    }


def _verdict(subject: str, verified: Verified, accepted: Entry | None) -> tuple[str, str]:
    """The state that the run gives its subject, and why (CLOSE-06)."""
    status = verified.report.get("status")
    if accepted is not None:
        number = accepted.written.number
        return "validated", f"`{subject}` was advanced on this run by entry {number} of the ledger"
    if status == "pass":
        return "candidate", f"nobody accepted this run yet; it changes no state of `{subject}`"
    return "blocked", f"Do not mark `{subject}` validated: the run ended `{status}`"


def _blockers(verified: Verified) -> Iterator[str]:
    for each in verified.report.get("blockers", ()):
        yield f"`{each.get('code')}`: {' '.join(str(each.get('message')).split())}"


def _artifacts(verified: Verified) -> Iterator[str]:
    """Every artifact by path and digest (CLOSE-08)."""
    for name, digest in sorted(verified.report.get("artifact_digests", {}).items()):
        own = ", its content without this line" if name == REPORT else ""
        yield f"`{verified.run_id}/{name}`: `sha256:{digest}`{own}"
