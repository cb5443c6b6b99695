"""One source line, cut to the room there is, with the carets that stand under a span."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import NamedTuple

from sot_tools.diagnostic import Span
from sot_tools.report.visible import cells, pieces

_TAB = 4
_CUT = "..."
_LEAST_ROOM = 40


class Excerpt(NamedTuple):
    """A shown line and the cells of it that a span covers."""

    text: str
    start: int
    """Cells before the first caret."""
    length: int
    """Number of carets, at least one."""

    @property
    def carets(self) -> str:
        """The line to print under the text."""
        return " " * self.start + "^" * self.length


class _Line(NamedTuple):
    """Each code point as shown, and the cell where each starts, with the line's end as the last."""

    shown: list[str]
    edges: list[int]


def expanded(source: str) -> str:
    """The line as shown, tabs expanded, uncut."""
    return "".join(_laid_out(source).shown)


def excerpt(source: str, span: Span, room: int) -> Excerpt:
    """The line with the carets for the span, in `room` cells (but never in less than 40).

    Columns past the end of the line count as its end; an empty span gets one caret.
    """
    line = _laid_out(source)
    start, stop = _covered(line.edges, span)
    room = max(room, _LEAST_ROOM)
    if max(line.edges[-1], stop) <= room:
        return Excerpt("".join(line.shown), start, stop - start)
    return _cut(line, start, stop, room - 2 * len(_CUT))


def _laid_out(source: str) -> _Line:
    shown = pieces(source)
    widths = []
    used = 0
    for index, char in enumerate(source):
        if char == "\t":
            shown[index] = " " * (_TAB - used % _TAB)
        widths.append(cells(shown[index]))
        used += widths[-1]
    return _Line(shown, list(accumulate(widths, initial=0)))


def _covered(edges: list[int], span: Span) -> tuple[int, int]:
    """The cells from the first up to but not including the last of the span; never none."""
    end = len(edges) - 1
    first = min(max(span.column - 1, 0), end)
    last = min(max(span.end_column - 1, first), end)
    start, stop = edges[first], edges[last]
    if first < last and start == stop:  # only marks, drawn over the character before them
        return max(start - 1, 0), max(start, 1)
    return start, max(stop, start + 1)


def _cut(line: _Line, start: int, stop: int, room: int) -> Excerpt:
    """The stretch of the line around `start`, with dots for what is left out.

    It begins with a character of its own cells, not with a mark of the one before, and not
    before `low`, so that a stretch which is to reach the end of the line does.
    """
    edges = line.edges
    low = 0 if stop <= room else max(0, min(start - room // 3, edges[-1] - room))
    first = bisect_right(edges, edges[bisect_left(edges, low)]) - 1
    last = bisect_right(edges, edges[first] + room) - 1
    before = _CUT if first > 0 else ""
    after = _CUT if last < len(line.shown) else ""
    length = max(min(stop, edges[last]) - start, 1)
    return Excerpt(
        before + "".join(line.shown[first:last]) + after,
        start - edges[first] + len(before),
        length,
    )
