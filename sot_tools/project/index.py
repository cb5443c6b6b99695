"""Git's index as the source of a workspace's files: what the next commit will hold.

Rule 1: nothing of the working tree counts, neither content nor whether something is there.
Rule 2: entries that only say that a file is going to be added (`git add -N`) are not there.
Rule 3: an index with unmerged entries is no source: git makes no commit of it.
Rule 4: what an entry leads to outside of the index (a link out, a submodule) is not followed.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from sot_tools.digest import of_bytes
from sot_tools.disk import Entry
from sot_tools.errors import SotError
from sot_tools.project import git

OPTION = "--staged"
_FILE, _LINK, _MODULE = "10", "12", "16"
"""How the modes of regular files, of links and of submodules begin."""
_EMPTY = {
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813": (
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
    ),
}
"""The empty content, which an entry has that is only going to be added → the empty tree."""
_TARGET = 4096
"""Bytes that the target of a link may have."""
_HOPS = 40
"""Links that are followed on one way, as Linux does."""


class Index:
    """The files as they stand in git's index; a `source.Source`.

    The index is read once, at the beginning, and contents are named by their ids, so a check sees
    one moment, whatever is staged while it runs. The mark of a file is its mode and its id.
    """

    name = "git's index"

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listing = git.begin(root, ("ls-files", "--stage", "-z", "--", "."), OPTION)
        self._place: git.Git | None = None
        if git.half_named() or not (root / ".git").exists():
            asked = ("rev-parse", "--absolute-git-dir", "--is-inside-work-tree")
            self._place = git.begin(root, asked, OPTION)
        self._objects = git.Objects(root, OPTION)

    def close(self) -> None:
        """Leave no process behind."""
        for each in (self._listing, self._place):
            if each is not None:
                git.end(each)
        self._objects.close()

    @cached_property
    def _told(self) -> tuple[str, str]:
        """The rows of all entries, and the paths of those that are only going to be added; each
        has a NUL behind it."""
        said, fault = git.answer(self._listing)
        fault = fault or self._displaced()
        if fault:
            raise SotError(f"{OPTION}: git has no index of a working tree for {self.root}: {fault}")
        return said, self._promised(said)

    def _displaced(self) -> str:
        """Why the paths that git lists are none of this folder's; empty where they are."""
        if self._place is None:
            return ""
        said, fault = git.answer(self._place)
        found, _, inside = said.strip().rpartition("\n")
        named = git.half_named() or found
        if not fault and inside != "true":
            return f"it is no folder in the working tree of {found}"
        if not fault and named != found:
            return (
                f"GIT_DIR names {named}, and the folder belongs to {found}; set GIT_WORK_TREE, too"
            )
        return fault

    @property
    def whole(self) -> str:
        return "\n".join(self._told)

    def _promised(self, listing: str) -> str:
        found = next((each for each in _EMPTY if f" {each} " in listing), None)
        if found is None:
            return ""
        options = ("--cached", "--ita-invisible-in-index", "--name-only", "--relative", "-z")
        asked = ("diff-index", "--no-renames", *options, _EMPTY[found], "--", ".")
        said, fault = git.answer(git.begin(self.root, asked, OPTION))
        if fault:
            raise SotError(f"{OPTION}: git does not tell what is really staged: {fault}")
        there = set(said.split("\0"))
        rows = (row.partition("\t") for row in listing.split("\0") if f" {found} " in row)
        return "".join(f"{path}\0" for _, _, path in rows if path not in there)

    @cached_property
    def _entries(self) -> dict[str, str]:
        """Path → mode, id and stage."""
        listing, promised = self._told
        rows = listing.split("\0")[:-1]
        cut = listing.find("\t")  # what stands before the paths is equally long in all rows
        if any(f" {stage}\t" in listing for stage in "123"):
            _refuse_unmerged(rows)
        found = {row[cut + 1 :]: row[:cut] for row in rows}
        for path in promised.split("\0")[:-1]:
            del found[path]
        return found

    @cached_property
    def _odd(self) -> set[str]:
        """Paths that are no regular files or cannot be printed."""
        odd = {path for path, what in self._entries.items() if not what.startswith(_FILE)}
        if not "".join(self._entries).isprintable():
            odd.update(path for path in self._entries if not path.isprintable())
        return odd

    @cached_property
    def _names(self) -> str:
        """What stays as long as the same paths are there."""
        return of_bytes("\0".join(self._entries).encode("utf-8", "surrogateescape"))

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self._entries)

    @cached_property
    def _links(self) -> dict[str, str]:
        """Path of each link → its target; empty for one that cannot be read or that leads out."""
        ids = {path: self._entries[path] for path in self._odd}
        return {path: self._pointed(what) for path, what in ids.items() if what.startswith(_LINK)}

    def _pointed(self, what: str) -> str:
        try:
            target = self._objects.read(_id(what), _TARGET).decode("utf-8", "surrogateescape")
        except OSError:
            return ""
        return "" if target.startswith("/") or len(target) > _TARGET else target

    def walk(
        self, folder: str, endings: tuple[str, ...] = ("",), folders: list[Entry] | None = None
    ) -> list[Entry]:
        within = "" if folder == "." else posixpath.normpath(folder)
        blocked = next((each for each in _prefixes(within) if each in self._entries), None)
        if blocked is not None:  # a file, a link or a submodule stands where a folder should
            met = self._entry(blocked)
            return [met if met.trouble else Entry(blocked, "not-a-file")]
        below = self._below(within)
        entries, odd = self._entries, self._odd
        found = [
            Entry(path, "", entries[path])
            for path in below
            if path not in odd and path.lower().endswith(endings)
        ]
        if odd:
            met_odd = (self._met(within, path, endings) for path in below if path in odd)
            found = sorted({*found, *filter(None, met_odd)})
        if within == folder:
            if folders is not None and not odd:
                held = {folder, *(path.rpartition("/")[0] for path in below)}
                folders += [Entry(each, "", self._names) for each in held]
            return found
        cut = len(within) + 1 if within else 0  # as whoever asks calls it
        return [each._replace(path=f"{folder}/{each.path[cut:]}") for each in found]

    def _met(self, folder: str, path: str, endings: tuple[str, ...]) -> Entry | None:
        """What a walk over a folder meets on the way to an odd path."""
        unprintable = _unprintable(folder, path)
        if unprintable:
            return Entry(unprintable, "name")
        met = self._entry(path)
        return met if met.trouble or path.lower().endswith(endings) else None

    def marks(self, folder: str, was: str, names: Sequence[str]) -> list[str] | None:
        """The mark of a folder tells of all names in the index, so a new one is never missed."""
        if self._odd or was != self._names:
            return None
        return [self._entries[f"{folder}/{name}"] for name in names]

    def entry(self, path: str) -> Entry | None:
        above, _, name = path.rpartition("/")
        folder = self._target(above)
        if folder is None:
            return None
        full = posixpath.join(folder, name)
        if full in self._entries:
            return self._entry(full)._replace(path=path)
        return Entry(path, "not-a-file") if self._is_folder(full) else None

    def _entry(self, path: str) -> Entry:
        """What stands at the path of an entry."""
        what = self._entries[path]
        if what.startswith(_FILE):
            return Entry(path, "", what)
        if what.startswith(_MODULE):
            return Entry(path, "submodule")
        target = self._target(path)
        if target is None or not self._is_there(target):
            return Entry(path, "symlink")
        end = self._entries.get(target, "")
        if not end.startswith(_FILE):
            return Entry(path, "folder-link")
        return Entry(path, "", f"{what} {end}")

    def names(self, folder: str) -> list[str]:
        target = self._target(folder)
        if target is None:
            return []
        start = len(target) + 1
        return sorted({path[start:].partition("/")[0] for path in self._below(target)})

    def mark(self, path: str) -> str:
        met = self.entry(path)
        return met.mark if met is not None else ""

    def settled(self, mark: str, now: int) -> bool:
        """Always: an id is that of one content for good."""
        return True

    def is_file(self, path: str) -> bool:
        """Also where it is a link or a submodule that leads out: reading it tells so."""
        met = self.entry(path)
        return met is not None and met.trouble != "not-a-file"

    def exists(self, path: str) -> bool:
        if path.startswith("/") or "\x00" in path:
            return False
        target = self._target(posixpath.normpath(path))
        return target is not None and self._is_there(target)

    def read(self, path: str, limit: int) -> bytes:
        return self._objects.read(self._content(path), limit)

    def sha256(self, path: str) -> str:
        met = self.entry(path)
        if met is None or met.mark.startswith(_LINK):
            raise OSError("is no regular file in git's index")
        return self._objects.sha256(self._content(path))

    def _content(self, path: str) -> str:
        """The id of what a path leads to; raises OSError where that is no content."""
        target = self._target(path)
        what = self._entries.get(target, "") if target is not None else ""
        if what.startswith(_FILE):
            return _id(what)
        if self.entry(path) is None:
            raise FileNotFoundError("is not in git's index")
        raise OSError("leads to no regular file in git's index")

    def _below(self, folder: str) -> list[str]:
        """The paths of all entries below a folder."""
        paths = self._paths
        if not folder:
            return paths
        return paths[bisect_left(paths, f"{folder}/") : bisect_left(paths, f"{folder}0")]

    def _is_there(self, path: str) -> bool:
        return not path or path in self._entries or self._is_folder(path)

    def _is_folder(self, path: str) -> bool:
        place = bisect_left(self._paths, f"{path}/")
        return any(each.startswith(f"{path}/") for each in self._paths[place : place + 1])

    def _target(self, path: str) -> str | None:
        """Where a path leads when every link on it is followed; None where it leaves the index."""
        if path in self._entries and path not in self._links:
            return path
        ahead, behind, hops = path.split("/")[::-1], "", 0
        while ahead:
            part = ahead.pop()
            here = posixpath.join(behind, part)
            if part in {"", "."}:
                continue
            if part == "..":
                if not behind or not self._is_folder(behind):
                    return None
                behind = behind.rpartition("/")[0]
            elif here in self._links:
                hops += 1
                if hops > _HOPS or not self._links[here]:
                    return None
                ahead += self._links[here].split("/")[::-1]
            else:
                behind = here
        return behind


def _refuse_unmerged(rows: list[str]) -> None:
    parts = (row.partition("\t") for row in rows)
    unmerged = next((path for what, _, path in parts if not what.endswith(" 0")), None)
    if unmerged is not None:
        raise SotError(
            f"{OPTION}: {unmerged} is unmerged in git's index, so no commit can be made of it; "
            "resolve the conflict and `git add` the file"
        )


def _id(what: str) -> str:
    return what.split(" ")[1]


def _prefixes(folder: str) -> list[str]:
    """`a`, `a/b` and `a/b/c` for `a/b/c`."""
    parts = folder.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _unprintable(folder: str, path: str) -> str:
    """The first path below a folder, on the way to another, whose name cannot be printed."""
    start = folder.count("/") + 1
    steps = _prefixes(path)[start:]
    return next((step for step in steps if not step.rpartition("/")[2].isprintable()), "")
