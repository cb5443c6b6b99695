"""A person's yes or no to one run, and why a yes may not count."""

from __future__ import annotations

from typing import Any, NamedTuple

from sot_tools.runs.contract import RegisteredCase


class Approval(NamedTuple):
    """What an approval event carries (EVI-16)."""

    approval_id: str
    decision: str
    """`granted` or `denied`."""
    actor: str
    scope: str
    """The case that the decision is about."""
    mutation_mode: str
    timestamp: str
    expiry: str | None
    reason: str = ""
    refusal: str = ""
    """Why it opens nothing, whatever it says: found by whoever checked its signature."""

    def payload(self) -> dict[str, Any]:
        """The payload of an approval event."""
        fields = self._asdict()
        del fields["decision"], fields["refusal"]
        if not self.reason:
            del fields["reason"]
        return fields

    def fault(self, case: RegisteredCase, now: str) -> str:
        """Why this approval does not open the gate; empty where it does."""
        if self.decision != "granted":
            return f"{self.actor} denied: {self.reason or 'no reason given'}"
        if self.refusal:
            return self.refusal
        if self.scope != case.case_id:
            return f"the approval is for `{self.scope}`, not for `{case.case_id}`"
        if self.mutation_mode != case.task.mutation_mode:
            return f"the approval covers `{self.mutation_mode}`, not `{case.task.mutation_mode}`"
        if self.expiry is not None and self.expiry <= now:
            return f"the approval expired at {self.expiry}"
        return ""


def rehearsed(case: RegisteredCase, now: str) -> Approval | None:
    """The denial that a case rehearses, as an operator would give it; a case cannot grant."""
    if case.denial is None:
        return None
    return Approval(
        "rehearsed-denial",
        "denied",
        case.denial.actor,
        case.case_id,
        case.task.mutation_mode,
        now,
        None,
        case.denial.reason,
    )
