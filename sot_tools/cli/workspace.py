"""How a command line names a workspace and the files in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sot_tools.errors import SotError
from sot_tools.project.files import find_root

if TYPE_CHECKING:
    from sot_tools.project.model import Settings


def opened(root: str | None, paths: tuple[str, ...], profile: str | None) -> Settings:
    """The settings of the workspace that the command line names."""
    from sot_tools.project import settings

    return with_runs(settings.read(folder(root, paths), profile))


def folder(root: str | None, paths: tuple[str, ...]) -> Path:
    """The workspace that `--root`, else the first path, else the current folder lies in."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise SotError("the current folder no longer exists; change to one that does") from None
    if root is not None:
        named = Path(root)
        if not named.is_dir():
            raise SotError(f"{root}: no such folder")
        return named.resolve()
    start = Path(paths[0]) if paths else Path()
    if not os.path.lexists(start):
        raise SotError(f"{start}: no such file or folder")
    return find_root((start if start.is_dir() else start.parent).resolve())


def with_runs(found: Settings) -> Settings:
    """The settings with the folder of run directories, where the workspace has a ledger.

    Runs that stand in the folder of a workspace do not count where something else is checked.
    """
    if not found.source.exists(".sot/ledger.jsonl"):
        return found
    from sot_tools.cli.runs import runs_folder

    runs = runs_folder(None)
    if found.source.name and runs.is_relative_to(found.root):
        return found
    return found._replace(runs=runs)


def relative(root: Path, path: str) -> str:
    """A path of the command line, relative to the workspace."""
    absolute = Path(os.path.normpath(Path.cwd() / path))
    for candidate in (absolute, absolute.parent.resolve() / absolute.name):
        if candidate.is_relative_to(root):
            return candidate.relative_to(root).as_posix()
    raise SotError(f"{path} lies outside the workspace {root}")


def select(
    root: Path, paths: tuple[str, ...], governed: Sequence[str], source: str = ""
) -> frozenset[str] | None:
    """The governed files that the paths name; None for all. Each path must name at least one.

    `source` says what they stand in where it is not the folder.
    """
    if not paths:
        return None
    chosen: set[str] = set()
    for path in paths:
        name = relative(root, path)
        if name == ".":
            return None
        below = {each for each in governed if each == name or each.startswith(f"{name}/")}
        if not below:
            if not os.path.lexists(root / name):
                raise SotError(f"{path}: no such file or folder")
            where = f" in {source}" if source else ""
            raise SotError(f"{path} holds no governed document of the workspace {root}{where}")
        chosen |= below
    return frozenset(chosen)
