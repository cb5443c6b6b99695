"""Where the files of a workspace are read from; paths are relative to its root, with `/`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sot_tools import disk
from sot_tools.disk import Entry

if TYPE_CHECKING:  # whoever only reads pays nothing for it
    from collections.abc import Sequence
    from typing import Protocol

    class Source(Protocol):
        """All that a check asks about files."""

        root: Path
        """The workspace's folder."""
        name: str
        """What is not the folder says what it is; empty for the folder."""

        @property
        def whole(self) -> str:
            """What stays as long as everything in it does; empty where only marks tell."""

        def walk(
            self,
            folder: str,
            endings: tuple[str, ...] = ("",),
            folders: list[Entry] | None = None,
        ) -> list[Entry]:
            """What stands below a folder, as `disk.walk` tells it."""

        def marks(self, folder: str, was: str, names: Sequence[str]) -> list[str] | None:
            """The marks of files in a folder that is as it was, as `disk.marks` tells them."""

        def entry(self, path: str) -> Entry | None:
            """One path as `disk.entry` tells it."""

        def names(self, folder: str) -> list[str]:
            """The names in a folder, sorted; none where there is none."""

        def mark(self, path: str) -> str:
            """What stays as long as the content of what a path leads to; empty for nothing."""

        def settled(self, mark: str, now: int) -> bool:
            """Whether a change after `now`, in nanoseconds, gives another mark."""

        def is_file(self, path: str) -> bool:
            """Whether a path leads to a regular file."""

        def exists(self, path: str) -> bool:
            """Whether a path leads to anything without leaving the workspace on its way."""

        def read(self, path: str, limit: int) -> bytes:
            """At most `limit + 1` bytes of a regular file; raises OSError."""

        def sha256(self, path: str) -> str:
            """Hex digest of a regular file that is no link; raises OSError."""


class Folder:
    """The files as they stand on disk."""

    name = ""
    whole = ""

    def __init__(self, root: Path) -> None:
        self.root = root

    def walk(
        self, folder: str, endings: tuple[str, ...] = ("",), folders: list[Entry] | None = None
    ) -> list[Entry]:
        return disk.walk(self.root, folder, endings, folders)

    def marks(self, folder: str, was: str, names: Sequence[str]) -> list[str] | None:
        return disk.marks(self.root, folder, was, names)

    def entry(self, path: str) -> Entry | None:
        return disk.entry(self.root, path)

    def names(self, folder: str) -> list[str]:
        return disk.names(self.root / folder)

    def mark(self, path: str) -> str:
        return disk.mark_of(f"{self.root}/{path}")

    def settled(self, mark: str, now: int) -> bool:
        return disk.settled(mark, now)

    def is_file(self, path: str) -> bool:
        return (self.root / path).is_file()

    def exists(self, path: str) -> bool:
        return disk.exists_inside(self.root, path)

    def read(self, path: str, limit: int) -> bytes:
        return disk.read(f"{self.root}/{path}", limit)

    def sha256(self, path: str) -> str:
        from sot_tools import journal  # only where evidence is looked at

        return journal.stamp(self.root / path).sha256
