"""Globs as patterns: which files a kind, a rule or a setting means."""

from __future__ import annotations

import re
from collections.abc import Iterable


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A glob as a pattern: `*` and `?` within one folder, `**` across folders."""
    made = []
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", glob):
        made.append(
            {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part)
        )
    return re.compile("".join(made))


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs matches the path, or its file name for a glob without `/`."""
    name = path.rpartition("/")[2]
    return any(glob_pattern(glob).fullmatch(path if "/" in glob else name) for glob in globs)
