"""Which work items, and which documents, the diagnostics of a check speak about."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sot_tools.board.entries import starts
from sot_tools.diagnostic import Diagnostic, Span
from sot_tools.documents.items import Item
from sot_tools.documents.sections import sections
from sot_tools.rules.model import Facts, Library


class Faults:
    """Diagnostics by work item and by document.

    Rule 1: a place inside an item's board entry, or below the heading that opens the item, speaks
    about that item.
    Rule 2: any other place speaks about the items that its line mentions.
    """

    def __init__(self, library: Library, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        self._numbers: dict[str, set[int]] = {}
        self._paths: dict[str, list[int]] = {}
        places = _Places(library)
        for number, diagnostic in enumerate(self.diagnostics):
            spots = [(diagnostic.path, diagnostic.span)]
            spots += [(other.path, other.span) for other in diagnostic.related]
            for path in dict.fromkeys(path for path, _ in spots):
                self._paths.setdefault(path, []).append(number)
            for path, span in spots:
                for identifier in places.items_at(path, span):
                    self._numbers.setdefault(identifier, set()).add(number)

    def of_item(self, identifier: str) -> tuple[Diagnostic, ...]:
        """The diagnostics that speak about an item."""
        return self._chosen(self._numbers.get(identifier, ()))

    def of_document(self, path: str) -> tuple[Diagnostic, ...]:
        """The diagnostics that point to a document."""
        return self._chosen(self._paths.get(path, ()))

    def between(self, one: str, other: str) -> tuple[Diagnostic, ...]:
        """The diagnostics that speak about both of two items."""
        first, second = self._numbers.get(one), self._numbers.get(other)
        return self._chosen(first & second) if first and second else ()

    def _chosen(self, numbers: Iterable[int]) -> tuple[Diagnostic, ...]:
        return tuple(self.diagnostics[number] for number in sorted(numbers))


def codes(diagnostics: Iterable[Diagnostic]) -> tuple[str, ...]:
    """The rule codes of diagnostics, each once, sorted."""
    return tuple(sorted({each.code for each in diagnostics}))


class _Range(NamedTuple):
    """From a place up to and including a line."""

    line: int
    column: int
    last: int
    id: str


class _Places:
    """Finds the items that a place is about; what it needs of a file is taken once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._ranges: dict[str, list[_Range]] = {}
        self._mentions: dict[str, Mapping[int, tuple[str, ...]]] = {}

    def items_at(self, path: str, span: Span) -> tuple[str, ...]:
        if path not in self._ranges:
            self._ranges[path] = _ranges(self._library, path)
        ranges = self._ranges[path]
        at = bisect_right(ranges, (span.line, span.column), key=lambda each: each[:2]) - 1
        if at >= 0 and span.line <= ranges[at].last:
            return (ranges[at].id,)
        if path not in self._mentions:
            self._mentions[path] = _mentions(self._library.facts.get(path))
        return self._mentions[path].get(span.line, ())


def _ranges(library: Library, path: str) -> list[_Range]:
    document = library.document(path)
    board = library.board
    if document is None:
        return []
    if board is not None and path == board.path:
        begun = starts(document)
        return [_Range(*begun[item.position], len(document.lines), item.id) for item in board.items]
    facts = library.facts.get(path)
    items: tuple[Item, ...] = facts.items if facts else ()
    lasts = {section.line: section.last for section in sections(document)} if items else {}
    return [_Range(item.line, 1, lasts.get(item.line, item.line), item.id) for item in items]


def _mentions(facts: Facts | None) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, dict[str, None]] = {}
    for mention in facts.mentions if facts else ():
        found.setdefault(mention.line, {})[mention.id] = None
    return {line: tuple(ids) for line, ids in found.items()}
