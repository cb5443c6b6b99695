"""Real git repositories for the tests of stages 3 to 6."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sot_tools.authority.owned import HOLDS
from sot_tools.engines import isolation
from sot_tools.engines.levels import reaches
from sot_tools.runs.admitted import ACTIONS


def git(folder: Path, *arguments: str) -> str:
    """git itself, with a person of the tests."""
    name = ["-c", "user.name=jp", "-c", "user.email=jp@localhost", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *name, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def require_held() -> None:
    """Skip the test, which is then not run and not passed, where nothing can hold an engine."""
    found = isolation.shelter()
    if not reaches(found.level, HOLDS):
        pytest.skip(f"not run: this machine reaches `{found.level}` only: {found.why_not}")


def repository(root: Path) -> Path:
    """A clean repository with a history, a tag, a remote, and the answer that is wrong."""
    require_held()
    (root / "folder").mkdir(parents=True)
    (root / "answer.txt").write_text("40\n")
    (root / "folder" / "tool.sh").write_text("#!/bin/sh\n")
    (root / "folder" / "tool.sh").chmod(0o755)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "begin")
    git(root, "tag", "first")
    (root / "answer.txt").write_text("41\n")
    git(root, "commit", "-q", "-am", "nearly")
    git(root, "remote", "add", "origin", "https://example.invalid/x.git")
    return root


def record(path: Path, target: Path, **differs: Any) -> Path:
    """The record that admits a repository, written to a file."""
    made = {
        "admission_status": "admitted",
        "target_repository_path": str(target),
        "repository_owner": "jp",
        "ownership_evidence": "jp made it",
        "risk_classification": "low_risk_noncritical",
        "noncritical_rationale": "a sandbox",
        "allowed_paths": ["answer.txt", "src/"],
        "forbidden_paths": [".env", "secrets/"],
        "forbidden_actions": list(ACTIONS),
        "approval_source": "a record of the tests",
        "approval_timestamp": "2026-01-01",
        "operator_outcome_required": True,
        "review_trigger": "any change",
        **differs,
    }
    path.write_text(json.dumps(made))
    return path
