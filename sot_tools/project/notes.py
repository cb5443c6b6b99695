"""What is kept from run to run of documents in which nothing was found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sot_tools.project.encoding import decoded, encoded
from sot_tools.project.memory import BROKEN, Memory
from sot_tools.rules.model import Facts


class Note(NamedTuple):
    """What is kept of one document."""

    digest: str
    facts: Facts
    told: Mapping[str, Any]
    """What cross-document checks asked about it, and the answers."""


def load(memory: Memory) -> dict[str, Note]:
    """Path → note."""
    text = memory.load("facts")
    try:
        found: tuple[Note, ...] = decoded(tuple[Note, ...], json.loads(text or "[]"))
    except BROKEN:
        return {}
    return {each.facts.path: each for each in found}


def save(memory: Memory, notes: Iterable[Note]) -> None:
    """Keep notes in place of all others."""
    memory.save("facts", encoded(list(notes)))
