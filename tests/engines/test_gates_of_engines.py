"""Every missing or mismatched gate ends in blocked evidence, before anything is copied or started."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sot_tools.evidence.verdict import Verified
from sot_tools.runs import admissions, registry
from tests.engines import lanes
from tests.engines.lanes import FIX, Lane
from tests.engines.scripted import Model
from tests.runs import harness

CASE = Lane("case", str(lanes.DOUBLE), "test double")
Attempt = Callable[..., Any]


@pytest.fixture
def attempt(tmp_path: Path) -> Attempt:
    """A run of the case engine with everything admitted but what a test takes away."""

    def perform(
        prepare: Callable[[Path], None] = lambda _: None,
        record: dict[str, Any] | None = None,
        model: dict[str, Any] | None = None,
        case: dict[str, Any] | None = None,
        **environment: str,
    ) -> Any:
        number = len(list(tmp_path.glob("workspace*")))
        root = lanes.workspace(tmp_path / f"workspace{number}", **(case or {}))
        with Model(lanes.script(CASE, FIX), **(model or {})) as spoken:
            given = lanes.environment_of(CASE, root, spoken, **environment)
            if record is not None:
                lanes.admission(root, **record)
            prepare(root)
            done = lanes.perform(CASE, root, tmp_path / "runs", given)
        assert spoken.requests == [] or done.report["case_process_started"]
        return done

    return perform


def blocked(done: Any, code: str, message: str, marker: str = "") -> None:
    """One blocker, its words, its marker; nothing was copied, nothing started."""
    assert done.report["status"] == "blocked"
    assert [(each["code"], each["message"]) for each in done.report["blockers"]] == [
        (code, message)
    ]
    assert done.exit_code == 1
    assert done.report["case_process_started"] is False
    assert done.report["backend_exit_code"] is None
    assert not (done.path.parent / ".work" / done.run_id).exists()
    assert (done.path / "patch.diff").read_bytes() == b""
    assert "backend.gate.blocked" in {each["event"] for each in harness.events(done.path)}
    assert isinstance(harness.judged(done.path), Verified)
    if marker:
        assert (done.path / "backend" / marker).read_text() == f"{message}\n"


def test_with_everything_admitted_the_engine_runs(attempt: Attempt) -> None:
    done = attempt()
    assert done.report["status"] == "pass", done.report["blockers"]
    assert done.report["case_process_started"] is True
    assert done.report["case_model_provider"] == "scripted"
    assert done.report["case_model"] == "scripted-1"
    assert done.report["case_model_admission_status"] == "admitted"
    assert done.report["source_admission_status"] == "not_admitted"


@pytest.mark.parametrize("value", ["", "0", "true", "2"])
def test_the_engine_is_off_unless_the_switch_is_1(attempt: Attempt, value: str) -> None:
    done = attempt(CTO_HARNESS_ALLOW_CASE=value)
    blocked(
        done,
        "gate_not_passed",
        "engine `case` is off; CTO_HARNESS_ALLOW_CASE=1 opens it",
    )
    log = (done.path / "backend/case-gate.log").read_text()
    assert log == "engine_enabled: engine `case` is off; CTO_HARNESS_ALLOW_CASE=1 opens it\n"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "no stage is chosen; CTO_HARNESS_CASE_STAGE takes one of 2, 3, 4, 5"),
        ("1", "CTO_HARNESS_CASE_STAGE is `1`; it takes one of 2, 3, 4, 5"),
        ("6", "CTO_HARNESS_CASE_STAGE is `6`; it takes one of 2, 3, 4, 5"),
    ],
)
def test_a_stage_must_be_chosen(attempt: Attempt, value: str, message: str) -> None:
    done = attempt(CTO_HARNESS_CASE_STAGE=value, record={"scope": "stages 1, stage 2, stage 6"})
    assert message in [each["message"] for each in done.report["blockers"]]
    assert done.report["case_process_started"] is False


def test_a_stage_that_is_not_open_is_blocked(attempt: Attempt) -> None:
    done = attempt(CTO_HARNESS_CASE_STAGE="3", record={"scope": "stage 2 and stage 3"})
    blocked(done, "gate_not_passed", "stage 3 is not open; open: 2")


def test_a_mode_broader_than_the_stage_is_blocked(attempt: Attempt) -> None:
    task = {"mutation_mode": "sandbox-repo", "approval_required": True}
    done = attempt(case={"task": task})
    messages = [each["message"] for each in done.report["blockers"]]
    assert "mode `sandbox-repo` is broader than stage 2, which allows `copied-fixture`" in messages


def test_without_an_executable_the_provider_is_unavailable(attempt: Attempt) -> None:
    done = attempt(CTO_HARNESS_CASE_BIN="")
    message = "CTO_HARNESS_CASE_BIN names no executable"
    blocked(done, "provider_unavailable", message, "provider-unavailable.txt")
    assert done.report["failure_reason"] == "provider unavailable"


@pytest.mark.parametrize("name", ["case", "ca", "./ca", "if"])
def test_a_name_that_only_a_shell_would_find_is_no_executable(attempt: Attempt, name: str) -> None:
    done = attempt(CTO_HARNESS_CASE_BIN=name)
    message = (
        f"CTO_HARNESS_CASE_BIN is `{name}`, which is no absolute path; a name that a shell finds "
        "proves nothing"
    )
    blocked(done, "provider_unavailable", message, "provider-unavailable.txt")


def test_another_program_of_the_same_name_is_not_the_engine(
    attempt: Attempt, tmp_path: Path
) -> None:
    other = tmp_path / "case"
    other.write_text("#!/usr/bin/env node\nmodule.exports = { camel, snake, title }\n")
    other.chmod(0o755)
    done = attempt(CTO_HARNESS_CASE_BIN=str(other))
    message = f"{other} does not identify itself as the engine `case`"
    blocked(done, "provider_unavailable", message, "provider-unavailable.txt")


def test_a_file_that_cannot_be_executed_is_no_executable(attempt: Attempt, tmp_path: Path) -> None:
    plain = tmp_path / "ca"
    plain.write_bytes(lanes.DOUBLE.read_bytes())
    done = attempt(CTO_HARNESS_CASE_BIN=str(plain))
    blocked(done, "provider_unavailable", f"{plain} is not executable", "provider-unavailable.txt")


MODEL = "the model is not admitted"


@pytest.mark.parametrize(
    ("environment", "record", "status", "why"),
    [
        (
            {"CTO_HARNESS_CASE_MODEL_ADMISSION_FILE": ""},
            None,
            "missing_admission",
            "CTO_HARNESS_CASE_MODEL_ADMISSION_FILE names no record",
        ),
        (
            {"CTO_HARNESS_CASE_MODEL_ADMISSION_FILE": "/nowhere.json"},
            None,
            "missing_admission",
            "CTO_HARNESS_CASE_MODEL_ADMISSION_FILE names a record that is not there",
        ),
        ({}, {"status": "not_admitted"}, "not_admitted", "its status is `not_admitted`"),
        ({}, {"active": False}, "not_admitted", "it is not the active record"),
        ({}, {"scope": "stage 3"}, "not_admitted", "it covers stage 3, not stage 2"),
        (
            {"CTO_HARNESS_CASE_MODEL": "scripted-2"},
            None,
            "mismatch",
            "the run asks for `scripted` `scripted-2`, the record admits `scripted` `scripted-1`",
        ),
        (
            {"CTO_HARNESS_CASE_MODEL_PROVIDER": ""},
            None,
            "mismatch",
            "the run names no provider and model",
        ),
        (
            {
                "CTO_HARNESS_CASE_MODEL_PROVIDER": "anthropic",
                "CTO_HARNESS_CASE_MODEL": "claude-sonnet-4-6",
            },
            None,
            "mismatch",
            "the run asks for `anthropic` `claude-sonnet-4-6`, the record admits `scripted` "
            "`scripted-1`",
        ),
    ],
)
def test_a_model_that_is_not_admitted_exactly_is_blocked(
    attempt: Attempt,
    environment: dict[str, str],
    record: dict[str, Any] | None,
    status: str,
    why: str,
) -> None:
    done = attempt(record=record, **environment)
    message = f"{MODEL} (`{status}`): {why}"
    blocked(done, "model_not_admitted", message, "provider-model-not-admitted.txt")
    assert done.report["case_model_admission_status"] == status


@pytest.mark.parametrize("differs", [{"api_key": "sk-1"}, {"status": "yes"}, {"model": ""}])
def test_a_record_of_another_shape_admits_nothing(
    attempt: Attempt, differs: dict[str, Any]
) -> None:
    done = attempt(record=differs)
    assert done.report["case_model_admission_status"] == "invalid_admission"
    assert harness.codes(done) == ["model_not_admitted"]


def test_two_active_records_admit_nothing(attempt: Attempt) -> None:
    def second(root: Path) -> None:
        (root / "OTHER-MODEL-PROVIDER-ADMISSION.x.json").write_text(
            lanes.admission(root).read_text()
        )

    done = attempt(second)
    assert done.report["case_model_admission_status"] == "invalid_admission"
    assert "one may be" in done.report["blockers"][0]["message"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- `decision_status`: `not_decided`.\n- `provider_class`: none.\n",
        "- `decision_status`: `local_provider_required`.\n- `provider_class`: `external_anthropic`.\n",
        "- `decision_status`: `external_provider_approved`.\n- `provider`: `anthropic`.\n",
    ],
)
def test_without_a_decision_for_this_provider_none_may_run(attempt: Attempt, text: str) -> None:
    done = attempt(lambda root: (root / "DECISION.md").write_text(text))
    assert harness.codes(done) == ["gate_not_passed"]
    assert "DECISION.md" in done.report["blockers"][0]["message"]


def test_a_sign_in_of_a_person_is_never_imitated(attempt: Attempt) -> None:
    bridged = {"provider": "openai-codex"}
    done = attempt(record=bridged, CTO_HARNESS_CASE_MODEL_PROVIDER="openai-codex")
    message = (
        "provider `openai-codex` needs a person's sign-in, which is never imitated; "
        "CTO_HARNESS_CASE_OPENAI_CODEX_AUTH_BRIDGE=1 says that a bridge is proven"
    )
    blocked(done, "provider_auth_unavailable", message, "provider-auth-unavailable.txt")


@pytest.mark.parametrize(
    "value", ["", "no address", "file:///etc/passwd", "http://user:word@host/v1", "http://h/?k=v"]
)
def test_without_an_endpoint_the_local_provider_is_not_configured(
    attempt: Attempt, value: str
) -> None:
    done = attempt(CTO_HARNESS_CASE_LOCAL_BASE_URL=value)
    what = "names no endpoint" if not value else "is no plain http or https address"
    message = f"CTO_HARNESS_CASE_LOCAL_BASE_URL {what}"
    blocked(done, "local_config_unavailable", message, "provider-local-config-unavailable.txt")
    assert done.report["failure_reason"] == "provider unavailable"


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "soon", "86401"])
def test_a_bound_that_is_no_number_of_seconds_is_blocked(attempt: Attempt, value: str) -> None:
    done = attempt(CTO_HARNESS_CASE_TIMEOUT_SECONDS=value)
    message = f"CTO_HARNESS_CASE_TIMEOUT_SECONDS is `{value}`; it takes seconds from 1 to 86400"
    blocked(done, "gate_not_passed", message)


def test_the_probe_blocks_an_answer_of_reasoning_alone(attempt: Attempt) -> None:
    done = attempt(model={"probe": ("reason", "I would say ready.")})
    message = "the answer has no content"
    blocked(done, "response_shape_unavailable", message, "provider-reasoning-only.txt")
    assert done.report["failure_reason"] == "provider response shape unavailable"


def test_the_probe_blocks_a_provider_that_refuses(attempt: Attempt) -> None:
    done = attempt(model={"probe": ("status", "401")})
    message = "the provider answered 401"
    blocked(done, "provider_unavailable", message, "provider-unavailable.txt")


def test_a_provider_that_is_slow_to_answer_is_no_fault(attempt: Attempt) -> None:
    assert attempt(model={"delay": 0.3}).report["status"] == "pass"


def test_isolation_below_what_the_case_demands_is_blocked_and_never_lowered(
    tmp_path: Path,
) -> None:
    root = lanes.workspace(tmp_path / "workspace", min_isolation="landlock")
    with Model(lanes.script(CASE, FIX)) as spoken:
        given = lanes.environment_of(CASE, root, spoken)
        done = lanes.perform(CASE, root, tmp_path / "runs", given, isolation="subreaper")
    message = (
        "the case demands isolation `landlock`, this machine reaches `subreaper` "
        "(`subreaper` was asked for)"
    )
    blocked(done, "isolation_unavailable", message)


def test_an_engine_that_is_off_is_not_looked_at(tmp_path: Path) -> None:
    root = lanes.workspace(tmp_path / "workspace")
    register = registry.read(root / ".sot" / "harness")
    given = {
        "CTO_HARNESS_CASE_BIN": "/proc/self/mem",
        "CTO_HARNESS_CASE_MODEL_ADMISSION_FILE": "/x",
    }
    assert admissions.read(root, register.engines["case"], given) == admissions.Admissions()


TARGET = {
    "admission_status": "admitted",
    "target_repository_path": "/srv/target",
    "repository_owner": "the team",
    "ownership_evidence": "the team made it",
    "risk_classification": "low_risk_noncritical",
    "noncritical_rationale": "a sandbox",
    "allowed_paths": ["src/"],
    "forbidden_paths": [".env"],
    "forbidden_actions": [
        *("push", "merge", "deploy", "close", "pr_open", "issue_close", "public_publication"),
        *("credential_change", "vendor_source_mutation", "cortex_core_mutation"),
    ],
    "approval_source": "a record",
    "approval_timestamp": "2026-01-01",
    "operator_outcome_required": True,
    "review_trigger": "any change",
}


@pytest.mark.parametrize(
    ("differs", "missing"),
    [
        ({}, []),
        (
            {"admission_status": "maybe", "target_repository_path": ""},
            ["`admission_status` is `maybe`, not `admitted`"],
        ),
        ({"ownership_evidence": ""}, ["`ownership_evidence` is empty"]),
        (
            {"risk_classification": "high"},
            ["`risk_classification` is `high`, not `low_risk_noncritical`"],
        ),
        ({"allowed_paths": []}, ["`allowed_paths` is empty"]),
        (
            {"forbidden_actions": TARGET["forbidden_actions"][1:]},
            ["`forbidden_actions` lacks push"],
        ),
        ({"approval_source": ""}, ["`approval_source` is empty"]),
        ({"operator_outcome_required": False}, ["`operator_outcome_required` is not `true`"]),
        ({"target_repository_path": "x"}, ["`target_repository_path` is no absolute path"]),
        (
            {"admission_status": "not_admitted"},
            [
                "`admission_status` is `not_admitted`, not `admitted`",
                "a record that admits nothing names a repository",
            ],
        ),
    ],
)
def test_a_target_is_admitted_by_a_complete_record_alone(
    tmp_path: Path, differs: dict[str, Any], missing: list[str]
) -> None:
    path = tmp_path / "X-TARGET-REPOSITORY-ADMISSION.json"
    path.write_text(json.dumps({**TARGET, **differs}))
    found = admissions.explained(path)
    assert found["missing"] == missing
    assert found["admits"] is (not missing)


def test_a_target_repository_stays_closed_and_its_path_stays_out(
    attempt: Attempt, tmp_path: Path
) -> None:
    record = tmp_path / "X-TARGET-REPOSITORY-ADMISSION.json"
    for value, faults in (("admitted", 1), ("not_admitted", 2)):
        named = "/srv/target" if value == "admitted" else ""
        differs = {"admission_status": value, "target_repository_path": named}
        record.write_text(json.dumps({**TARGET, **differs}))
        done = attempt(
            case={"task": {"target_repository": "/srv/target"}},
            CTO_HARNESS_CASE_STAGE5_TARGET_ADMISSION_FILE=str(record),
        )
        assert harness.codes(done) == ["target_not_admitted"]
        gates = [each for each in harness.events(done.path) if "gate" in each["payload"]]
        assert len(gates) == faults
        assert done.report["case_process_started"] is False
        for path in done.path.rglob("*"):
            assert path.is_dir() or b"/srv/target" not in path.read_bytes()
