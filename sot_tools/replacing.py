"""A document replaced by its mended content: at once, or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from sot_tools import disk
from sot_tools.errors import SotError


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
        if unwritable(root, path) or disk.read(full, len(before)) != before:
            raise SotError(f"{path}: changed while it was mended, so it stays; run it again")
        Path(name).replace(full)
        name = ""
        disk.sync_folder(full.parent)
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
