"""The only door to files: bounded reads of plain files, walks without links, atomic writes."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sot_tools.errors import SotError


class Entry(NamedTuple):
    """A path that a walk met."""

    path: str
    """Relative to the root of the walk, with `/`."""
    trouble: str = ""
    """Why it must not be read: `symlink`, `folder-link`, `not-a-file`, `name`, `unreadable`; empty
    for a plain file."""


def walk(root: Path, folder: str) -> Iterator[Entry]:
    """Every file below `root/folder`, sorted; links to folders are reported and not followed."""
    try:
        entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except (NotADirectoryError, PermissionError) as error:
        yield Entry(folder, "unreadable" if isinstance(error, PermissionError) else "not-a-file")
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if not _printable(entry.name):
            yield Entry(path, "name")
        elif entry.is_dir(follow_symlinks=False):
            yield from walk(root, path)
        elif entry.is_symlink():
            yield Entry(path, _link_trouble(root, path))
        elif not entry.is_file(follow_symlinks=False):
            yield Entry(path, "not-a-file")
        else:
            yield Entry(path)


def _printable(name: str) -> bool:
    return name.isprintable() and not any("\ud800" <= char <= "\udfff" for char in name)


def _link_trouble(root: Path, path: str) -> str:
    """A link is plain only where it leads to a regular file inside the root."""
    try:
        target = (root / path).resolve(strict=True)
    except (OSError, RuntimeError):
        return "symlink"
    if not target.is_relative_to(root.resolve()):
        return "symlink"
    if target.is_dir():
        return "folder-link"
    return "" if target.is_file() else "not-a-file"


def entry(root: Path, path: str) -> Entry | None:
    """One path below the root as a walk would meet it; None where nothing is there."""
    full = root / path
    try:
        mode = full.lstat().st_mode
    except OSError:
        return None
    if stat.S_ISLNK(mode):
        return Entry(path, _link_trouble(root, path))
    return Entry(path, "" if stat.S_ISREG(mode) else "not-a-file")


_CHUNK = 1 << 16


def read(path: Path | str, limit: int) -> bytes:
    """At most `limit + 1` bytes of a regular file; raises OSError, never waits on a pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path} is not a regular file")
        data = os.read(handle, min(status.st_size, limit) + 1)
        if len(data) == status.st_size:
            return data
        while len(data) <= limit and (more := os.read(handle, min(limit + 1 - len(data), _CHUNK))):
            data += more
        return data
    finally:
        os.close(handle)


def holds(path: Path, words: Sequence[bytes]) -> bool:
    """Whether a regular file contains every one of the words; however large it is."""
    import mmap

    with path.open("rb") as stream:
        if not os.fstat(stream.fileno()).st_size:
            return not words
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return all(content.find(word) >= 0 for word in words)


def exists_inside(root: Path, path: str) -> bool:
    """Whether a relative path exists below the root, without leaving it on the way."""
    if path.startswith("/") or "\x00" in path:
        return False
    full = Path(os.path.normpath(root / path))
    if not full.is_relative_to(root):
        return False
    try:
        return full.exists() and full.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


def write(path: Path, data: bytes) -> None:
    """Replace or create a file so that readers see the old or the new content, never a part."""
    import tempfile  # only writers pay for it

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        Path(name).chmod(mode)
        Path(name).replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise SotError(f"{path}: could not be written: {error.strerror}") from error


def exchange(root: Path, path: str, before: bytes, after: bytes) -> None:
    """Replace the content of a file that still holds `before`; its mode stays.

    Raises SotError, and nothing is changed, where the file is a link or is reached through one,
    has a second name, is read-only or stands in a read-only folder, or holds something else.
    """
    full = root / path
    trouble = unwritable(root, path)
    if trouble:
        raise SotError(f"{path}: {trouble}")
    import tempfile  # only writers pay for it

    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=full.parent, prefix=f".{full.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(stat.S_IMODE(full.stat().st_mode))
        if unwritable(root, path) or read(full, len(before)) != before:
            raise SotError(f"{path}: changed while it was mended, so it stays; run it again")
        Path(name).replace(full)
        name = ""
        sync_folder(full.parent)
    except OSError as error:
        raise SotError(f"{path}: could not be written: {error.strerror}") from error
    finally:
        if name:
            with contextlib.suppress(OSError):
                Path(name).unlink()


def unwritable(root: Path, path: str) -> str:
    """Why a file below the root must not be replaced; empty where it may be."""
    full = root / path
    try:
        status = full.lstat()
        real = full.parent.resolve(strict=True)
        folder = full.parent.stat().st_mode
    except (OSError, RuntimeError) as error:
        return f"cannot be reached: {getattr(error, 'strerror', None) or error}"
    reasons = {
        "is a symbolic link; mend the file that it leads to": stat.S_ISLNK(status.st_mode),
        "is not a regular file": not stat.S_ISREG(status.st_mode),
        "is reached through a symbolic link; mend the file that it leads to": real
        != root.resolve() / Path(path).parent,
        "has a second name (a hard link), which would keep the old content": status.st_nlink > 1,
        "is read-only; make it writable first": not status.st_mode & 0o222,
        "stands in a read-only folder; make it writable first": not folder & 0o222,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def create(path: Path, data: bytes) -> bool:
    """Write a file that does not exist; False, and nothing changed, where something is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return True


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_private(path: Path, owner: int) -> bool:
    """Whether nobody but the owner may read or write a file, or write a folder."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode) or status.st_uid != owner:
        return False
    return not status.st_mode & (0o022 if stat.S_ISDIR(status.st_mode) else 0o077)
