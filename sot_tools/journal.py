"""Files that are written once or only grow: appended, locked, hashed, brought to the disk.

The door that evidence goes through; `sot_tools.disk` is the one for documents.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

_CHUNK = 1 << 16
_ROOM = 1 << 20
"""Bytes that a large file is hashed by."""


def put(path: Path | str, data: bytes) -> bool:
    """Write a file that does not exist, not yet durably; False where something is there."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        return False
    try:
        while data:
            data = data[os.write(handle, data) :]
    finally:
        os.close(handle)
    return True


_SLOW = 0.001
"""Seconds for one sync above which the others are asked for at once, so that they share the work
of the disk."""


def sync(paths: Sequence[Path | str]) -> None:
    """Bring files to the disk; raises OSError."""
    import time

    began = time.perf_counter()
    for position, path in enumerate(paths):
        if position and time.perf_counter() - began > _SLOW * position:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(len(paths) - position) as pool:
                list(pool.map(_sync, paths[position:]))
            return
        _sync(path)


def _sync(path: Path | str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lines(path: Path | str, longest: int) -> Iterator[bytes]:
    """The lines of a regular file, one at a time; longer ones are left out."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        rest, skipping = b"", False
        while block := os.read(handle, _CHUNK):
            *complete, rest = (rest + block).split(b"\n")
            for line in complete:
                if not skipping and len(line) <= longest:
                    yield line
                skipping = False
            if len(rest) > longest:
                rest, skipping = b"", True
        if rest and not skipping:
            yield rest
    finally:
        os.close(handle)


class Appender:
    """A file that only grows: one write call a line, so that a kill can tear the last line only."""

    def __init__(self, path: Path | str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._handle = os.open(path, flags, 0o644)

    def append(self, line: bytes) -> None:
        """Add a line; raises OSError, also where only a part of it could be written."""
        end = os.fstat(self._handle).st_size
        if os.write(self._handle, line) != len(line):
            os.ftruncate(self._handle, end)
            raise OSError(28, "no space left for the whole line")

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def make_folder(path: Path) -> bool:
    """Make a folder that only its owner reads; False where something is there already."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return False
    return True


def held(path: Path) -> int:
    """A handle that holds the one lock of a file until it is closed; waits for it."""
    import fcntl

    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock of a file."""
    import fcntl

    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def release(handle: int) -> None:
    """Give a lock back."""
    os.close(handle)


def append_locked(path: Path, make: Callable[[bytes], bytes]) -> bytes:
    """Add the line that `make` makes of the last line, while nobody else adds one.

    A torn last line, left by a writer that died, is cut off first.
    """
    handle = held(path)
    try:
        size = os.fstat(handle).st_size
        tail = os.pread(handle, _CHUNK, max(size - _CHUNK, 0))
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) != len(tail):
            os.ftruncate(handle, size - len(tail) + len(whole))
        last = whole[:-1].rpartition(b"\n")[2] + b"\n" if whole else b""
        line = make(last)
        end = os.fstat(handle).st_size
        if os.pwrite(handle, line, end) != len(line):
            os.ftruncate(handle, end)
            raise OSError(28, "no space left for the whole line")
        os.fsync(handle)
        return line
    finally:
        os.close(handle)


class Stamp(NamedTuple):
    """What a file on disk is."""

    sha256: str
    size: int
    mtime_ns: int


def stamp(path: Path | str) -> Stamp:
    """Hash a regular file piece by piece; follows no link at its end; raises OSError."""
    import hashlib

    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(22, f"{path} is not a regular file")
        whole, size = hashlib.sha256(), 0
        if status.st_size <= _CHUNK:
            while block := os.read(handle, _CHUNK):
                whole.update(block)
                size += len(block)
        else:
            room = bytearray(_ROOM)
            view = memoryview(room)
            while count := os.readv(handle, [room]):
                whole.update(view[:count])
                size += count
        return Stamp(whole.hexdigest(), size, status.st_mtime_ns)
    finally:
        os.close(handle)


def pour(path: Path | str, into: IO[bytes]) -> str:
    """Copy a regular file piece by piece; returns its SHA-256 as it was copied; raises OSError."""
    import hashlib

    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        whole = hashlib.sha256()
        while block := os.read(handle, _ROOM):
            whole.update(block)
            into.write(block)
        return whole.hexdigest()
    finally:
        os.close(handle)


@contextmanager
def all_or_none(path: Path) -> Iterator[IO[bytes]]:
    """A new file, brought to the disk at the end and gone again where that fails.

    Raises OSError; FileExistsError, and nothing is changed, where something is there.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def replace(source: Path, target: Path) -> None:
    """Give a file its final name, durably."""
    source.replace(target)
    _sync(target.parent)


def fresh(path: Path | str) -> int:
    """A handle to write a file that does not exist yet; the caller closes it."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
