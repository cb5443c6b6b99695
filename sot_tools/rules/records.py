"""Records inside a body: fields in lists, tables, list entries, fenced blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sot_tools.diagnostic import At, Finding, Key, Place, Span
from sot_tools.documents import json_tree, outline
from sot_tools.documents.document import Document
from sot_tools.documents.outline import Block, cells
from sot_tools.documents.problems import at
from sot_tools.documents.sections import Section, fold, named, plain
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import BadParameters, DocumentCheck, Parameters, Scene, texts
from sot_tools.rules.nearest import hint, listed, nearest
from sot_tools.rules.phrases import comparable, heading_place
from sot_tools.rules.shape import explain


def fields(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """`- key: value` entries of the sections `section` (or of the whole body) that are absent or
    hold another value than `fields` allows; only where the entries of `when` hold."""
    where = texts(parameters, "section", required=False)
    wanted = parameters.get("fields")
    if not isinstance(wanted, dict) or not wanted:
        raise BadParameters("parameter `fields` must map keys to values")
    allowed = {key: _values(value) for key, value in wanted.items()}
    when = parameters.get("when", {})
    if not isinstance(when, dict):
        raise BadParameters("parameter `when` must map keys to values")
    conditions = {fold(key): _values(value) or () for key, value in when.items()}

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        found = list(named(document, where)) if where else []
        if where and not found:
            detail = f"section `{where[0]}` with {listed(allowed)} is missing"
            yield Finding(
                heading_place(document), detail, f"add `## {where[0]}`", insert=f"## {where[0]}"
            )
            return
        blocks = [block for each in found for block in each.blocks] if where else document.blocks
        place = (
            at(found[0].line, 1, len(document.line(found[0].line)))
            if found
            else heading_place(document)
        )
        entries = _entries(blocks)
        if all(_holds(entries.get(key), values) for key, values in conditions.items()):
            yield from _fields(document, entries, allowed, place)

    return check


def _holds(entry: tuple[str, int] | None, values: tuple[str, ...]) -> bool:
    return entry is not None and entry[0].removesuffix(".") in values


def _values(value: Any) -> tuple[str, ...] | None:
    """Allowed values as texts; None for `present`."""
    if value == "present":
        return None
    entries = value if isinstance(value, list) else [value]
    return tuple(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)


_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_ /-]{0,60}): (.*)")


def _entries(blocks: Sequence[Block]) -> dict[str, tuple[str, int]]:
    """Folded key → value and line of every `key: value` line; the first of two wins."""
    found: dict[str, tuple[str, int]] = {}
    for block in blocks:
        if block.kind not in {outline.ITEM, outline.PARAGRAPH}:
            continue
        for offset, line in enumerate(block.text.split("\n")):
            match = _FIELD.fullmatch(plain(line))
            if match is not None:
                found.setdefault(fold(match.group(1)), (match.group(2), block.line + offset))
    return found


def _fields(
    document: Document,
    entries: dict[str, tuple[str, int]],
    allowed: dict[str, tuple[str, ...] | None],
    place: Place,
) -> Iterator[Finding]:
    for key, values in allowed.items():
        entry = entries.get(fold(key))
        if entry is None:
            close = nearest(fold(key), entries)
            step = f"rename `{close}`" if close else "add the entry"
            line = f"- {key}: {values[0] if values else '...'}"
            yield Finding(place, f"entry `{key}` is missing", step, insert=line)
        elif values is not None and entry[0].removesuffix(".") not in {
            each.removesuffix(".") for each in values
        }:
            step = hint(entry[0], values) if len(values) > 1 else f"write `{values[0]}`"
            detail = f"`{key}` is `{entry[0][:80]}`; allowed: {listed(values)}"
            yield Finding(_value_on(document, entry[1], entry[0]), detail, step)


def _value_on(document: Document, number: int, value: str) -> Place:
    line = document.line(number)
    word = value.split(" ", maxsplit=1)[0] if value else ""
    column = line.find(word, line.find(":") + 1) if word else -1
    if column < 0:
        return at(number, 1, len(line))
    return at(number, column + 1, len(line.rstrip(" .`")) - column)


def table(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Columns, rows and cells of the tables in the sections `section` that are absent or differ."""
    where = texts(parameters, "section")
    columns = texts(parameters, "columns", required=False)
    rows = parameters.get("rows", {})
    if not isinstance(rows, dict):
        raise BadParameters("parameter `rows` must map first cells to columns and values")

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        found = next(named(document, where), None)
        blocks = [block for block in found.blocks if block.kind == outline.ROW] if found else []
        if found is None or not blocks:
            detail = (
                f"section `{where[0]}` has no table"
                if found
                else f"section `{where[0]}` with its table is missing"
            )
            yield Finding(_section(document, found), detail, "add the table")
            return
        yield from _table(document, blocks, columns, rows)

    return check


