"""Rows of a rules file become rules; a row that cannot be understood stops everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sot_tools.diagnostic import Severity
from sot_tools.errors import SotError
from sot_tools.rules.model import Rule
from sot_tools.rules.nearest import hint, listed
from sot_tools.rules.table import CHECKS

_KEYS = frozenset(
    {
        "code", "title", "check", "severity", "parameters", "why", "fix", "bad", "good",
        "kinds", "documents", "except", "item", "requirements", "fixable",
    }
)  # fmt: skip


def rows(value: Any, origin: str) -> Iterator[Rule]:
    """The rules of a rules file's value (its schema is the kind `rules`)."""
    entries = value.get("rules") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise SotError(f"{origin}: expected a list under `rules`")
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("code"), str):
            raise SotError(f"{origin}: row {index + 1} has no `code`")
        yield _row(entry, f"{origin}: {entry['code']}", origin)


def _row(entry: dict[str, Any], where: str, origin: str) -> Rule:
    for key in entry:
        if key not in _KEYS:
            raise SotError(f"{where}: key `{key}` is not known; {hint(key, _KEYS) or 'remove it'}")
    check = _text(entry, "check", where)
    if check not in CHECKS:
        raise SotError(
            f"{where}: check `{check}` is not known; {hint(check, CHECKS) or listed(CHECKS, 40)}"
        )
    severity = _text(entry, "severity", where)
    if severity not in {each.value for each in Severity}:
        raise SotError(f"{where}: severity `{severity}`; allowed: error, warning or advice")
    parameters = entry.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise SotError(f"{where}: `parameters` must be a mapping")
    for name in parameters:
        if name not in CHECKS[check].parameters:
            known = CHECKS[check].parameters
            step = hint(name, known) or listed(sorted(known))
            raise SotError(f"{where}: parameter `{name}` is not known to `{check}`; {step}")
    return Rule(
        entry["code"],
        _text(entry, "title", where),
        check,
        Severity(severity),
        parameters,
        _text(entry, "why", where),
        _text(entry, "fix", where),
        _text(entry, "bad", where),
        _text(entry, "good", where),
        frozenset(_texts(entry, "kinds", where)),
        _texts(entry, "documents", where),
        _texts(entry, "except", where),
        str(entry.get("item", "")),
        _texts(entry, "requirements", where),
        origin,
        _fixable(entry, where),
    )


def _fixable(entry: dict[str, Any], where: str) -> str:
    if "fixable" not in entry:
        return ""
    if not CHECKS[entry["check"]].mends:
        able = listed(name for name, check in CHECKS.items() if check.mends)
        raise SotError(f"{where}: check `{entry['check']}` mends nothing; {able} do")
    return _text(entry, "fixable", where)


def _text(entry: dict[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SotError(f"{where}: `{key}` is missing or no text")
    return value


def _texts(entry: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise SotError(f"{where}: `{key}` must be a list of texts")
    return tuple(value)
