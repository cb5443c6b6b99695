"""The matrix as flat records: one for each requirement and item, the same in every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sot_tools.views.lineage import Evidence
from sot_tools.views.trace import Covered, Matrix, Row

HOW = {
    "named": "the requirement names it",
    "story": "the item names the story",
    "criterion": "same words as an acceptance line of the item",
    "sequence": "the item's document derives from this one",
    "board": "the board lists this document with the item",
    "": "",
}
"""How an item is known to belong to a requirement → in words."""


class Record(NamedTuple):
    """One line of a matrix."""

    row: Row
    item: Covered | None


def records(matrix: Matrix) -> Iterator[Record]:
    """Every requirement with each of its items, or alone."""
    for row in matrix.rows:
        if not row.items:
            yield Record(row, None)
        for item in row.items:
            yield Record(row, item)


def gap(record: Record) -> str:
    """What this item lacks or, without an item, what the requirement lacks."""
    if record.item is None or record.row.gap == "no requirement":
        return record.row.gap
    return "" if any(each.form != "missing" for each in record.item.evidence) else "no evidence"


def place(path: str, line: int) -> str:
    """`path:line`."""
    return f"{path}:{line}"


def proof(each: Evidence) -> str:
    """Evidence as one text: its place, or the id of the run."""
    if each.form == "run":
        return f"run {each.label}"
    if each.form == "missing":
        return f"{each.spot.path} (does not exist)"
    return place(each.spot.path, each.spot.line)


def summary(matrix: Matrix) -> str:
    """One line: how many requirements lead to evidence, and what is missing."""
    if not matrix.documents:
        return "no document of this workspace is of a kind that states requirements"
    stated = [row for row in matrix.rows if row.text]
    gaps = Counter(row.gap.partition(" for ")[0] for row in stated)
    whole = gaps.pop("", 0)
    parts = [f"{whole} of {len(stated)} requirements lead to evidence for each of their items"]
    names = {"no item": "without an item", "no evidence": "without evidence"}
    names["evidence"] = "with evidence for some of their items"
    parts += [f"{gaps[name]} {said}" for name, said in names.items() if gaps[name]]
    orphans = sum(row.gap == "no requirement" for row in matrix.rows)
    items = "item" if orphans == 1 else "items"
    parts += [f"{orphans} {items} that no requirement leads to"] if orphans else []
    silent = sum(not row.text and not row.items for row in matrix.rows)
    states = "document that states" if silent == 1 else "documents that state"
    parts += [f"{silent} {states} no requirement"] if silent else []
    return "; ".join(parts)
