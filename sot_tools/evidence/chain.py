"""Lines that hold the digest of the line before: nothing can be taken out, put in or swapped."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sot_tools.evidence.canonical import line, sha256


class Chain:
    """Makes the lines of one file; the first line holds the digest of `root`."""

    def __init__(self, root: str) -> None:
        self.previous = root
        self.sequence = 0

    def next(self, entry: dict[str, Any]) -> bytes:
        """The line of an entry, with its number and the digest of the line before."""
        self.sequence += 1
        made = line({**entry, "sequence": self.sequence, "previous": self.previous})
        self.previous = sha256(made)
        return made


class Reading(NamedTuple):
    """What stands in a chained file."""

    entries: tuple[dict[str, Any], ...]
    """The entries up to the first break."""
    torn: bytes
    """What stands after the last line end: a line that was being written when the run died."""
    faults: tuple[str, ...]
    """Where the chain breaks, in words."""


def read(content: bytes, root: str) -> Reading:
    """The entries of a chained file whose first line must hold the digest `root`."""
    *complete, torn = content.split(b"\n")
    entries: list[dict[str, Any]] = []
    previous = root
    for number, text in enumerate(complete, 1):
        fault, entry = _entry(text, number, previous)
        if fault:
            return Reading(tuple(entries), torn, (fault,))
        entries.append(entry)
        previous = sha256(text + b"\n")
    return Reading(tuple(entries), torn, ())


def _entry(text: bytes, number: int, previous: str) -> tuple[str, dict[str, Any]]:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return f"line {number} is no JSON", {}
    if not isinstance(entry, dict):
        return f"line {number} is no object", {}
    if entry.get("sequence") != number:
        return f"line {number} has the sequence number {entry.get('sequence')!r}", {}
    if entry.get("previous") != previous:
        return f"line {number} does not follow from the line before", {}
    return "", entry


def read_line(text: bytes) -> dict[str, Any]:
    """One line as an object; empty where it is none."""
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}
