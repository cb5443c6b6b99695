"""What a run has found so far, and the report that it becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sot_tools
from sot_tools.evidence.canonical import report_digest
from sot_tools.evidence.instants import instant
from sot_tools.evidence.rundir import RunDirectory
from sot_tools.runs.classes import Blocker, decisive, status
from sot_tools.runs.contract import RegisteredCase

REPORT = "report.json"


class Verification(NamedTuple):
    """One verification command and what became of it."""

    command: str
    exit_code: int | None
    outcome: str
    """`passed`, `failed` or `not-run`."""


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(slots=True)
class Record:
    """Facts that the steps of a run gather; nothing here decides anything."""

    case: RegisteredCase
    engine: str
    blockers: list[Blocker] = field(default_factory=list)
    engine_started: bool = False
    engine_exit_code: int | None = None
    changed_files: list[str] = field(default_factory=list)
    allowed_writes_passed: bool = True
    approval_status: str = "not-required"
    verification: list[Verification] = field(default_factory=list)
    not_applicable: dict[str, str] = field(default_factory=dict)
    isolation: dict[str, Any] = field(default_factory=dict)
    baseline_commit: str = ""
    attempted: list[str] = field(default_factory=list)
    """Forbidden actions that the engine tried to take."""
    staged_engine: bool = False
    """Whether the engine is one that stages are for, so that the report names a stage's schema."""
    staged: dict[str, Any] = field(default_factory=dict)
    """Fields of the report that one stage adds (table C)."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What the harness adds about the engine, its program and its model."""
    clean: Callable[[Any], Any] = _as_it_is
    """Takes known secrets out of a value."""

    def block(self, code: str, message: str) -> None:
        """Note why the run cannot pass."""
        self.blockers.append(Blocker(code, message))

    @property
    def decided(self) -> tuple[Blocker, ...]:
        """The blockers that remain once the specific replaced the general."""
        return decisive(self.blockers)

    @property
    def status(self) -> str:
        """`pass`, `fail` or `blocked`."""
        return status(self.decided)

    def verified(self) -> list[dict[str, Any]]:
        """The verification as report and event hold it."""
        return [each._asdict() for each in self.verification]


def report(record: Record, run: RunDirectory) -> dict[str, Any]:
    """The report of a run whose other artifacts are all closed (EVI-07)."""
    artifacts = run.artifacts()
    started = instant(run.begun.started)
    finished = instant(run.clock())
    digests = {name: each.sha256 for name, each in artifacts.items()}
    freshness: dict[str, Any] = {
        name: {"written_at": max(each.written_at, started)} for name, each in artifacts.items()
    }
    freshness[REPORT] = {"checked_at": finished}
    made: dict[str, Any] = {
        "case_id": record.case.case_id,
        "run_id": run.begun.run_id,
        "status": record.status,
        "backend": record.engine,
        "run_started_at": started,
        "run_finished_at": finished,
        "backend_exit_code": record.engine_exit_code,
        "artifacts_dir": str(run.path),
        "changed_files": record.changed_files,
        "allowed_writes_passed": record.allowed_writes_passed,
        "approval_status": record.approval_status,
        "verification": record.verified(),
        "blockers": [each._asdict() for each in record.decided],
        "artifact_paths": {name: name for name in (*artifacts, REPORT)},
        "artifact_digests": digests,
        "freshness": freshness,
        "harness": {
            "version": sot_tools.__version__,
            "nonce": run.begun.nonce,
            "task_id": record.case.task.task_id,
            "contract_digest": record.case.contract_digest,
            "fixture_digest": record.case.fixture_digest,
            "baseline_commit": record.baseline_commit,
            "isolation": record.isolation,
            "events": list(run.events),
            **record.facts,
        },
        **record.staged,
    }
    reason = _reason(record)
    if reason:
        made["failure_reason"] = reason
    if record.staged_engine:
        made |= _staged(record, reason)
    if record.not_applicable:
        made["not_applicable"] = record.not_applicable
    made = record.clean(made)
    made["artifact_digests"][REPORT] = report_digest(made)
    return made


_STAGE_FIELDS = {5: "target_commit", 4: "branch_policy", 3: "source_repository_mutated"}
"""Stage → the field of the report that it alone adds."""


def _staged(record: Record, reason: str) -> dict[str, Any]:
    """The schema of the report's stage, and the fields that it wants beside those of the run."""
    if not record.engine_started:
        return {"report_schema": "stage-1/1"}
    stage = next((n for n, name in _STAGE_FIELDS.items() if name in record.staged), 2)
    stopped = record.facts.get("engine_stopped_by_harness") is True
    codes = {each.code for each in record.decided}
    tests = [each.outcome for each in record.verification]
    return {
        "report_schema": f"stage-{stage}/1",
        "failure_reason": reason,
        "tests_passed": bool(tests) and set(tests) == {"passed"},
        "required_events_passed": "missing_required_event" not in codes,
        "backend_exit_code_normalized": 0 if stopped else record.engine_exit_code,
        f"{record.engine}_runtime_model_provider": record.staged[f"{record.engine}_model_provider"],
    }


_REASONS = {
    "provider_unavailable": "provider unavailable",
    "local_config_unavailable": "provider unavailable",
    "response_shape_unavailable": "provider response shape unavailable",
    "agent_result_protocol_failed": "{engine} agent result protocol failed",
}
"""Blocker code → failure reason, as earlier stages word it (table G)."""


def _reason(record: Record) -> str:
    codes = {each.code: each for each in record.decided}
    for code, words in _REASONS.items():
        if code in codes:
            return words.format(engine=record.engine)
    return codes["engine_failed"].message if "engine_failed" in codes else ""
