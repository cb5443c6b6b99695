"""The guard looks at a real repository, touches nothing, and is closed where it cannot see."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from sot_tools.authority import guard, look
from sot_tools.authority.guard import Core
from sot_tools.project import data
from tests.cli.command import sot

KNOWN = look.words(data.profile("cto-child"))
RULES = look.rules(KNOWN)


def git(folder: Path, *arguments: str) -> None:
    name = ["-c", "user.name=jp", "-c", "user.email=jp@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *name, *arguments], check=True, capture_output=True)


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """A clean repository with one commit and a validator."""
    root = tmp_path / "core"
    (root / "tools").mkdir(parents=True)
    (root / "tools/validate_core.py").write_text("print()\n")
    (root / "README.md").write_text("# core\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "begin")
    return root


@pytest.fixture
def processes(tmp_path: Path) -> Path:
    """A list of processes as the kernel shows it, with one that has nothing to do with it."""
    return process(tmp_path / "proc", 10, "sleep 5", tmp_path)


def process(folder: Path, number: int, command: str, place: Path) -> Path:
    (folder / str(number)).mkdir(parents=True)
    (folder / str(number) / "cmdline").write_bytes(command.replace(" ", "\0").encode() + b"\0")
    (folder / str(number) / "cwd").symlink_to(place)
    return folder


def blocking(seen: Core) -> list[str]:
    return [each.check for each in guard.answers(seen, RULES) if not each.passes]


def contents(root: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        whole.update(str(path).encode() + str(path.lstat().st_mtime_ns).encode())
        whole.update(path.read_bytes() if path.is_file() else b"")
    return whole.hexdigest()


def test_there_are_ten_checks_and_an_idle_repository_passes_all(
    core: Path, processes: Path
) -> None:
    seen = look.core(core, KNOWN, processes)
    assert len(guard.answers(seen, RULES)) == 10
    assert blocking(seen) == []
    assert guard.idle(guard.answers(seen, RULES))


def test_a_dirty_main_blocks(core: Path, processes: Path) -> None:
    (core / "README.md").write_text("changed\n")
    assert blocking(look.core(core, KNOWN, processes)) == ["core_main_status"]
    git(core, "checkout", "-q", "README.md")
    (core / "new.txt").write_text("untracked\n")
    assert blocking(look.core(core, KNOWN, processes)) == ["core_main_status"]


def test_another_worktree_blocks_also_where_it_is_clean(core: Path, processes: Path) -> None:
    git(core, "worktree", "add", "-q", "../side", "-b", "side")
    assert blocking(look.core(core, KNOWN, processes)) == ["no_active_conflicting_worktree"]
    (core.parent / "side" / "README.md").write_text("changed\n")
    assert blocking(look.core(core, KNOWN, processes)) == [
        "active_core_worktree_status",
        "no_active_conflicting_worktree",
    ]


def test_the_named_conflict_blocks(core: Path, processes: Path) -> None:
    git(core, "worktree", "add", "-q", f"../{RULES.conflict_worktree}", "-b", "side")
    assert "named_conflict" in blocking(look.core(core, KNOWN, processes))


def test_an_open_route_blocks_and_a_closed_one_does_not(core: Path, processes: Path) -> None:
    route = core / "A-SEQUENCE-PROTOCOL.md"
    for status, expected in (
        ("candidate", ["core_sequence_protocol_route", "idle_governed_core_route"]),
        ("validated", []),
    ):
        route.write_text(f"---\nstatus: {status}\n---\n\n# A\n")
        git(core, "add", "-A")
        git(core, "commit", "-q", "-m", status)
        assert blocking(look.core(core, KNOWN, processes)) == expected


def test_an_open_route_without_a_validator_is_not_covered(core: Path, processes: Path) -> None:
    (core / "A-SEQUENCE-PROTOCOL.md").write_text("# A\n")
    git(core, "rm", "-q", "tools/validate_core.py")
    git(core, "add", "-A")
    git(core, "commit", "-q", "-m", "open")
    assert "validator_coverage_after_route" in blocking(look.core(core, KNOWN, processes))


def test_a_running_validation_blocks_and_one_elsewhere_does_not(
    core: Path, processes: Path, tmp_path: Path
) -> None:
    process(processes, 11, "python3 tools/validate_core.py", tmp_path)
    assert blocking(look.core(core, KNOWN, processes)) == []
    process(processes, 12, "python3 tools/validate_core.py", core)
    assert blocking(look.core(core, KNOWN, processes)) == [
        "running_core_validation_process",
        "idle_governed_core_route",
    ]


def test_what_cannot_be_seen_blocks(core: Path, processes: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert blocking(look.core(core, KNOWN, empty)) == [
        "running_core_validation_process",
        "idle_governed_core_route",
    ]
    everything = [name for name, _ in guard.QUESTIONS]
    for nothing in (empty, tmp_path / "missing"):
        seen = look.core(nothing, KNOWN, tmp_path / "missing")
        assert blocking(seen) == everything
    broken = core / ".git" / "HEAD"
    broken.write_text("nonsense\n")
    assert "core_main_status" in blocking(look.core(core, KNOWN, processes))


def test_owners_that_differ_block(core: Path) -> None:
    seen = look.core(core, KNOWN)._replace(owner=None)
    assert "ownership_certain" in blocking(seen)


def test_the_guard_writes_nothing(core: Path, processes: Path) -> None:
    git(core, "worktree", "add", "-q", "../side", "-b", "side")
    (core / "README.md").write_text("changed\n")
    before = contents(core.parent)
    look.core(core, KNOWN, processes)
    assert contents(core.parent) == before


def test_a_hostile_repository_runs_nothing(core: Path, processes: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for name in ("core.fsmonitor", "filter.evil.clean", "diff.external", "core.pager"):
        git(core, "config", name, f"touch {mark}")
    (core / ".gitattributes").write_text("* filter=evil\n")
    hook = core / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    (core / "README.md").write_text("changed\n")
    mark.unlink(missing_ok=True)
    look.core(core, KNOWN, processes)
    assert not mark.exists()


def test_the_command_prints_every_state_field_and_why(core: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    assert sot(work, "init", "--profile", "cto-child", "--owner", "jp").code == 0
    (core / "new.txt").write_text("x")
    done = sot(work, "guard", "core-route", "--core", str(core))
    assert done.code == 1
    for line in (
        "core_route_admission_status: not_admitted",
        "guard_status: blocked",
        "blocked_reason: active_or_conflicting_core_work_present",
        "do_not_touch_other_agent_work: true",
        "ready_for_core_route_review: true",
        "recommended_next_decision: open_governed_core_prd_route",
        "next_allowed_action: wait_or_open_later_core_route_when_idle",
        "idle_governed_core_route_required: true",
        "no_active_conflicting_core_worktree_required: true",
        "runtime_default_activation: false",
        "core_promotion_status: not-promoted",
    ):
        assert line in done.out.splitlines()
    assert "blocks  core_main_status                   new.txt" in done.out
    missing = sot(work, "guard", "core-route", "--core", "nowhere")
    assert (missing.code, missing.err) == (2, "sot: nowhere: no such folder\n")
