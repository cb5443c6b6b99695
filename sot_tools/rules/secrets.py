"""Values that must not stand in a document: keys, tokens, credentials, endpoints (SEC-01…09)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

from sot_tools.diagnostic import Finding
from sot_tools.documents.document import Document
from sot_tools.documents.problems import at
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import BadParameters, DocumentCheck, Parameters, Scene, texts
from sot_tools.rules.patterns import compiled

_BEFORE = {" ": r"(?<![a-z0-9_])", "_": r"(?<=[a-z0-9_. -])"}
_QUOTES = r"""["'`*\\]{0,4}[ \t]{0,8}["'`*\\]{0,4}"""
_ASSIGNED = f"{_QUOTES}[:=]{_QUOTES}"
_QUOTED_KEY = (r'(?a)"[\w. -]{0,60}\Z', r'"\s{0,8}:')
_PLAIN_KEY = (
    r"(?a)\n[ \t]{0,100}(?:- {1,8}){0,4}'?[\w.-]{0,60}\Z",
    r"'?[ \t]{0,8}:[ \t]",
)
_KEYS = {"json": (_QUOTED_KEY,), "yaml": (_QUOTED_KEY, _PLAIN_KEY)}
"""Format of a data file → what stands before and after the last word of a key."""


def secrets(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Matches of `patterns`; the first group that took part, or the whole match, is the value.

    Patterns are tried only where one of the `keywords` occurs, since RE2 costs more than the
    rest of a check. Values that match one of `allow` in full, and values of less than `entropy`
    bits a character, are harmless. A group named `key` is the name that a value is assigned to:
    where it is a key of a data file, the match is left to rules about keys.
    """
    patterns = texts(parameters, "patterns")
    keywords = texts(parameters, "keywords")
    allow = [f"(?i)^(?:{pattern})$" for pattern in texts(parameters, "allow", required=False)]
    what = texts(parameters, "what")[0]
    least = parameters.get("entropy", 0)
    if not isinstance(least, int | float):
        raise BadParameters("parameter `entropy` must be a number")

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        folded = document.once("folded", lambda it: it.text.lower())
        if not any(
            occurs(keyword, folded if keyword.islower() else document.text) for keyword in keywords
        ):
            return
        reported: set[int] = set()
        for pattern in map(compiled, patterns):
            key = pattern.groupindex.get("key", 0)
            for match in pattern.finditer(document.text):
                if key and _is_data_key(document, *match.span(key)):
                    continue
                start, end = _value(match, key)
                value = document.text[start:end]
                if start in reported or entropy(value) < least:
                    continue
                if any(compiled(form).search(value) for form in allow):
                    continue
                reported.add(start)
                line, column = document.position(start)
                length = len(value.partition("\n")[0])
                yield Finding(at(line, column, length), f"{what} stands here", secret=True)

    return check


def occurs(keyword: str, text: str) -> bool:
    """Whether a keyword stands in a text; one without capitals is for lower-case text.

    It is a literal, but for four marks: a blank in front demands the beginning of a word, `_` in
    front that something stands before it; `=` also stands for `:`, with quotes and blanks around
    it, and `*` for characters without blanks. Each finds what the literal finds, too.
    """
    pieces = _pieces(keyword)
    if not all(piece in text for piece in pieces):
        return False
    if pieces == [keyword]:
        return True
    pattern = _around(keyword)
    start = text.find(pieces[0])
    while start >= 0:
        if pattern.match(text, start):
            return True
        start = text.find(pieces[0], start + 1)
    return False


def gate(keywords: Iterable[str]) -> str:
    """A pattern that matches, case ignored, wherever one of the keywords may occur."""
    return "|".join(sorted({_inside(keyword, r"\S*") for keyword in keywords}))


@cache
def _pieces(keyword: str) -> list[str]:
    """The literals of a keyword, between its marks."""
    return re.split("[=*]", keyword[keyword[:1] in _BEFORE :])


@cache
def _around(keyword: str) -> re.Pattern[str]:
    """A keyword with marks, as a pattern to match where its first literal stands."""
    return re.compile(_BEFORE.get(keyword[:1], "") + _inside(keyword, r"\S{0,256}?"))


def _inside(keyword: str, run: str) -> str:
    """A keyword without the mark in front, as a pattern; `run` is the one for `*`."""
    parts = re.split("([=*])", keyword[keyword[:1] in _BEFORE :])
    return "".join({"=": _ASSIGNED, "*": run}.get(part) or re.escape(part) for part in parts)


def _value(match: Any, key: int) -> tuple[int, int]:
    """Where the value of a match stands: its first group but the one for the key, or all of it."""
    for group in range(1, len(match.groups()) + 1):
        if group != key and match.group(group) is not None:
            return match.start(group), match.end(group)
    return match.start(), match.end()


def _is_data_key(document: Document, start: int, end: int) -> bool:
    """Whether the name at these offsets ends a key of a data file; in a value it is only text."""
    text = document.text
    head = text[start - 200 : start] if start > 200 else "\n" + text[:start]
    return any(
        re.search(before, head) and re.compile(after).match(text, end)
        for before, after in _KEYS.get(document.format, ())
    )


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0
