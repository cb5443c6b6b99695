"""The fast YAML reader: a strict subset, read exactly as the reference reader does, or not at all.

The subset: block mappings and sequences, plain and quoted one-line scalars, one-line flow lists of
scalars, `|` literal blocks, comments on lines of their own. Anything else raises `Beyond`, and the
reference reader (`yaml_reference`) decides. A property test holds the two equal.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sot_tools.documents.scalars import NOT_TEXT, ambiguous, resolve
from sot_tools.documents.tree import MAX_DEPTH


class Beyond(Exception):
    """The text is not in the subset; ask the reference reader."""


_ENTRY = r"([A-Za-z_](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?):(?: +(.*))?"
_FLAT = re.compile(r"^([a-z_]{2,}): ([A-Za-z0-9./\"\[](?:[^\n]*[^\n ])?)$", re.MULTILINE)
"""A line of the plainest front matter; a text made of nothing else is read at once."""
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
_FLOW_ENTRY = (
    r"""("(?:[^"\\\t]|\\["\\nt/])*"|'[^'\t]*'"""
    r"|[A-Za-z0-9_./](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?)"
    r" *(?:(,) *|\Z)"
)
_SIMPLE_QUOTED = re.compile(r'"([^"\\\t]*)"|\'([^\'\t]*)\'')
_ESCAPED_QUOTED = r'"((?:[^"\\\t]|\\["\\nt/])*)"'
_LONG = 100
_ESCAPE = r"\\(.)"
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/"}


def read(text: str) -> Any:
    """The value of a YAML document in the subset; raises `Beyond` for anything else."""
    flat = _flat(text)
    if flat is not None:
        return flat
    lines = text.split("\n")
    reader = _Reader(lines)
    reader.skip()
    if reader.row >= len(lines):
        raise Beyond
    value = reader.block(reader.indent(), 0)
    if reader.row < len(lines):
        raise Beyond
    return value


def _flat(text: str) -> dict[str, Any] | None:
    """The mapping in a text of nothing but simple `key: value` lines; None for any other text."""
    pairs = _FLAT.findall(text)
    found = dict(pairs)
    size = text.count("\n")
    if not len(pairs) == len(found) == size == text.count(": ") or not text.endswith("\n"):
        return None
    if " #" in text or ":\n" in text or "\t" in text or not text.isascii():
        return None
    if not NOT_TEXT.isdisjoint(found):
        return None
    for key, value in found.items():
        if value in NOT_TEXT or not value[0].isalpha():
            found[key] = scalar(value)
    return found


