"""Command lines that take an action which contracts forbid, wherever an engine or its model names
one; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_GIT = r"\bgit(?:\s+-[cC]\s+\S+|\s+--?\S+)*\s+"
_HUB = r"\b(?:gh|hub|glab)\s+"
COMMANDS: Mapping[str, re.Pattern[str]] = {
    action: re.compile(pattern)
    for action, pattern in (
        ("push", rf"{_GIT}(?:push|send-pack)\b"),
        ("merge", rf"{_GIT}(?:merge|pull)\b(?!-)|{_HUB}(?:pr|mr)\s+merge\b"),
        (
            "deploy",
            r"\b(?:kubectl\s+(?:apply|create|replace)|helm\s+(?:install|upgrade)|terraform\s+apply"
            r"|ansible-playbook|fly(?:ctl)?\s+deploy|vercel\s+deploy|netlify\s+deploy)\b",
        ),
        ("close", rf"{_HUB}(?:pr|mr)\s+close\b"),
        ("pr_open", rf"{_HUB}(?:pr\s+create|mr\s+create|pull-request)\b"),
        ("issue_close", rf"{_HUB}issue\s+close\b"),
        (
            "public_publication",
            rf"\b(?:(?:npm|pnpm|yarn|cargo)\s+publish|twine\s+upload|docker\s+push)\b"
            rf"|{_HUB}release\s+create\b",
        ),
        (
            "credential_change",
            rf"{_GIT}credential\b|{_HUB}auth\b|\bnpm\s+(?:adduser|login|token)\b|\bssh-keygen\b",
        ),
    )
}
"""Action → the command lines that take it; the two mutations of the ten are paths, not commands."""
_WORDS = ("command", "cmd", "argv", "arguments", "input")
_DEEP = 12
_CALLS = frozenset({"function_call", "local_shell_call", "custom_tool_call"})


def actions(command: str) -> list[str]:
    """The actions that a command line would take."""
    return [action for action, pattern in COMMANDS.items() if pattern.search(command)]


def told(line: bytes) -> Iterator[str]:
    """The commands in one line of an engine's output, wherever its JSON holds them."""
    if b"{" not in line:
        return
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return
    yield from _inside(value, "", 0)


def _inside(value: Any, word: str, depth: int) -> Iterator[str]:
    if depth > _DEEP:
        return
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _inside(each, name, depth + 1)
    elif isinstance(value, list):
        if word in _WORDS and value and all(isinstance(each, str) for each in value):
            yield " ".join(value)
            return
        for each in value:
            yield from _inside(each, word if isinstance(each, str) else "", depth + 1)
    elif isinstance(value, str) and word in _WORDS:
        if value.startswith("{"):  # arguments of a tool, as text
            yield from told(value.encode("utf-8", "surrogateescape"))
        else:
            yield value


def called(request: Any) -> Iterator[str]:
    """The commands in the tool calls that a request to a model tells of; its prose is no call."""
    if not isinstance(request, dict):
        return
    for message in _listed(request, "messages"):
        for call in _listed(message, "tool_calls"):
            yield from _inside(call, "", 0)
    for item in _listed(request, "input"):
        if item.get("type") in _CALLS:
            yield from _inside(item, "", 0)


def _listed(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
