"""The headings of a Markdown body alone, an order of magnitude cheaper than all of its blocks.

Most rules ask for titles of sections only. Where a line could make a heading of something else, or
no heading of a `#`, this reader answers None and the whole outline decides; a property test holds
the two equal.
"""

from __future__ import annotations

from sot_tools.documents.outline import HEADING, Block, atx

_SPECIAL = frozenset("#`~<>=- \t")
_DASHES = frozenset("- \t") | {""}
"""Third characters of a line of dashes; any other makes it a list entry or text."""
_BEYOND = frozenset("#`~<>=-\t")
"""After leading blanks: characters that begin something whose place in a list decides."""


def scan(lines: list[str], start: int) -> list[Block] | None:
    """The headings of `lines[start:]`, or None where only the outline can tell."""
    found: list[Block] = []
    fence = ""
    for row in range(start, len(lines)):
        line = lines[row]
        first = line[:1]
        if first not in _SPECIAL or not first:
            continue
        if first == "-" and line[2:3] not in _DASHES:
            continue
        if fence:
            if line.startswith(fence) and not line.rstrip(" ").strip(fence[0]):
                fence = ""
            elif line.lstrip(" \t").startswith(fence):
                return None
        elif first == "#":
            if "|" in line:  # may be the head of a table
                return None
            heading = atx(line)
            if heading is not None:
                found.append(Block(HEADING, row + 1, row + 1, *heading))
        elif first == " " and line.lstrip(" ")[:1] not in _BEYOND:
            continue
        elif first in "`~":
            fence = _fence(line, first)
        elif _beyond(line, first):
            return None
    return None if fence else found


def _fence(line: str, first: str) -> str:
    """The characters that open a fenced block at the margin; empty for another line."""
    fence = line[: len(line) - len(line.lstrip(first))]
    return fence if len(fence) > 2 and "`" not in line[len(fence) :] else ""


def _beyond(line: str, first: str) -> bool:
    """Whether a line may underline a heading, or begin a block in which `#` means otherwise."""
    if first == " ":
        first = line.lstrip(" \t")[:1]
        if first not in _BEYOND:
            return False
    return first != "-" or not line.strip("- \t")
