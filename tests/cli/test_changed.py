"""`--changed`: what differs from a commit, and what depends on it; git runs nothing of the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import sot
from tests.workspaces import begin, edit, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
ISSUES = ".sot/plans/FIRST-PLAN-ISSUES.md"


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = begin(tmp_path / "demo")
    write(
        root,
        ".sot/plans/OTHER-PRD.md",
        (root / PRD)
        .read_text()
        .replace("first-plan", "other")
        .replace("First Plan", "Other")
        .replace("status: draft", "status: x"),
    )
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "begin")
    return root


def test_nothing_changed_reports_nothing(repository: Path) -> None:
    assert sot(repository, "check").code == 1
    assert sot(repository, "check", "--changed").code == 0


def test_a_changed_document_is_reported_and_another_is_not(repository: Path) -> None:
    edit(repository, PRD, "status: draft", "status: y")
    outcome = sot(repository, "check", "--changed")
    assert outcome.code == 1
    assert PRD in outcome.out
    assert "OTHER" not in outcome.out


def test_an_untracked_document_is_reported(repository: Path) -> None:
    write(repository, ".sot/plans/NEW-PRD.md", "# New\n")
    assert ".sot/plans/NEW-PRD.md" in sot(repository, "check", "--changed").out


def test_what_names_a_deleted_document_is_checked_too(repository: Path) -> None:
    (repository / PRD).unlink()
    outcome = sot(repository, "check", "--changed")
    assert f"{ISSUES}:5:9 SOT501 `{PRD}` does not exist" in outcome.out


def test_a_changed_board_checks_everything(repository: Path) -> None:
    edit(repository, "WORKBOARD.yaml", "WORK-001", "WORK-002")
    outcome = sot(repository, "check", "--changed")
    assert f"{ISSUES}:12:4 SOT503" in outcome.out
    assert "OTHER-PRD.md" in outcome.out


def test_a_commit_can_be_named(repository: Path) -> None:
    edit(repository, PRD, "status: draft", "status: y")
    git(repository, "commit", "-qam", "more")
    assert sot(repository, "check", "--changed").code == 0
    assert sot(repository, "check", "--changed", "HEAD~1").code == 1


def test_a_hostile_repository_cannot_make_git_run_its_commands(
    repository: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    script = write(tmp_path, "evil.sh", f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "core.sshCommand"):
        git(repository, "config", key, str(script))
    git(repository, "config", "diff.evil.textconv", str(script))
    for name in ("evil", "e=v.i l"):
        git(repository, "config", f"filter.{name}.required", "true")
    git(repository, "config", "filter.evil.clean", str(script))
    git(repository, "config", "filter.e=v.i l.process", str(script))
    write(
        repository,
        ".gitattributes",
        '*-PRD.md diff=evil filter=evil\n*-ISSUES.md filter="e=v.i l"\n',
    )
    for path in (PRD, ISSUES):
        (repository / path).touch()
    edit(repository, PRD, "status: draft", "status: y")
    assert sot(repository, "check", "--changed").code == 1
    assert not mark.exists()


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_a_touched_document_that_holds_what_it_held_has_not_changed(
    form: str, repository: Path
) -> None:
    shutil.rmtree(repository / ".git")
    git(repository, "init", "-q", f"--object-format={form}")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "begin")
    for path in repository.rglob("*.md"):
        os.utime(path, (1, 1))
    assert sot(repository, "check", "--changed").code == 0
    edit(repository, PRD, "status: draft", "status: y")
    assert json.loads(sot(repository, "check", "--changed", "--format", "json").out)["checked"]


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo")
    outcome = sot(root, "check", "--changed", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert outcome.code == 2
    assert outcome.err.startswith("sot: --changed: `HEAD` is no commit in")


@pytest.mark.parametrize("path", [PRD, ISSUES, ".sot/plans/OTHER-PRD.md", "WORKBOARD.yaml"])
def test_what_is_remembered_finds_the_same_dependents(path: str, repository: Path) -> None:
    edit(repository, ".sot/plans/OTHER-PRD.md", "status: x", "status: draft")
    git(repository, "commit", "-qam", "mend")
    assert sot(repository, "check").code == 0
    with (repository / path).open("a") as stream:
        stream.write("\n# One more line.\n" if path == "WORKBOARD.yaml" else "\nOne more line.\n")
    first, again = (sot(repository, "check", "--changed", "--format", "json") for _ in range(2))
    alone = sot(repository, "check", "--changed", "--format", "json", "--no-cache")
    assert first.out == again.out == alone.out
    assert json.loads(alone.out)["checked"]
