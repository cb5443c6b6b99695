"""Labels of a document by part and by key, looked up without reading all of them each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sot_tools.documents.lists import Entry, entries
from sot_tools.documents.sections import fold
from sot_tools.documents.statements import Label
from sot_tools.rules.model import Facts, Library, Parameters, texts


def keys(parameters: Parameters, name: str) -> frozenset[str]:
    """The label keys that a row lists, as labels are folded."""
    return frozenset(fold(text.replace("_", " ")) for text in texts(parameters, name))


def by_part(facts: Facts) -> dict[int, list[Label]]:
    """Part → its labels."""
    found: dict[int, list[Label]] = {}
    for label in facts.said.labels:
        found.setdefault(label.part, []).append(label)
    return found


def statuses(facts: Facts) -> dict[int, Label]:
    """Part → its first `Status:`."""
    found: dict[int, Label] = {}
    for label in facts.said.labels:
        if label.key == "status":
            found.setdefault(label.part, label)
    return found


def label_of(facts: Facts, wanted: frozenset[str], value: str = "") -> Label | None:
    """The first label with one of these keys, and with this value if one is given."""
    for label in facts.said.labels:
        if label.key in wanted and (not value or label.value == value):
            return label
    return None


def lists(library: Library, path: str) -> Mapping[int, Sequence[Entry]]:
    """Part → its list entries; the document is read for it, once."""

    def compute() -> Mapping[int, Sequence[Entry]]:
        document = library.document(path)
        found: dict[int, list[Entry]] = {}
        for entry in entries(document) if document else ():
            found.setdefault(entry.part, []).append(entry)
        return found

    result: Mapping[int, Sequence[Entry]] = library.once(("lists", path), compute)
    return result
