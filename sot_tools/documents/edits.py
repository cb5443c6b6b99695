"""Fixes become edits of a text, and edits are applied to the bytes so that all others stay."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from sot_tools.diagnostic import Change, Edit, LineEnds, Replace
from sot_tools.documents.document import Document
from sot_tools.documents.place import locate

Fix = tuple[Edit, ...]
"""What belongs together: all of it is applied, or nothing."""

_MARK = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")


class Misfit(Exception):
    """Edits that overlap, or that speak of a place which the bytes do not have."""


def settle(document: Document, changes: Iterable[Change]) -> Fix:
    """The edits that changes of a document stand for."""
    edits: list[Edit] = []
    for change in changes:
        if isinstance(change, Edit):
            edits.append(change)
        elif isinstance(change, Replace):
            span = locate(document, change.place)
            edits.append(Edit(span.line, span.column, span.line, span.end_column, change.text))
        elif isinstance(change, LineEnds):
            edits += [_without_return(number, document.line(number)) for number in change.lines]
    return tuple(edits)


def _without_return(number: int, line: str) -> Edit:
    return Edit(number, len(line) + 1, number, len(line) + 2, "")


def without_line(document: Document, number: int) -> Edit:
    """The edit that removes a line together with its line end."""
    if number < len(document.lines):
        return Edit(number, 1, number + 1, 1, "")
    end = len(document.line(number)) + 1
    if number == 1:
        return Edit(1, 1, 1, end, "")
    return Edit(number - 1, len(document.line(number - 1)) + 1, number, end, "")


Stretch = tuple[tuple[int, int], tuple[int, int]]
"""From line and column to line and column."""


def together(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that can be applied at once, whatever order they are given in: of two that
    overlap the one further up, the other one has to wait for the next round."""
    taken: list[Stretch] = []
    chosen = []
    for fix in sorted({tuple(sorted(each)) for each in fixes}):
        stretches = [_stretch(edit) for edit in fix]
        if not _overlap(stretches) and not any(_meets(taken, each) for each in stretches):
            for stretch in stretches:
                insort(taken, stretch)
            chosen.append(fix)
    return chosen


def _stretch(edit: Edit) -> Stretch:
    return (edit.line, edit.column), (edit.end_line, edit.end_column)


def _meets(taken: Sequence[Stretch], each: Stretch) -> bool:
    """Whether a stretch overlaps one of those taken, which are sorted and do not overlap."""
    index = bisect_left(taken, each)
    return _overlap(sorted([*taken[max(index - 1, 0) : index + 1], each]))


def _overlap(stretches: Sequence[tuple[Any, Any]]) -> bool:
    """Whether two of these sorted stretches share something, or insert at one place."""
    return any(second[0] < first[1] or first == second for first, second in pairwise(stretches))


def apply(content: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes after edits that do not overlap; their order does not matter.

    Raises Misfit where two overlap, where a place does not exist, and where the line of one is
    not UTF-8.
    """
    lines = _Lines(content)
    changes = sorted(
        (
            lines.offset(edit.line, edit.column),
            lines.offset(edit.end_line, edit.end_column),
            edit.text.replace("\n", lines.end(edit.line)).encode("utf-8"),
        )
        for edit in edits
    )
    if _overlap([change[:2] for change in changes]):
        raise Misfit("two edits overlap")
    parts, after = [], 0
    for start, end, text in changes:
        if end < start:
            raise Misfit("an edit ends before it starts")
        parts += [content[after:start], text]
        after = end
    return b"".join([*parts, content[after:]])


class _Lines:
    """Where the lines of a file begin in its bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        first = len(_MARK) if content.startswith(_MARK) else 0
        self.starts = [first, *(match.end() for match in _LINE_END.finditer(content))]

    def offset(self, line: int, column: int) -> int:
        """The byte at a line and a column."""
        if (line, column) == (1, 0) and self.content.startswith(_MARK):
            return 0
        if not 0 < line <= len(self.starts) or column < 1:
            raise Misfit(f"line {line}, column {column} does not exist")
        begin = self.starts[line - 1]
        written = self._written(line)
        try:
            text = written.decode("utf-8")
        except UnicodeDecodeError:
            raise Misfit(f"line {line} is not UTF-8") from None
        if column > len(text) + 1:
            raise Misfit(f"line {line}, column {column} does not exist")
        return begin + len(text[: column - 1].encode("utf-8"))

    def _written(self, line: int) -> bytes:
        """The bytes of a line, its line end included."""
        end = self.starts[line] if line < len(self.starts) else len(self.content)
        return self.content[self.starts[line - 1] : end]

    def end(self, line: int) -> str:
        """How a line ends; as the one above where it is the last, LF where there is only one."""
        for number in (line, line - 1):
            if 0 < number <= len(self.starts):
                found = _LINE_END.search(self._written(number))
                if found:
                    return found.group().decode()
        return "\n"
