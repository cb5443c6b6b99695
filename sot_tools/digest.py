"""The one way to take a digest of a content, and of several texts."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any


@cache
def _own() -> Any:
    """SHA-256 by Python itself, as `random` takes its hash: a check of a few documents hashes less
    than it takes to load OpenSSL, which `hashlib` does."""
    for own in ("_sha2", "_sha256"):  # from Python 3.12 on, and before
        try:
            return import_module(own).sha256
        except ImportError:
            continue
    return prepare()


def prepare() -> Any:
    """Load OpenSSL, which hashes a megabyte sooner, and whatever is hashed from then on."""
    return import_module("hashlib").sha256


def _sha256() -> Any:
    loaded = sys.modules.get("hashlib")
    return loaded.sha256 if loaded is not None else _own()


def of_parts(parts: Iterable[str]) -> str:
    """Hex SHA-256 of several strings, each preceded by its byte length so that none can run
    into the next."""
    whole = _sha256()()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole.update(b"%d:" % len(data))
        whole.update(data)
    found: str = whole.hexdigest()
    return found


_LARGE = 1 << 20


def of_bytes(content: bytes) -> str:
    """Hex SHA-256 of a content."""
    made = _sha256() if len(content) < _LARGE else prepare()
    found: str = made(content).hexdigest()
    return found
