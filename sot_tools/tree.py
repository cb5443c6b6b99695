"""A folder tree as a value: what stands in it, copied, compared; no link is followed.

The door to whole trees; `sot_tools.disk` and `sot_tools.journal` open single files.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_CHUNK = 1 << 20


class Node(NamedTuple):
    """One entry of a tree that is no folder."""

    kind: str
    """`file`, `link` or `special` (pipe, socket, device)."""
    executable: bool
    size: int
    digest: str
    """Hex SHA-256 of the bytes of a file or of the target of a link; empty for the rest."""


Snapshot = Mapping[bytes, Node]
"""Path relative to the root, with `/`, as bytes → what stands there."""


class Unreadable(Exception):
    """A tree holds something that cannot be read; the path says what."""


def snapshot(root: Path) -> Snapshot:
    """Everything below `root`, hashed; raises `Unreadable`."""
    return {path: node(entry, path) for path, entry in _files(root)}


class Copied(NamedTuple):
    """What a copy holds, or a tree that could have been copied."""

    nodes: dict[bytes, Node]
    blobs: dict[bytes, str]
    """Path → the id that git gives to its content."""


def copy(source: Path, target: Path) -> Copied:
    """Copy a tree and say what was copied; links are copied as links, special files refused."""
    made = Copied({}, {})
    root, aim = os.fsencode(source), os.fsencode(target)
    os.makedirs(aim, exist_ok=True)
    for path, entry in entries(root):
        goal = aim + b"/" + path
        if entry.is_dir(follow_symlinks=False):
            os.mkdir(goal)
        elif entry.is_symlink():
            link = os.readlink(entry.path)
            os.symlink(link, goal)
            made.nodes[path] = Node("link", False, len(link), hashlib.sha256(link).hexdigest())
            made.blobs[path] = blob_id(link)
        elif not entry.is_file(follow_symlinks=False):
            raise Unreadable(f"{shown(path)} is neither a file nor a folder nor a link")
        else:
            made.nodes[path], made.blobs[path] = _copied(entry.path, goal, path)
    return made


def read(root: Path, path: bytes) -> tuple[Node, str]:
    """What stands at a path, and the id that git gives to its content; raises `Unreadable`."""
    full = os.fsencode(root) + b"/" + path
    try:
        if stat.S_ISLNK(os.lstat(full).st_mode):
            link = os.readlink(full)
            node = Node("link", False, len(link), hashlib.sha256(link).hexdigest())
            return node, blob_id(link)
        handle = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable(f"{shown(path)} is neither a file nor a folder nor a link")
            whole, blob, size = _digests(handle, status.st_size)
        finally:
            os.close(handle)
    except OSError as error:
        raise Unreadable(f"{shown(path)}: {error.strerror}") from error
    if size != status.st_size:
        raise Unreadable(f"{shown(path)} changed while it was read")
    return Node("file", bool(status.st_mode & 0o100), size, whole), blob


def blob_id(content: bytes) -> str:
    """The id that git gives to this content."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def put(root: Path, path: bytes, content: bytes, executable: bool) -> None:
    """Write one file of a tree, also in the place of another; follows no link at its end."""
    goal = os.fsencode(root) + b"/" + path
    if os.path.lexists(goal):
        os.unlink(goal)
    os.makedirs(os.path.dirname(goal), exist_ok=True)
    mode = 0o755 if executable else 0o644
    handle = os.open(goal, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)


def drop(root: Path, path: bytes) -> None:
    """Remove one file of a tree, and the folders that it leaves empty."""
    goal = os.fsencode(root) + b"/" + path
    os.unlink(goal)
    folder = os.path.dirname(goal)
    while folder != os.fsencode(root) and not os.listdir(folder):
        os.rmdir(folder)
        folder = os.path.dirname(folder)


def content(root: Path, path: bytes, limit: int) -> bytes:
    """The bytes of a file, or the target of a link; raises `Unreadable` above `limit`."""
    goal = os.fsencode(root) + b"/" + path
    try:
        if stat.S_ISLNK(os.lstat(goal).st_mode):
            return os.readlink(goal)
        handle = os.open(goal, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise Unreadable(f"{shown(path)}: {error.strerror}") from error
    if len(data) > limit:
        raise Unreadable(f"{shown(path)} is larger than {limit} bytes")
    return data


def few(root: Path, count: int) -> bool:
    """Whether a tree has at most so many entries that are no folders; raises `Unreadable`."""
    return all(number < count for number, _ in enumerate(_files(root)))


def changes(before: Snapshot, after: Snapshot) -> list[bytes]:
    """The paths that differ, sorted."""
    return sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )


