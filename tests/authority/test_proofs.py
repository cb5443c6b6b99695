"""Stages 3 to 6 as their validators prove them, on real repositories, with the fake engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sot_tools.authority import comparison, proofs
from sot_tools.authority.comparison import Lane
from sot_tools.authority.proofs import ROWS
from sot_tools.evidence.verdict import Verified
from sot_tools.runs import wire
from sot_tools.runs.classes import CLASSES
from sot_tools.runs.stage_checks import Findings
from tests.authority.repository import require_held
from tests.runs import harness

ROOT = Path(__file__).resolve().parents[2]
Answer = dict[str, Any]


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """What the validator of stage 6 says of this repository, all stages before it included."""
    require_held()
    folder = tmp_path_factory.mktemp("stages")
    closed = {name: "" for name in os.environ if name.startswith("CTO_HARNESS_")}
    done = subprocess.run(
        [
            *(sys.executable, str(ROOT / "tools/validate-case-stage6.py"), "--json"),
            *("--harness-root", ".sot/harness", "--runs-dir", str(folder / "runs")),
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env={**os.environ, **closed, "XDG_STATE_HOME": str(folder / "state")},
    )
    assert done.stderr == b"", done.stderr
    assert done.returncode == 1
    assert not (folder / "state").exists(), "a rehearsed approval was used up for real"
    value: Answer = json.loads(done.stdout)
    return value


@pytest.mark.slow
def test_only_the_engine_that_is_not_here_is_not_proven(answer: Answer) -> None:
    open_ones = {each.partition(":")[0] for each in answer["errors"]}
    assert open_ones == {
        "real_pass",
        "stage3_real_pass",
        "stage4_real_pass",
        "stage5_real_pass",
        "case_lane_passes",
        "candidate_default_comparison",
    }
    assert answer["ok"] is False
    fake = {Path(each).parent for each in answer["pass_reports"]}
    assert len(fake) == len(ROWS), "a pass of another engine is claimed"
    assert json.loads(Path(answer["fake_baseline"]).read_bytes())["status"] == "pass"
    assert {"no-diff", "disallowed-file", "failed-tests"} <= set(answer["failure_reports"])
    for stage in ROWS:
        said = f"stage{stage}_real_pass: not proven, since no real pass was made: "
        assert f"{said}the program is no compiled binary" in answer["errors"]


@pytest.mark.slow
@pytest.mark.parametrize("stage", ROWS)
def test_every_failure_of_a_stage_ends_as_its_class(answer: Answer, stage: int) -> None:
    for name in ROWS[stage].failures:
        check = f"stage{stage}_fails_closed_{name.replace('-', '_')}"
        assert check in answer["checked"]
        report = json.loads(Path(answer["failure_reports"][check]).read_bytes())
        codes = [each["code"] for each in report["blockers"]]
        wanted = next(each.code for each in CLASSES.values() if each.name == name)
        prevented = stage == 5 and name == "disallowed-file" and report["allowed_writes_passed"]
        assert codes == [wanted] or prevented, check
        assert report["status"] != "pass"


@pytest.mark.slow
@pytest.mark.parametrize("stage", ROWS)
def test_the_proof_of_a_stage_has_its_shape_and_its_run_verifies(
    answer: Answer, stage: int
) -> None:
    path = Path(answer[ROWS[stage].key]["fake"])
    assert isinstance(harness.judged(path.parent), Verified)
    proof = json.loads(path.read_bytes())
    assert wire.fault(ROWS[stage].schema, proof) == ""
    for name in proof:
        less = {key: value for key, value in proof.items() if key != name}
        assert wire.fault(ROWS[stage].schema, less), name
    assert wire.fault(ROWS[stage].schema, {**proof, "more": 1})


@pytest.mark.slow
def test_every_rejection_of_a_record_is_shown(answer: Answer) -> None:
    for name in proofs.REJECTED:
        report = json.loads(Path(answer["failure_reports"][f"stage5_rejects_{name}"]).read_bytes())
        assert (report["status"], report["backend_exit_code"]) == ("blocked", None)
    rejected = json.loads(Path(answer["rejected_report"]).read_bytes())
    assert (rejected["status"], rejected["operator_outcome"]) == ("pass", "rejected")


@pytest.mark.slow
def test_the_comparison_has_five_dimensions_and_leaves_no_lane_out(answer: Answer) -> None:
    path = Path(answer["comparison_report"])
    assert isinstance(harness.judged(path.parent), Verified)
    found = json.loads(path.read_bytes())
    assert wire.fault("stage6-comparison", found) == ""
    assert found["dimensions"] == [
        "report_shape",
        "event_validity",
        "allowed_path_compliance",
        "failure_closure",
        "artifact_completeness",
    ]
    assert found["lanes"]["fake"]["status"] == "pass"
    assert all(found["lanes"]["fake"]["dimensions"].values())
    for name in ("case", "codex", "pi"):
        lane = found["lanes"][name]
        assert lane["status"] == "blocked"
        assert lane["rationale"].startswith(f"engine `{name}` is off; CTO_HARNESS_ALLOW_")
    assert found["checks"] == {
        "fake_lane_passes": True,
        "case_default_disabled": True,
        "stage5_failure_closure_inherited": True,
        "case_lane_passes": False,
        "candidate_default_comparison": False,
    }
    assert set(found["failure_matrix"].values()) == {"covered"}
    assert (found["status"], found["candidate_default_eligible"]) == ("blocked", False)
    assert found["runtime_default_activation"] is False
    assert wire.fault("stage6-comparison", {**found, "runtime_default_activation": True})
    six = {**found, "dimensions": [*found["dimensions"], "speed"]}
    assert wire.fault("stage6-comparison", six)


ALL = dict.fromkeys(comparison.DIMENSIONS, True)


def lanes(**differs: Lane) -> tuple[Lane, ...]:
    made = {
        "fake": Lane("fake", "", "pass", "run-1", "a" * 64, ALL),
        "case": Lane("case", "", "pass", "run-2", "b" * 64, ALL),
        "pi": Lane("pi", "engine `pi` is off", "blocked", "run-3", "c" * 64, {}),
        **differs,
    }
    return tuple(made.values())


def failed(*given: Lane, default: str = "fake", errors: tuple[str, ...] = ()) -> dict[str, str]:
    found = Findings()
    found.errors += errors
    return {name: why for name, why in comparison.judged(given, found, default).items() if why}


def test_a_candidate_that_matches_every_lane_is_ahead() -> None:
    assert failed(*lanes()) == {}


def test_a_candidate_behind_in_one_dimension_is_named() -> None:
    less = Lane("case", "", "fail", "run-2", "b" * 64, {**ALL, "failure_closure": False})
    assert failed(*lanes(case=less)) == {
        "case_lane_passes": "the lane ended with `fail`",
        "candidate_default_comparison": "the candidate is behind in failure_closure of fake",
    }


def test_a_blocked_candidate_and_an_unknown_one_compare_to_nothing() -> None:
    off = Lane("case", "engine `case` is off", "blocked", "run-2", "b" * 64, {})
    nothing = "there is nothing to compare: the candidate's lane is blocked"
    assert failed(*lanes(case=off)) == {
        "case_lane_passes": "the lane is blocked: engine `case` is off",
        "candidate_default_comparison": nothing,
    }
    assert failed(lanes()[0]) == {
        "case_lane_passes": "the register has no engine `case`",
        "candidate_default_comparison": nothing,
    }


def test_another_default_and_an_open_failure_of_stage_5_stop_it() -> None:
    open_one = "stage5_fails_closed_timeout: ended with []"
    assert failed(*lanes(), default="case", errors=(open_one,)) == {
        "case_default_disabled": "the default engine is `case`, not `fake`",
        "stage5_failure_closure_inherited": f"open: {open_one}",
    }
    broken = Lane("fake", "", "fail", "run-1", "a" * 64, ALL)
    assert failed(*lanes(fake=broken)) == {"fake_lane_passes": "the fake lane does not pass"}
