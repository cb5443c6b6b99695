"""Values that must not be repeated become asterisks, wherever a diagnostic quotes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sot_tools.diagnostic import Diagnostic

Secret = tuple[str, int, str]
"""The path, the line and the text of a value that must not be repeated."""
Secrets = Mapping[str, Mapping[int, set[str]]]
"""Path → line → values that must not be repeated."""
_MANY = 200
"""Secrets in one file above which only those of a diagnostic's own line are looked for in it."""
_QUOTED = r"`[^`]*`"
"""What messages quote; all of it is masked where a line holds too many secrets to look for."""
_SHORT = 6
"""Characters below which a value is masked on its own line only: elsewhere it is just a word."""


def by_line(found: Iterable[Secret]) -> Secrets:
    """The secrets of a workspace by path and line."""
    made: dict[str, dict[int, set[str]]] = {}
    for path, line, value in found:
        made.setdefault(path, {}).setdefault(line, set()).add(value)
    return made


def masked(diagnostics: list[Diagnostic], secrets: Secrets) -> list[Diagnostic]:
    """The diagnostics with asterisks for secrets, also where another rule quotes their line."""
    return [_mask(each, secrets) for each in diagnostics] if secrets else diagnostics


def _mask(diagnostic: Diagnostic, secrets: Secrets) -> Diagnostic:
    def mask(text: str, path: str, line: int) -> str:
        if len(secrets.get(path, {}).get(line, ())) > _MANY:
            return re.sub(_QUOTED, "`***`", text)
        for value in _near(secrets.get(path, {}), line):
            text = text.replace(value, "*" * len(value))
        return text

    path, line = diagnostic.path, diagnostic.span.line
    crowded = len(secrets.get(path, {}).get(line, ())) > _MANY
    return diagnostic._replace(
        source="" if crowded else mask(diagnostic.source, path, line),
        message=mask(diagnostic.message, path, line),
        step=mask(diagnostic.step, path, line),
        insert=mask(diagnostic.insert, path, line),
        related=tuple(
            other._replace(label=mask(other.label, other.path, other.span.line))
            for other in diagnostic.related
        ),
    )


def _near(lines: Mapping[int, set[str]], line: int) -> list[str]:
    """The secrets that a text about a line can repeat, longest first."""
    near = set(lines.get(line, ()))
    if len(lines) <= _MANY:
        near |= {value for values in lines.values() for value in values if len(value) >= _SHORT}
    return sorted(near, key=lambda value: (-len(value), value))
