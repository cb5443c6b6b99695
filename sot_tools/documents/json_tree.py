"""JSON becomes a value here, and on demand the span of every value and key (RFC 8259)."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any, NoReturn

from sot_tools.diagnostic import Span
from sot_tools.documents.decode import position
from sot_tools.documents.problems import Problem, at, problem
from sot_tools.documents.tree import MAX_DEPTH, Path, Tree

_LEXEME = r'(?s)"(?:[^"\\]|\\.)*(?:"|\Z)|[{}\[\],:]|[^\s{}\[\],:"]+'


class _Duplicate(Exception):
    """An object names one key twice."""


class _Constant(Exception):
    """A constant that Python's reader knows and JSON does not."""


def read(text: str) -> tuple[Any, list[Problem]]:
    """The value of a JSON text and its problems; never raises."""
    if text.count("[") + text.count("{") > MAX_DEPTH and (deep := _too_deep(text)):
        return None, [deep]
    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_int)
    except _Duplicate:
        tree = locate(text)
        return tree.value, tree.problems
    except (ValueError, RecursionError, _Constant) as error:
        return None, [_fault(text, error)]
    return value, []


def _fault(text: str, error: Exception) -> Problem:
    """The problem that made the library refuse a text."""
    if isinstance(error, _Constant):
        word = str(error)
        hits = (match.start() for match in re.finditer(_LEXEME, text) if match.group() == word)
        line, column = position(text, next(hits, 0))
        detail = f"not valid JSON: {word} is not a JSON number"
        return problem("syntax", at(line, column, len(word)), detail, "correct the number")
    if isinstance(error, RecursionError):
        return problem("depth", at(1), f"nested deeper than {MAX_DEPTH} levels", "flatten it")
    if not text.strip():
        return problem("syntax", at(1), "the file is empty; expected a JSON value", "write {}")
    if isinstance(error, json.JSONDecodeError):
        detail = f"not valid JSON: {error.msg}"
        return problem("syntax", at(error.lineno, error.colno), detail, "correct the JSON")
    return problem("syntax", at(1), f"not valid JSON: {error}", "correct the number")


def locate(text: str) -> Tree:
    """The spans of all values and keys of a text that `read` accepts, duplicates included."""
    return _Locator(text).run()


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Duplicate
    return found


def _constant(name: str) -> NoReturn:
    raise _Constant(name)


def _int(text: str) -> int:
    if len(text) > 300:
        raise ValueError(f"a number of {len(text)} digits is too large")
    return int(text)


def _too_deep(text: str) -> Problem | None:
    depth = 0
    for match in re.finditer(_LEXEME, text):
        sign = match.group()
        if sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                line, column = position(text, match.start())
                return problem(
                    "depth",
                    at(line, column),
                    f"nested deeper than {MAX_DEPTH} levels",
                    "flatten it",
                )
        elif sign in "]}":
            depth -= 1
    return None


class _Locator:
    """Walks the tokens of a JSON text with a stack, rebuilding values with their places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(re.finditer(_LEXEME, text))
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.index = 0
        self.tree = Tree()

    def run(self) -> Tree:
        try:
            self.tree.value = self.value(())
        except (IndexError, ValueError, RecursionError):
            self.tree.problems.append(
                problem("syntax", at(1), "not valid JSON", "correct the JSON")
            )
        return self.tree

    def value(self, path: Path) -> Any:
        match = self.tokens[self.index]
        self.index += 1
        sign = match.group()
        self.tree.values[path] = self.span(match)
        if sign == "{":
            return self.object(path)
        if sign == "[":
            return self.array(path)
        return json.loads(sign)

    def object(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.tokens[self.index].group() != "}":
            if self.tokens[self.index].group() == ",":
                self.index += 1
            match = self.tokens[self.index]
            key = json.loads(match.group())
            here = (*path, key)
            if here in self.tree.keys:
                self.tree.problems.append(self.duplicate(key, here, match))
            else:
                self.tree.keys[here] = self.span(match)
            self.index += 2
            found[key] = self.value(here)
        self.index += 1
        return found

    def array(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while self.tokens[self.index].group() != "]":
            if self.tokens[self.index].group() == ",":
                self.index += 1
            found.append(self.value((*path, len(found))))
        self.index += 1
        return found

    def duplicate(self, key: str, here: Path, match: re.Match[str]) -> Problem:
        span = self.span(match)
        first = self.tree.keys[here].line
        detail = f"key `{key}` is given twice, first on line {first}; JSON readers keep only one"
        place = at(span.line, span.column, span.end_column - span.column)
        return problem("duplicate-key", place, detail, "keep one of the two")

    def span(self, match: re.Match[str]) -> Span:
        row = bisect_right(self.starts, match.start()) - 1
        column = match.start() - self.starts[row] + 1
        return Span(row + 1, column, column + (match.end() - match.start()))
