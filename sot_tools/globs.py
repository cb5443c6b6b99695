"""Globs as tests: which files a kind, a rule or a setting means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

Test = Callable[[str], object]
"""Takes a path; what it returns is true where the path is meant."""

_WILD = re.compile("[*?]")


@cache
def glob_test(glob: str) -> Test:
    """What tells whether a glob means a whole path: `*` and `?` stand for characters within one
    folder, `**` for some across folders.

    Most globs hold one `*` at most; those need no pattern, which would take long to compile.
    """
    head, star, tail = glob.partition("*")
    if "*" in tail or "?" in glob:
        begin, *_, end = _WILD.split(glob)
        last = end.removeprefix("/")  # `**/` may stand for nothing
        return lambda path: (
            path.startswith(begin) and path.endswith(last) and pattern(glob).fullmatch(path)
        )
    if not star:
        return glob.__eq__
    least = len(head) + len(tail)

    def test(path: str) -> bool:
        return (
            path.endswith(tail)
            and path.startswith(head)
            and len(path) >= least
            and "/" not in path[len(head) : len(path) - len(tail)]
        )

    return test


@cache
def pattern(glob: str) -> re.Pattern[str]:
    """The glob as a pattern."""
    made = []
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", glob):
        made.append(
            {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part)
        )
    return re.compile("".join(made))


def meant(paths: Iterable[str], globs: Iterable[str]) -> list[str]:
    """The paths that one of the globs matches; quick where few begin as one of them does."""
    heads = tuple(_WILD.split(glob)[0] if "/" in glob else "" for glob in globs)
    if not heads:
        return []
    return [path for path in paths if path.startswith(heads) and matches(path, globs)]


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs matches the path, or its file name for a glob without `/`."""
    name = path.rpartition("/")[2]
    return any(glob_test(glob)(path if "/" in glob else name) for glob in globs)
