"""The copy made ready for a real engine: its own files, its repository, and what may be written.

A repository inside the copy belongs to the engine; the harness never runs git there and believes
nothing that it says. It reads the head of the branch to know when an engine is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import disk, tree
from sot_tools.engines.order import Launch
from sot_tools.runs.paths import ALWAYS_FORBIDDEN, allowed, forbidden
from sot_tools.tree import Snapshot, Unreadable

_BRANCH = "refs/heads/main"
_SMALL = 4096
_OBJECT = re.compile(r"[0-9a-f]{40}")


class Grants(NamedTuple):
    """What an engine may write."""

    paths: tuple[str, ...]
    placeholders: Mapping[str, int]
    """Empty file that stands for one that may be made → its time in nanoseconds."""


def lay(root: Path, files: Mapping[str, bytes]) -> None:
    """Write an engine's own files below a folder."""
    for name, content in files.items():
        tree.put(root, name.encode(), content, False)


def grants(root: Path, patterns: Iterable[str], barred: Iterable[str], launch: Launch) -> Grants:
    """The files and folders below `root` that may be written, made where they do not exist."""
    there = [tree.shown(path) for path in tree.snapshot(root)]
    refused = (*ALWAYS_FORBIDDEN, *barred)
    found: list[str] = []
    placeholders: dict[str, int] = {}
    for pattern in patterns:
        if "*" in pattern:
            found += [each for each in there if allowed(each, [pattern])]
        elif pattern.endswith("/"):
            inside = [each for each in there if each.startswith(pattern)]
            blocked = any(forbidden(each, refused) for each in inside)
            found += inside if blocked else [pattern]
        else:
            found.append(pattern)
    paths = []
    for each in dict.fromkeys(found):
        full = root / each
        if forbidden(each, refused) or full.is_symlink():
            continue
        if each.endswith("/"):
            full.mkdir(parents=True, exist_ok=True)
        elif not full.exists():
            tree.put(root, each.encode(), b"", False)
            placeholders[str(full)] = full.stat().st_mtime_ns
        paths.append(str(full))
    for each in launch.private:
        (root / each).mkdir(parents=True, exist_ok=True)
        paths.append(str(root / each))
    return Grants(tuple(paths), placeholders)


def drop(placeholders: Mapping[str, int]) -> None:
    """Remove the placeholders that nobody wrote."""
    for each, made in placeholders.items():
        path = Path(each)
        if path.is_file() and not path.is_symlink():
            status = path.stat()
            if not status.st_size and status.st_mtime_ns == made:
                path.unlink()


def repository(root: Path, fixture: Snapshot, limit: int) -> str:
    """A repository in the copy with one commit of the fixture, no remote and no history."""
    from sot_tools.runs.baseline import library

    git = library()
    made = git.init_repository(str(root), initial_head=_BRANCH)
    index = git.Index()
    modes = {"link": 0o120000, "file": 0o100644}
    for path, node in fixture.items():
        mode = 0o100755 if node.executable else modes[node.kind]
        blob = made.create_blob(tree.content(root, path, limit))
        index.add(git.IndexEntry(path.decode("utf-8", "surrogateescape"), blob, mode))
    who = git.Signature("sot", "sot@localhost", 0, 0)
    top = index.write_tree(made)
    head = made.create_commit(_BRANCH, who, who, "baseline", top, [])
    made.index.read_tree(top)
    made.index.write()
    made.config["user.name"] = "engine"
    made.config["user.email"] = "engine@localhost"
    return str(head)


def head(root: Path) -> str:
    """The commit that the copy's repository stands at, read as text; empty where it says none."""
    try:
        named = disk.read(root / ".git" / "HEAD", _SMALL).decode("ascii", "replace").strip()
        if named.startswith("ref: refs/heads/") and ".." not in named:
            path = root / ".git" / named.removeprefix("ref: ")
            named = disk.read(path, _SMALL).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return named if _OBJECT.fullmatch(named) else ""


def committed(root: Path, commit: str, private: Iterable[str]) -> bool:
    """Whether the files of the copy are exactly those of a commit of its repository."""
    from sot_tools.runs.baseline import library

    git = library()
    try:
        known = git.Repository(str(root / ".git"), git.enums.RepositoryOpenFlag.BARE)
        wanted = dict(_blobs(known[commit].tree, ""))
        now = tree.snapshot(root)
        names = [tree.shown(path) for path in now]
        inside = [each for each in names if not any(each.startswith(own) for own in private)]
        return wanted == {
            each: str(git.hash(tree.content(root, each.encode(), 1 << 26))) for each in inside
        }
    except (git.GitError, KeyError, ValueError, AttributeError, Unreadable, OSError):
        return False


def _blobs(folder: Any, before: str) -> Iterable[tuple[str, str]]:
    for entry in folder:
        name = f"{before}{entry.name}"
        if entry.type_str == "tree":
            yield from _blobs(entry, f"{name}/")
        elif entry.type_str == "blob":
            yield name, str(entry.id)
