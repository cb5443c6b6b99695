"""What the ledger hears of a run: that it began, that it used its approval, how it was sealed."""

from __future__ import annotations

from pathlib import Path

from sot_tools import locked
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import authority, ledger
from sot_tools.evidence.approval import Moment, Signed, Terms
from sot_tools.evidence.canonical import canonical
from sot_tools.evidence.instants import Clock, instant
from sot_tools.evidence.ledger import Ledger, Note
from sot_tools.runs.approval import Approval


class LedgerWitness:
    """Writes the ledger entries of one run; a `runs.state.Witness`."""

    def __init__(
        self, root: Path, used: Path, clock: Clock, terms: Terms, signed: Signed | None
    ) -> None:
        """`used` holds one file for each approval that was used on this machine."""
        self.root = root
        self.used = used
        self.clock = clock
        self.terms = terms
        self.signed = signed

    def began(self, run_id: str, nonce: str) -> None:
        """Enter the run before anything else of it happens; raises SotError."""
        terms = self.terms
        about = {
            "run_id": run_id,
            "nonce": nonce,
            "item": terms.item,
            "case_id": terms.case_id,
            "contract_digest": terms.contract_digest,
            "target_repository": terms.target_repository,
            "from_commit": terms.from_commit,
            "engine": terms.engine,
            "stage": terms.stage,
            "mutation_mode": terms.mutation_mode,
        }
        ledger.append(self.root, self.clock, lambda _: [("run.started", about)])

    def use(self, run_id: str, nonce: str) -> str:
        """Use the approval up, for good, before an engine starts; says why not, or nothing."""
        if self.signed is None:
            return ""
        signed = self.signed

        def entry(known: Ledger) -> list[Note]:
            return [self._consumed(known, signed, run_id, nonce)]

        try:
            ledger.append(self.root, self.clock, entry)
        except (Refused, SotError) as reason:
            return str(reason)
        return ""

    def _consumed(self, known: Ledger, signed: Signed, run_id: str, nonce: str) -> Note:
        """The entry that uses the approval up; holds the ledger's lock. Raises Refused.

        The file outside the workspace comes first: a workspace that is set back to an earlier
        commit, or copied, brings no approval back.
        """
        started = next(
            (
                each.number
                for each in known.of("run.started")
                if each.text("run_id") == run_id and each.text("nonce") == nonce
            ),
            0,
        )
        if not started:
            raise Refused("the ledger does not know this run")
        trust = authority.load(self.root, known).trust
        when = Moment(instant(self.clock()), started)
        reasons = approvals.faults(signed, self.terms, known, trust, when)
        if reasons:
            raise Refused("; ".join(reasons))
        about = {
            "approval": signed.digest,
            "run_id": run_id,
            "nonce": nonce,
            "item": self.terms.item,
        }
        path = self.used / f"{signed.digest}.json"
        if not locked.claim(path, canonical(about) + b"\n"):
            raise Refused(f"it was used before on this machine; {path} says by which run")
        return approvals.CONSUMED, about

    def sealed(self, run_id: str, nonce: str, manifest_digest: str, status: str) -> None:
        """Enter the digest of a sealed run; raises SotError."""
        about = {
            "run_id": run_id,
            "nonce": nonce,
            "manifest_digest": manifest_digest,
            "status": status,
        }
        ledger.append(self.root, self.clock, lambda _: [("run.sealed", about)])


def event(signed: Signed, refusal: str) -> Approval:
    """The approval as the events of a run carry it (EVI-16)."""
    given = signed.approval
    return Approval(
        signed.digest,
        given.decision,
        given.actor,
        given.terms.case_id,
        given.terms.mutation_mode,
        given.granted_at,
        given.expires_at,
        given.reason,
        refusal,
    )


def unreadable(terms: Terms, now: str, why: str) -> Approval:
    """An approval file that is none: it opens nothing, and the run says why."""
    return Approval(
        "none", "granted", "nobody", terms.case_id, terms.mutation_mode, now, None, "", why
    )
