"""The baseline of a run in a git repository in memory, and the patch from it.

An engine that can write a `.git` folder can make git run its commands and hide its files. Here git
never looks at the engine's tree: what was read from disk is handed to it as bytes, its objects are
values of this process, and no configuration and no attribute comes from anywhere.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from sot_tools import tree
from sot_tools.tree import Copied, Node

_FILE, _PROGRAM, _LINK, _FOLDER = 0o100644, 0o100755, 0o120000, 0o040000


Entry = tuple[bytes, Node, bytes]
"""Path, what stands there, and the raw id of its content."""


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


class Baseline(NamedTuple):
    """One commit that names every byte of the fixture."""

    commit: str
    tree: str
    left_out: tuple[str, ...]
    """Paths that no patch can hold, such as those below a `.git` folder."""


def baseline(copied: Copied) -> Baseline:
    """The baseline of what was copied; raises OSError.

    Its trees are made and no blob: a difference needs none of those that stay.
    """
    with _objects() as objects:
        top = objects.tree(
            (path, node, bytes.fromhex(copied.blobs[path])) for path, node in copied.nodes.items()
        )
        who = library().Signature("sot", "sot@localhost", 0, 0)
        made = objects.repository.create_commit(None, who, who, "baseline", top, [])
        return Baseline(str(made), str(top), tuple(objects.left_out))


class Patch(NamedTuple):
    """The exact difference to the baseline as `git apply --binary` takes it."""

    content: bytes
    left_out: tuple[str, ...]
    """Changed paths that it cannot hold."""


def patch(changes: Iterable[Change]) -> Patch:
    """The patch of some changes; raises OSError.

    What did not change stands in neither of the two trees that are compared.
    """
    with _objects() as objects:
        before: list[Entry] = []
        after: list[Entry] = []
        for change in changes:
            if change.before is not None:
                before.append(objects.blob(change.path, change.before, change.original or b""))
            if change.after is not None and change.content is not None:
                after.append(objects.blob(change.path, change.after, change.content))
        found = objects.repository.diff(
            *(objects.repository[objects.tree(entries)] for entries in (before, after)),
            flags=library().enums.DiffOption.SHOW_BINARY,  # a file that became a link: two entries
        )
        return Patch(
            b"".join(_text(each) for each in found), tuple(dict.fromkeys(objects.left_out))
        )


class _Objects:
    """Git objects of one step."""

    def __init__(self) -> None:
        self.repository = _empty()
        self.left_out: list[str] = []

    def blob(self, path: bytes, node: Node, content: bytes) -> Entry:
        """The entry of one file, its content written."""
        return path, node, self.repository.create_blob(content).raw

    def tree(self, entries: Iterable[Entry]) -> Any:
        """Write one tree a folder, the inner ones first; the id of the outermost.

        An index of libgit2 takes three times as long for five thousand files.
        """
        folders: dict[bytes, list[tuple[bytes, bytes]]] = {b"": []}
        for path, node, blob in entries:
            if b".git" in path.lower().split(b"/"):
                self.left_out.append(tree.shown(path))
                continue
            folder, _, name = path.rpartition(b"/")
            inner = folder
            while inner not in folders:
                folders[inner] = []
                inner = inner.rpartition(b"/")[0]
            folders[folder].append((name, b"%o %b\0%b" % (_mode(node), name, blob)))
        kind = library().enums.ObjectType.TREE

        def write(path: bytes) -> Any:
            return self.repository.write(kind, b"".join(line for _, line in sorted(folders[path])))

        for path in sorted(folders.keys() - {b""}, key=_depth, reverse=True):
            folder, _, name = path.rpartition(b"/")
            entry = b"%o %b\0%b" % (_FOLDER, name, write(path).raw)
            folders[folder].append((name + b"/", entry))  # git sorts a folder by this name
        return write(b"")


@contextmanager
def _objects() -> Iterator[_Objects]:
    """Objects to make; what libgit2 says against one is an error of the system like any other."""
    try:
        yield _Objects()
    except library().GitError as error:
        raise OSError(errno.EIO, str(error)) from error


def _text(patch: Any) -> bytes:
    """One file's part of a patch; libgit2 says of a binary file that only changed its mode that it
    differs, which git then refuses to apply."""
    data: bytes = patch.data
    if patch.delta.old_file.id != patch.delta.new_file.id:
        return data
    return b"".join(each for each in data.splitlines(True) if not each.startswith(b"Binary files "))


def _mode(node: Node) -> int:
    return _LINK if node.kind == "link" else _PROGRAM if node.executable else _FILE


def _depth(folder: bytes) -> int:
    return folder.count(b"/")


def _empty() -> Any:
    """A repository without a folder: an engine finds nothing of it to change."""
    git = library()
    objects = git.Odb()
    objects.add_backend(_backend()(), 1)
    made = git.Repository()
    made.set_odb(objects)
    return made


@cache
def _backend() -> Any:
    """The class of a store of objects that is a mapping."""

    class Objects(library().OdbBackend):  # type: ignore[misc]
        """Git objects by id, as libgit2 asks for them."""

        def __init__(self) -> None:
            super().__init__()
            self._found: dict[Any, tuple[Any, bytes]] = {}

        def write_cb(self, name: Any, content: bytes, kind: Any) -> None:
            self._found[name] = (kind, content)

        def read_cb(self, name: Any) -> tuple[Any, bytes]:
            return self._found[name]

        def read_prefix_cb(self, name: Any) -> tuple[Any, Any, bytes]:
            return (name, *self._found[name])  # libgit2 asks for whole ids alone

        def read_header_cb(self, name: Any) -> tuple[Any, int]:
            kind, content = self._found[name]
            return kind, len(content)

        def exists_cb(self, name: Any) -> bool:
            return name in self._found

        def refresh_cb(self) -> None:
            """There is nothing else to look at."""

    return Objects


@cache
def library() -> Any:
    """libgit2, told to read no configuration of the machine or the user."""
    import pygit2

    levels = pygit2.enums.ConfigLevel
    pygit2.option(pygit2.enums.Option.ENABLE_STRICT_OBJECT_CREATION, False)
    for level in (levels.SYSTEM, levels.XDG, levels.GLOBAL, levels.PROGRAMDATA):
        pygit2.settings.search_path[level] = ""
    return pygit2
