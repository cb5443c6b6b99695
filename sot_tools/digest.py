"""Digests and the one canonical way to take them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NewType

Digest = NewType("Digest", str)
"""`sha256:` followed by 64 lower-case hex digits."""


def of_bytes(data: bytes) -> Digest:
    """SHA-256 of a byte string (FIPS 180-4)."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def of_parts(parts: Iterable[str]) -> str:
    """Hex SHA-256 of several strings, each preceded by its byte length so that none can run
    into the next."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole.update(b"%d:" % len(data))
        whole.update(data)
    return whole.hexdigest()
