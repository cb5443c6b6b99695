"""What is kept from run to run of documents in which nothing was found."""

import json
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple

from sot_tools.project.encoding import Decode, decoder, encoded
from sot_tools.project.memory import BROKEN, Memory
from sot_tools.rules.facts import nothing
from sot_tools.rules.model import Facts

Told = Mapping[str, Mapping[str, Any]]
"""Path → what cross-document checks asked about the document, and the answers."""


class Note(NamedTuple):
    """What is kept of one document."""

    digest: str
    """Hex SHA-256 of its content."""
    seen: str
    """Digest of what rules can see of its facts."""
    facts: Facts


_FEW = 20
"""Words that are looked for in less time than everything is read."""


def load(memory: Memory, words: Iterable[str] | None = None) -> tuple[dict[str, Note], Told]:
    """The notes by path, and the answers; where `words` are given, facts in which none of them
    stands are left empty, since most of the time goes into reading facts."""
    told, *lines = (memory.load("facts") or "{}").split("\n")
    decode = decoder(Facts) or Facts._make
    wanted = {encoded(word)[1:-1] for word in words} if words is not None else None
    if wanted is None or len(wanted) > _FEW:
        notes = (_note(line, decode) for line in lines)
    else:
        notes = (
            _note(line, decode) if any(word in line for word in wanted) else _bare(line)
            for line in lines
        )
    try:
        found = {note.facts.path: note for note in notes}
        return found, {path: dict(answers) for path, answers in json.loads(told).items()}
    except BROKEN:
        return {}, {}


_read = json.JSONDecoder().raw_decode


def _note(line: str, decode: Decode) -> Note:
    digest, seen, text = line.split(" ", 2)
    return Note(digest, seen, decode(_read(text)[0]))


def _bare(line: str) -> Note:
    """A note without the facts."""
    digest, seen, text = line.split(" ", 2)
    return Note(digest, seen, nothing(_read(text, 1)[0]))


def save(memory: Memory, notes: Iterable[Note], told: Told) -> None:
    """Keep notes in place of all others."""
    lines = (f"{each.digest} {each.seen} {encoded(each.facts)}" for each in notes)
    memory.save("facts", chain([encoded(told)], lines))
