"""The case adapter: one task file, isolated state, its claims held against what is there.

Played with the double of its command line; nothing here is proof of the program itself.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sot_tools import tree
from sot_tools.engines import case
from sot_tools.engines.order import Claim, Endpoint, WorkOrder
from sot_tools.runs import lifecycle, workshop
from tests.engines import lanes
from tests.engines.lanes import FIX, Lane
from tests.engines.scripted import Model
from tests.runs import harness

CASE = Lane("case", str(lanes.DOUBLE), "test double")
ORDER = WorkOrder(
    "Fix slugify.",
    ("strings.py",),
    ("push",),
    ("python3 -m unittest",),
    Path("/tree"),
    Path("/recorded"),
    (),
    "TEST-1",
    "/opt/case/dist/ca",
    Path("/state"),
    Endpoint("http://127.0.0.1:9/v1", "a-word", 9, "scripted", "scripted-1"),
    ("strings.py changes",),
)
Play = Callable[..., Any]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    def perform(script: Any, environment: dict[str, str] | None = None, **differs: Any) -> Any:
        root = lanes.workspace(tmp_path / "workspace", **differs)
        with Model(script) as spoken:
            given = lanes.environment_of(CASE, root, spoken, **(environment or {}))
            return lanes.perform(CASE, root, tmp_path / "runs", given)

    return perform


def test_the_command_is_one_task_file_and_never_a_prompt() -> None:
    launch = case.prepare(ORDER)
    assert launch.argv == (
        "/opt/case/dist/ca",
        "run",
        "--task",
        "/tree/.case/tasks/active/test-1.task.json",
        "--mode",
        "unattended",
    )
    assert not any("Fix slugify" in each for each in launch.argv)


def test_its_state_is_its_own_and_names_one_model() -> None:
    launch = case.prepare(ORDER)
    assert launch.environment["CASE_DATA_DIR"] == "/state/case-data"
    assert launch.environment["PI_CODING_AGENT_DIR"] == "/state/case-data/pi-agent"
    settings = json.loads(launch.files["case-data/config.json"])
    assert settings["models"] == {"default": {"provider": "openai", "model": "scripted-1"}}
    providers = json.loads(launch.files["case-data/pi-agent/models.json"])["providers"]
    assert [each["baseUrl"] for each in providers.values()] == ["http://127.0.0.1:9/v1"]
    assert set(launch.environment) == {
        "CASE_DATA_DIR",
        "PI_CODING_AGENT_DIR",
        "PI_OFFLINE",
        "OPENAI_API_KEY",
    }


def test_the_task_file_holds_the_task_and_the_envelope_and_nothing_else() -> None:
    launch = case.prepare(ORDER)
    prompt = launch.tree_files[".case/tasks/active/test-1.md"].decode()
    for expected in ("Fix slugify.", "- strings.py", "- push", "- python3 -m unittest"):
        assert expected in prompt
    envelope = prompt[prompt.index("<<<AGENT_RESULT") + 15 : prompt.index("AGENT_RESULT>>>")]
    assert json.loads(envelope)["artifacts"]["filesChanged"] == ["strings.py"]
    for each in (*launch.tree_files.values(), *launch.files.values()):
        assert b"/recorded" not in each


def test_the_reviewers_no_counts_although_the_pipeline_goes_on(play: Play) -> None:
    no = (("say", lanes.result(findings={"critical": 1})),)
    done = play(lanes.pipeline(FIX, reviewer=no))
    assert (done.report["status"], harness.codes(done)) == ("blocked", ["reviewer_rejected"])
    log = (done.path / "backend/engine-events.jsonl").read_text()
    assert '"agent": "closer"' in log, "the double goes on to its closer, as the program does"
    assert done.report["backend_exit_code"] == 0


def test_a_failed_rubric_is_a_no() -> None:
    categories = [{"name": "scope", "verdict": "fail"}]
    entry = {
        "event": "phase_end",
        "phase": "review",
        "result": {"rubric": {"role": "reviewer", "categories": categories}},
    }
    claim = case.parse(json.dumps(entry).encode())
    assert claim == Claim("review", "the reviewer's rubric failed: scope", True)


def test_a_claim_of_success_without_a_change_is_no_diff(play: Play) -> None:
    claim = (("say", lanes.result(artifacts={"testsPassed": True, "commit": "abc"})),)
    done = play(lanes.pipeline(implementer=claim))
    assert harness.codes(done) == ["no_diff"]


def test_an_agent_without_its_envelope_broke_the_protocol(play: Play) -> None:
    done = play(lanes.pipeline(implementer=(("say", "I did it all."),)))
    assert harness.codes(done) == ["agent_result_protocol_failed"]
    assert done.report["failure_reason"] == "case agent result protocol failed"
    marker = done.path / "backend/provider-agent-protocol.txt"
    assert marker.read_text() == "an agent ended without its result envelope\n"


def test_a_failed_implementer_is_no_pass_whatever_the_exit_code(play: Play) -> None:
    done = play(lanes.pipeline(implementer=(FIX, ("say", lanes.result("failed")))))
    assert done.report["backend_exit_code"] == 0
    assert done.report["status"] == "fail"
    assert harness.codes(done) == ["missing_required_event"]


CLOSER = (
    "git remote -v; git push origin main; gh pr create; "
    "git push https://github.com/example/example.git HEAD; curl -m 2 http://127.0.0.1:1; true"
)


def test_the_closer_has_nowhere_to_publish_to(play: Play) -> None:
    script = lanes.pipeline(FIX, closer=(("shell", CLOSER), ("say", lanes.result())))
    done = play(script)
    assert done.report["status"] == "pass"
    said = (done.path / "backend/engine-events.jsonl").read_text()
    assert "No configured push destination" in said or "does not appear to be a git" in said
    assert "Could not resolve host" in said or "unable to access" in said


GIT_TRAP = """
git config core.fsmonitor 'touch {marker}; true'; git config diff.external 'touch {marker}'
git config core.hooksPath "$PWD/.git/hooks"; printf 'touch {marker}' > .git/hooks/post-commit
chmod +x .git/hooks/post-commit; echo conftest.py >> .git/info/exclude
git update-index --assume-unchanged test_strings.py; echo broken > test_strings.py
echo 'import sys' > conftest.py; git config include.path /etc/passwd
"""


def test_what_it_writes_into_its_repository_runs_nothing_and_hides_nothing(
    play: Play, tmp_path: Path
) -> None:
    marker = tmp_path / "executed"
    trap = ("shell", GIT_TRAP.format(marker=marker))
    for level in ("", "subreaper"):
        root = lanes.workspace(tmp_path / f"trap-{level}")
        with Model(lanes.pipeline(FIX, trap)) as spoken:
            given = lanes.environment_of(CASE, root, spoken)
            done = lanes.perform(CASE, root, tmp_path / "runs", given, isolation=level)
        if level:
            assert harness.codes(done) == ["disallowed_file_change"]
            assert {"conftest.py", "test_strings.py"} <= set(done.report["changed_files"])
            marker.unlink(missing_ok=True)  # its own commit ran its own hook, unconfined
        else:
            assert done.report["changed_files"] == ["strings.py"]
            assert not marker.exists()


def test_an_engine_that_lingers_after_its_commit_is_ended_and_can_pass(play: Play) -> None:
    script = lanes.pipeline(FIX, closer=(("hang",),))
    done = play(script, limits={"engine_seconds": 60})
    assert (done.report["status"], done.report["blockers"]) == ("pass", [])
    marker = done.path / "backend/provider-lifecycle-harness-completed.txt"
    assert marker.read_text() == (
        "the harness ended the engine after its change was committed and stood still\n"
    )
    assert done.report["harness"]["engine_stopped_by_harness"] is True


def test_an_engine_that_lingers_without_a_commit_runs_into_its_limit(play: Play) -> None:
    said = (FIX, ("say", lanes.result()))
    done = play(
        lanes.pipeline(implementer=said, closer=(("hang",),)),
        {"CTO_HARNESS_CASE_TIMEOUT_SECONDS": "8"},
    )
    assert harness.codes(done) == ["lifecycle_timeout_after_valid_patch"]
    assert done.report["status"] == "fail"
    assert (done.path / "backend/provider-timeout.txt").read_text() == (
        "the engine was stopped after 8 s\n"
    )


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_supervision_begins_at_the_captured_head_also_with_a_history(tmp_path: Path) -> None:
    """ENG-16: commits that were there before the engine started are no sign of its work."""
    git(tmp_path, "init", "-q", "-b", "main")
    for number in range(3):
        (tmp_path / "strings.py").write_text(f"{number}\n")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", str(number))
    head = workshop.head(tmp_path)
    assert head == git(tmp_path, "rev-parse", "HEAD").strip()
    watched = lifecycle.Watched(tmp_path, head, (".case/", ".git/"), lambda: True, 0.0, 0.0)
    watch = lifecycle.Supervisor(watched, lambda: False)
    assert not watch()
    (tmp_path / "strings.py").write_text("fixed\n")
    assert not watch(), "not committed"
    git(tmp_path, "commit", "-qam", "fix")
    (tmp_path / "dirty.py").write_text("")
    assert not watch(), "not clean"
    (tmp_path / "dirty.py").unlink()
    (tmp_path / ".case").mkdir()
    (tmp_path / ".case" / "log").write_text("the engine's own")
    assert watch()
    assert watch.settled


def test_supervision_waits_for_the_review(tmp_path: Path) -> None:
    (tmp_path / "strings.py").write_text("x\n")
    head = workshop.repository(tmp_path, tree.snapshot(tmp_path), 1 << 20)
    (tmp_path / "strings.py").write_text("y\n")
    git(tmp_path, "commit", "-qam", "fix")
    watched = lifecycle.Watched(tmp_path, head, (".git/",), lambda: False, 0.0, 0.0)
    watch = lifecycle.Supervisor(watched, lambda: False)
    assert not watch()


def test_the_repository_of_the_copy_has_one_commit_and_no_remote(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "folder/run.sh").chmod(0o755)
    head = workshop.repository(tmp_path, tree.snapshot(tmp_path), 1 << 20)
    assert git(tmp_path, "log", "--format=%H").split() == [head]
    assert git(tmp_path, "remote") == ""
    assert git(tmp_path, "status", "--porcelain") == ""


def test_its_state_is_kept_as_evidence_without_a_key(play: Play) -> None:
    done = play(lanes.pipeline(FIX))
    settings = json.loads((done.path / "backend/case-data/config.json").read_text())
    assert settings["models"]["default"]["model"] == "scripted-1"
    assert (done.path / "backend/case-data/pi-agent/auth.json").read_text() == "{}"
    assert not list((done.path / "backend").rglob("models.json"))


def test_a_run_of_stage_2_proves_that_nothing_names_a_target(play: Play, tmp_path: Path) -> None:
    record = tmp_path / "X-TARGET-REPOSITORY-ADMISSION.json"
    value = {"admission_status": "not_admitted", "target_repository_path": ""}
    record.write_text(json.dumps(value))
    named = {"CTO_HARNESS_CASE_STAGE5_TARGET_ADMISSION_FILE": str(record)}
    done = play(lanes.pipeline(FIX), named)
    proof = json.loads((done.path / "stage2-no-target-inspection.json").read_bytes())
    assert proof["target_named_in"] == []
    assert {"arguments", "environment", "files", "prompt", "task_contract"} == set(proof["checked"])


def test_a_prompt_that_names_the_admitted_target_is_blocked_in_stage_2(tmp_path: Path) -> None:
    target = {"admission_status": "admitted", "target_repository_path": "/srv/target"}
    root = lanes.workspace(tmp_path / "workspace", prompt="Look into /srv/target first.")
    with Model(lanes.pipeline(FIX)) as spoken:
        given = lanes.environment_of(CASE, root, spoken)
        done = lanes.perform(CASE, root, tmp_path / "runs", given, target=target)
    assert harness.codes(done) == ["target_not_admitted"]
    assert done.report["case_process_started"] is False
    assert spoken.requests == []