class _Reader:
    """A cursor over lines; every method leaves it on the next line that holds content."""

    __slots__ = ("entry", "lines", "row")

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.row = 0
        self.entry = re.compile(_ENTRY)

    def skip(self) -> None:
        """Move past empty lines and comment lines."""
        lines = self.lines
        row = self.row
        end = len(lines)
        while row < end:
            line = lines[row]
            if line and not line.isspace() and line.lstrip(" ")[0] != "#":
                break
            if "\t" in line:
                raise Beyond
            row += 1
        self.row = row

    def indent(self) -> int:
        """Leading spaces of the current line."""
        line = self.lines[self.row]
        return len(line) - len(line.lstrip(" "))

    def block(self, indent: int, depth: int) -> Any:
        """A mapping or sequence whose lines start at column `indent`."""
        line = self.lines[self.row]
        if line.startswith("- ", indent) or line[indent:] == "-":
            return self.sequence(indent, depth)
        return self.mapping(indent, depth)

    def mapping(self, indent: int, depth: int) -> dict[str, Any]:
        """Entries `key: value` at one indentation; a repeated key is beyond the subset."""
        if depth >= MAX_DEPTH:
            raise Beyond
        found: dict[str, Any] = {}
        lines = self.lines
        end = len(lines)
        while self.row < end:
            line = lines[self.row]
            if (len(line) - len(line.lstrip(" "))) != indent:
                if (len(line) - len(line.lstrip(" "))) > indent:
                    raise Beyond
                break
            match = self.entry.fullmatch(line, indent)
            if match is None:
                if line.startswith("- ", indent):
                    break
                raise Beyond
            key, rest = match.groups()
            if key in found or not _is_text(key):
                raise Beyond
            self.row += 1
            found[key] = self.value(rest, indent, depth)
        return found

    def sequence(self, indent: int, depth: int) -> list[Any]:
        """Entries `- value` at one indentation."""
        if depth >= MAX_DEPTH:
            raise Beyond
        found: list[Any] = []
        lines = self.lines
        end = len(lines)
        while self.row < end:
            line = lines[self.row]
            if (len(line) - len(line.lstrip(" "))) != indent:
                if (len(line) - len(line.lstrip(" "))) > indent:
                    raise Beyond
                break
            if not line.startswith("- ", indent):
                if line.startswith("-", indent):
                    raise Beyond
                break
            rest = line[indent + 2 :]
            if self.entry.match(rest) and rest[0] != " ":
                lines[self.row] = " " * (indent + 2) + rest
                found.append(self.mapping(indent + 2, depth + 1))
            else:
                self.row += 1
                found.append(scalar(rest.strip(" ")))
                self.skip()
        return found

    def value(self, rest: str | None, indent: int, depth: int) -> Any:
        """What follows `key:`: a scalar on the line, or a block below it."""
        if rest is not None and rest.strip(" "):
            rest = rest.strip(" ")
            if rest == "|":
                return self.literal(indent)
            found = scalar(rest)
            self.skip()
            return found
        self.skip()
        if self.row >= len(self.lines):
            return None
        below = self.indent()
        if below > indent:
            return self.block(below, depth + 1)
        if below == indent and self.lines[self.row].startswith("- ", indent):
            return self.sequence(indent, depth + 1)
        return None

    def literal(self, indent: int) -> str:
        """The lines of a `|` block, clipped to one final line end."""
        taken: list[str] = []
        lines = self.lines
        while self.row < len(lines):
            line = lines[self.row]
            if line.strip(" ") and (len(line) - len(line.lstrip(" "))) <= indent:
                break
            if "\t" in line or not line.isprintable():
                raise Beyond
            taken.append(line)
            self.row += 1
        if self.row == len(lines) and taken and taken[-1].strip(" "):
            raise Beyond
        while taken and not taken[-1].strip(" "):
            taken.pop()
        if not taken or not taken[0].strip(" "):
            raise Beyond
        margin = len(taken[0]) - len(taken[0].lstrip(" "))
        if any(line.strip(" ") and line[:margin].strip(" ") for line in taken):
            raise Beyond
        self.skip()
        return "\n".join(line[margin:] for line in taken) + "\n"


@lru_cache(maxsize=1024)
def _is_text(key: str) -> bool:
    """Whether every YAML reader takes an unquoted key for text; files share most of their keys."""
    return not ambiguous(key) and isinstance(resolve(key), str)


def scalar(text: str) -> Any:
    """A one-line value: flow list of scalars, quoted or plain scalar."""
    if text.isalpha() and text not in NOT_TEXT:
        return text
    if not text:
        raise Beyond
    first = text[0]
    if first == "[":
        return list((_remembered_flow if len(text) < _LONG else _flow)(text))
    if first in "\"'":
        return _quoted(text)
    if text == "{}":
        return {}
    return (_remembered if len(text) < _LONG else _unquoted)(text)


def _unquoted(text: str) -> Any:
    if text[0] in _INDICATORS or ": " in text or " #" in text or text[-1] == ":":
        raise Beyond
    if not text.isprintable() or ambiguous(text):
        raise Beyond
    return resolve(text)


_remembered = lru_cache(maxsize=4096)(_unquoted)
"""Files share their dates and many other values."""


def _quoted(text: str) -> str:
    match = _SIMPLE_QUOTED.fullmatch(text)
    if match is not None:
        found = match.group(1) if match.group(1) is not None else match.group(2)
    else:
        escaped = re.fullmatch(_ESCAPED_QUOTED, text)
        if escaped is None:
            raise Beyond
        found = re.sub(_ESCAPE, lambda hit: _ESCAPES[hit.group(1)], escaped.group(1))
    if not text.isprintable():
        raise Beyond
    return found


def _flow(text: str) -> tuple[Any, ...]:
    """A one-line flow list of quoted and simple plain scalars."""
    if not text.endswith("]"):
        raise Beyond
    inner = text[1:-1].strip(" ")
    words = inner.split(", ")
    if all(map(str.isalpha, words)) and NOT_TEXT.isdisjoint(words):
        return tuple(words)
    entry_at = re.compile(_FLOW_ENTRY).match
    found: list[Any] = []
    offset = 0
    while offset < len(inner):
        match = entry_at(inner, offset)
        if match is None:
            raise Beyond
        entry = match.group(1)
        if entry[0] in "\"'":
            found.append(_quoted(entry))
        elif ambiguous(entry):
            raise Beyond
        else:
            found.append(resolve(entry))
        offset = match.end()
        if match.group(2) and offset == len(inner):
            raise Beyond
    return tuple(found)


_remembered_flow = lru_cache(maxsize=4096)(_flow)
