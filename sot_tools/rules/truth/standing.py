"""Which state a work item or a stage is in, and every place that says so.

Precedence (DOCUMENT-KINDS, 5): the board; evidence and closeouts; the heading that opens the item;
what other documents state in passing. Among equals the later review date wins, then the better
state: an attempt that was blocked does not undo the one that passed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from sot_tools.diagnostic import Place, Pointer, Value
from sot_tools.documents.items import Mention, mentioned
from sot_tools.documents.sections import last_line
from sot_tools.rules.model import Facts, Library, Scene
from sot_tools.rules.pointing import word_at
from sot_tools.rules.truth.labels import statuses


class Word(NamedTuple):
    """One place that says which state something is in."""

    state: str
    path: str
    line: int
    rank: int
    """0 board, 1 evidence, 2 heading, 3 in passing."""
    date: str
    """Of the part it stands in, or the document's last review."""
    position: int = -1
    """Index of the board's entry; -1 elsewhere."""

    def place(self, library: Library) -> Place:
        """Where the state is written."""
        if self.position >= 0:
            return Value(("items", self.position, "status"))
        return word_at(library, self.path, self.line, self.state)

    def pointer(self, library: Library, subject: str) -> Pointer:
        """The place as the second place of a finding."""
        where = ("the board says", "the evidence says", "its heading says", "stated")[self.rank]
        return Pointer(self.path, self.place(library), f"{where} `{subject}` is `{self.state}`")


Standing = dict[str, list[Word]]
"""Subject → its words, the one that counts first."""


def standing(library: Library, scene: Scene) -> Standing:
    """Every word about every work item and stage, computed once per check."""

    def compute() -> Standing:
        found: Standing = {}
        for subject, word in _all(library, scene):
            found.setdefault(subject, []).append(word)
        for said in found.values():
            if len(said) > 1:
                said.sort(key=lambda word: word.state not in scene.states.finished)
                said.sort(key=lambda word: word.date, reverse=True)
                said.sort(key=_rank)
        return found

    result: Standing = library.once("standing", compute)
    return result


def current(known: Standing, subject: str) -> Word | None:
    """The word that counts for a subject; None where nothing says anything."""
    found = known.get(subject)
    return found[0] if found else None


def registered(known: Standing, subject: str) -> Word | None:
    """The word of the board, else of the heading that opens the item, else the one that counts."""
    return of_rank(known, subject, 0) or of_rank(known, subject, 2) or current(known, subject)


def of_rank(known: Standing, subject: str, rank: int) -> Word | None:
    """The first word of one rank."""
    found = known.get(subject, [])
    index = bisect_left(found, rank, key=_rank)
    return found[index] if index < len(found) and found[index].rank == rank else None


def evidence_of(known: Standing, subject: str) -> set[str]:
    """The evidence documents and closeouts that speak of a subject; of very many, some."""
    found = known.get(subject, [])
    begin = bisect_left(found, 1, key=_rank)
    return {word.path for word in found[begin : begin + _MANY] if word.rank == 1}


_MANY = 50


def _rank(word: Word) -> int:
    return word.rank


def _all(library: Library, scene: Scene) -> Iterator[tuple[str, Word]]:
    board = library.board
    for entry in board.items if board else ():
        if board is not None and entry.status:
            yield entry.id, Word(entry.status, board.path, 0, 0, "", entry.position)
    states = scene.states.finished | scene.states.unfinished
    for facts in library.facts.values():
        reviewed = facts.fields.get("last_reviewed", "")
        for item in facts.items:
            if item.status is not None:
                word = Word(first_word(item.status.text), facts.path, item.status.line, 2, reviewed)
                yield item.id, word
        rank = 1 if facts.evidence else 3
        for statement in facts.said.statements:
            if statement.state in states and not (statement.negated or statement.assumed):
                date = facts.said.parts[statement.part].date or reviewed
                yield (
                    statement.subject,
                    Word(statement.state, facts.path, statement.line, rank, date),
                )
        if rank == 1:
            yield from _recorded(facts, states, reviewed, scene)
        yield from stages(facts, reviewed)


_FIRST = re.compile(r"[A-Za-z][A-Za-z_-]*")


def first_word(text: str) -> str:
    """The state that a status line begins with."""
    match = _FIRST.match(text)
    return match.group().lower() if match else ""


def _recorded(
    facts: Facts, states: frozenset[str], reviewed: str, scene: Scene
) -> Iterator[tuple[str, Word]]:
    """The state that an evidence document or a closeout gives to the items it is about."""
    said = facts.said
    stated = next((each for each in said.labels if each.key == "status"), None)
    if stated is None or first_word(stated.value) not in states:
        return
    subjects = {
        match.group()
        for each in said.labels
        if each.key in _ABOUT
        for match in mentioned(each.value, scene.id_pattern)
    }
    for index, part in enumerate(said.parts):
        if part.title == "workboard":
            begin = bisect_right(facts.mentions, part.line, key=_line)
            end = bisect_right(facts.mentions, last_line(said.parts, index), key=_line)
            subjects |= {mention.id for mention in facts.mentions[begin:end]}
    for subject in subjects:
        yield subject, Word(first_word(stated.value), facts.path, stated.line, 1, reviewed)


def _line(mention: Mention) -> int:
    return mention.line


_ABOUT = frozenset({"work item", "work items", "item"})
_STAGE = re.compile(r"(stage [0-9]{1,4})(?: - | – | — |: |$)")


def stages(facts: Facts, reviewed: str) -> Iterator[tuple[str, Word]]:
    """The states that sections headed `Stage N - …` give themselves."""
    if not any(part.title.startswith("stage ") for part in facts.said.parts):
        return
    for index, label in statuses(facts).items():
        match = _STAGE.match(facts.said.parts[index].title) if index >= 0 else None
        if match is not None:
            word = Word(first_word(label.value), facts.path, label.line, 1, reviewed)
            yield match.group(1).capitalize(), word
