"""The matrix as CSV (RFC 4180): a header, CRLF, every cell in double quotes.

A cell that a spreadsheet could take for a formula gets an apostrophe before it (OWASP, CSV
Injection): one whose first character after spaces is `=`, `+`, `-`, `@` or a full-width form of
these. Tabs, line ends and other hidden characters do not occur: they are written as escapes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from sot_tools.report.trace_rows import HOW, Record, gap, place, proof, records
from sot_tools.report.visible import visible
from sot_tools.views.trace import Matrix

HEAD = (
    "document",
    "place",
    "requirement",
    "item",
    "title",
    "status",
    "link",
    "evidence",
    "gap",
    "inconsistent",
)
_FORMULA = frozenset("=+-@＝＋－＠")


def render(matrix: Matrix) -> str:
    """The header and one line for each requirement and item."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEAD)
    for record in records(matrix):
        writer.writerow([_safe(cell) for cell in _cells(record)])
    return out.getvalue()


def _cells(record: Record) -> Iterator[str]:
    row, item = record
    yield from (row.document, place(row.spot.path, row.spot.line), row.text)
    if item is None:
        yield from ("", "", "", "", "")
    else:
        yield from (item.id, item.title, item.status, HOW[item.how])
        yield "; ".join(map(proof, item.evidence))
    yield gap(record)
    yield "yes" if item is not None and item.wrong else ""


def _safe(cell: str) -> str:
    shown = visible(cell)
    return f"'{shown}" if shown.lstrip()[:1] in _FORMULA and shown.strip() else shown
