"""Files that several processes want: extended by one at a time, claimed by one for good."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sot_tools import disk, journal
from sot_tools.errors import SotError


def extend(path: Path, limit: int, make: Callable[[bytes], tuple[int, bytes]]) -> None:
    """Add the lines that `make` makes of the whole content, while nobody else adds any.

    All lines or none, and on the disk when this returns. `make` also says how many bytes stay: a
    torn last line, left by a writer that died, goes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = _held_in_place(path)
    try:
        size = os.fstat(handle).st_size
        if size > limit:
            raise OSError(27, "it has grown too large")
        content = b""
        while len(content) < size and (more := os.pread(handle, size, len(content))):
            content += more
        keep, lines = make(content)
        if not lines:
            return
        if keep != size:
            os.ftruncate(handle, keep)
        try:
            if os.pwrite(handle, lines, keep) != len(lines):
                raise OSError(28, "no space left for the whole entry")
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, keep)
            raise
        if not size:
            disk.sync_folder(path.parent)
    finally:
        os.close(handle)


def _held_in_place(path: Path) -> int:
    """The lock of the file that stands at a path now, also where somebody replaced it meanwhile."""
    while True:
        handle = journal.held(path)
        try:
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except FileNotFoundError:
            pass
        os.close(handle)


def claim(path: Path, data: bytes, mode: int = 0o644) -> bool:
    """Write a file that exactly one process can write, durably; False where one was before.

    It appears with all its content or not at all: it is written apart and linked to its name.
    Raises SotError.
    """
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".claim-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fchmod(stream.fileno(), mode)
                os.fsync(stream.fileno())
            os.link(name, path)
        except FileExistsError:
            return False
        finally:
            Path(name).unlink()
        disk.sync_folder(path.parent)
    except OSError as error:
        raise SotError(f"{path}: could not be written: {error.strerror}") from error
    return True
