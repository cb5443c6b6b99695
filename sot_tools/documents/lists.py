"""The lists of a document: their entries and checkboxes, and the labels that open them."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sot_tools.diagnostic import LineNumber
from sot_tools.documents.document import Document
from sot_tools.documents.outline import HEADING, ITEM, PARAGRAPH, Block
from sot_tools.documents.sections import Part, fold, last_line, part_at, parts_of, plain, shown

_OPENS = re.compile(r"([A-Z][A-Za-z0-9 _-]{1,60}):")


class Entry(NamedTuple):
    """A list entry."""

    text: str
    """Plain."""
    line: LineNumber
    part: int
    under: str
    box: str
    """`x` or a blank of a checkbox; empty for none."""


class Boxes(NamedTuple):
    """The checkboxes of one part."""

    part: int
    open: int
    ticked: int
    first_open: LineNumber
    """Line of the first open one; 0 for none."""


class Twice(NamedTuple):
    """A list entry that stands in its list already."""

    line: LineNumber
    first: LineNumber
    """Line of the first one."""
    length: int


def entries(document: Document) -> list[Entry]:
    """Every list entry with the part and the label that it stands under."""
    found: list[Entry] = []
    parts = parts_of(document)
    for index, part in enumerate(parts):
        under = ""
        for block in document.blocks_between(part.line, last_line(parts, index)):
            if block.kind == PARAGRAPH:
                under = _opened(block)
            elif block.kind == ITEM:
                found.append(Entry(plain(shown(block)), block.line, index, under, block.info))
    return found


def openers(blocks: Iterable[Block]) -> dict[int, str]:
    """First line of a paragraph → the folded label with which it opens a list or a fence."""
    ending = [
        block
        for block in blocks
        if block[4][-1:] in _COLONS
        and block[0] == PARAGRAPH
        and block[4].endswith((":", ":*", ":`"))
    ]
    return {block.line: label for block in ending if (label := _opened(block))}


_COLONS = frozenset(":*`")


def _opened(paragraph: Block) -> str:
    """The folded label that a paragraph whose last line ends in a colon opens a list with; empty
    for none."""
    opens = _OPENS.fullmatch(plain(shown(paragraph).rsplit("\n", 1)[-1]))
    return fold(opens.group(1)) if opens else ""


def boxes(blocks: Iterable[Block], parts: Sequence[Part]) -> tuple[Boxes, ...]:
    """The checkboxes of each part that has some."""
    found: dict[int, list[Block]] = {}
    last = part = -1
    for block in [block for block in blocks if block[5] and block[0] == ITEM]:
        if block.line > last:
            part = part_at(parts, block.line)
            last = last_line(parts, part)
        found.setdefault(part, []).append(block)
    return tuple(_boxes(part, own) for part, own in found.items())


def _boxes(part: int, marked: Sequence[Block]) -> Boxes:
    open_ = [block.line for block in marked if block.info == " "]
    return Boxes(part, len(open_), len(marked) - len(open_), open_[0] if open_ else 0)


def twice(blocks: Iterable[Block]) -> tuple[Twice, ...]:
    """The entries that stand in their list already; mostly all of a document differ."""
    texts = [block[4] for block in blocks if block[0] == ITEM]
    if len(set(texts)) == len(texts):
        return ()
    found = []
    known: dict[str, int] = {}
    for block in blocks:
        if block.kind in {HEADING, PARAGRAPH}:
            known = {}
        elif block.kind == ITEM:
            first = known.setdefault(block.text, block.line)
            if first != block.line:
                found.append(Twice(block.line, first, len(block.text)))
    return tuple(found)
