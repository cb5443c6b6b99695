"""The stages of a workspace: what each is called, and whether it is finished."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sot_tools.diagnostic import Pointer
from sot_tools.rules.model import Facts, Library, States
from sot_tools.rules.pointing import pointer
from sot_tools.rules.truth.labels import statuses
from sot_tools.rules.truth.standing import first_word

HEAD = re.compile(r"stage ([0-9]{1,4}) (?:- |– |— |: )?(.+)")
_WORD = re.compile(r"[a-z]+")
_PALE = frozenset({"run", "runs", "use", "stage", "real", "only", "mode", "the", "a", "of", "case"})


class Stage(NamedTuple):
    """A section `Stage N - Name` that states a status."""

    number: int
    name: str
    state: str
    path: str
    line: int
    """Of its status."""
    part: int

    def pointer(self, library: Library) -> Pointer:
        """Where it is called what it is called."""
        label = f"Stage {self.number} is `{self.state}`"
        return pointer(library, self.path, self.line, self.state, label)


class Ladder(NamedTuple):
    """The stages that are called finished, in order."""

    stages: Sequence[Stage]
    named: Mapping[str, Stage]
    """A word that the name of one stage has and no other → the stage."""

    def meant(self, words: str) -> Stage | None:
        """The stage that a phrase such as `copied repository fixture run` means; None for no one.

        It shares a word with the name of that stage that no other stage's name has."""
        spoken = _words(words)
        candidates = {self.named[word] for word in spoken if word in self.named}
        return max(
            candidates,
            key=lambda stage: (len(spoken & _words(stage.name)), -stage.number, stage),
            default=None,
        )

    def after(self, number: int) -> Sequence[Stage]:
        """The stages with a higher number."""
        return self.stages[bisect_right(self.stages, number, key=_number) :]


def _number(stage: Stage) -> int:
    return stage.number


def ladder(library: Library, known: States) -> Ladder:
    """The stages that are called finished."""

    def compute() -> Ladder:
        stages = sorted(
            stage for facts in library.facts.values() for stage in _stages(facts, known)
        )
        names = {stage.number: _words(stage.name) for stage in stages}
        common = Counter(word for name in names.values() for word in name)
        named: dict[str, Stage] = {}
        for stage in stages:
            for word in names[stage.number] & _words(stage.name):
                if common[word] == 1:
                    named[word] = stage
        return Ladder(stages, named)

    result: Ladder = library.once(("ladder", known), compute)
    return result


def _stages(facts: Facts, known: States) -> list[Stage]:
    found = []
    for index, status in statuses(facts).items():
        part = facts.said.parts[index]
        head = HEAD.match(part.title) if index >= 0 and part.level > 1 else None
        if head is not None and first_word(status.value) in known.finished:
            state = first_word(status.value)
            number, name = int(head.group(1)), head.group(2)
            found.append(Stage(number, name, state, facts.path, status.line, index))
    return found


def _words(text: str) -> frozenset[str]:
    folded = text.lower().replace("repository", "repo")
    return frozenset(word for word in _WORD.findall(folded) if word not in _PALE)
