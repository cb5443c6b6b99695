"""A tree looked at again: only files that the kernel says were touched are read once more.

No program can set the time of the last change of an inode, and a program that writes a file cannot
keep the kernel from setting it. That holds on file systems that set it also where a mapped page is
written; on all others every file is read each time. It does not hold against a process that was at
work on a mapped page before the first look, nor against root, who may set the clock.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import disk, tree
from sot_tools.tree import Copied, Unreadable

_TELLING = {"ext4"}
"""Types of file systems that were seen to tell of a mapped write (`tests/runs/test_marks.py`);
tmpfs, for one, does not."""

Mark = tuple[int, int, int, int, int, int]
"""What the kernel says of a file or folder, in the order of `_MARK`."""
_MARK: Any = attrgetter("st_ctime_ns", "st_size", "st_ino", "st_dev", "st_mode", "st_uid")
_CHANGED, _DEVICE, _MODE, _OWNER = 0, 3, 4, 5

Look = dict[str, tuple[list[str], list[Mark]]]
"""Folder, with `/` at its end → the names in it and their marks; the root itself is `.` in `/`."""


class Seen(NamedTuple):
    """A tree that was read, and what the kernel said of it just before."""

    copied: Copied
    look: Look
    at: int
    """When, in nanoseconds."""
    unsettled: bool
    """Whether anything may have changed once more without another mark."""
    telling: bool
    """Whether a write cannot leave a mark of this tree as it is."""
    plain: bool
    """Whether everything in it is a file, folder or link on one file system, and is ours to change
    as a copy would be."""
    read: int
    """Files that were read this time."""

    @property
    def binding(self) -> bool:
        """Whether nothing can be written without another mark."""
        return self.telling and not self.unsettled


def see(root: Path, now: int, before: Seen | None = None) -> Seen:
    """Look at a tree, and read what is not as `before`; `now` is the time in nanoseconds.

    Raises `Unreadable`, also for what is neither a file nor a folder nor a link.
    """
    if before is not None and not before.telling:
        found = tree.snapshot(root)
        if found == before.copied.nodes:
            return before._replace(read=len(found))
    look = _look(root)
    known = before if before is not None and before.telling else None
    if known and known.binding and look == known.look:
        return known._replace(read=0)
    marks = _flat(look)
    old = _settled(known) if known else {}
    made, read = Copied({}, {}), 0
    for name, mark in sorted(marks.items()):
        path = os.fsencode(name)
        if stat.S_ISDIR(mark[_MODE]):
            continue
        if known and old.get(name) == mark:
            made.nodes[path], made.blobs[path] = known.copied.nodes[path], known.copied.blobs[path]
        else:
            made.nodes[path], made.blobs[path] = tree.read(root, path)
            read += 1
    unsettled = not all(disk.settles(mark[_CHANGED], now) for mark in marks.values())
    devices = {mark[_DEVICE] for mark in marks.values()}
    telling = len(devices) == 1 and _tells(*devices)
    plain = len(devices) == 1 and _plain(marks.values())
    return Seen(made, look, now, unsettled, telling, plain, read)


class Again(NamedTuple):
    """What a second look at a tree says."""

    same: bool
    """Whether every file is what it was."""
    touched: bool
    """Whether any may have been something else meanwhile."""
    read: int
    """Files that were read for that."""


def again(root: Path, before: Seen, now: int) -> Again:
    """Whether a tree is what it was; raises `Unreadable`.

    Where marks do not bind, nothing tells what stood there between two looks.
    """
    if not before.telling:
        found = tree.snapshot(root)
        return Again(found == before.copied.nodes, True, len(found))
    seen = see(root, now, before)
    moved = seen.look is not before.look and _flat(seen.look) != _flat(before.look)
    touched = before.unsettled or moved
    return Again(seen.copied.nodes == before.copied.nodes, touched, seen.read)


def _look(root: Path) -> Look:
    """The marks of everything in a tree."""
    found: Look = {}

    def enter(name: str | Path, above: int | None, folder: str) -> None:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (os.O_NOFOLLOW if folder else 0)
        handle = os.open(name, flags, dir_fd=above)
        try:
            if not folder:
                found["/"] = ["."], [_MARK(os.fstat(handle))]
            names = os.listdir(handle)  # noqa: PTH208  a folder by its handle
            states = [os.stat(each, dir_fd=handle, follow_symlinks=False) for each in names]
            found[folder] = names, [_MARK(each) for each in states]
            for each, status in zip(names, states, strict=True):
                if stat.S_ISDIR(status.st_mode):
                    enter(each, handle, f"{folder}{each}/")
        finally:
            os.close(handle)

    try:
        enter(root, None, "")
    except OSError as error:
        raise Unreadable(f"{error.filename or root}: {error.strerror}") from error
    return found


def _settled(seen: Seen) -> dict[str, Mark]:
    """The marks that cannot have stayed where anything was written since."""
    marks = _flat(seen.look).items()
    return {name: mark for name, mark in marks if disk.settles(mark[_CHANGED], seen.at)}


def _flat(look: Look) -> dict[str, Mark]:
    """Path → mark; a folder's own path has no `/` at its end."""
    return {
        folder + name: mark
        for folder, (names, marks) in look.items()
        for name, mark in zip(names, marks, strict=True)
    }


def _tells(device: int) -> bool:
    """Whether the file system of a device is one whose marks tell of every write."""
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
        fields = line.split(" ")
        if fields[2] == wanted:
            return fields[fields.index("-") + 1] in _TELLING
    return False


def _plain(marks: Iterable[Mark]) -> bool:
    """Whether an engine could change a tree where it stands just as it could change a copy."""
    me = os.geteuid()
    wanted = {stat.S_IFDIR: 0o700, stat.S_IFREG: 0o600}
    for mark in marks:
        kind, mode = stat.S_IFMT(mark[_MODE]), mark[_MODE]
        if kind == stat.S_IFLNK:
            continue
        if kind not in wanted or mode & wanted[kind] != wanted[kind] or me not in {0, mark[_OWNER]}:
            return False
    return True
