"""The gates before an engine may start: a table of questions, each with an answer and a reason.

A missing gate means blocked; it never becomes a warning (ADP-04). Pure: what the gates look at is
handed to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from sot_tools.runs.admitted import Admissions
from sot_tools.runs.approval import Approval
from sot_tools.runs.contract import Register, RegisteredCase, Registration


class Circumstances(NamedTuple):
    """Everything that a gate may look at."""

    register: Register
    case: RegisteredCase
    engine: Registration
    adapter: bool
    """Whether there is an adapter for the engine, and the register says how it is admitted."""
    environment: Mapping[str, str]
    documents: Mapping[str, str]
    """Gate → the value that its document has now."""
    target: Mapping[str, Any]
    """The record that admits a target repository; empty where there is none."""
    approval: Approval | None
    now: str
    admissions: Admissions = Admissions()
    level: str = "subreaper"
    """The strongest isolation of this machine."""
    level_why: str = ""
    """Why it is no stronger."""


class Gate(NamedTuple):
    """One question."""

    name: str
    code: str
    """Blocker code where the answer is no."""
    applies: Callable[[Circumstances], bool]
    passes: Callable[[Circumstances], bool]
    reason: Callable[[Circumstances], str]
    """Why the gate is closed, and what opens it."""
    marker: str = ""
    """File of the run directory that says so, too."""


class Decision(NamedTuple):
    """The answer of all gates (ADP-08)."""

    required: tuple[str, ...]
    missing: tuple[tuple[Gate, str], ...]
    """Closed gates, each with its reason."""

    @property
    def passed(self) -> tuple[str, ...]:
        """The gates that are open."""
        closed = {gate.name for gate, _ in self.missing}
        return tuple(name for name in self.required if name not in closed)


APPROVED_MODES = frozenset({"sandbox-repo", "owned-noncritical-repo", "candidate-default"})
"""Mutation modes that a person approves before anything is changed."""


OWNED = "owned-noncritical-repo"
"""The mode that changes a repository which a record admits."""
LOW_RISK = "low_risk_noncritical"
"""The one risk class of a repository that may be changed."""


def needs_approval(case: RegisteredCase) -> bool:
    """Whether a person's approval comes before the change."""
    return case.task.approval_required or case.task.mutation_mode in APPROVED_MODES


def _approved(given: Circumstances) -> bool:
    approval = given.approval
    return approval is not None and not approval.fault(given.case, given.now)


def _why_not_approved(given: Circumstances) -> str:
    if given.approval is None:
        return f"mode `{given.case.task.mutation_mode}` needs an approval, and none is given"
    return given.approval.fault(given.case, given.now)


def _has_target(given: Circumstances) -> bool:
    """Whether a contract that works on a copy names a repository all the same."""
    task = given.case.task
    return bool(task.target_repository) and task.mutation_mode != OWNED


def _admitted(given: Circumstances) -> bool:
    return (
        given.target.get("admission_status") == "admitted"
        and given.target.get("target_repository_path") == given.case.task.target_repository
    )


def _owned(given: Circumstances) -> bool:
    return bool(given.target.get("repository_owner") and given.target.get("ownership_evidence"))


