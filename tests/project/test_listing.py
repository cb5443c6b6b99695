"""What is said of files whose folders are not walked again is what a walk would find."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sot_tools import disk
from sot_tools.disk import Entry
from sot_tools.project import listing
from sot_tools.project.files import Scope, governed
from sot_tools.source import Folder
from tests.workspaces import write

SCOPE = Scope((".sot", "plans"), "WORKBOARD.yaml", ".sot/CONTEXT.md", ("*.tmp.md",), ("parts/*",))
FILES = (
    ".sot/a/one.md",
    ".sot/a/two.md",
    ".sot/a/b/three.json",
    ".sot/a-b.md",
    ".sot/workspace.yaml",
    "plans/four.md",
    "plans/left.tmp.md",
    "WORKBOARD.yaml",
)
LATER = 10**10
"""Nanoseconds after which every file and folder has settled."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return begin(tmp_path)


def begin(root: Path) -> Path:
    for path in FILES:
        write(root, path, path)
    (root / "plans" / "empty").mkdir()
    return root


def walk(root: Path) -> tuple[list[str], list[str], list[Entry]]:
    """The paths and marks of the governed files as a walk finds them, and the folders."""
    folders: list[Entry] = []
    entries = governed(Folder(root), SCOPE, (), folders)
    return [e.path for e in entries], [e.mark or e.trouble for e in entries], folders


def listed(root: Path, now: int) -> str:
    paths, _, folders = walk(root)
    return "\n".join(listing.written(folders, paths, SCOPE, lambda mark: disk.settled(mark, now)))


def in_a_while() -> int:
    return time.time_ns() + LATER


def test_what_is_as_it_was_is_not_walked(root: Path) -> None:
    lines = listed(root, in_a_while())
    paths, marks, _ = walk(root)
    assert listing.paths(lines) == paths
    assert listing.marks(Folder(root), SCOPE, lines) == marks


def test_a_file_that_changed_has_its_new_mark(root: Path) -> None:
    lines = listed(root, in_a_while())
    with (root / ".sot/a/two.md").open("a") as stream:
        stream.write("more")
    assert listing.marks(Folder(root), SCOPE, lines) == walk(root)[1]


def test_a_folder_that_may_change_once_more_unseen_is_walked(root: Path) -> None:
    assert listing.marks(Folder(root), SCOPE, listed(root, time.time_ns())) is None


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file comes": lambda root: write(root, ".sot/a/b/new.md", ""),
    "a file of another ending comes": lambda root: write(root, ".sot/a/b/new.txt", ""),
    "a file goes": lambda root: (root / ".sot/a/one.md").unlink(),
    "a file has another name": lambda root: (root / ".sot/a-b.md").rename(root / ".sot/a-c.md"),
    "a folder comes": lambda root: (root / "plans/c").mkdir(),
    "a file comes into an empty folder": lambda root: write(root, "plans/empty/new.md", ""),
    "a folder goes": lambda root: shutil.rmtree(root / ".sot/a/b"),
    "a root goes": lambda root: shutil.rmtree(root / "plans"),
    "the board goes": lambda root: (root / "WORKBOARD.yaml").unlink(),
    "the glossary comes": lambda root: write(root, ".sot/CONTEXT.md", ""),
    "a link takes a file's place": lambda root: _linked(root / ".sot/a/one.md", "two.md"),
    "a link takes a folder's place": lambda root: _linked(root / ".sot/a/b", "../../plans"),
    "a link takes the board's place": lambda root: _linked(root / "WORKBOARD.yaml", "/etc/hosts"),
    "a pipe takes a file's place": lambda root: _piped(root / ".sot/a/one.md"),
}


def _linked(path: Path, target: str) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path.symlink_to(target)


def _piped(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_comes_or_goes_is_noticed(change: str, root: Path) -> None:
    lines = listed(root, in_a_while())
    CHANGES[change](root)
    assert listing.marks(Folder(root), SCOPE, lines) is None


def test_where_links_stand_a_folder_is_walked_every_time(root: Path) -> None:
    """What a link leads to can come and go while its folder stays as it is."""
    (root / ".sot/a/link.md").symlink_to("../../none.md")
    assert listing.marks(Folder(root), SCOPE, listed(root, in_a_while())) is None


@settings(max_examples=60, deadline=None)
@given(
    before=st.lists(st.sampled_from(sorted(CHANGES)), max_size=3, unique=True),
    after=st.lists(st.sampled_from(sorted(CHANGES)), max_size=2, unique=True),
)
def test_it_says_nothing_or_what_a_walk_finds(before: list[str], after: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = begin(Path(folder))
        for name in before:
            _try(CHANGES[name], root)
        lines = listed(root, in_a_while())
        for name in after:
            _try(CHANGES[name], root)
        found = listing.marks(Folder(root), SCOPE, lines)
        assert found is None or (listing.paths(lines), found) == walk(root)[:2]


def _try(change: Callable[[Path], object], root: Path) -> None:
    """Make a change; one that others made impossible changes nothing."""
    try:
        change(root)
    except OSError:
        return
