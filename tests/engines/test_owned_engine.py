"""A program of its own, the double of the case engine, works for stage 5 and never sees the target."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from sot_tools.authority.governed import Wants, governed
from sot_tools.authority.owned import PROOF
from sot_tools.evidence.verdict import Verified
from sot_tools.runs import admissions, registry
from sot_tools.runs.admitted import ACTIONS
from sot_tools.runs.approval import Approval
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order
from tests.authority.repository import git, record, require_held
from tests.engines import lanes
from tests.engines.lanes import FIX, Lane
from tests.engines.scripted import Model
from tests.runs import harness

CASE = Lane("case", str(lanes.DOUBLE), "test double")
MODE = "owned-noncritical-repo"
YES = Approval("a" * 64, "granted", "jp", "fix", MODE, "2026-06-01T00:00:00Z", None)


class Played(NamedTuple):
    """What became of a run, and what the model was told."""

    done: Finished
    target: Path
    heard: str


def play(tmp_path: Path, *actions: tuple[str, ...], **differs: str) -> Played:
    """Let the double work on a real repository."""
    target = tmp_path / "target"
    task = {
        "mutation_mode": MODE,
        "target_repository": str(target),
        "forbidden_actions": list(ACTIONS),
    }
    root = lanes.workspace(tmp_path / "workspace", task=task)
    path = root / ".sot/harness/harness.yaml"
    path.write_text(path.read_text().replace("- '2'", "- '5'"))
    register = registry.read(root / ".sot/harness")
    case = registry.case(register, "fix")
    target.mkdir()
    for each in case.fixture.iterdir():
        (target / each.name).write_bytes(each.read_bytes())
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "begin"]):
        git(target, *arguments)
    given = str(record(tmp_path / "record.json", target, allowed_paths=["strings.py"]))
    with Model(lanes.script(CASE, *actions)) as spoken:
        prefix = "CTO_HARNESS_CASE"
        named = {
            f"{prefix}_STAGE": "5",
            f"{prefix}_{admissions.TARGET}": given,
            f"{prefix}_{admissions.OUTCOME}": "accepted",
        }
        environment = lanes.environment_of(CASE, root, spoken, **{**named, **differs})
        lanes.admission(root, scope="Stage 5 owned repository")
        known = admissions.read(root, register.engines["case"], environment)
        used = tmp_path / "used"
        wants = Wants(root, register.root, tmp_path / "runs", used, time.time_ns, environment, 5)
        with (
            governed(wants, case, "case") as of,
            harness.around(tmp_path / "runs", environment=environment, admissions=known) as around,
        ):
            done = run(Order(register, of.case, "case", YES), of.around(around))
        heard = json.dumps(spoken.requests, default=str)
    return Played(done, target, heard)


@pytest.fixture(autouse=True)
def _held() -> None:
    require_held()


def test_a_program_changes_a_repository_by_one_commit_that_it_did_not_make(tmp_path: Path) -> None:
    played = play(tmp_path, FIX)
    done = played.done
    assert (done.report["status"], harness.codes(done)) == ("pass", []), done.report["blockers"]
    assert isinstance(harness.judged(done.path), Verified)
    assert done.report["case_process_started"] is True
    assert done.report["report_schema"] == "stage-5/1"
    assert (done.report["tests_passed"], done.report["required_events_passed"]) == (True, True)
    assert done.report["failure_reason"] == ""
    proof = json.loads((done.path / PROOF).read_bytes())
    assert (proof["forbidden_actions_possible"], proof["operator_outcome"]) == (False, "accepted")
    assert git(played.target, "log", "--format=%an %s").splitlines() == [
        "sot TEST-1: a fix",
        "jp begin",
    ]
    assert git(played.target, "diff", "--name-only", "HEAD~1").split() == ["strings.py"]
    assert str(played.target) not in played.heard


def test_a_program_that_tries_to_push_changes_nothing(tmp_path: Path) -> None:
    push = ("shell", "git push https://example.invalid/x.git HEAD:main || true")
    played = play(tmp_path, FIX, push)
    assert harness.codes(played.done) == ["forbidden_action_attempted"]
    assert played.done.report["push_attempted"] is True
    assert git(played.target, "log", "--format=%s") == "begin\n"
    assert git(played.target, "status", "--porcelain") == ""


@pytest.mark.parametrize("wanted", ["", "2", "4"])
def test_without_its_stage_the_program_does_not_start(tmp_path: Path, wanted: str) -> None:
    played = play(tmp_path, FIX, CTO_HARNESS_CASE_STAGE=wanted)
    assert played.done.report["status"] == "blocked"
    assert played.done.report["case_process_started"] is False
    assert played.done.report["report_schema"] == "stage-1/1"
    scope = "explicitly owned low-risk repository only"
    assert played.done.report["allowed_mutation_scope"] == scope
    assert git(played.target, "log", "--format=%s") == "begin\n"
