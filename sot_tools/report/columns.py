"""Aligned columns for people: cells are folded into the room there is, or left whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sot_tools.report.visible import cells, pieces, visible

_GAP = 2
_LEAST = 12
"""Cells that a folded column keeps however narrow the terminal is."""


def aligned(
    rows: Sequence[Sequence[str]], room: int | None, folded: Sequence[int] = ()
) -> Iterator[str]:
    """The rows as lines, hidden characters escaped; `folded` names the columns that may be folded
    to fit into `room` cells. Without a room nothing is folded."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(cells, column)) for column in zip(*shown, strict=True)]
    if room is not None:
        _narrow(widths, room, folded)
    for row in shown:
        parts = [
            fold(cell, width) if cells(cell) > width else [cell]
            for cell, width in zip(row, widths, strict=True)
        ]
        for number in range(max(map(len, parts))):
            line = [part[number] if number < len(part) else "" for part in parts]
            padded = [_padded(cell, width) for cell, width in zip(line, widths, strict=True)]
            yield (" " * _GAP).join(padded).rstrip()


def _narrow(widths: list[int], room: int, folded: Sequence[int]) -> None:
    """Take from the widest foldable column what the row is too wide by, cell by cell."""
    over = sum(widths) + _GAP * (len(widths) - 1) - room
    while over > 0:
        widest = max(folded, key=lambda column: widths[column], default=None)
        if widest is None or widths[widest] <= _LEAST:
            return
        widths[widest] -= 1
        over -= 1


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cells(cell))


def fold(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at spaces where possible."""
    lines: list[str] = []
    line, used = "", 0
    for word in text.split(" "):
        size = cells(word)
        if line and used + 1 + size <= width:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if line:
            lines.append(line)
        *whole, line = _broken(word, width) if size > width else [word]
        lines += whole
        used = cells(line)
    return [*lines, line]


def _broken(word: str, width: int) -> list[str]:
    """A word in parts of at most `width` cells."""
    parts, part, used = [], "", 0
    for piece in pieces(word):
        size = cells(piece)
        if part and used + size > width:
            parts.append(part)
            part, used = "", 0
        part += piece
        used += size
    return [*parts, part]
