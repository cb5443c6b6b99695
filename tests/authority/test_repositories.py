"""Stages 3 and 4 on real git repositories: what is read stays as it is, what is made is gone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sot_tools.authority import repositories
from sot_tools.authority.repositories import (
    COPIED,
    DISPOSABLE,
    CopiedRepository,
    DisposableRepository,
)
from sot_tools.errors import Refused
from sot_tools.evidence.verdict import Verified
from sot_tools.runs import registry
from sot_tools.runs.approval import Approval
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order, Ran, Stage
from tests.runs import harness

YES = Approval(
    "a" * 64,
    "granted",
    "jp",
    "demo",
    "sandbox-repo",
    "2026-06-01T00:00:00Z",
    "2999-01-01T00:00:00Z",
)


def git(folder: Path, *arguments: str) -> str:
    name = ["-c", "user.name=jp", "-c", "user.email=jp@localhost", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *name, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A clean repository with the answer that is wrong."""
    root = tmp_path / "source"
    (root / "folder").mkdir(parents=True)
    (root / "answer.txt").write_text("41\n")
    (root / "folder" / "tool.sh").write_text("#!/bin/sh\n")
    (root / "folder" / "tool.sh").chmod(0o755)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "begin")
    return root


def perform(tmp_path: Path, stage: Stage, mode: str, *play: Any, **case_differs: Any) -> Finished:
    """Run the demonstration case with a stage around it."""
    root = harness.case(tmp_path / "harness", *play, task={"mutation_mode": mode})
    register = registry.read(root)
    case = registry.case(register, "demo")._replace(**case_differs)
    given = YES if mode == "sandbox-repo" else None
    with harness.around(tmp_path / "runs", stage=stage) as around:
        return run(Order(register, case, "fake", given), around)


def copied(tmp_path: Path, source: Path, *play: Any) -> tuple[Finished, dict[str, Any]]:
    stage = CopiedRepository(source, tmp_path / "copy")
    differs = {"fixture": stage.fixture, "fixture_digest": stage.digest}
    done = perform(tmp_path, stage, "copied-fixture", *play, **differs)
    return done, json.loads((done.path / COPIED).read_bytes())


def test_a_copied_repository_is_worked_on_and_its_source_stays_as_it_was(
    tmp_path: Path, source: Path
) -> None:
    head, status = git(source, "rev-parse", "HEAD").strip(), git(source, "status", "--porcelain")
    done, proof = copied(tmp_path, source)
    assert (done.report["status"], harness.codes(done)) == ("pass", [])
    assert done.report["changed_files"] == ["answer.txt"]
    assert isinstance(harness.judged(done.path), Verified)
    assert git(source, "rev-parse", "HEAD").strip() == head
    assert git(source, "status", "--porcelain") == status == ""
    assert proof["source_before"] == proof["source_after"] == {"head": head, "status": []}
    assert proof["source_repository_mutated"] is False
    assert (proof["clean_start"], proof["clean_end"]) == (True, True)
    assert proof["allowed_mutation_scope"] == "copied local repository fixture only"
    assert done.report["allowed_mutation_scope"] == proof["allowed_mutation_scope"]
    assert done.report["source_repository_mutated"] is False
    assert done.report["run_artifact_dir"] == str(done.path)
    assert done.report["runtime_workspace_root"] == str(
        tmp_path / "runs/.work" / done.run_id / "tree"
    )
    assert (tmp_path / "copy" / "folder" / "tool.sh").stat().st_mode & 0o111


@pytest.mark.parametrize("dirt", ["edited", "untracked", "staged"])
def test_a_source_that_is_not_clean_is_not_worked_on(
    tmp_path: Path, source: Path, dirt: str
) -> None:
    name = "new.txt" if dirt == "untracked" else "answer.txt"
    (source / name).write_text("40\n")
    if dirt == "staged":
        git(source, "add", "-A")
    done, proof = copied(tmp_path, source)
    assert done.report["status"] == "blocked"
    assert harness.codes(done) == ["dirty_source_start"]
    assert done.report["blockers"][0]["message"] == f"the source repository is not clean: {name}"
    assert done.report["backend_exit_code"] is None
    assert proof["clean_start"] is False


