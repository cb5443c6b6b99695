"""What of the facts of a document a rule in force can look at.

Nothing else is kept of it, since the facts of all documents are in memory at once, and of what it
says little else is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice

from sot_tools.documents.assertions import EVERYTHING, Hints, assertion, is_state, label
from sot_tools.documents.document import Document
from sot_tools.documents.items import Item
from sot_tools.documents.sections import fold
from sot_tools.documents.statements import Statement, said
from sot_tools.rules.facts import collect
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import Facts, Rule, Scene, texts
from sot_tools.rules.table import CHECKS
from sot_tools.rules.truth.runs import RUN, run_ids

_ABOUT = frozenset({"status", "work item", "work items", "item"})
"""Labels by which every document says what state it is in, and what it is about."""
_FIELDS = frozenset({"status", "last_reviewed", "created", "review_trigger"})
"""Fields of the front matter that checks ask for though no row names them."""
_FEW = 4
"""Documents that are read line by line in less time than it takes to prepare a search."""
_DENIED = "un"
"""How a state begins that says that another one is not reached."""
_JOINTS = re.compile(r" *[|:] *")


class Wanted:
    """What the rules in force can look at."""

    def __init__(self, rules: Iterable[Rule], scene: Scene) -> None:
        rules = [rule for rule in rules if CHECKS[rule.check].workspace]
        self._named = frozenset(name for rule in rules for name in _named(rule))
        self._phrases = tuple(
            text.lower() for rule in rules for text in texts(rule.parameters, "phrase", False)
        )
        self._scene = scene
        self._seen = 0
        """How many documents were read."""
        self._states = scene.states.finished | scene.states.unfinished | self._named | {"blocked"}
        self._answers = any(rule.check == "answered" for rule in rules)
        """Whether what criteria ask for is looked for in whatever evidence says."""

    def facts(self, document: Document, kind: Kind | None) -> Facts:
        """The facts of a document, as much as is asked for."""
        self._seen += 1
        if self._seen <= _FEW:
            return self.of(collect(document, kind, self._scene, EVERYTHING))
        if self._answers:
            return self.of(collect(document, kind, self._scene))
        return self.touched(document, kind)

    def touched(self, document: Document, kind: Kind | None) -> Facts:
        """The same, read where the document touches what is asked for; all that it says is read
        where all its labels are asked for."""
        scene = self._scene
        facts = collect(document, kind, scene, self._hints)
        if document.readable and self._reads_labels(facts):
            facts = facts._replace(said=said(document, scene.id_pattern, scene.states.words))
        return self.of(facts)

    @cached_property
    def _hints(self) -> Hints:
        """What every statement and label touches that is asked for, and every label for whose sake
        all labels are."""
        words = self._scene.states.words
        states = frozenset(each for each in self._states | words if is_state(each, words))
        labels = label(self._named | _ABOUT, self._phrases)
        return assertion(states, _DENIED), f"{labels}|{RUN}"

    def of(self, facts: Facts) -> Facts:
        """The facts without what nobody asks for."""
        said = facts.said
        statements = tuple(each for each in said.statements if self._asks_for(each))
        labels = said.labels
        if not self._reads_labels(facts):
            labels = tuple(each for each in labels if each.key in _ABOUT)
        return facts._replace(
            items=facts.items if self._answers else tuple(map(_without_words, facts.items)),
            fields=self._fields(facts),
            said=said._replace(
                statements=statements, labels=labels, boxes=() if facts.items else said.boxes
            ),
        )

    def _asks_for(self, statement: Statement) -> bool:
        return (
            statement.negated
            or statement.assumed
            or statement.state in self._states
            or statement.state.startswith(_DENIED)
        )

    def _reads_labels(self, facts: Facts) -> bool:
        """Whether a rule reads more than its state and subject among the labels of a document: it
        cites a record, one label names a run, or one is what a row names."""
        if self._answers or any(link.target.endswith(".json") for link in facts.links):
            return True
        return any(
            run_ids(value) or (key not in _ABOUT and self._names(key, value))
            for key, value, _, _, _ in facts.said.labels
        )

    def _names(self, key: str, value: str) -> bool:
        """Whether a row names the key, its first word, or the first word of the value."""
        named = self._named
        if key in named or key.partition(" ")[0] in named:
            return True
        if value.partition(" ")[0].lower() in named:
            return True
        return any(phrase in key for phrase in self._phrases)

    def _fields(self, facts: Facts) -> Mapping[str, str]:
        """All fields of a record; of a document those that a row or a check names."""
        if facts.path.endswith(".json"):
            return facts.fields
        return {
            key: value
            for key, value in facts.fields.items()
            if key in _FIELDS or key.endswith("timestamp") or key in self._named
        }


def _named(rule: Rule) -> Iterator[str]:
    """Every text in the parameters of a row, and the parts of `key: value` and `this|that`; as it
    stands there and as labels are folded."""
    for name in rule.parameters:
        for text in texts(rule.parameters, name):
            for part in filter(None, (text, *_JOINTS.split(text))):
                yield part
                yield fold(part.replace("_", " "))


def _without_words(item: Item) -> Item:
    """An item with the first open box of its criteria alone."""
    open_ = (each for each in item.acceptance or () if each.ticked is False)
    return item._replace(acceptance=tuple(each._replace(text="") for each in islice(open_, 1)))
