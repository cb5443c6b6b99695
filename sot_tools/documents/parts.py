"""The parts of a document, each a heading and what stands below it up to the next one."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from sot_tools.diagnostic import LineNumber
from sot_tools.documents.document import Document
from sot_tools.documents.sections import fold

_new = tuple.__new__
"""As in `outline`: a document has dozens."""
_DATE = re.compile(r"(?<![0-9])20[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")


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
