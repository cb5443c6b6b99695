"""A missing gate means blocked, with a reason, before anything is copied or started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sot_tools.runs.approval import Approval
from tests.runs import harness
from tests.runs.harness import CHANGE, DONE, PLAN

SANDBOX = {"mutation_mode": "sandbox-repo", "approval_required": True}
YES = Approval(
    "approval-1", "granted", "operator", "demo", "sandbox-repo", "2026-01-01T00:00:00Z", None
)


def test_an_engine_that_is_off_is_blocked_and_leaves_complete_evidence(tmp_path: Path) -> None:
    done = harness.perform(harness.case(tmp_path / "h"), tmp_path / "runs", engine="pi")
    assert done.report["status"] == "blocked"
    gates = [each for each in harness.events(done.path) if each["event"] == "backend.gate.blocked"]
    assert [each["payload"]["gate"] for each in gates] == ["engine_enabled", "adapter_available"]
    assert gates[0]["payload"]["reason"] == "engine `pi` is off; TEST_ALLOW_PI=1 opens it"
    assert not any(each["payload"]["case_executed"] for each in gates)
    assert not (tmp_path / "runs" / ".work" / done.run_id).exists()
    assert (done.path / "patch.diff").read_bytes() == b""


def test_the_decision_says_what_was_asked_and_what_is_missing(tmp_path: Path) -> None:
    done = harness.perform(harness.case(tmp_path / "h"), tmp_path / "runs", engine="pi")
    decision = json.loads((done.path / "eligibility-decision.json").read_bytes())
    assert decision["selected_backend"] == "none"
    assert decision["missing_gates"] == ["engine_enabled", "adapter_available"]
    assert sorted(decision["passed_gates"] + decision["missing_gates"]) == sorted(
        decision["required_gates"]
    )
    assert decision["allowed_mutation_mode"] == "none"


def test_an_engine_that_is_switched_on_still_needs_a_way_to_be_admitted(tmp_path: Path) -> None:
    environment = {"TEST_ALLOW_PI": "1", "PATH": "/usr/bin:/bin"}
    done = harness.perform(
        harness.case(tmp_path / "h"), tmp_path / "runs", engine="pi", environment=environment
    )
    assert [each["message"] for each in done.report["blockers"]] == [
        "the register gives engine `pi` no `environment_prefix`, so nothing can be admitted for it"
    ]


@pytest.mark.parametrize("value", ["", "0", "true", "yes", "1 "])
def test_only_1_switches_an_engine_on(tmp_path: Path, value: str) -> None:
    environment = {"TEST_ALLOW_PI": value, "PATH": "/usr/bin:/bin"}
    done = harness.perform(
        harness.case(tmp_path / "h"), tmp_path / "runs", engine="pi", environment=environment
    )
    decision = json.loads((done.path / "eligibility-decision.json").read_bytes())
    assert "engine_enabled" in decision["missing_gates"]


def test_a_granted_approval_opens_the_gate_and_leaves_both_events(tmp_path: Path) -> None:
    root = harness.case(tmp_path / "h", task=SANDBOX)
    done = harness.perform(root, tmp_path / "runs", approval=YES)
    assert (done.report["status"], done.report["approval_status"]) == ("pass", "granted")
    names = [each["event"] for each in harness.events(done.path)]
    assert names.index("approval.requested") < names.index("approval.granted")
    assert names.index("approval.granted") < names.index("patch.applied")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"scope": "other"}, "the approval is for `other`, not for `demo`"),
        (
            {"mutation_mode": "owned-noncritical-repo"},
            "the approval covers `owned-noncritical-repo`, not `sandbox-repo`",
        ),
        ({"expiry": "2026-01-02T00:00:00Z"}, "the approval expired at 2026-01-02T00:00:00Z"),
    ],
)
def test_an_approval_that_does_not_fit_opens_nothing(
    tmp_path: Path, wrong: dict[str, str], reason: str
) -> None:
    root = harness.case(tmp_path / "h", task=SANDBOX)
    done = harness.perform(root, tmp_path / "runs", approval=YES._replace(**wrong))
    assert harness.codes(done) == ["approval_missing"]
    assert done.report["blockers"][0]["message"] == reason
    assert done.report["approval_status"] == "requested"
    assert done.report["backend_exit_code"] is None


def test_a_mode_that_needs_an_approval_needs_it_whatever_the_case_says(tmp_path: Path) -> None:
    task = {"mutation_mode": "sandbox-repo", "approval_required": False}
    done = harness.perform(harness.case(tmp_path / "h", task=task), tmp_path / "runs")
    assert harness.codes(done) == ["approval_missing"]


def test_a_case_cannot_grant_itself_an_approval(tmp_path: Path) -> None:
    from sot_tools.errors import SotError

    rehearsal = {"approval": {"decision": "granted", "actor": "me", "reason": "because"}}
    root = harness.case(tmp_path / "h", rehearsal=rehearsal)
    with pytest.raises(SotError, match="denied"):
        harness.perform(root, tmp_path / "runs")


def test_in_mode_none_nothing_may_change(tmp_path: Path) -> None:
    root = harness.case(tmp_path / "h", PLAN, CHANGE, DONE, task={"mutation_mode": "none"})
    assert harness.codes(harness.perform(root, tmp_path / "runs")) == ["disallowed_file_change"]


def test_a_document_opens_a_gate_only_with_the_value_that_the_register_names(
    tmp_path: Path,
) -> None:
    import yaml

    root = harness.case(tmp_path / "h")
    path = root / "harness.yaml"
    value = yaml.safe_load(path.read_text())
    value["engines"]["fake"]["gates"] = [
        {"gate": "plan_validated", "document": "a.md", "field": "status", "value": "validated"}
    ]
    path.write_text(yaml.safe_dump(value))
    done = harness.perform(root, tmp_path / "runs")
    assert done.report["blockers"][0]["message"] == "a.md is missing or has no `status`"
    done = harness.perform(root, tmp_path / "runs", documents={"a.md#status": "draft"})
    assert done.report["blockers"][0]["message"] == "a.md has `status: draft`, not `validated`"
    done = harness.perform(root, tmp_path / "runs", documents={"a.md#status": "validated"})
    assert done.report["status"] == "pass"


GOOD_TARGET = {
    "admission_status": "admitted",
    "target_repository_path": "/some/where",
    "repository_owner": "operator",
    "ownership_evidence": "a contract on file",
    "risk_classification": "low_risk_noncritical",
}
TARGET = {"target_repository": "/some/where"}


@pytest.mark.parametrize(
    ("differs", "code"),
    [
        ({"admission_status": "not_admitted"}, "target_not_admitted"),
        ({"target_repository_path": "/some/where/else"}, "target_not_admitted"),
        ({"repository_owner": ""}, "unowned_repository"),
        ({"ownership_evidence": ""}, "unowned_repository"),
        ({"risk_classification": "high"}, "critical_repository"),
        ({}, "gate_not_passed"),
    ],
)
def test_a_target_is_blocked_by_the_first_thing_that_its_record_lacks(
    tmp_path: Path, differs: dict[str, str], code: str
) -> None:
    """Also by a record that lacks nothing: this release works on fixtures only."""
    root = harness.case(tmp_path / "h", task=TARGET)
    done = harness.perform(root, tmp_path / "runs", target={**GOOD_TARGET, **differs})
    assert harness.codes(done) == [code]
    assert done.report["backend_exit_code"] is None


def test_a_case_cannot_rehearse_an_admission_without_a_fault(tmp_path: Path) -> None:
    from sot_tools.errors import SotError

    root = harness.case(tmp_path / "h", task=TARGET, rehearsal={"target_admission": GOOD_TARGET})
    with pytest.raises(SotError, match="rehearsal"):
        harness.perform(root, tmp_path / "runs")
