"""Where a word stands on a line that is only known by its number."""

from __future__ import annotations

from sot_tools.diagnostic import Place, Pointer
from sot_tools.documents.problems import at
from sot_tools.rules.model import Library


def word_at(library: Library, path: str, number: int, word: str) -> Place:
    """A word on a line, after its label if it has one; the whole line where it is not found."""
    document = library.document(path)
    line = document.line(number) if document else ""
    after = line.find(":") + 1
    column = line.find(word, after) if word else -1
    if column < 0 and word:
        column = line.find(word)
    if column >= 0:
        return at(number, column + 1, len(word))
    indent = len(line) - len(line.lstrip())
    return at(number, indent + 1, len(line.strip()))


def pointer(library: Library, path: str, number: int, word: str, label: str) -> Pointer:
    """A second place that explains a finding: a word on a line."""
    return Pointer(path, word_at(library, path, number, word), label)
