"""The only door to files: bounded reads of plain files, walks without links, atomic writes."""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from sot_tools.errors import SotError


class Entry(NamedTuple):
    """A path that a walk met."""

    path: str
    """Relative to the root of the walk, with `/`."""
    trouble: str = ""
    """Why it must not be read: `symlink`, `folder-link`, `not-a-file`, `name`, `unreadable`; empty
    for a plain file."""
    mark: str = ""
    """Of a plain file: its `mark`."""


def mark(status: os.stat_result) -> str:
    """Size, times and inode of a file: as long as they stay, so does its content.

    The time of the last change of the inode is among them, since the time of the last write can be
    set back at will. A file that changed within the last tick of its clock may change once more
    without a trace, so a mark counts for later only where it is `settled`.
    """
    return "%x %x %x %x" % _MARK(status)  # noqa: UP031  takes three quarters of the time


_MARK = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")


_TICK = 100_000_000
_COARSE_TICK = 2_000_000_000
"""Nanoseconds between two times that a file system can tell apart, with much to spare; the latter
where it counts whole seconds only."""


def settled(found: str, now: int) -> bool:
    """Whether whatever happens to a file after `now` gives it another mark than `found`; `now` is
    the time in nanoseconds before the mark was taken."""
    return settles(int(found.split(" ")[2], 16), now)


def settles(changed: int, now: int) -> bool:
    """Whether a change after `now` gives another time of change than `changed` to a file."""
    return changed < now - (_TICK if changed % 1_000_000_000 else _COARSE_TICK)


def walk(
    root: Path,
    folder: str,
    endings: tuple[str, ...] = ("",),
    folders: list[Entry] | None = None,
) -> list[Entry]:
    """Every file below `root/folder` whose name ends so in any case, and whatever must not be read,
    sorted; links to folders are reported and not followed.

    The folders go to `folders`: with the mark that each had before, or none where it holds
    something else than plain files and folders.
    """
    found: list[Entry] = []
    waiting = [folder]
    while waiting:
        met = _scan(root, waiting.pop(), endings, found, waiting)
        if folders is not None:
            folders.append(met)
    found.sort()
    return found


def _scan(
    root: Path, folder: str, endings: tuple[str, ...], found: list[Entry], folders: list[str]
) -> Entry:
    """Add what stands in a folder, and the folders in it; gives the folder itself.

    Files are looked at through the open folder, which is quicker than by their full path.
    """
    try:
        handle = _open(root, folder)
    except FileNotFoundError:
        return Entry(folder)
    except OSError as error:
        trouble = "not-a-file" if isinstance(error, NotADirectoryError) else "unreadable"
        found.append(Entry(folder, trouble))
        return Entry(folder)
    before = mark(os.fstat(handle))
    try:
        for entry in os.scandir(handle):
            name = entry.name
            path = f"{folder}/{name}"
            if not name.isprintable():
                found.append(Entry(path, "name"))
                before = ""
            elif entry.is_file(follow_symlinks=False):
                if name.lower().endswith(endings):
                    found.append(Entry(path, "", _mark(entry)))
            elif entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.is_symlink():
                before = ""
                linked = _linked(root, path)
                if linked.trouble or name.lower().endswith(endings):
                    found.append(linked)
            else:
                before = ""
                found.append(Entry(path, "not-a-file"))
    finally:
        os.close(handle)
    return Entry(folder, "", before)


def marks(root: Path, folder: str, was: str, names: Sequence[str]) -> list[str] | None:
    """The marks of plain files in a folder; None where it has another mark than it had when they
    were found there."""
    try:
        handle = _open(root, folder)
    except OSError:
        return None
    try:
        if mark(os.fstat(handle)) != was:
            return None
        return [mark(os.stat(name, dir_fd=handle, follow_symlinks=False)) for name in names]
    except OSError:
        return None
    finally:
        os.close(handle)


def _open(root: Path, folder: str) -> int:
    return os.open(f"{root}/{folder}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _mark(entry: os.DirEntry[str]) -> str:
    try:
        return mark(entry.stat(follow_symlinks=False))
    except OSError:  # it went while the folder was read
        return ""


def _linked(root: Path, path: str) -> Entry:
    trouble = _link_trouble(root, path)
    return Entry(path, trouble, "" if trouble else mark_of(root / path))


def mark_of(path: Path | str) -> str:
    """The mark of what a path leads to, links followed; empty where it leads to nothing."""
    try:
        return mark(os.stat(path))  # noqa: PTH116  every start pays for it
    except OSError:
        return ""


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
        status = full.lstat()
    except OSError:
        return None
    if stat.S_ISLNK(status.st_mode):
        return _linked(root, path)
    if not stat.S_ISREG(status.st_mode):
        return Entry(path, "not-a-file")
    return Entry(path, "", mark(status))


def names(folder: Path | str) -> list[str]:
    """The names in a folder, sorted; none where it is no folder that can be read."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208  every start pays for it
    except OSError:
        return []


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


def own_folder(path: Path) -> bool:
    """Whether a folder is there, made if need be, that the user owns and nobody else may write."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and _is_own(status)


def _is_own(status: os.stat_result) -> bool:
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def read_own(path: Path, limit: int) -> bytes:
    """The content of a file that the user owns and nobody else may write; raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or not _is_own(status) or status.st_size > limit:
            raise OSError(f"{path} is not what was written here")
        return stream.read(limit)


def write_own(path: Path, data: Iterable[bytes], unique: str) -> bool:
    """Replace a file that may be lost, at once for every reader; False where that fails.

    `unique` tells this writer from all others at the same time.
    """
    name = path.with_name(f".{path.name}.{os.getpid()}.{unique}")
    try:
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(data)
        name.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            name.unlink()
        return False
    return True


@contextlib.contextmanager
def scratch() -> Iterator[BinaryIO]:
    """A file without a name, which is gone afterwards; a full disk does not keep it from going."""
    import tempfile

    stream = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  closed below
    try:
        yield stream
    finally:
        with contextlib.suppress(OSError):
            stream.close()


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
