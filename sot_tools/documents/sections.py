"""Sections of a Markdown body, and the prose that rules compare phrases with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.outline import Block


class Section(NamedTuple):
    """A heading and the blocks up to the next heading of the same or a higher level."""

    title: str
    level: int
    line: int
    blocks: Sequence[Block]
    """Without the heading itself; subsections included."""


def sections(document: Document) -> tuple[Section, ...]:
    """All sections in reading order, nested ones too."""
    found: tuple[Section, ...] = document.once("sections", _sections)
    return found


def named(document: Document, titles: Sequence[str]) -> Iterator[Section]:
    """The sections whose title is one of `titles`, case and backticks ignored."""
    wanted = {fold(title) for title in titles}
    return (section for section in sections(document) if fold(section.title) in wanted)


def fold(title: str) -> str:
    """A title as it is compared."""
    return " ".join(plain(title).casefold().split())


def plain(text: str) -> str:
    """Text without backticks and bold marks, spaces collapsed."""
    if "`" in text or "*" in text:
        text = text.replace("`", "").replace("**", "")
    return " ".join(text.split())


def prose(document: Document) -> str:
    """The body as phrases see it: no HTML comments, no backticks, no bold marks, single spaces."""
    found: str = document.once("prose", _prose)
    return found


_COMMENT = re.compile(r"<!--(?:[^-]|-(?!->))*(?:-->|\Z)")


def _prose(document: Document) -> str:
    text = "\n".join(document.lines[document.body :])
    if "<!--" in text:
        text = _COMMENT.sub(" ", text)
    return plain(text)


def _sections(document: Document) -> tuple[Section, ...]:
    blocks = document.blocks
    heads = [(index, block) for index, block in enumerate(blocks) if block.kind == outline.HEADING]
    found = []
    for order, (index, head) in enumerate(heads):
        end = len(blocks)
        for later, other in heads[order + 1 :]:
            if other.level <= head.level:
                end = later
                break
        found.append(Section(head.text, head.level, head.line, blocks[index + 1 : end]))
    return tuple(found)


def title(document: Document) -> Block | None:
    """The first heading of level 1."""
    return next(
        (block for block in document.blocks if block.kind == outline.HEADING and block.level == 1),
        None,
    )
