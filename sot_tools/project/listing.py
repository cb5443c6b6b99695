"""The governed files of a workspace by folder, so that a folder that is as it was need not be
walked again: it holds the same names.

A line is the mark of a folder, its path and the names of the governed files in it, with tabs
between them. A folder has no mark where it was not walked, and `?` where it may change once more
and keep it, or holds something else than plain files and folders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from sot_tools.disk import Entry
from sot_tools.project.files import Scope

if TYPE_CHECKING:
    from sot_tools.source import Source

UNSETTLED = "?"
"""Stands for a mark that tells nothing: what has it may change once more and keep it."""


def written(
    folders: Iterable[Entry], paths: Iterable[str], scope: Scope, lasts: Callable[[str], bool]
) -> Iterator[str]:
    """The lines for the folders of a walk and the paths of all governed files, sorted; `lasts`
    tells whether a change after the walk gives another mark."""
    singles = set(scope.singles)
    marks = {each.path: each.mark for each in folders}
    marks = {path: each if each and lasts(each) else UNSETTLED for path, each in marks.items()}
    bare = dict(marks)
    for folder, inside in groupby(paths, _folder):
        bare.pop(folder, None)
        below = list(inside)
        apart = "" if singles.issuperset(below) else UNSETTLED
        names = [path.rpartition("/")[2] for path in below]
        yield "\t".join([marks.get(folder, apart), folder, *names])
    for folder, each in bare.items():
        yield f"{each}\t{folder}"


def paths(lines: str) -> list[str]:
    """The paths of the governed files, sorted."""
    found = []
    for line in lines.split("\n"):
        _, folder, *names = line.split("\t")
        found += [f"{folder}/{name}" for name in names] if folder else names
    return found


def marks(source: Source, scope: Scope, lines: str) -> list[str] | None:
    """The marks of the governed files now; None where files may have come or gone."""
    found = []
    walked, singles = set(), set(scope.singles)
    for line in lines.split("\n"):
        was, folder, *names = line.split("\t")
        if was:
            walked.add(folder)
            inside = source.marks(folder, was, names)
        else:
            below = [f"{folder}/{name}" if folder else name for name in names]
            singles.difference_update(below)
            inside = _singly(source, below)
        if inside is None:
            return None
        found += inside
    if any(_folder(path) not in walked and source.entry(path) for path in singles):
        return None
    return found


def _singly(source: Source, paths: Iterable[str]) -> list[str] | None:
    """The marks of files in a folder that was not walked."""
    found = [source.entry(path) for path in paths]
    marks = [each.mark for each in found if each]
    return marks if len(marks) == len(found) and all(marks) else None


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