def _table(
    document: Document, blocks: list[Block], columns: Sequence[str], rows: dict[str, Any]
) -> Iterator[Finding]:
    head = [fold(cell) for cell in cells(blocks[0].text)]
    for column in columns:
        if fold(column) not in head:
            yield Finding(
                _block(document, blocks[0]),
                f"table has no column `{column}`",
                hint(fold(column), head) or "add the column",
            )
    body = {fold(row[0]): (row, block) for block in blocks[1:] if (row := cells(block.text))}
    for name, wanted in rows.items():
        if fold(name) not in body:
            close = nearest(fold(name), body)
            step = f"rename the row `{close}`" if close else "add the row"
            yield Finding(_block(document, blocks[0]), f"table has no row `{name}`", step)
            continue
        row, block = body[fold(name)]
        for column, value in (wanted or {}).items():
            index = head.index(fold(column)) if fold(column) in head else -1
            cell = plain(row[index]) if 0 <= index < len(row) else ""
            allowed = _values(value) or (cell,)
            if index >= 0 and cell not in allowed:
                detail = f"row `{name}`, column `{column}` is `{cell}`; allowed: {listed(allowed)}"
                yield Finding(
                    _cell(document, block, row[index] if index < len(row) else ""),
                    detail,
                    f"write `{allowed[0]}`",
                )


def _cell(document: Document, block: Block, cell: str) -> Place:
    column = document.line(block.line).find(cell) if cell else -1
    return at(block.line, column + 1, len(cell)) if column >= 0 else _block(document, block)


def lists(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Each of `entries` that no list entry of the sections `section` holds."""
    where = texts(parameters, "section")
    wanted = texts(parameters, "entries")

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        found = list(named(document, where))
        if not found:
            yield Finding(
                heading_place(document),
                f"section `{where[0]}` with its list is missing",
                f"add `## {where[0]}`",
            )
            return
        present = {
            comparable(block.text)
            for each in found
            for block in each.blocks
            if block.kind == outline.ITEM
        }
        for entry in wanted:
            if comparable(entry) not in present:
                detail = f"section `{where[0]}` does not list `{plain(entry)}`"
                yield Finding(
                    _section(document, found[0]), detail, "add the entry", insert=f"- {entry}"
                )

    return check


def fence(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Fenced blocks of the sections `section`: none holds `contains`, or none is valid `kind`."""
    where = texts(parameters, "section")
    contains = texts(parameters, "contains", required=False)
    name = parameters.get("kind")
    kind_wanted = scene.kinds.by_name.get(name) if isinstance(name, str) else None
    if name is not None and kind_wanted is None:
        raise BadParameters(f"parameter `kind` names no kind: {name}")

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        found = next(named(document, where), None)
        blocks = [block for block in found.blocks if block.kind == outline.FENCE] if found else []
        if not blocks:
            detail = (
                f"section `{where[0]}` has no fenced block"
                if found
                else f"section `{where[0]}` is missing"
            )
            yield Finding(_section(document, found), detail, "add the fenced block")
            return
        for text in contains:
            if not any(plain(text) in plain(block.text) for block in blocks):
                yield Finding(
                    _block(document, blocks[0]),
                    f"fenced block does not hold `{plain(text)}`",
                    "add the line",
                )
        if kind_wanted is not None:
            yield from _record(document, blocks[0], kind_wanted, scene)

    return check


def _record(document: Document, block: Block, kind: Kind, scene: Scene) -> Iterator[Finding]:
    """The faults of a JSON record that stands in a fenced block."""
    value, problems = json_tree.read(block.text)
    for found in problems:
        place = found.finding.place
        span = place.span if isinstance(place, At) else Span()
        moved = At(Span(span.line + block.line, span.column, span.end_column))
        yield Finding(moved, found.finding.detail, found.finding.step)
    if problems or scene.kinds.accepts(kind, value):
        return
    tree = json_tree.locate(block.text)
    for _, finding in explain(value, kind, scene.kinds):
        place = finding.place
        spans = tree.keys if isinstance(place, Key) else tree.values
        path = getattr(place, "path", ())
        span = spans.get(path) or tree.values.get(path) or Span()
        moved = At(Span(span.line + block.line, span.column, span.end_column))
        yield Finding(moved, finding.detail, finding.step)


def _section(document: Document, section: Section | None) -> Place:
    if section is None:
        return heading_place(document)
    return at(section.line, 1, len(document.line(section.line)))


def _block(document: Document, block: Block) -> Place:
    line = document.line(block.line)
    return at(block.line, len(line) - len(line.lstrip()) + 1, len(line.strip()))
