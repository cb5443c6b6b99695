"""What stages 3 to 5 must show: one row for each, checked on repositories that are made for it.

A stage first requires the one before it (GATE-08). A check that could not be made is an error,
never a pass (GATE-02); a pass of the fake engine proves the harness, not an engine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sot_tools import disk
from sot_tools.authority import owned, repositories
from sot_tools.authority.rehearsal import Attempt, Tried
from sot_tools.authority.stages import rung
from sot_tools.evidence.verdict import Verified
from sot_tools.evidence.verify import verify
from sot_tools.runs import registry, stage_checks, wire
from sot_tools.runs.admitted import ACTIONS
from sot_tools.runs.classes import CLASSES
from sot_tools.runs.stage_checks import ENGINE, Findings, Grounds
from sot_tools.runs.state import Finished, Surroundings

_PROOF_LIMIT = 1 << 20


class Bench(NamedTuple):
    """What the checks work with."""

    grounds: Grounds
    rehearse: Callable[[Attempt], Tried]
    around: Callable[[], Surroundings]
    """Makes surroundings for what is written down at the end."""


class Row(NamedTuple):
    """One stage."""

    stage: int
    mode: str
    proof: str
    """The proof file of a run of this stage."""
    schema: str
    """Wire schema of that file."""
    key: str
    """What the answer calls the proof."""
    facts: Mapping[str, Any]
    """What the proof of a pass must say."""
    failures: tuple[str, ...]
    """Failure classes that must fail closed at this stage."""


ROWS = {
    3: Row(
        3,
        "copied-fixture",
        repositories.COPIED,
        "stage3-proof",
        "source_non_mutation_proof",
        {"source_repository_mutated": False, "clean_start": True, "clean_end": True},
        (
            *("dirty-source-start", "dirty-starting-tree", "dirty-ending-tree", "timeout"),
            *("artifact-write-failure", "disallowed-file", "failed-tests", "missing-event"),
        ),
    ),
    4: Row(
        4,
        "sandbox-repo",
        repositories.DISPOSABLE,
        "stage4-proof",
        "disposable_sandbox_proof",
        {"remotes": [], "clean_start": True, "clean_end": True},
        (
            *("approval-denied", "approval-missing", "reviewer-reject", "timeout"),
            *("provider-unavailable", "dirty-ending-tree", "disallowed-file"),
        ),
    ),
    5: Row(
        5,
        "owned-noncritical-repo",
        owned.PROOF,
        "stage5-proof",
        "owned_repository_proof",
        {
            "target_start_clean": True,
            "target_end_clean": True,
            "allowed_paths_passed": True,
            "forbidden_paths_passed": True,
            "forbidden_actions_attempted": [],
            "forbidden_actions_possible": False,
            "operator_outcome": "accepted",
        },
        (
            *("approval-denied", "approval-missing", "target-not-admitted", "unowned-repository"),
            *("critical-repository", "disallowed-file", "forbidden-action", "failed-tests"),
            *("dirty-starting-tree", "dirty-ending-tree", "timeout", "provider-unavailable"),
            "missing-operator-outcome",
        ),
    ),
}
"""Stage → what it must show."""

CIRCUMSTANCES: Mapping[str, Mapping[str, Any]] = {
    "dirty-source-start": {"dirty": True},
    "approval-denied": {"approval": "denied"},
    "approval-missing": {"approval": ""},
    "target-not-admitted": {"record": {"admission_status": "not_admitted"}},
    "unowned-repository": {"record": {"ownership_evidence": ""}},
    "critical-repository": {"record": {"risk_classification": "high_risk_critical"}},
    "forbidden-action": {"play": ({"print": '{"command": "git push origin main"}\n'},)},
    "missing-operator-outcome": {"outcome": ""},
}
"""Failure class → what differs from a pass; the other classes have a registered case."""
_START = "dirty-starting-tree"
REJECTED: Mapping[str, Mapping[str, Any]] = {
    "not_admitted": {"admission_status": "not_admitted", "target_repository_path": ""},
    "ownership_evidence": {"ownership_evidence": ""},
    "repository_owner": {"repository_owner": ""},
    "risk_classification": {"risk_classification": "high"},
    "noncritical_rationale": {"noncritical_rationale": ""},
    "allowed_paths": {"allowed_paths": []},
    "approval_source": {"approval_source": ""},
    "operator_outcome_required": {"operator_outcome_required": False},
    **{
        f"forbidden_action_{action}": {
            "forbidden_actions": [each for each in ACTIONS if each != action]
        }
        for action in ACTIONS
    },
}
"""What a record is rejected for, and the record that shows it (ADM-06 to ADM-13)."""
_REJECTIONS = {"target_not_admitted", "unowned_repository", "critical_repository"}


def prove(stage: int, bench: Bench, found: Findings) -> None:
    """The stages before, then the checks of one stage."""
    if stage not in ROWS:
        stage_checks.STAGES[stage](bench.grounds, found)
        return
    prove(stage - 1, bench, found)
    row = ROWS[stage]
    case = stage_checks.passing(bench.grounds)
    _lane(bench, found, row, Attempt(case, stage, row.mode))
    _blocked_without_stage(bench, found, row, case)
    _failures(bench, found, row, case)
    if row.stage == _OWNED:
        _records(bench, found, row, case)
        _rejected(bench, found, row, case)
    _real(bench, found, row, case)


_OWNED = 5


def _lane(bench: Bench, found: Findings, row: Row, attempt: Attempt) -> None:
    """A pass of an engine, and a proof that says what the stage asks for."""
    done = bench.rehearse(attempt).done
    name = f"stage{row.stage}_{attempt.engine}_lane"
    codes = ", ".join(each["message"] for each in done.report["blockers"])
    passed = stage_checks.sealed(done) and done.report["status"] == "pass"
    if not found.check(f"{name}_passes", passed, codes or "the evidence does not verify"):
        return
    proof = _proof(done, row.proof)
    wrong = [name for name, value in row.facts.items() if proof.get(name) != value]
    fault = wire.fault(row.schema, proof) or ", ".join(wrong)
    found.check(f"{name}_proof", not fault, f"{row.proof} is not as it must be: {fault}")
    scope = proof.get("allowed_mutation_scope") == rung(row.stage).scope
    found.check(f"{name}_scope", scope, "the proof names another mutation scope")
    found.paths.setdefault(row.key, {})[attempt.engine] = str(done.path / row.proof)
    found.paths["pass_reports"].append(stage_checks.report_of(done))


def _blocked_without_stage(bench: Bench, found: Findings, row: Row, case: str) -> None:
    """Switched on and without its stage, the engine does not start (STG3-02, STG4-02, STG5-02)."""
    engine = bench.grounds.register.engines.get(ENGINE)
    if engine is None:
        return
    given = {**bench.grounds.bare, engine.gated_by_env: "1"}
    done = bench.rehearse(Attempt(case, row.stage, row.mode, ENGINE, given)).done
    report = done.report
    started = report.get(f"{ENGINE}_process_started") is not False
    good = report["status"] == "blocked" and not started and stage_checks.sealed(done)
    name = f"stage{row.stage}_blocked_without_stage"
    found.check(name, good, f"ended with {report['status']}")
    found.paths["failure_reports"][name] = stage_checks.report_of(done)


def _failures(bench: Bench, found: Findings, row: Row, case: str) -> None:
    """Every failure class of the stage, made for real, ends as its class."""
    known = {
        each.expected_failure: each.case_id
        for each in (
            registry.case(bench.grounds.register, name) for name in bench.grounds.register.cases
        )
    }
    for name in row.failures:
        check = f"stage{row.stage}_fails_closed_{name.replace('-', '_')}"
        attempt = Attempt(case, row.stage, row.mode)
        if name in CIRCUMSTANCES:
            attempt = attempt._replace(**CIRCUMSTANCES[name])
        elif name == _START:
            owned_one = row.stage == _OWNED
            attempt = attempt._replace(dirty=owned_one, stale=not owned_one)
        elif name in known:
            attempt = attempt._replace(case=known[name])
        else:
            found.check(check, False, "no registered case stands for this class")
            continue
        _closed(bench, found, check, name, attempt)


def _closed(bench: Bench, found: Findings, check: str, name: str, attempt: Attempt) -> None:
    tried = bench.rehearse(attempt)
    codes = [each["code"] for each in tried.done.report["blockers"]]
    wanted = next(each.code for each in CLASSES.values() if each.name == name)
    inside = tried.done.report["allowed_writes_passed"]  # what holds the engine refused the rest
    held = name == "disallowed-file" and bool(inside and codes)
    good = (codes == [wanted] or held) and tried.done.exit_code == 1
    good = good and stage_checks.sealed(tried.done) and tried.before == tried.after
    found.check(check, good, f"ended with {codes}, expected {wanted}")
    found.paths["failure_reports"][check] = stage_checks.report_of(tried.done)


def _records(bench: Bench, found: Findings, row: Row, case: str) -> None:
    """Every rejection of the record stops the run before anything starts, and names no path."""
    for name, differs in REJECTED.items():
        tried = bench.rehearse(Attempt(case, row.stage, row.mode, record=differs))
        report = tried.done.report
        codes = {each["code"] for each in report["blockers"]}
        good = codes <= _REJECTIONS and bool(codes) and report["backend_exit_code"] is None
        check = f"stage5_rejects_{name}"
        found.check(check, good and stage_checks.sealed(tried.done), f"ended with {sorted(codes)}")
        found.paths["failure_reports"][check] = stage_checks.report_of(tried.done)


def _rejected(bench: Bench, found: Findings, row: Row, case: str) -> None:
    """What the operator rejects is reverted, although its tests passed (STG5-08, APR-12)."""
    tried = bench.rehearse(Attempt(case, row.stage, row.mode, outcome="rejected"))
    proof = _proof(tried.done, row.proof)
    good = (
        tried.done.report["status"] == "pass"
        and proof.get("operator_outcome") == "rejected"
        and proof.get("revert_commit") == tried.after != tried.before
        and proof.get("target_end_clean") is True
    )
    found.check("stage5_reverts_on_rejection", good, "the change was not reverted")
    found.paths["rejected_report"] = stage_checks.report_of(tried.done)


def _real(bench: Bench, found: Findings, row: Row, case: str) -> None:
    """A pass of the engine itself; without one the stage is not proven (GATE-12)."""
    given = bench.grounds.at(row.stage)
    if not bench.grounds.compiled:
        why = "not proven, since no real pass was made: the program is no compiled binary"
        found.check(f"stage{row.stage}_real_pass", False, why)
        return
    _lane(bench, found, row, Attempt(case, row.stage, row.mode, ENGINE, given))


def _proof(done: Finished, name: str) -> dict[str, Any]:
    if not isinstance(verify(done.path, {"the run": done.manifest_digest}, wire.fault), Verified):
        return {}
    try:
        value = json.loads(disk.read(done.path / name, _PROOF_LIMIT))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
