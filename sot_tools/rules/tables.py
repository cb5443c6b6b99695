"""Tables of a body: columns, rows and cells that must be there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sot_tools.diagnostic import Finding, Place
from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.outline import Block, cells
from sot_tools.documents.problems import at
from sot_tools.documents.sections import fold, named, plain
from sot_tools.rules.fields import Allowed, allowed
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import BadParameters, DocumentCheck, Parameters, Scene, texts
from sot_tools.rules.nearest import hint, listed, nearest
from sot_tools.rules.records import block_place, blocks_of, section_place

_BAR = re.compile(r"(?<!\\)\|")

Wanted = Mapping[str, Mapping[str, Allowed]]
"""First cell of a row → column → allowed values."""


class Table(NamedTuple):
    """One table: the folded titles of its columns, and its rows by their folded first cell."""

    head: Sequence[str]
    block: Block
    """The header row."""
    rows: dict[str, list[Row]]


class Row(NamedTuple):
    """One row of a table."""

    cells: Sequence[str]
    block: Block


def table(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Columns, rows and cells of the tables in the sections `section` that are absent or differ."""
    where = texts(parameters, "section")
    rows = _wanted(parameters)
    named_columns = texts(parameters, "columns", required=False)
    columns = tuple(dict.fromkeys([*named_columns, *(key for row in rows.values() for key in row)]))

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        found = list(named(document, where))
        tables = _tables(blocks_of(found, outline.ROW))
        if not tables:
            detail = (
                f"section `{plain(found[0].title)}` has no table"
                if found
                else f"section `{where[0]}` with its table is missing"
            )
            yield Finding(section_place(document, found), detail, "add the table")
            return
        yield from _columns_and_rows(document, tables, columns, rows)
        for each in tables:
            yield from _values(document, each, rows)

    return check


def _wanted(parameters: Parameters) -> Wanted:
    rows = parameters.get("rows", {})
    if not isinstance(rows, dict) or not all(
        isinstance(name, str) and isinstance(row or {}, dict) for name, row in rows.items()
    ):
        raise BadParameters("parameter `rows` must map first cells to columns and values")
    return {
        name: {column: allowed(value) for column, value in (row or {}).items()}
        for name, row in rows.items()
    }


def _tables(blocks: Iterable[Block]) -> list[Table]:
    """The tables that rows make up; each begins at its header row."""
    found: list[Table] = []
    for block in blocks:
        row = cells(block.text)
        if block.info == "head" or not found:
            found.append(Table([fold(cell) for cell in row], block, {}))
        elif row:
            found[-1].rows.setdefault(fold(row[0]), []).append(Row(row, block))
    return found


def _columns_and_rows(
    document: Document, tables: Sequence[Table], columns: Sequence[str], rows: Wanted
) -> Iterator[Finding]:
    """Columns and rows that are absent from the tables a rule is about: those that have all its
    columns or, where none has, the first of those that have most of them."""
    titles = {fold(column) for column in columns}
    most = max(tables, key=lambda each: len(titles.intersection(each.head)))
    about = [each for each in tables if titles.issubset(each.head)] or [most]
    place = block_place(document, about[0].block)
    for column in columns:
        if fold(column) not in about[0].head:
            step = hint(fold(column), about[0].head) or "add the column"
            yield Finding(place, f"table has no column `{column}`", step)
    present = dict.fromkeys(name for each in about for name in each.rows)
    known = {fold(name) for name in rows}
    for name in rows:
        if fold(name) not in present:
            close = nearest(fold(name), (other for other in present if other not in known))
            step = f"rename the row `{close}`" if close else "add the row"
            yield Finding(place, f"table has no row `{name}`", step)


def _values(document: Document, found: Table, rows: Wanted) -> Iterator[Finding]:
    """Cells of the wanted rows of a table that are empty or differ."""
    for name, wanted in rows.items():
        for row in found.rows.get(fold(name), ()):
            for column, values in wanted.items():
                if fold(column) not in found.head:
                    continue
                index = found.head.index(fold(column))
                cell = plain(row.cells[index]) if index < len(row.cells) else ""
                if cell and (values is None or cell in values):
                    continue
                said = f"`{cell}`" if cell else "empty"
                demand = f"; allowed: {listed(values)}" if values else ""
                yield Finding(
                    _cell(document, row.block, index) if cell else block_place(document, row.block),
                    f"row `{name}`, column `{column}` is {said}{demand}",
                    f"write `{values[0]}`" if values else "fill the cell",
                )


def _cell(document: Document, block: Block, index: int) -> Place:
    """Where a cell of a row stands, counted as `cells` counts them."""
    line = document.line(block.line)
    bars = [match.start() for match in _BAR.finditer(line)]
    parts = list(zip([0, *(bar + 1 for bar in bars)], [*bars, len(line)], strict=True))
    if not line[slice(*parts[0])].strip():
        parts = parts[1:]
    begin, end = parts[index]
    part = line[begin:end]
    return at(block.line, begin + len(part) - len(part.lstrip()) + 1, len(part.strip()))
