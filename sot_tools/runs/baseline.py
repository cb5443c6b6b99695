"""The baseline of a run in a git directory that only the harness touches, and the patch from it.

An engine that can write a `.git` folder can make git run its commands and hide its files. Here git
never looks at the engine's tree: what was read from disk is handed to it as bytes, and neither its
configuration nor its attributes come from anywhere but this directory.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import journal, tree
from sot_tools.tree import Copied, Node

_FILE, _PROGRAM, _LINK = 0o100644, 0o100755, 0o120000


class Change(NamedTuple):
    """One path that differs from the baseline."""

    path: bytes
    before: Node | None
    after: Node | None
    content: bytes | None
    """What stands there now; None where nothing does, or no regular file or link."""
    original: bytes | None
    """What stood there in the baseline."""

    @property
    def shown(self) -> str:
        """The path as text."""
        return tree.shown(self.path)


class Baseline:
    """One commit that names every byte of the fixture.

    Trees and commit are written, and of the files only those that change: a difference needs no
    others, and five thousand small objects cost more than the run.
    """

    def __init__(self, git: Path, copied: Copied) -> None:
        """Commit what was copied into the new directory `git`."""
        self._git = library()
        self._repository = self._git.Repository(_bare(git))
        self._index = self._git.Index()
        self.left_out: list[str] = []
        """Changed paths that no patch can hold, such as those below a `.git` folder."""
        with self._as_os_error():
            for path, node in copied.nodes.items():
                self._add(path, node, self._git.Oid(hex=copied.blobs[path]))
            self._tree = self._index.write_tree(self._repository)
            who = self._git.Signature("sot", "sot@localhost", 0, 0)
            made = self._repository.create_commit(
                "refs/heads/baseline", who, who, "baseline", self._tree, []
            )
        self.commit = str(made)

    def patch(self, changes: Iterable[Change]) -> bytes:
        """The exact difference to the baseline as `git apply --binary` takes it."""
        with self._as_os_error():
            return self._patch(changes)

    def _patch(self, changes: Iterable[Change]) -> bytes:
        changes = list(changes)
        for change in changes:
            if change.before is not None:
                self._index.remove(_name(change.path))
                self._repository.create_blob(change.original or b"")
        for change in changes:
            if change.after is not None and change.content is not None:
                blob = self._repository.create_blob(change.content)
                self._add(change.path, change.after, blob)
        after = self._index.write_tree(self._repository)
        flags = self._git.enums.DiffOption
        found = self._repository.diff(
            self._repository[self._tree],
            self._repository[after],
            flags=flags.SHOW_BINARY,  # a file that became a link is a removal and an addition
        )
        return b"".join(patch.data for patch in found)

    @contextmanager
    def _as_os_error(self) -> Iterator[None]:
        """What libgit2 says of a full disk is an error of the system like any other."""
        try:
            yield
        except self._git.GitError as error:
            raise OSError(errno.EIO, str(error)) from error

    def _add(self, path: bytes, node: Node, blob: Any) -> None:
        mode = _LINK if node.kind == "link" else _PROGRAM if node.executable else _FILE
        try:
            self._index.add(self._git.IndexEntry(_name(path), blob, mode))
        except self._git.GitError:
            self.left_out.append(tree.shown(path))


def _bare(git: Path) -> str:
    """The least that makes a folder a git directory, without the templates of the machine."""
    for folder in ("objects", "refs"):
        (git / folder).mkdir(parents=True)
    journal.put(git / "HEAD", b"ref: refs/heads/baseline\n")
    journal.put(git / "config", b"[core]\n\tbare = true\n\trepositoryformatversion = 0\n")
    return str(git)


def _name(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def library() -> Any:
    """libgit2, told to read no configuration of the machine or the user."""
    import pygit2

    levels = pygit2.enums.ConfigLevel
    pygit2.option(pygit2.enums.Option.ENABLE_STRICT_OBJECT_CREATION, False)
    for level in (levels.SYSTEM, levels.XDG, levels.GLOBAL, levels.PROGRAMDATA):
        pygit2.settings.search_path[level] = ""
    return pygit2
