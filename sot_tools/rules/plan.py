"""Which rules apply to which file, prepared once, and the two passes over the documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any

from sot_tools.diagnostic import Finding
from sot_tools.documents.document import Document
from sot_tools.errors import SotError
from sot_tools.globs import matches
from sot_tools.rules import secrets
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import (
    BadParameters,
    DocumentCheck,
    Library,
    Rule,
    Scene,
    texts,
)
from sot_tools.rules.patterns import compiled
from sot_tools.rules.table import CHECKS, function
from sot_tools.rules.wanted import Wanted

_FEW = 4
"""Documents that rules about secrets read in less time than it takes to prepare one search for
them all."""

Hit = tuple[Rule, str, Finding]
"""A rule, the path it speaks of, and what it found there."""
_Case = tuple[str, bool, bool, bool]
"""What tells which rules can find something in a document."""


class Plan:
    """The rules in force, each turned into a function when a document first asks for it.

    Settings are proven when they are read, so that this does not fail later.
    """

    def __init__(self, rules: Sequence[Rule], scene: Scene) -> None:
        self.scene = scene
        self.rules = rules
        self.wanted = Wanted(rules, scene)
        self._met = 0
        """Documents that were checked."""
        self._made: dict[tuple[str, str], Any] = {}
        self._by_kind: dict[_Case, list[tuple[Rule, DocumentCheck, bool]]] = {}

    def prove(self) -> None:
        """Make every function; raises SotError for a bad row."""
        for rule in self.rules:
            for name in rule.kinds:
                if name not in self.scene.kinds.by_name:
                    raise SotError(
                        f"{rule.origin}: {rule.code} names the kind `{name}`, which does not exist"
                    )
            check = CHECKS[rule.check]
            for place in filter(None, (check.document, check.workspace)):
                self._function(rule, place)

    def _function(self, rule: Rule, place: str) -> Any:
        """What a row makes of its check."""
        made = self._made.get((rule.code, place))
        if made is None:
            given = {**rule.parameters, "item": rule.item} if rule.item else rule.parameters
            try:
                made = self._made[rule.code, place] = function(place)(given, self.scene)
            except BadParameters as error:
                raise SotError(f"{rule.origin}: {rule.code}: {error}") from None
        return made

    def check_document(self, document: Document, kind: Kind | None) -> Iterator[Hit]:
        """What the rules find in one document by itself."""
        from sot_tools.rules import shape  # not needed where nothing is read

        name = kind.name if kind else ""
        sound = shape.is_sound(document, kind, self.scene.kinds)
        case = name, bool(document.problems), self._may_hold_secrets(document), sound
        rules = self._by_kind.get(case)
        if rules is None:
            rules = self._by_kind[case] = list(self._of_kind(*case))
        for rule, check, everywhere in rules:
            if everywhere or _names(rule, document.path):
                for finding in check(document, kind):
                    yield rule, document.path, finding

    def _of_kind(
        self, name: str, problems: bool, secret: bool, sound: bool
    ) -> Iterator[tuple[Rule, DocumentCheck, bool]]:
        """The rules that can find something in a document of a kind, and whether they are about
        every one: without problems of reading, without a keyword of secrets, and in a sound shape,
        many cannot."""
        for rule in self.rules:
            check = CHECKS[rule.check]
            if not check.document or (rule.kinds and name not in rule.kinds):
                continue
            if check.of_reading and not problems:
                continue
            if (rule.check == "secrets" and not secret) or (rule.check == "schema" and sound):
                continue
            made = self._function(rule, check.document)
            yield rule, made, not (rule.documents or rule.exempt)

    def _may_hold_secrets(self, document: Document) -> bool:
        """Whether any keyword of any secrets rule occurs: one search instead of one a keyword,
        where that pays."""
        self._met += 1
        if self._met <= _FEW or not self._gate:
            return True
        return bool(compiled(self._gate, True).search(document.text))

    @cached_property
    def _gate(self) -> str:
        return secrets.gate(
            keyword
            for rule in self.rules
            if rule.check == "secrets"
            for keyword in texts(rule.parameters, "keywords")
        )

    def check_workspace(self, library: Library, moot: frozenset[str]) -> Iterator[Hit]:
        """What the rules find by comparing documents, but those whose work item is moot."""
        for rule in self.rules:
            place = CHECKS[rule.check].workspace
            if not place or rule.item in moot:
                continue
            function = self._function(rule, place)
            for path, finding in function(library, _applies(rule, library)):
                yield rule, path, finding


def _applies(rule: Rule, library: Library) -> Callable[[str], bool]:
    """Whether a row applies to a path; most rows apply to all."""
    if not (rule.kinds or rule.documents or rule.exempt):
        return _everywhere
    if not rule.kinds:
        return partial(_names, rule)
    facts = library.facts

    def applies(path: str) -> bool:
        return path in facts and facts[path].kind in rule.kinds and _names(rule, path)

    return applies


def _everywhere(_: str) -> bool:
    return True


def _names(rule: Rule, path: str) -> bool:
    """Whether a row's globs mean a file."""
    return (not rule.documents or matches(path, rule.documents)) and not matches(path, rule.exempt)


def moot(rules: Iterable[Rule], library: Library) -> frozenset[str]:
    """The work items of rules that do not exist: they are not on the board or, without one, named
    nowhere."""
    if library.board is not None:
        known = frozenset(library.board.by_id)
    else:
        known = frozenset(
            mention.id for facts in library.facts.values() for mention in facts.mentions
        )
    return frozenset(rule.item for rule in rules if rule.item) - known
