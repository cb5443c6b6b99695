"""The closed set of failure classes: each has one blocker code, one event and one status.

The first twelve are the failure fixture matrix; the others extend it (EVI-17, FAIL-01 to FAIL-16).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class FailureClass(NamedTuple):
    """One way in which a run fails closed."""

    name: str
    code: str
    event: str
    status: str


class Blocker(NamedTuple):
    """Why a run did not pass."""

    code: str
    message: str


_DIFF, _TESTS, _END = "git.diff.checked", "verification.completed", "run.completed"
_CONTRACT, _GATE = "task.contract.created", "backend.gate.blocked"

MATRIX = (
    FailureClass("no-diff", "no_diff", _DIFF, "fail"),
    FailureClass("disallowed-file", "disallowed_file_change", _DIFF, "fail"),
    FailureClass("failed-tests", "verification_failed", _TESTS, "fail"),
    FailureClass("missing-test-command", "missing_test_command", _TESTS, "blocked"),
    FailureClass("missing-event", "missing_required_event", _END, "fail"),
    FailureClass("reviewer-reject", "reviewer_rejected", _TESTS, "blocked"),
    FailureClass("approval-denied", "approval_denied", "approval.denied", "blocked"),
    FailureClass("timeout", "timeout", _END, "blocked"),
    FailureClass("dirty-starting-tree", "dirty_starting_tree", _CONTRACT, "blocked"),
    FailureClass("dirty-ending-tree", "dirty_ending_tree", _END, "fail"),
    FailureClass("artifact-write-failure", "artifact_write_failure", _END, "fail"),
    FailureClass("provider-unavailable", "provider_unavailable", _END, "blocked"),
)
EXTENSIONS = (
    FailureClass("gate-not-passed", "gate_not_passed", _GATE, "blocked"),
    FailureClass("approval-missing", "approval_missing", _GATE, "blocked"),
    FailureClass("target-not-admitted", "target_not_admitted", _GATE, "blocked"),
    FailureClass("unowned-repository", "unowned_repository", _GATE, "blocked"),
    FailureClass("critical-repository", "critical_repository", _GATE, "blocked"),
    FailureClass("missing-operator-outcome", "missing_operator_outcome", _END, "blocked"),
    FailureClass("forbidden-action", "forbidden_action_attempted", _END, "fail"),
    FailureClass("dirty-source-start", "dirty_source_start", _CONTRACT, "blocked"),
    FailureClass("source-mutated", "source_repository_mutated", _END, "fail"),
    FailureClass("engine-failed", "engine_failed", _END, "fail"),
    FailureClass("lifecycle-timeout", "lifecycle_timeout_after_valid_patch", _END, "fail"),
    FailureClass("run-interrupted", "run_interrupted", _END, "blocked"),
    FailureClass("freshness-not-proven", "freshness_not_proven", _END, "fail"),
    FailureClass("model-not-admitted", "model_not_admitted", _GATE, "blocked"),
    FailureClass("model-substituted", "model_substituted", _END, "blocked"),
    FailureClass("auth-unavailable", "provider_auth_unavailable", _GATE, "blocked"),
    FailureClass("local-config-unavailable", "local_config_unavailable", _GATE, "blocked"),
    FailureClass("response-shape", "response_shape_unavailable", _GATE, "blocked"),
    FailureClass("agent-protocol", "agent_result_protocol_failed", _END, "fail"),
    FailureClass("isolation-unavailable", "isolation_unavailable", _GATE, "blocked"),
    FailureClass("secret-exposed", "secret_exposed", _DIFF, "fail"),
)
CLASSES = {each.code: each for each in (*MATRIX, *EXTENSIONS)}
"""Blocker code → its class."""

_ENDED_EARLY = {"no_diff", "missing_required_event", "engine_failed"}
_REPLACES = {
    "timeout": {"verification_failed", *_ENDED_EARLY},
    "lifecycle_timeout_after_valid_patch": {"timeout", *_ENDED_EARLY},
    "provider_unavailable": {"missing_test_command", "agent_result_protocol_failed", *_ENDED_EARLY},
    "model_substituted": {"provider_unavailable", "agent_result_protocol_failed", *_ENDED_EARLY},
    "agent_result_protocol_failed": _ENDED_EARLY,
    "reviewer_rejected": {"missing_required_event", "engine_failed"},
    "run_interrupted": {"timeout", "verification_failed", *_ENDED_EARLY},
}
"""Code → the more general codes that say nothing beside it."""


def decisive(blockers: Iterable[Blocker]) -> tuple[Blocker, ...]:
    """The blockers without those that a more specific one replaces, each code once with all its
    messages, sorted."""
    found: dict[str, list[str]] = {}
    for each in blockers:
        said = found.setdefault(each.code, [])
        if each.message not in said:
            said.append(each.message)
    silent = {code for each in found for code in _REPLACES.get(each, ())}
    if len(found) > 1:
        silent.add("engine_failed")
    return tuple(
        Blocker(code, "; ".join(found[code])) for code in sorted(found) if code not in silent
    )


def status(blockers: Iterable[Blocker]) -> str:
    """`pass` without blockers, `fail` with one of a failing class, else `blocked`."""
    statuses = {CLASSES[each.code].status for each in blockers}
    if not statuses:
        return "pass"
    return "fail" if "fail" in statuses else "blocked"
