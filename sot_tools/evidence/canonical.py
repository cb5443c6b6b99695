"""Canonical JSON (RFC 8785) and SHA-256: one value has one text, one text one digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

EMPTY = hashlib.sha256(b"").hexdigest()
"""The digest of nothing, which an empty `patch.diff` has (EVI-25)."""


def canonical(value: Any) -> bytes:
    """The value as canonical JSON; numbers are integers below 2^53 in magnitude.

    The fast side writes what is plain; everything else goes to the reference library.
    """
    if plain(value):
        return _FAST(value).encode()
    import rfc8785

    return rfc8785.dumps(value)


_FAST = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_LARGEST = 2**53 - 1


def plain(value: Any) -> bool:
    """Whether json.dumps writes this value as RFC 8785 wants it: no floats, keys in ASCII."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_LARGEST <= value <= _LARGEST)
    if kind is dict:
        return _keys(value) and _every(value.values())
    return (kind is list or kind is tuple) and _every(value)


def _keys(value: dict[Any, Any]) -> bool:
    for key in value:  # noqa: SIM110  a generator would cost as much as its tests
        if type(key) is not str or not key.isascii():
            return False
    return True


def _every(values: Iterable[Any]) -> bool:
    for each in values:  # noqa: SIM110
        if not plain(each):
            return False
    return True


def line(value: Any) -> bytes:
    """The value as one line of a `.jsonl` file."""
    return canonical(value) + b"\n"


def sha256(data: bytes) -> str:
    """Hex SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def sha256_of() -> Any:
    """A SHA-256 that takes its bytes piece by piece."""
    return hashlib.sha256()


def report_digest(report: dict[str, Any]) -> str:
    """The digest of a report over its canonical JSON without its own entry (contract rule 2)."""
    digests = {k: v for k, v in report["artifact_digests"].items() if k != "report.json"}
    return sha256(canonical({**report, "artifact_digests": digests}))
