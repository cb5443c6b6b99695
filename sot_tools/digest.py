"""The one way to take a digest of a content, and of several texts."""

from __future__ import annotations

from collections.abc import Iterable


def of_parts(parts: Iterable[str]) -> str:
    """Hex SHA-256 of several strings, each preceded by its byte length so that none can run
    into the next."""
    from hashlib import sha256  # loads OpenSSL, which a clean check does not need

    whole = sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole.update(b"%d:" % len(data))
        whole.update(data)
    return whole.hexdigest()


def of_bytes(content: bytes) -> str:
    """Hex SHA-256 of a content."""
    from hashlib import sha256

    return sha256(content).hexdigest()
