"""The files that one workspace's cache consists of: written whole or not at all, believed only
where they are what this user wrote.

They stand in a folder of the user's own outside the workspace, so that nobody who can write the
workspace can write them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from zlib import crc32

from sot_tools import disk

_LIMIT = 1 << 30
"""Bytes above which a file of the cache is not read."""


class Store:
    """A folder of texts, each with a head that says for what it holds."""

    def __init__(self, folder: Path, unique: str) -> None:
        self._folder = folder
        self._unique = unique

    def load(self, name: str, head: str) -> str | None:
        """The text that was saved under a name and this very head; None for anything else."""
        try:
            data = memoryview(disk.read_own(self._folder / name, _LIMIT))
        except OSError:
            return None
        begin = head.encode() + b"\n"
        end = len(data) - _SUM
        if data[: len(begin)] != begin or data[end:] != _sum(crc32(data[:end])):
            return None
        return str(data[len(begin) : end - 1], "utf-8", "surrogatepass")

    def save(self, name: str, head: str, lines: Iterable[str]) -> bool:
        """Keep a text line by line; `head` holds no line end. False where it could not be kept."""
        return disk.write_own(self._folder / name, _checked(head, lines), self._unique)


_SUM = 9


def _checked(head: str, lines: Iterable[str]) -> Iterator[bytes]:
    """A head and the lines below it, and a check sum at the end: it finds what a machine damaged,
    not what a person forged."""
    crc = 0
    for line in chain([head], lines):
        for written in (line.encode("utf-8", "surrogatepass"), b"\n"):
            crc = crc32(written, crc)
            yield written
    yield _sum(crc)


def _sum(crc: int) -> bytes:
    return b"%08x\n" % crc


def opened(caches: Path, root: Path, unique: str, part: str = "") -> Store | None:
    """The store of a workspace below the folder of all caches; None where it cannot be trusted:
    another user may write it, or it stands inside the workspace.

    `unique` tells this writer from all others at the same time, `part` what is remembered from
    what else is remembered of the workspace.
    """
    if not caches.is_absolute() or not disk.own_folder(caches):
        return None
    if caches.resolve().is_relative_to(root):
        return None
    name = "".join(char if char.isalnum() and char.isascii() else "-" for char in root.name)
    mark = crc32(f"{root}{part}".encode("utf-8", "surrogateescape"))
    folder = caches / f"{name[:40]}-{mark:08x}"
    return Store(folder, unique) if disk.own_folder(folder) else None
