"""Work items inside documents: a heading with an id, and the labelled lines below it."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from sot_tools.diagnostic import Column, LineNumber
from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.outline import Block
from sot_tools.documents.sections import Section, plain, sections

LABELS = {
    "type": ("type",),
    "status": ("status",),
    "blocked by": ("blocked by",),
    "acceptance": ("acceptance", "acceptance criteria"),
}
"""Canonical label → the forms documents use, compared without case."""
_CANONICAL = {form: label for label, forms in LABELS.items() for form in forms}
_TICKED = {"x": True, " ": False}
_new = tuple.__new__
"""As in `outline`: an item has many criteria, a document many mentions."""


class Line(NamedTuple):
    """A text on a known line."""

    text: str
    line: LineNumber


class Criterion(NamedTuple):
    """One acceptance line; `ticked` is None for a plain bullet."""

    text: str
    line: LineNumber
    ticked: bool | None


class Item(NamedTuple):
    """A work item as a document states it; a label that is absent is None."""

    id: str
    title: str
    line: LineNumber
    column: Column
    """Where the id stands in the heading."""
    length: Column
    """Characters from there to the end of the heading."""
    status: Line | None
    type: Line | None
    blocked_by: tuple[Line, ...] | None
    """The inline text, or the entries of the list below the label."""
    acceptance: tuple[Criterion, ...] | None
    boxes: int
    """How many of the acceptance lines have a box."""
    open: int
    """How many of those are not ticked."""
    empty: bool
    """Nothing stands below the heading."""


class Mention(NamedTuple):
    """A work-item id anywhere in a file."""

    id: str
    line: LineNumber
    column: Column


@cache
def heading_pattern(id_pattern: str) -> re.Pattern[str]:
    """Headings that open an item: `ID - Title`, `ID: Title`, with or without `Issue: ` before."""
    return re.compile(rf"(?:Issue: )?({id_pattern})(?: - | – | — |: )(.+)")


@cache
def mention_pattern(id_pattern: str) -> re.Pattern[str]:
    """An id that is no part of a longer word."""
    return re.compile(rf"(?<![\w-]){id_pattern}(?![A-Za-z0-9_])")


def begun(literal: str, pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The matches of a pattern that begin with a literal, which `str` finds ten times as fast."""
    at = text.find(literal)
    while at >= 0:
        match = pattern.match(text, at)
        if match is not None:
            yield match
        at = text.find(literal, match.end() if match else at + 1)


def mentioned(text: str, id_pattern: str) -> Iterator[re.Match[str]]:
    """The ids in a text that are no part of a longer word."""
    return begun(_prefix(id_pattern), mention_pattern(id_pattern), text)


def _prefix(id_pattern: str) -> str:
    """The letters that every id begins with: a pattern is a literal and then digits."""
    return id_pattern.partition("\\")[0]


def items(document: Document, id_pattern: str) -> tuple[Item, ...]:
    """The work items that the document's headings open, in reading order."""
    pattern = heading_pattern(id_pattern)
    prefix = _prefix(id_pattern)
    found = []
    for at, head in enumerate(document.headings):
        if prefix not in head[4] or head.level == 1:
            continue
        section = sections(document)[at]
        match = pattern.fullmatch(plain(section.title))
        if match is not None:
            column = max(document.line(section.line).find(match.group(1)), 0) + 1
            length = len(document.line(section.line).rstrip()) - column + 1
            found.append(_item(match, section, column, length))
    return tuple(found)


def mentions(document: Document, id_pattern: str) -> list[Mention]:
    """Every id in the file, front matter included, in reading order."""
    return [
        _new(Mention, (match.group(), *document.position(match.start())))
        for match in mentioned(document.text, id_pattern)
    ]


def _item(heading: re.Match[str], section: Section, column: int, length: int) -> Item:
    blocks = _own_blocks(section.blocks, heading.re)
    labels = _labels(blocks)
    acceptance = _criteria(labels.get("acceptance"))
    return Item(
        heading.group(1),
        plain(heading.group(2)),
        section.line,
        column,
        length,
        _word(labels.get("status")),
        _word(labels.get("type")),
        _blocked(labels.get("blocked by")),
        acceptance,
        sum(each.ticked is not None for each in acceptance or ()),
        sum(each.ticked is False for each in acceptance or ()),
        all(block.kind == outline.HTML for block in blocks),
    )


def _own_blocks(blocks: Sequence[Block], item_heading: re.Pattern[str]) -> Sequence[Block]:
    """The blocks of an item up to the heading of an item nested in it."""
    for index, block in enumerate(blocks):
        if block.kind == outline.HEADING and item_heading.fullmatch(plain(block.text)):
            return blocks[:index]
    return blocks


def _labels(blocks: Sequence[Block]) -> dict[str, tuple[Line, Sequence[Block]]]:
    """Canonical label → its inline text and the list below it; the first of two wins."""
    labels: dict[str, tuple[Line, Sequence[Block]]] = {}
    for index, block in enumerate(blocks):
        kind = block.kind
        if kind == outline.ITEM:
            continue
        if kind == outline.HEADING:
            label = _CANONICAL.get(plain(block.text).lower())
            if label is not None:
                labels.setdefault(label, (Line("", block.line), _list_below(blocks, index)))
        elif kind == outline.PARAGRAPH and ":" in block.text:
            for number, text in enumerate(block.text.split("\n"), block.line):
                word, colon, _ = text.partition(":")
                if colon and _names_label(word) and (found := _labelled(plain(text))) is not None:
                    label, value = found
                    line = Line(value, number)
                    labels.setdefault(label, (line, _list_below(blocks, index)))
    return labels


@lru_cache(maxsize=4096)
def _names_label(word: str) -> bool:
    """Whether what stands before a colon may be a label; most of it is not."""
    return plain(word).lower() in _CANONICAL


def _labelled(text: str) -> tuple[str, str] | None:
    """The canonical label that a plain text begins with, a capital first, and what follows it."""
    word, colon, value = text.partition(":")
    label = _CANONICAL.get(word.lower())
    if label is None or not word.isascii() or not word[0].isupper():
        return None
    return (label, value[1:]) if colon and value[:1] in {"", " "} else None


def _list_below(blocks: Sequence[Block], index: int) -> Sequence[Block]:
    end = index + 1
    while end < len(blocks) and blocks[end].kind == outline.ITEM:
        end += 1
    return blocks[index + 1 : end]


def _word(label: tuple[Line, Sequence[Block]] | None) -> Line | None:
    if label is None:
        return None
    line, _ = label
    return Line(line.text.removesuffix("."), line.line)


def _blocked(label: tuple[Line, Sequence[Block]] | None) -> tuple[Line, ...] | None:
    if label is None:
        return None
    line, entries = label
    if line.text:
        return (line,)
    return tuple(Line(plain(block.text), block.line) for block in entries)


def _criteria(label: tuple[Line, Sequence[Block]] | None) -> tuple[Criterion, ...] | None:
    if label is None:
        return None
    line, entries = label
    found = [
        _new(Criterion, (plain(text), line, _TICKED.get(info)))
        for _, line, _, _, text, info in entries
    ]
    if line.text:
        found.insert(0, Criterion(line.text, line.line, None))
    return tuple(found)
