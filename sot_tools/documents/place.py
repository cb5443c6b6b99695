"""One function turns the symbolic place of a finding into a line and columns."""

from __future__ import annotations

from sot_tools.diagnostic import Absent, At, Key, Place, Span, Value, Whole
from sot_tools.documents.document import Document
from sot_tools.documents.tree import Path


def locate(document: Document, place: Place) -> Span:
    """The span of a place; the nearest enclosing one where the exact one does not exist."""
    match place:
        case At(span):
            return span
        case Whole():
            return _line(document, 1)
        case Value(path):
            return _nearest(document, path)
        case Key(path):
            return document.tree().keys.get(path) or _nearest(document, path)
        case Absent(path, _):
            return _end_of(document, path)


def _nearest(document: Document, path: Path) -> Span:
    values = document.tree().values
    for length in range(len(path), -1, -1):
        found = values.get(path[:length])
        if found is not None and (length or document.format != "markdown"):
            return found
    return _line(document, 1)


def _end_of(document: Document, path: Path) -> Span:
    """The last key of the mapping, below which a missing key belongs."""
    keys = [span for key, span in document.tree().keys.items() if key[:-1] == path]
    if keys:
        return max(keys)
    return _nearest(document, path)


def _line(document: Document, number: int) -> Span:
    return Span(number, 1, max(len(document.line(number)), 1) + 1)
