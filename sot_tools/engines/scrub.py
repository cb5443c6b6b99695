"""Values that must not be written down, found as they are or disguised, and cut out."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

MARK = b"[withheld]"
_SHORTEST = 8
"""Shorter values would also be found where they mean nothing."""
_LONG, _PIECE = 512, 256
"""A longer value, such as a private key, is looked for in pieces and without disguises."""
_SHAPES = (
    (r"\b", "sk-", r"[A-Za-z0-9_-]{16,}"),
    *((r"\b", f"gh{kind}_", r"[A-Za-z0-9]{30,}") for kind in "pousr"),
    (r"\b", "github_pat_", r"[A-Za-z0-9_]{30,}"),
    (r"\b", "glpat-", r"[A-Za-z0-9_-]{18,}"),
    *((r"\b", f"xox{kind}-", r"[A-Za-z0-9-]{10,}") for kind in "abprs"),
    (r"\b", "AKIA", r"[0-9A-Z]{16}\b"),
    (r"\b", "AIza", r"[0-9A-Za-z_-]{35}"),
    (r"\b", "eyJ", r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+"),
    (
        "",
        "-----BEGIN ",
        r"[A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{0,8192}"
        r"(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?",
    ),
)
"""Shapes of keys that no harness knows beforehand: what comes before, how they begin, the rest."""
_BEGINNINGS = tuple(begin.encode() for _, begin, _ in _SHAPES)
_PATTERNS = re.compile("|".join(a + re.escape(b) + c for a, b, c in _SHAPES).encode())
_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)


def known(environment: Iterable[tuple[str, str]], others: Iterable[str] = ()) -> tuple[bytes, ...]:
    """The values of variables that are named like secrets, and the others, in every disguise."""
    values = [value for name, value in environment if _NAMES.search(name)]
    plain = [each for each in (*values, *others) if len(each) >= _SHORTEST]
    # of two pieces of one length the earlier stays first, or one that repeats itself breaks it
    forms = dict.fromkeys(form for each in plain for form in _forms(each))
    return tuple(sorted(forms, key=len, reverse=True))


def _forms(value: str) -> Iterable[bytes]:
    raw = value.encode("utf-8", "surrogateescape")
    if len(raw) > _LONG:
        return [raw[at : at + _PIECE] for at in range(0, len(raw), _PIECE)]
    found = {raw, quote(value, safe="").encode(), json.dumps(value)[1:-1].encode()}
    found.add(raw.hex().encode())
    for shift in range(3):
        code = base64.b64encode(b"\0" * shift + raw)
        # the ends depend on what stands beside the value
        inner = code[(0, 2, 3)[shift] : len(code) - (0, 3, 2)[(len(raw) + shift) % 3]]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return {each for each in found if len(each) >= _SHORTEST}


def exact(content: bytes, secrets: tuple[bytes, ...]) -> bytes:
    """The content without the known values."""
    for each in secrets:
        if each in content:
            content = content.replace(each, MARK)
    return content


def clean(content: bytes, secrets: tuple[bytes, ...]) -> bytes:
    """The content without the known values and without what is shaped like a key."""
    content = exact(content, secrets)
    for begin in _BEGINNINGS:
        if begin in content:
            return _PATTERNS.sub(MARK, content)
    return content


def cleaned(value: Any, secrets: tuple[bytes, ...]) -> Any:
    """A JSON value with every text in it clean, keys included.

    All its texts are looked at together; one by one only where something was found. Nothing that
    is looked for holds a NUL, so what stands in a text stands in the whole, too.
    """
    texts: list[str] = []
    _gather(value, texts)
    whole = "\0".join(texts).encode("utf-8", "surrogateescape")
    return value if clean(whole, secrets) == whole else _cleaned(value, secrets)


def _gather(value: Any, into: list[str]) -> None:
    if isinstance(value, str):
        into.append(value)
    elif isinstance(value, dict):
        into += value
        for each in value.values():
            _gather(each, into)
    elif isinstance(value, (list, tuple)):
        for each in value:
            _gather(each, into)


def _cleaned(value: Any, secrets: tuple[bytes, ...]) -> Any:
    if isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape")
        return clean(raw, secrets).decode("utf-8", "surrogateescape")
    if isinstance(value, dict):
        return {_cleaned(k, secrets): _cleaned(each, secrets) for k, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(each, secrets) for each in value]
    return value