def digest(tree: Snapshot) -> str:
    """One hex SHA-256 for a whole tree: paths, kinds, execute bits and content."""
    whole = hashlib.sha256()
    for path in sorted(tree):
        node = tree[path]
        mark = b"x" if node.executable else b"-"
        part = b"\0".join((path, node.kind.encode(), mark, node.digest.encode()))
        whole.update(b"%d:%b" % (len(part), part))
    return whole.hexdigest()


def shown(path: bytes) -> str:
    """A path as text: itself where it is printable UTF-8, else quoted with escapes."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        return repr(path)[1:].replace("'", '"')
    return text if text.isprintable() and not text.startswith('"') else ascii(text)


def remove(root: Path) -> None:
    """Remove a tree of ours, whatever modes somebody gave its folders; follows no link."""
    if os.path.lexists(root):
        _remove(os.fsencode(root))


def _remove(folder: bytes) -> None:
    try:
        entries = list(os.scandir(folder))
    except PermissionError:
        os.chmod(folder, 0o700)
        entries = list(os.scandir(folder))
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            _remove(entry.path)
            continue
        try:
            os.unlink(entry.path)
        except PermissionError:
            os.chmod(folder, 0o700)
            os.unlink(entry.path)
    os.rmdir(folder)


def entries(root: bytes, folder: bytes = b"") -> Iterator[tuple[bytes, os.DirEntry[bytes]]]:
    """Every entry, sorted within its folder, and a folder before what it holds."""
    try:
        with os.scandir(root + b"/" + folder if folder else root) as found:
            here = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise Unreadable(f"{shown(folder) or '.'}: {error.strerror}") from error
    for entry in here:
        path = folder + b"/" + entry.name if folder else entry.name
        yield path, entry
        if entry.is_dir(follow_symlinks=False):
            yield from entries(root, path)


def _files(root: Path) -> Iterator[tuple[bytes, os.DirEntry[bytes]]]:
    """Every entry that is no folder."""
    found = entries(os.fsencode(root))
    return (each for each in found if not each[1].is_dir(follow_symlinks=False))


def node(entry: os.DirEntry[bytes], path: bytes) -> Node:
    """What one entry of a folder is; raises `Unreadable`."""
    try:
        if entry.is_symlink():
            link = os.readlink(entry.path)
            return Node("link", False, len(link), hashlib.sha256(link).hexdigest())
        if not entry.is_file(follow_symlinks=False):
            return Node("special", False, 0, "")
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(entry.path, flags)
        try:
            return _hashed(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise Unreadable(f"{shown(path)}: {error.strerror}") from error


def _hashed(handle: int) -> Node:
    status = os.fstat(handle)
    whole = hashlib.sha256()
    size = 0
    for block in _blocks(handle, status.st_size):
        whole.update(block)
        size += len(block)
    return Node("file", bool(status.st_mode & 0o100), size, whole.hexdigest())


def _copied(source: bytes, goal: bytes, path: bytes) -> tuple[Node, str]:
    try:
        reader = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Unreadable(f"{shown(path)}: {error.strerror}") from error
    try:
        status = os.fstat(reader)
        executable = bool(status.st_mode & 0o100)
        mode = 0o755 if executable else 0o644
        writer = os.open(goal, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            whole, blob, size = _digests(reader, status.st_size, writer)
        finally:
            os.close(writer)
    finally:
        os.close(reader)
    if size != status.st_size:
        raise Unreadable(f"{shown(path)} changed while it was copied")
    return Node("file", executable, size, whole), blob


def _digests(reader: int, size: int, writer: int = -1) -> tuple[str, str, int]:
    """SHA-256, git's id for a file of this size, and the bytes read; writes them down as well."""
    whole, count = hashlib.sha256(), 0
    blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    for block in _blocks(reader, size):
        whole.update(block)
        blob.update(block)
        count += len(block)
        if writer >= 0:
            _all(writer, block)
    return whole.hexdigest(), blob.hexdigest(), count


def _blocks(handle: int, size: int) -> Iterator[bytes]:
    """The bytes of a regular file that had this size; room for a block costs more than a small
    file, and a read that finds less than it asked for has found the end."""
    wanted = min(size + 1, _CHUNK)
    while block := os.read(handle, wanted):
        yield block
        if len(block) < wanted:
            return
        wanted = _CHUNK


def _all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def paths(tree: Iterable[bytes]) -> list[str]:
    """Paths as text, sorted."""
    return sorted(shown(path) for path in tree)
