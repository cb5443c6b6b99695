"""The upper folder of an overlay: every change to the tree below it, and nothing else.

What an engine leaves there is hostile: only what the kernel writes there itself is understood
(Documentation/filesystems/overlayfs.rst), and anything else is `Unreadable`.
"""

from __future__ import annotations

import errno
import os
import stat
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

from sot_tools import tree
from sot_tools.tree import Node, Snapshot, Unreadable

_MARKS = "user.overlay."
_OPAQUE = "user.overlay.opaque"
_HARMLESS = {f"{_MARKS}{name}" for name in ("origin", "impure", "nlink", "upper", "uuid")}
"""Attributes by which the kernel finds its way and that change nothing of what stands there."""


def touched(upper: Path, below: Snapshot) -> dict[bytes, Node | None]:
    """What stands in the overlay at each path that it may differ in; None for nothing."""
    found: dict[bytes, Node | None] = {}
    names: list[bytes] = []

    def hide(path: bytes) -> None:
        """Nothing of the tree below is seen any more at a path and inside of it."""
        if path in below:
            found[path] = None
            return
        names.extend(() if names else sorted(below))
        inside = path + b"/"
        for position in range(bisect_left(names, inside), len(names)):
            if not names[position].startswith(inside):
                break
            found[names[position]] = None

    for path, entry in tree.entries(os.fsencode(upper)):
        if entry.is_dir(follow_symlinks=False):
            if _opaque(entry.path, path) or path in below:
                hide(path)
            continue
        hide(path)
        if not _whiteout(entry):
            _opaque(entry.path, path)
            found[path] = tree.node(entry, path)
    return found


def put(upper: Path, path: bytes, content: bytes, executable: bool) -> None:
    """Write one file into an upper folder, whatever stands in its way."""
    root = os.fsencode(upper)
    folder = root
    *parents, _ = path.split(b"/")
    for each in parents:
        folder += b"/" + each
        if os.path.lexists(folder) and not os.path.isdir(folder):
            os.unlink(folder)
    goal = root + b"/" + path
    if os.path.isdir(goal):
        tree.remove(Path(os.fsdecode(goal)))
    tree.put(upper, path, content, executable)


def drop(upper: Path, path: bytes) -> None:
    """Hide one path of the tree below: a device 0/0, as the kernel does it."""
    goal = os.fsencode(upper) + b"/" + path
    os.makedirs(os.path.dirname(goal), exist_ok=True)
    os.mknod(goal, stat.S_IFCHR, 0)


def tidy(upper: Path, below: Path, dropped: Iterable[bytes]) -> None:
    """Hide the folders of which nothing is left, as a patch takes them away."""
    folders = {os.path.dirname(path) for path in dropped} - {b""}
    while folders:
        folder = max(folders, key=len)
        folders.remove(folder)
        here = os.fsencode(upper) + b"/" + folder
        if not os.path.isdir(here):
            continue  # a file took its place
        hidden = {each.name for each in os.scandir(here) if _whiteout(each)}
        if set(os.listdir(here)) - hidden or set(_listed(below, folder)) - hidden:
            continue
        tree.remove(Path(os.fsdecode(here)))
        drop(upper, folder)
        folders |= {os.path.dirname(folder)} - {b""}


def _listed(below: Path, folder: bytes) -> list[bytes]:
    try:
        return os.listdir(os.fsencode(below) + b"/" + folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _whiteout(entry: os.DirEntry[bytes]) -> bool:
    status = entry.stat(follow_symlinks=False)
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def _opaque(full: bytes, path: bytes) -> bool:
    """Whether a folder hides all of the folder below it; refuses attributes that are not known."""
    try:
        names = set(os.listxattr(full, follow_symlinks=False)) - _HARMLESS
        own = {name for name in names if name.startswith(_MARKS)}
        if not own:
            return False
        if own == {_OPAQUE} and os.getxattr(full, _OPAQUE, follow_symlinks=False) == b"y":
            return True
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return False
        raise Unreadable(f"{tree.shown(path)}: {error.strerror}") from error
    raise Unreadable(f"{tree.shown(path)} has marks of an overlay that no mount of ours makes")
