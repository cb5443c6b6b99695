"""A tree that is looked at again is never taken for what it was when it is not."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sot_tools import marks, tree
from sot_tools.tree import Unreadable


def rewritten(root: Path) -> None:
    """Other bytes, the same size, the same time."""
    status = (root / "a").stat()
    (root / "a").write_text("2")
    os.utime(root / "a", ns=(status.st_atime_ns, status.st_mtime_ns))


def exchanged(root: Path) -> None:
    """Another file under the name, of the same size and time."""
    status = (root / "a").stat()
    (root / "other").write_text("2")
    os.utime(root / "other", ns=(status.st_atime_ns, status.st_mtime_ns))
    (root / "other").rename(root / "a")


def mapped(root: Path) -> None:
    """A page of the file, read before it is written."""
    handle = os.open(root / "a", os.O_RDWR)
    with mmap.mmap(handle, 1) as page:
        assert page[0]
        page[0] = 50
    os.close(handle)


def by_another_name(root: Path) -> None:
    os.link(root / "a", root.parent / "alias")
    (root.parent / "alias").write_text("2")


def swapped(root: Path) -> None:
    (root / "a").rename(root / "c")
    (root / "b").rename(root / "a")
    (root / "c").rename(root / "b")


def folders_swapped(root: Path) -> None:
    (root / "d").rename(root / "x")
    (root / "e").rename(root / "d")
    (root / "x").rename(root / "e")


CHANGES: dict[str, Callable[[Path], object]] = {
    "rewritten": rewritten,
    "exchanged": exchanged,
    "mapped": mapped,
    "by another name": by_another_name,
    "swapped": swapped,
    "folders swapped": folders_swapped,
    "made": lambda root: (root / "new").write_text(""),
    "removed": lambda root: (root / "a").unlink(),
    "executable": lambda root: (root / "a").chmod(0o755),
    "linked": lambda root: ((root / "a").unlink(), (root / "a").symlink_to("b")),
    "linked elsewhere": lambda root: ((root / "l").unlink(), (root / "l").symlink_to("b")),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    for name, text in (("a", "1"), ("b", "3"), ("d/f", "4"), ("e/f", "5")):
        tree.put(made, name.encode(), text.encode(), False)
    (made / "l").symlink_to("a")
    return made


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen(change: str, settled: bool, root: Path) -> None:
    if settled:
        time.sleep(0.12)  # the tick of the clock that files are marked by, with much to spare
    before = marks.see(root, time.time_ns())
    assert before.copied.nodes == tree.snapshot(root)
    assert before.unsettled is not settled
    CHANGES[change](root)
    after = marks.see(root, time.time_ns(), before)
    assert after.copied.nodes == tree.snapshot(root) != before.copied.nodes
    again = marks.again(root, before, time.time_ns())
    assert (again.same, again.touched) == (False, True)


def test_what_was_something_else_meanwhile_is_called_touched(root: Path) -> None:
    time.sleep(0.12)
    before = marks.see(root, time.time_ns())
    assert marks.again(root, before, time.time_ns()).touched is not before.binding
    rewritten(root)
    status = (root / "a").stat()
    (root / "a").write_text("1")
    os.utime(root / "a", ns=(status.st_atime_ns, status.st_mtime_ns))
    again = marks.again(root, before, time.time_ns())
    assert (again.same, again.touched) == (True, True)


def test_what_came_and_went_is_told_by_its_folder(root: Path) -> None:
    time.sleep(0.12)
    before = marks.see(root, time.time_ns())
    (root / "d" / "new").write_text("")
    (root / "d" / "new").unlink()
    again = marks.again(root, before, time.time_ns())
    assert (again.same, again.touched) == (True, True)


def test_a_copy_and_a_look_say_the_same_of_a_tree(root: Path, tmp_path: Path) -> None:
    assert marks.see(root, time.time_ns()).copied == tree.copy(root, tmp_path / "copy")


def test_what_is_no_file_is_refused_in_words(root: Path) -> None:
    os.mkfifo(root / "d" / "pipe")
    with pytest.raises(Unreadable) as refused:
        marks.see(root, time.time_ns())
    assert str(refused.value) == "d/pipe is neither a file nor a folder nor a link"


def test_what_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refused:
        marks.see(tmp_path / "nowhere", time.time_ns())
    assert str(refused.value) == f"{tmp_path}/nowhere: No such file or directory"


def test_a_tree_is_plain_where_everything_in_it_is_ours_to_change(root: Path) -> None:
    assert marks.see(root, time.time_ns()).plain
    (root / "a").chmod(0o444)
    assert not marks.see(root, time.time_ns()).plain
    (root / "a").chmod(0o644)
    (root / "d").chmod(0o555)
    assert not marks.see(root, time.time_ns()).plain
