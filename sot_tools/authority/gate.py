"""The one gate before a status: a table of questions, each answered by a reason or by nothing.

Pure: values in, reasons out. `Verified` comes from hashing the evidence again; nothing else opens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sot_tools.board.moves import move
from sot_tools.evidence import approval as approvals
from sot_tools.evidence.approval import Moment, Signed, Terms
from sot_tools.evidence.ledger import Entry, Ledger
from sot_tools.evidence.trust import Trust
from sot_tools.evidence.verdict import Verified

ADVANCED = "status.advanced"


class Ask(NamedTuple):
    """One wish to change a status, and everything that the gate may look at."""

    subject: str
    """The work item, or `Stage N`."""
    stage: int
    """Number of the stage; 0 for a work item."""
    origin: str
    target: str
    before: Mapping[str, str]
    """What must be validated first: subject → its status."""
    proof: str
    """How a run must have ended to be evidence for `validated`."""
    needs_approval: bool
    """Whether a person had to approve the run itself."""
    terms: Terms
    """What an acceptance of this evidence must be bound to."""
    verified: Verified
    contract_digest: str
    """Digest of the task contract as it is now."""
    ledger: Ledger
    trust: Trust
    acceptances: tuple[Signed, ...]
    now: str

    @property
    def harness(self) -> Mapping[str, Any]:
        """What the harness itself says in the report."""
        found = self.verified.report.get("harness")
        return found if isinstance(found, dict) else {}


def reasons(ask: Ask) -> list[str]:
    """Why the status does not change; empty where it does."""
    return [reason for question in QUESTIONS if (reason := question(ask))]


def accepted(ask: Ask) -> Signed | None:
    """The acceptance that opens the gate."""
    return next((each for each in ask.acceptances if not _against(ask, each)), None)


def started(ledger: Ledger, run_id: str) -> Entry | None:
    """The entry that began a run."""
    return next((e for e in ledger.of("run.started") if e.text("run_id") == run_id), None)


def sealed(ledger: Ledger, run_id: str) -> Entry | None:
    """The entry that recorded the digest of a sealed run."""
    return next((e for e in ledger.of("run.sealed") if e.text("run_id") == run_id), None)


def used(ledger: Ledger, run_id: str) -> Entry | None:
    """The entry that used an approval up for a run."""
    return next(
        (
            each
            for each in ledger.of(approvals.CONSUMED)
            if each.text("run_id") == run_id and not each.text("subject")
        ),
        None,
    )


def _ledger_sound(ask: Ask) -> str:
    return f"the ledger is broken: {ask.ledger.faults[0]}" if ask.ledger.faults else ""


def _move_exists(ask: Ask) -> str:
    if move(ask.origin, ask.target):
        return ""
    return f"`{ask.subject}` is `{ask.origin}`, and no move leads from there to `{ask.target}`"


def _before_finished(ask: Ask) -> str:
    open_ones = [
        f"`{name}` is `{state}`" for name, state in ask.before.items() if state != "validated"
    ]
    return f"what comes first is not validated: {', '.join(open_ones)}" if open_ones else ""


def _ended_so(ask: Ask) -> str:
    wanted = ask.proof if ask.target == "validated" else "blocked"
    ended = ask.verified.report.get("status")
    if ended == wanted:
        return ""
    return f"the run ended with `{ended}`; `{ask.target}` needs `{wanted}`"


def _operator_accepted(ask: Ask) -> str:
    """Passed tests do not replace what a person says of a changed repository (STG5-08)."""
    outcome = ask.verified.report.get("operator_outcome", "accepted")
    if outcome == "accepted" or ask.target != "validated":
        return ""
    return f"the operator's outcome of the run is `{outcome}`, not `accepted`"


def _closed_by_a_gate(ask: Ask) -> str:
    """A stage that is proven by a refusal is proven by a gate, before an engine started."""
    if not ask.stage or ask.proof == "pass":
        return ""
    codes = {each.get("code") for each in ask.verified.report.get("blockers", ())}
    if codes == {"gate_not_passed"} and ask.verified.report.get("backend_exit_code") is None:
        return ""
    found = ", ".join(sorted(map(str, codes))) or "its report names no blocker"
    return f"the run was not stopped by a gate alone: {found}"


def _own_run(ask: Ask) -> str:
    owner = ask.harness.get("task_id")
    if ask.stage or owner == ask.subject:
        return ""
    return f"the run is of `{owner}`, not of `{ask.subject}`"


def _contract_unchanged(ask: Ask) -> str:
    if ask.harness.get("contract_digest") == ask.contract_digest:
        return ""
    return "the task contract was changed since the run; run again on the contract as it is"


def _began(ask: Ask) -> str:
    entry = started(ask.ledger, ask.verified.run_id)
    if entry is None:
        return "the ledger does not know that the run began"
    nonce = ask.harness.get("nonce")
    if entry.text("nonce") != nonce:
        return f"the run's nonce is not that of entry {entry.number} of the ledger"
    if entry.text("contract_digest") != ask.harness.get("contract_digest"):
        return f"the run's task contract is not that of entry {entry.number} of the ledger"
    if entry.text("engine") != ask.verified.report.get("backend"):
        return f"the run's engine is not that of entry {entry.number} of the ledger"
    return ""


def _right_stage(ask: Ask) -> str:
    entry = started(ask.ledger, ask.verified.run_id)
    if not ask.stage or entry is None or entry.about.get("stage") == ask.stage:
        return ""
    return f"the run is evidence for stage {entry.about.get('stage')}, not for stage {ask.stage}"


def _sealed(ask: Ask) -> str:
    entry = sealed(ask.ledger, ask.verified.run_id)
    if entry is None:
        return "the ledger does not know the digest of the run's evidence"
    if entry.text("manifest_digest") != ask.verified.manifest_digest:
        return f"the evidence is not what was sealed: entry {entry.number} has another digest"
    return ""


def _run_approved(ask: Ask) -> str:
    if not ask.needs_approval:
        return ""
    use = used(ask.ledger, ask.verified.run_id)
    if use is None:
        return "a person had to approve this run, and it used no approval"
    granted = next(
        (e for e in ask.ledger.of(approvals.GRANTED) if e.text("approval") == use.text("approval")),
        None,
    )
    begun, end = started(ask.ledger, ask.verified.run_id), sealed(ask.ledger, ask.verified.run_id)
    if granted is None or begun is None or end is None:
        return f"entry {use.number} uses an approval that the ledger does not grant"
    if not granted.number < begun.number < use.number < end.number:
        return (
            f"the approval was granted by entry {granted.number} and used by entry {use.number}, "
            f"but the run lasted from entry {begun.number} to entry {end.number}"
        )
    return ""


def _evidence_unused(ask: Ask) -> str:
    for entry in ask.ledger.of(ADVANCED):
        same_kind = bool(entry.about.get("stage")) == bool(ask.stage)
        if same_kind and entry.text("manifest_digest") == ask.verified.manifest_digest:
            return f"this evidence advanced `{entry.text('subject')}`: entry {entry.number}"
    return ""


def _accepted(ask: Ask) -> str:
    if accepted(ask):
        return ""
    if not ask.acceptances:
        step = f"`sot approve {ask.subject} --evidence {ask.verified.run_id}` asks a person"
        return f"nobody accepted this evidence; {step}"
    return f"no acceptance counts: {'; '.join(_against(ask, ask.acceptances[-1]))}"


def _against(ask: Ask, signed: Signed) -> list[str]:
    end = sealed(ask.ledger, ask.verified.run_id)
    granted = next(
        (e for e in ask.ledger.of(approvals.GRANTED) if e.text("approval") == signed.digest), None
    )
    found = approvals.faults(signed, ask.terms, ask.ledger, ask.trust, Moment(ask.now, 0))
    if granted is not None and end is not None and granted.number < end.number:
        found.append(f"it was granted by entry {granted.number}, before there was evidence")
    return found


QUESTIONS: tuple[Callable[[Ask], str], ...] = (
    _ledger_sound,
    _move_exists,
    _before_finished,
    _ended_so,
    _operator_accepted,
    _closed_by_a_gate,
    _own_run,
    _contract_unchanged,
    _began,
    _right_stage,
    _sealed,
    _run_approved,
    _evidence_unused,
    _accepted,
)
