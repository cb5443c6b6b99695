"""Taking a change back that a person rejected after the run: one revert commit, one entry."""

from __future__ import annotations

import json
from pathlib import Path

from sot_tools import disk
from sot_tools.authority import advance, gate, repositories
from sot_tools.authority.owned import PROOF
from sot_tools.errors import Refused
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import ledger
from sot_tools.evidence.approval import ADVANCE
from sot_tools.evidence.instants import Clock
from sot_tools.evidence.ledger import Ledger, Note

REVERTED = "change.reverted"
_LIMIT = 1 << 20


def undo(root: Path, run: Path, clock: Clock) -> tuple[str, str]:
    """Revert the commit of a rejected run; returns both commits, or refuses with the reason."""
    verified = advance.evidence(root, run)
    known = ledger.load(root)
    begun = gate.started(known, verified.run_id)
    target = begun.text("target_repository") if begun else ""
    commit = str(verified.report.get("target_commit", ""))
    if not target or not commit:
        raise Refused(f"{run.name} committed nothing in a repository; there is nothing to revert")
    rejection = _rejection(known, verified.manifest_digest)
    if not rejection:
        step = f"`sot deny ITEM --evidence {run.name} --reason WHY` does that"
        raise Refused(f"nobody rejected {run.name}; {step}")
    proof = json.loads(disk.read(run / PROOF, _LIMIT))
    if proof["revert_commit"]:
        raise Refused(f"{run.name} reverted its commit itself: {proof['revert_commit']}")
    path = Path(target)
    now = repositories.look(path)
    if now.head != commit:
        step = f"`git revert {commit}` there is yours to judge"
        raise Refused(f"the target has other commits since {commit}; {step}")
    if now.status:
        raise Refused(f"the target is not clean: {', '.join(sorted(now.status)[:3])}")
    message = f"Revert, since the operator rejected {run.name}: {rejection}\n"
    made = repositories.revert(path, message, clock())
    about = {"run_id": verified.run_id, "commit": commit, "revert_commit": made}

    def entry(_: Ledger) -> list[Note]:
        return [(REVERTED, about)]

    ledger.append(root, clock, entry)
    return commit, made


def _rejection(known: Ledger, digest: str) -> str:
    """Who rejected the evidence with a digest; empty where nobody did."""
    for entry in known.of(approvals.DENIED):
        if entry.text("purpose") == ADVANCE and entry.text("subject") == digest:
            return entry.text("actor")
    return ""
