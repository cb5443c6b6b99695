"""The stages of a workspace: what each is called, and whether it is finished."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from sot_tools.diagnostic import Pointer
from sot_tools.rules.model import Facts, Library
from sot_tools.rules.pointing import pointer
from sot_tools.rules.truth.standing import Words, first_word

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


def finished_stages(library: Library, known: Words) -> list[Stage]:
    """The stages that are called finished, in order."""

    def compute() -> list[Stage]:
        found = [stage for facts in library.facts.values() for stage in _stages(facts, known)]
        return sorted(found)

    result: list[Stage] = library.once(("ladder", known), compute)
    return result


def _stages(facts: Facts, known: Words) -> list[Stage]:
    found = []
    for index, part in enumerate(facts.said.parts):
        head = HEAD.match(part.title) if part.level > 1 else None
        if head is None:
            continue
        status = next(
            (each for each in facts.said.labels if each.part == index and each.key == "status"),
            None,
        )
        if status is not None and first_word(status.value) in known.finished:
            state = first_word(status.value)
            number, name = int(head.group(1)), head.group(2)
            found.append(Stage(number, name, state, facts.path, status.line, index))
    return found


def meant(stages: list[Stage], words: str) -> Stage | None:
    """The stage that a phrase such as `copied repository fixture run` means; None for no one.

    It shares a word with the name of that stage that no other stage's name has."""
    spoken = _words(words)
    names = {stage.number: _words(stage.name) for stage in stages}
    common = Counter(word for name in names.values() for word in name)
    scored = [
        (len(spoken & names[stage.number]), -stage.number, stage)
        for stage in stages
        if any(common[word] == 1 for word in spoken & names[stage.number])
    ]
    return max(scored)[2] if scored else None


def _words(text: str) -> frozenset[str]:
    folded = text.lower().replace("repository", "repo")
    return frozenset(word for word in _WORD.findall(folded) if word not in _PALE)
