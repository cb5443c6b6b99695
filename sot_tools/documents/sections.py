"""Sections and parts of a Markdown body, and the prose that rules compare phrases with."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sot_tools.diagnostic import LineNumber
from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.outline import Block

_new = tuple.__new__
"""As in `outline`: a document has dozens."""
_DATE = re.compile(r"(?<![0-9])20[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")


class Section:
    """A heading and what stands below it, up to the next heading of the same or a higher level."""

    __slots__ = ("_begin", "_document", "_end", "level", "line", "title")

    def __init__(self, document: Document, begin: int, end: int) -> None:
        """The section's heading is block `begin`, the next section's is block `end`."""
        self._document = document
        self._begin = begin
        self._end = end
        _, self.line, _, self.level, self.title, _ = document.blocks[begin]

    @property
    def last(self) -> int:
        """The last line."""
        blocks = self._document.blocks
        ends = self._end < len(blocks)
        return blocks[self._end].line - 1 if ends else len(self._document.lines)

    @property
    def blocks(self) -> Sequence[Block]:
        """The blocks without the heading itself; subsections included."""
        return self._document.blocks[self._begin + 1 : self._end]


def sections(document: Document) -> tuple[Section, ...]:
    """All sections in reading order, nested ones too."""
    found: tuple[Section, ...] = document.once("sections", _sections)
    return found


def titles(document: Document) -> Mapping[str, list[int]]:
    """Folded title → which of the headings have it."""
    found: Mapping[str, list[int]] = document.once("titles", _titles)
    return found


def named(document: Document, wanted: Sequence[str]) -> list[Section]:
    """The sections whose title is one of `wanted`, case and backticks ignored."""
    known = titles(document)
    found = sorted({at for title in wanted for at in known.get(fold(title), ())})
    return [sections(document)[at] for at in found]


@lru_cache(maxsize=4096)
def fold(title: str) -> str:
    """A title as it is compared; the documents of a workspace share most of theirs."""
    return " ".join(plain(title).casefold().split())


def plain(text: str) -> str:
    """Text without backticks and asterisks, spaces collapsed."""
    if "`" in text:
        text = text.replace("`", "")
    if "*" in text:
        text = text.replace("*", "")
    if "\n" in text:
        text = text.replace("\n", " ")
    if text.isprintable() and "  " not in text and text.strip(" ") == text:
        return text  # the only printable white space is a space
    return " ".join(text.split())


def prose(document: Document) -> str:
    """The body as phrases see it: block by block, plain, without HTML comments."""
    found: str = document.once("prose", _prose)
    return found


def said(blocks: Iterable[Block]) -> str:
    """What blocks say one after the other, plain, without HTML comments."""
    blocks = list(blocks)
    text = "\n".join([block.text for block in blocks])
    if "<!--" in text:
        text = "\n".join([shown(block) for block in blocks])
    return plain(text)


def shown(block: Block) -> str:
    """A block's text with spaces in place of its HTML comments, so that offsets hold."""
    text = block.text
    if "<!--" not in text or block.kind == outline.FENCE:
        return text
    comments = _comments(text) if block.kind == outline.HTML else _inline_comments(text)
    parts = []
    after = 0
    for start, end in comments:
        parts += [text[after:start], re.sub(r"[^\n]", " ", text[start:end])]
        after = end
    return "".join([*parts, text[after:]])


_MARK = re.compile(r"\\.|`+|<!--", re.DOTALL)


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """The comments of an HTML block; one that does not close reaches to its end."""
    start = text.find("<!--")
    while start >= 0:
        closer = text.find("-->", start + 2)
        end = closer + 3 if closer >= 0 else len(text)
        yield start, end
        start = text.find("<!--", end)


def _inline_comments(text: str) -> Iterator[tuple[int, int]]:
    """The comments of running text: they close, and begin in no code span (CommonMark 6.1, 6.6)."""
    closers: dict[int, list[int]] = {}
    for ticks in re.finditer("`+", text):
        closers.setdefault(len(ticks.group()), []).append(ticks.end())
    offset = 0
    while (mark := _MARK.search(text, offset)) is not None:
        offset = mark.end()
        if mark.group() == "<!--":
            closer = text.find("-->", mark.start() + 2)
            if closer < 0:
                return
            offset = closer + 3
            yield mark.start(), offset
        elif mark.group()[0] == "`":
            ends = closers.get(len(mark.group()), [])
            after = bisect_right(ends, offset)
            offset = ends[after] if after < len(ends) else offset


def _prose(document: Document) -> str:
    return said(document.blocks) if document.format == "markdown" else plain(document.text)


def _sections(document: Document) -> tuple[Section, ...]:
    found: list[Section] = []
    blocks = document.blocks
    ends = [len(blocks)] * 7
    """By level: the nearest block that ends a section of the level."""
    for index in reversed(document.heads):
        section = Section(document, index, ends[blocks[index].level])
        found.append(section)
        ends[section.level :] = [index] * (7 - section.level)
    return tuple(reversed(found))


def _titles(document: Document) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, heading in enumerate(document.headings):
        found.setdefault(fold(heading.text), []).append(at)
    return found


def title(document: Document) -> Block | None:
    """The first heading of level 1."""
    return next((head for head in document.headings if head.level == 1), None)


class Part(NamedTuple):
    """A heading and the blocks up to the next heading of any level."""

    title: str
    """Folded: case, backticks and spaces do not matter."""
    line: LineNumber
    level: int
    date: str
    """The last ISO date in its heading, else in one above it; empty for none."""


def part_at(parts: Sequence[Part], line: int) -> int:
    """Index of the part that a line stands in; -1 before the first."""
    return bisect_right(parts, line, key=_line_of) - 1


def last_line(parts: Sequence[Part], index: int) -> int:
    """The line above the next part; below the last part, one that no document has."""
    return parts[index + 1].line - 1 if index + 1 < len(parts) else _BELOW


_BELOW = 1 << 40
"""A line below the end of every document."""


def _line_of(found: Part) -> int:
    return found.line


def parts_of(document: Document) -> tuple[Part, ...]:
    """The parts of a document, in reading order."""
    dates = [""] * 7
    """By level: the date that holds below the last heading of the level."""
    found = []
    for _, line, _, level, text, _ in document.headings:
        own = _DATE.findall(text) if "20" in text else ()
        date = own[-1] if own else dates[level - 1]
        dates[level:] = [date] * (7 - level)
        found.append(_new(Part, (fold(text), line, level, date)))
    return tuple(found)