GATES = (
    Gate(
        "engine_enabled",
        "gate_not_passed",
        lambda given: bool(given.engine.gated_by_env),
        lambda given: given.environment.get(given.engine.gated_by_env) == "1",
        lambda given: (
            f"engine `{given.engine.name}` is off; {given.engine.gated_by_env}=1 opens it"
        ),
    ),
    Gate(
        "adapter_available",
        "gate_not_passed",
        lambda given: True,
        lambda given: given.adapter,
        lambda given: (
            f"the register gives engine `{given.engine.name}` no `environment_prefix`, so nothing "
            "can be admitted for it"
        ),
    ),
    Gate(
        "mutation_mode_selected",
        "gate_not_passed",
        lambda given: True,
        lambda given: given.case.task.mutation_mode != "candidate-default",
        lambda given: "mode `candidate-default` is not open before stage 6",
    ),
    Gate(
        "allowed_paths_given",
        "gate_not_passed",
        lambda given: True,
        lambda given: bool(given.case.task.allowed_paths),
        lambda given: "the task contract lists no `allowed_paths`",
    ),
    Gate(
        "forbidden_actions_given",
        "gate_not_passed",
        lambda given: True,
        lambda given: bool(given.case.task.forbidden_actions),
        lambda given: "the task contract lists no `forbidden_actions`",
    ),
    Gate(
        "target_admitted",
        "target_not_admitted",
        _has_target,
        _admitted,
        lambda given: "no record admits the repository that the contract names",
    ),
    Gate(
        "target_ownership_shown",
        "unowned_repository",
        lambda given: _has_target(given) and _admitted(given),
        _owned,
        lambda given: "the admission record shows no owner or no evidence of ownership",
    ),
    Gate(
        "target_noncritical",
        "critical_repository",
        lambda given: _has_target(given) and _admitted(given),
        lambda given: given.target.get("risk_classification") == LOW_RISK,
        lambda given: (
            f"the repository has the risk class `{given.target.get('risk_classification')}`, "
            f"only `{LOW_RISK}` may be changed"
        ),
    ),
    Gate(
        "target_reachable",
        "gate_not_passed",
        lambda given: _has_target(given) and _admitted(given) and _owned(given),
        lambda given: given.target.get("risk_classification") != LOW_RISK,
        lambda given: (
            f"mode `{given.case.task.mutation_mode}` works on a copy, not on a repository; "
            f"only `{OWNED}` changes one"
        ),
    ),
    Gate(
        "approval_recorded",
        "approval_missing",
        lambda given: needs_approval(given.case),
        _approved,
        _why_not_approved,
    ),
)


def decide(given: Circumstances, more: Iterable[Gate] = ()) -> Decision:
    """Ask every gate that applies, `more` and those of the engine's documents included."""
    gates = [*GATES, *more, *(_document_gate(given, name) for name in _documents(given))]
    asked = [gate for gate in gates if gate.applies(given)]
    missing = [(gate, gate.reason(given)) for gate in asked if not gate.passes(given)]
    return Decision(tuple(gate.name for gate in asked), tuple(missing))


def _documents(given: Circumstances) -> list[str]:
    return list(dict.fromkeys(gate.gate for gate in given.engine.gates))


def _document_gate(given: Circumstances, name: str) -> Gate:
    wanted = [gate for gate in given.engine.gates if gate.gate == name]

    def closed(_: Circumstances) -> list[str]:
        found = [
            (gate, given.documents.get(gate.document + "#" + gate.field, "")) for gate in wanted
        ]
        return [
            f"{gate.document} has `{gate.field}: {value}`, not `{gate.value}`"
            if value
            else f"{gate.document} is missing or has no `{gate.field}`"
            for gate, value in found
            if value != gate.value
        ]

    return Gate(
        name,
        "gate_not_passed",
        lambda _: True,
        lambda given: not closed(given),
        lambda given: "; ".join(closed(given)),
    )


def as_record(decision: Decision, given: Circumstances, decision_id: str) -> dict[str, Any]:
    """The Eligibility Decision as its file holds it (ADP-08)."""
    chosen = "none" if decision.missing else given.engine.name
    reasons = [reason for _, reason in decision.missing] or ["every required gate is proven"]
    others = sorted(set(given.register.engines) - {given.engine.name})
    denied = [{"backend": name, "reason": "the run did not ask for it"} for name in others]
    if decision.missing:
        denied.insert(0, {"backend": given.engine.name, "reason": "; ".join(reasons)})
    return {
        "decision_id": decision_id,
        "task_id": given.case.task.task_id,
        "selected_backend": chosen,
        "denied_backends": denied,
        "risk_class": given.case.task.risk_class,
        "required_gates": list(decision.required),
        "passed_gates": list(decision.passed),
        "missing_gates": [gate.name for gate, _ in decision.missing],
        "allowed_mutation_mode": "none" if decision.missing else given.case.task.mutation_mode,
        "approval_required": needs_approval(given.case),
        "reasons": reasons,
        "escalation_path": given.register.escalation_path,
    }