@pytest.mark.parametrize("how", ["edited", "committed"])
def test_a_source_that_somebody_changed_meanwhile_fails_the_run(
    tmp_path: Path, source: Path, how: str
) -> None:
    class Meddled(CopiedRepository):
        def after(self, ran: Ran) -> Any:
            (source / "answer.txt").write_text("0\n")
            if how == "committed":
                git(source, "commit", "-q", "-am", "behind the back")
            return super().after(ran)

    stage = Meddled(source, tmp_path / "copy")
    differs = {"fixture": stage.fixture, "fixture_digest": stage.digest}
    done = perform(tmp_path, stage, "copied-fixture", **differs)
    assert done.report["status"] == "fail"
    assert harness.codes(done) == ["source_repository_mutated"]
    assert done.report["source_repository_mutated"] is True
    assert isinstance(harness.judged(done.path), Verified)


def test_what_is_no_repository_or_holds_links_is_refused(tmp_path: Path, source: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(Refused, match="is no git repository that can be read"):
        CopiedRepository(tmp_path / "plain", tmp_path / "copy")
    (source / "link").symlink_to("/etc/passwd")
    git(source, "add", "-A")
    git(source, "commit", "-q", "-m", "link")
    with pytest.raises(Refused, match="link is a link or a submodule, which no copy follows"):
        CopiedRepository(source, tmp_path / "other")


def disposable(tmp_path: Path, retain: bool = False, *play: Any) -> tuple[Finished, Path]:
    fixture = harness.case(tmp_path / "harness") / "cases" / "demo" / "fixture"
    folder = tmp_path / "sandbox"
    stage = DisposableRepository(folder, fixture, YES.approval_id, retain)
    return perform(tmp_path, stage, "sandbox-repo", *play), folder


def test_a_disposable_repository_gets_one_commit_on_its_own_branch_and_is_gone(
    tmp_path: Path,
) -> None:
    done, folder = disposable(tmp_path)
    assert (done.report["status"], harness.codes(done)) == ("pass", [])
    assert isinstance(harness.judged(done.path), Verified)
    proof = json.loads((done.path / DISPOSABLE).read_bytes())
    assert proof["approval"] == YES.approval_id
    assert proof["branch"] == "change"
    assert proof["remotes"] == []
    assert proof["disposal"] == "removed after the run"
    assert (proof["clean_start"], proof["clean_end"]) == (True, True)
    assert proof["allowed_mutation_scope"] == "disposable repository only"
    for name in ("allowed_mutation_scope", "branch_policy", "disposable_repository_dir"):
        assert done.report[name] == proof[name]
    assert not folder.exists()
    trace = (done.path / "trace.jsonl").read_text().splitlines()
    told = next(number for number, line in enumerate(trace) if "look at repository" in line)
    assert proof["branch_policy"] in trace[told]
    assert told < next(number for number, line in enumerate(trace) if "watch engine" in line)
    names = [each["event"] for each in harness.events(done.path)]
    assert names.index("approval.granted") < names.index("patch.applied")


def test_a_retained_repository_holds_exactly_the_verified_change(tmp_path: Path) -> None:
    done, folder = disposable(tmp_path, True)
    proof = json.loads((done.path / DISPOSABLE).read_bytes())
    assert git(folder, "rev-parse", "change").strip() == proof["commit"]
    assert git(folder, "diff", "--name-only", "main", "change") == "answer.txt\n"
    assert git(folder, "show", "change:answer.txt") == "42\n"
    assert git(folder, "rev-list", "--count", "main..change") == "1\n"
    assert git(folder, "remote") == git(folder, "status", "--porcelain") == ""


def test_a_run_that_fails_commits_nothing(tmp_path: Path) -> None:
    wrong = {"write": {"to": "answer.txt", "text": "43\n"}}
    done, folder = disposable(tmp_path, True, harness.PLAN, wrong, harness.DONE)
    assert harness.codes(done) == ["verification_failed"]
    assert json.loads((done.path / DISPOSABLE).read_bytes())["commit"] == ""
    assert git(folder, "branch", "--format=%(refname:short)") == "main\n"


def test_without_an_approval_no_repository_is_made(tmp_path: Path) -> None:
    root = harness.case(tmp_path / "harness", task={"mutation_mode": "sandbox-repo"})
    fixture = root / "cases" / "demo" / "fixture"
    stage = DisposableRepository(tmp_path / "sandbox", fixture, "", False)
    register = registry.read(root)
    with harness.around(tmp_path / "runs", stage=stage) as around:
        done = run(Order(register, registry.case(register, "demo"), "fake", None), around)
    assert harness.codes(done) == ["approval_missing"]
    assert not (tmp_path / "sandbox").exists()
    assert repositories.DISPOSABLE not in {path.name for path in done.path.iterdir()}
