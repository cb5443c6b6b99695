"""What can be seen of another repository without touching it; what cannot be seen is None."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sot_tools import disk
from sot_tools.authority.guard import Core, Rules, Worktree
from sot_tools.documents.document import MAX_DOCUMENT, parse
from sot_tools.globs import glob_test
from sot_tools.project import data
from sot_tools.project.model import Profile

FILE = "guard.yaml"
_COMMAND = 1 << 16


def words(profile: Profile) -> Mapping[str, Any]:
    """What the profile says about the guarded repository; raises SotError where it says nothing."""
    found: Mapping[str, Any] = data.load(
        profile.folder / FILE, f"profiles/{profile.name}/{FILE}"
    ).data
    return found


def rules(known: Mapping[str, Any]) -> Rules:
    """The named conflict of a profile."""
    return Rules(str(known["conflict"]["item"]), str(known["conflict"]["worktree"]))


def core(path: Path, known: Mapping[str, Any], processes: Path = Path("/proc")) -> Core:
    """Everything that the guard asks about; reads and writes nothing."""
    worktrees = _worktrees(path)
    main = worktrees[0].path if worktrees else ""
    tracked = _tracked(path)
    return Core(
        path,
        main,
        worktrees,
        _processes(processes, path, known),
        _routes(path, tracked, known),
        None if tracked is None else any(_matching(tracked, known["validators"])),
        _owner([path, path / ".git", *(Path(each.path) for each in worktrees or ())]),
    )


def _repository(path: Path) -> Any:
    import pygit2

    return pygit2.Repository(str(path), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)


def _worktrees(path: Path) -> tuple[Worktree, ...] | None:
    """The main worktree first; libgit2 runs no filter, hook or monitor of the repository."""
    try:
        repository = _repository(path)
        paths = [str(path.resolve())]
        paths += [repository.lookup_worktree(n).path for n in repository.list_worktrees()]
    except (OSError, KeyError, ValueError, _git_error()):
        return None
    return tuple(_worktree(each) for each in paths)


def _worktree(path: str) -> Worktree:
    try:
        repository = _repository(Path(path))
        branch = "detached" if repository.head_is_unborn else repository.head.shorthand
        return Worktree(path, branch, tuple(sorted(repository.status(ignored=False))))
    except (OSError, KeyError, ValueError, _git_error()):
        return Worktree(path, "", None)


def _git_error() -> Any:
    import pygit2

    return pygit2.GitError


def _tracked(path: Path) -> list[str] | None:
    try:
        return [entry.path for entry in _repository(path).index]
    except (OSError, _git_error()):
        return None


def _matching(paths: list[str], globs: list[str]) -> Iterator[str]:
    tests = [glob_test(each) for each in globs]
    for path in paths:
        if any(test(path) or test(path.rpartition("/")[2]) for test in tests):
            yield path


def _routes(
    root: Path, tracked: list[str] | None, known: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """The route documents that do not say that they are closed."""
    if tracked is None:
        return None
    found = []
    for path in _matching(tracked, known["routes"]):
        try:
            document = parse(path, disk.read(root / path, MAX_DOCUMENT))
        except OSError:
            return None
        head = document.data if isinstance(document.data, dict) else {}
        if head.get("status") not in known["closed"]:
            found.append(path)
    return tuple(found)


def _processes(folder: Path, root: Path, known: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Running processes that validate the repository; one that hides where it works counts."""
    try:
        numbers = [each.name for each in folder.iterdir() if each.name.isdigit()]
    except OSError:
        return None
    if not numbers:
        return None
    found = []
    for number in numbers:
        if number == str(os.getpid()):
            continue
        command = _command(folder / number)
        if command and any(word in command for word in known["processes"]):
            place = _place(folder / number)
            if str(root) in command or place is None or Path(place).is_relative_to(root):
                found.append(f"{number}: {command[:80]}")
    return tuple(found)


def _command(folder: Path) -> str:
    try:
        content = disk.read(folder / "cmdline", _COMMAND)
    except OSError:
        return ""  # it ended meanwhile
    return content.replace(b"\0", b" ").decode("utf-8", "replace").strip()


def _place(folder: Path) -> str | None:
    try:
        return str((folder / "cwd").readlink())
    except FileNotFoundError:
        return "/"  # it ended meanwhile
    except OSError:
        return None


def _owner(paths: list[Path]) -> str | None:
    """The one user who owns all of it and runs this; None where that is uncertain."""
    try:
        owners = {path.stat().st_uid for path in paths}
    except OSError:
        return None
    return f"user {os.getuid()}" if owners == {os.getuid()} else None
