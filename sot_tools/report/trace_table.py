"""The matrix for people: a block for each document, a line for each requirement and item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from sot_tools.report.columns import aligned
from sot_tools.report.trace_rows import Record, gap, place, proof, summary
from sot_tools.report.visible import visible
from sot_tools.views.trace import Covered, Matrix, Row

_HEAD = ("LINE", "REQUIREMENT", "ITEM", "STATUS", "LINK", "EVIDENCE")


def render(matrix: Matrix, width: int | None) -> str:
    """The blocks, then the summary."""
    blocks = []
    for _, rows in groupby(matrix.rows, key=lambda row: row.document and row.spot.path):
        blocks.append("\n".join(_block(list(rows), width)))
    return "\n\n".join([*blocks, summary(matrix)]) + "\n"


def _block(rows: Sequence[Row], width: int | None) -> Iterator[str]:
    first = rows[0]
    if first.document:
        yield f"{visible(first.spot.path)}  {visible(first.document)}"
    else:
        yield "Items that no requirement leads to"
    lines: list[Sequence[str]] = [_HEAD]
    shown: tuple[Covered, ...] = ()
    for row in rows:
        repeated = bool(row.items) and row.items is shown and len(row.items) > 1
        lines += [_repeated(row)] if repeated else _lines(row)
        shown = row.items
    for line in aligned(lines, width and width - 2, (1, 5)):
        yield f"  {line}"


def _repeated(row: Row) -> Sequence[str]:
    return (str(row.spot.line), row.text, f"the {len(row.items)} above", "", "", "")


def _lines(row: Row) -> Iterator[Sequence[str]]:
    where = str(row.spot.line) if row.document else place(row.spot.path, row.spot.line)
    if not row.items:
        yield (where, row.text, "", "", "", f"! {row.gap}")
    for number, item in enumerate(row.items):
        proofs = ", ".join(proof(each) for each in item.evidence)
        missing = gap(Record(row, item))
        yield (
            where if not number else "",
            row.text if not number else "",
            f"{'! ' if item.wrong else ''}{item.id}",
            item.status or "-",
            item.how,
            ", ".join(part for part in (proofs, f"! {missing}" if missing else "") if part),
        )
