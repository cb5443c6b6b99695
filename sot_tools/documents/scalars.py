"""How an unquoted YAML scalar is read, the same on the fast and on the reference path.

The values are those of the YAML 1.2 core schema, without its rare number forms. A scalar that
YAML 1.1 readers (PyYAML, and so python-frontmatter) would turn into something else is *ambiguous*.
"""

from __future__ import annotations

import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NUMBERISH = frozenset("0123456789+-.")
_INTEGER = r"[-+]?(?:0|[1-9][0-9]{0,17})"
_FLOAT = r"[-+]?[0-9]{1,300}\.[0-9]{1,300}(?:[eE][-+][0-9]{1,3})?"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMBIGUOUS_WORDS = frozenset(
    form
    for word in ("y", "n", "yes", "no", "on", "off")
    for form in (word, word.capitalize(), word.upper())
) | {"=", "<<", ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"}
NOT_TEXT = frozenset(_WORDS) | _AMBIGUOUS_WORDS
"""Words that no reader, or not every reader, takes for text."""
_AMBIGUOUS = (
    r"[-+]?0[0-9_]+|0o[0-7]+|[-+]?0x[0-9a-fA-F_]+|[-+]?0b[01_]+"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[-+]?(?=[0-9_.]*_)[0-9][0-9_.]*|[-+]?[1-9][0-9]{18,}"
    r"|[-+]\.(?:inf|Inf|INF)"
    r"|[-+]?(?:[0-9]+\.|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?"
    r"|[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"
)


def resolve(text: str) -> Scalar:
    """The value of an unquoted scalar; dates stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBERISH or _is_word(text):
        return text
    if re.fullmatch(_INTEGER, text):
        return int(text)
    return float(text) if re.fullmatch(_FLOAT, text) else text


def ambiguous(text: str) -> bool:
    """Whether YAML 1.1 and 1.2 readers see different values in this unquoted scalar."""
    if text in _AMBIGUOUS_WORDS:
        return True
    if not text or text[0] not in _NUMBERISH or _is_word(text) or re.fullmatch(_FLOAT, text):
        return False
    return re.fullmatch(_AMBIGUOUS, text) is not None


def _is_word(text: str) -> bool:
    """Whether a text is a date, or a dot and a letter begin it, as they do in a path: no number,
    though it looks like one at first."""
    return (text[0] == "." and text[1:2].isalpha()) or _DATE.fullmatch(text) is not None
