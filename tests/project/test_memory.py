"""When something is remembered, and when it is rather forgotten."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sot_tools import disk
from sot_tools.project import listing, settings
from sot_tools.project.check import check
from sot_tools.project.memory import Memory, Verdict
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Outcome, Selection
from sot_tools.project.snapshot import Snapshot
from sot_tools.project.store import Store, opened
from sot_tools.source import Folder
from tests.workspaces import begin, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
LATER = 10**10
"""Nanoseconds after which every file that a test wrote has settled."""


def store(caches: Path, root: Path) -> Store:
    found = opened(caches, root, "1")
    assert found is not None
    return found


def memory(caches: Path, root: Path, later: int = LATER) -> Memory:
    return Memory(store(caches, root), Folder(root), None, time.time_ns() + later)


def examine(read: Settings, selection: Selection, mine: Memory) -> None:
    check(read, selection, opened=Snapshot(read, selection.replaced, mine))


def remember(caches: Path, root: Path, later: int = LATER) -> None:
    """Check a workspace and remember."""
    mine = memory(caches, root, later)
    examine(settings.read(root, None, mine), Selection(), mine)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return begin(tmp_path / "demo")


@pytest.fixture
def caches(tmp_path: Path) -> Path:
    return tmp_path / "caches"


def test_what_is_as_it_was_is_remembered(root: Path, caches: Path) -> None:
    assert memory(caches, root).outcome is None
    remember(caches, root)
    assert memory(caches, root).outcome is not None


def test_another_profile_is_another_question(root: Path, caches: Path) -> None:
    remember(caches, root)
    mine = Memory(store(caches, root), Folder(root), "plain", time.time_ns() + LATER)
    assert mine.outcome is None


def test_the_mark_of_a_file_written_a_moment_ago_is_not_kept(root: Path, caches: Path) -> None:
    """It may change once more within the same tick of the clock and keep all its times."""
    time.sleep(0.11)
    write(root, PRD, (root / PRD).read_text())
    remember(caches, root, later=0)
    (verdict,) = caches.rglob("verdict")
    _, lines, marks, _ = verdict.read_text().split("\n\n")
    kept = dict(zip(listing.paths(lines), marks.split("\n"), strict=True))
    assert [path for path, mark in kept.items() if mark == "?"] == [PRD]


def test_a_mark_settles_later_where_the_clock_of_the_files_is_coarse() -> None:
    fine, coarse = (f"5 7 {changed:x} 1" for changed in (1_000_000_001, 1_000_000_000))
    assert disk.settled(fine, 1_200_000_000)
    assert not disk.settled(fine, 1_100_000_000)
    assert not disk.settled(coarse, 2_900_000_000)
    assert disk.settled(coarse, 3_100_000_000)
    assert not disk.settled(fine, 900_000_000), "a time in the future"


def test_settings_that_change_while_a_check_runs_are_not_remembered(
    root: Path, caches: Path
) -> None:
    mine = memory(caches, root)
    read = settings.read(root, None)
    write(root, ".sot/rules.yaml", "rules: []\n")
    mine.save("settings", iter(["old"]))
    examine(read, Selection(), mine)
    assert [*caches.rglob("settings"), *caches.rglob("verdict"), *caches.rglob("facts")] == []


def test_what_was_found_without_reading_a_file_is_not_remembered(root: Path, caches: Path) -> None:
    mine = memory(caches, root)
    scope = settings.read(root, None).scope
    mine.governed(scope)
    (root / PRD).unlink()
    found = Outcome("plain", False, (), (), 0, ())
    mine.save_verdict(Verdict(scope, (), found, frozenset(), ""), {})
    assert list(caches.rglob("verdict")) == []


def test_a_baseline_outside_the_roots_counts(root: Path, caches: Path) -> None:
    write(root, ".sot/workspace.yaml", "version: 1\nprofile: plain\nroots: [docs]\n")
    write(root, "docs/A-PRD.md", "# A\n")
    remember(caches, root)
    assert memory(caches, root).outcome is not None
    write(root, ".sot/baseline.json", '{"version": 1, "entries": []}\n')
    assert memory(caches, root).outcome is None


@pytest.mark.parametrize(
    "selection",
    [
        Selection(select=("SOT5",)),
        Selection(ignore=("SOT5",)),
        Selection(use_baseline=False),
        Selection(replaced={PRD: b"# x"}),
    ],
)
def test_a_part_of_the_rules_or_another_content_is_no_verdict(
    selection: Selection, root: Path, caches: Path
) -> None:
    mine = memory(caches, root)
    examine(settings.read(root, None, mine), selection, mine)
    assert [*caches.rglob("verdict"), *caches.rglob("facts")] == []


def test_two_workspaces_of_one_name_do_not_mix(tmp_path: Path, caches: Path) -> None:
    one, two = begin(tmp_path / "a" / "demo"), begin(tmp_path / "b" / "demo")
    remember(caches, one)
    assert memory(caches, two).outcome is None
    assert memory(caches, one).outcome is not None


def test_a_store_gives_back_only_what_was_saved_under_the_same_head(
    root: Path, caches: Path
) -> None:
    mine = store(caches, root)
    assert mine.save("a", "head", iter(["text", "and more \ud800"]))
    assert mine.load("a", "head") == "text\nand more \ud800"
    assert mine.load("a", "hea") is None
    assert mine.load("a", "head-more") is None
    assert mine.load("b", "head") is None


def test_a_store_believes_no_file_that_others_may_write_or_a_link_leads_to(
    root: Path, caches: Path, tmp_path: Path
) -> None:
    mine = store(caches, root)
    mine.save("a", "head", iter(["text"]))
    (file,) = caches.rglob("a")
    file.chmod(0o666)
    assert mine.load("a", "head") is None
    file.chmod(0o600)
    assert mine.load("a", "head") == "text"
    file.rename(tmp_path / "a")
    file.symlink_to(tmp_path / "a")
    assert mine.load("a", "head") is None


def test_a_check_that_looks_at_keys_or_approvals_leaves_no_verdict(
    root: Path, caches: Path
) -> None:
    """Evidence stands outside the workspace; nobody would notice that it is gone."""
    remember(caches, root)
    assert memory(caches, root).outcome is not None
    write(root, ".sot/trust/someone.pub", "not a key")
    assert memory(caches, root).outcome is None
    remember(caches, root)
    assert memory(caches, root).outcome is None
