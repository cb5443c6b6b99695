"""Where each entry of the board's list stands, without reading the file as a tree if possible."""

from __future__ import annotations

from typing import NamedTuple

from sot_tools.documents.document import Document


class Start(NamedTuple):
    """Where an entry begins; both counted from 1."""

    line: int
    column: int


def starts(document: Document) -> tuple[Start, ...]:
    """The place of each entry of `items`, in order; empty where there is no such list."""
    found: tuple[Start, ...] = document.once("entries", _starts)
    return found


def _starts(document: Document) -> tuple[Start, ...]:
    value = document.data
    entries = value.get("items") if isinstance(value, dict) else None
    if not isinstance(entries, list) or not entries:
        return ()
    dashes = _dashes(document.lines)
    if len(dashes) == len(entries):
        return tuple(dashes)
    values = document.tree().values
    spans = [values.get(("items", index)) for index in range(len(entries))]
    return tuple(Start(span.line, span.column) if span else Start(1, 1) for span in spans)


def _dashes(lines: list[str]) -> list[Start]:
    """The dashes at the indent of the first one below `items:`, up to the next top-level key."""
    found: list[Start] = []
    begun = False
    for number, line in enumerate(lines, 1):
        if not begun:
            begun = line.rstrip() == "items:"
            continue
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if text.startswith("- ") and (not found or indent == found[0].column - 1):
            found.append(Start(number, indent + 1))
        elif text and not indent and not text.startswith("#"):
            break
    return found
