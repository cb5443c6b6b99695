"""Which changed paths a task contract allows."""

from __future__ import annotations

import re
from collections.abc import Iterable

ALWAYS_FORBIDDEN = (".git/", ".sot/")
"""No case may allow these: a repository's own state and the workspace's own rules."""


def allowed(path: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns, read from the root of the tree, covers the path."""
    return any(_pattern(pattern, "").match(path) for pattern in patterns)


def forbidden(path: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns covers the path at any depth, in any case of letters."""
    return any(
        _pattern(pattern.lower(), "/|").match(part)
        for pattern in patterns
        for part in _suffixes(path.lower())
    )


def _suffixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


def _pattern(pattern: str, below: str) -> re.Pattern[str]:
    """A file, or a folder with a closing `/`; `*` stands for anything within one name.

    With `below`, a pattern without a closing `/` also covers what stands below that name.
    """
    body = "[^/]*".join(re.escape(part) for part in pattern.removesuffix("/").split("*"))
    return re.compile(body + ("/" if pattern.endswith("/") else rf"(?:{below}\Z)"))
