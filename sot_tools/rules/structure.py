"""What a body must be built of: one title, a name that agrees, dates in order, sections."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sot_tools.diagnostic import Change, Finding, Place, Pointer, Replace, Value
from sot_tools.documents.document import Document
from sot_tools.documents.outline import Block
from sot_tools.documents.place import locate
from sot_tools.documents.problems import at
from sot_tools.documents.sections import fold, plain, title, titles
from sot_tools.rules.kinds import Alternatives, Kind
from sot_tools.rules.model import BadParameters, DocumentCheck, Parameters, Scene, texts
from sot_tools.rules.nearest import listed, nearest
from sot_tools.rules.phrases import heading_place


def required_sections(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Sections that are absent: those of `sections`, else the kind's own (`advised: true`: its
    advised ones)."""
    own = parameters.get("sections")
    advised = parameters.get("advised", False)
    wanted = _alternatives(own) if own is not None else None

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if kind is None or not document.readable:
            return
        needed = wanted if wanted is not None else (kind.advised if advised else kind.sections)
        if not needed:
            return
        present = titles(document)
        for alternatives in needed:
            if not any(fold(name) in present for name in alternatives):
                spare = present.keys() - {fold(name) for each in needed for name in each}
                yield _absent_section(document, alternatives, spare)

    return check


def _alternatives(value: Any) -> tuple[Alternatives, ...]:
    if not isinstance(value, list):
        raise BadParameters("parameter `sections` must be a list of titles or of lists of titles")
    return tuple((entry,) if isinstance(entry, str) else tuple(entry) for entry in value)


def _absent_section(document: Document, names: Alternatives, spare: set[str]) -> Finding:
    others = f" (or {listed(names[1:])})" if len(names) > 1 else ""
    detail = f"section `{names[0]}`{others} is missing"
    close = next((found for name in names if (found := nearest(fold(name), spare))), "")
    step = f"rename the section `{close}`" if close else f"add the section `## {names[0]}`"
    return Finding(heading_place(document), detail, step, insert=f"## {names[0]}")


def one_title(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """A body has exactly one heading of level 1, and it comes first."""

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if document.format != "markdown" or not document.readable:
            return
        heads = document.headings
        tops = [block for block in heads if block.level == 1 and block.text]
        if not tops:
            yield Finding(
                heading_place(document),
                "document has no title",
                "begin the body with `# Title`",
                insert="# Title",
            )
        for extra in tops[1:]:
            yield Finding(
                _block(document, extra), "document has a second title", "use `##` for a section"
            )
        if tops and heads[0] is not tops[0]:
            yield Finding(
                _block(document, heads[0]),
                "a section stands before the title",
                "move it below the title",
            )

    return check


def title_agrees(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """`name` is the lower-case file stem or the title; `title` is the title."""

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if (
            not document.readable
            or not isinstance(document.data, dict)
            or document.format != "markdown"
        ):
            return
        head = title(document)
        shown = plain(head.text) if head else ""
        stem = document.name.rpartition(".")[0].lower()
        for key, allowed in (("name", [stem, shown]), ("title", [shown])):
            value = document.data.get(key)
            if isinstance(value, str) and value not in allowed and all(allowed):
                detail = f"`{key}` is `{value}`; allowed: {listed(allowed)}"
                wanted = stem if key == "name" and " " not in value else shown
                changes = _renamed(document, key, stem, shown)
                yield Finding(Value((key,)), detail, f"write `{wanted}`", changes=changes)

    return check


_SIMPLE = r"[A-Za-z][A-Za-z0-9]*(?:[ -][A-Za-z0-9]+)+"
"""Two words or more, which no YAML reader takes for anything but text."""


def _renamed(document: Document, key: str, stem: str, shown: str) -> tuple[Change, ...]:
    """The key's value made to agree, where file name and title are two witnesses against it."""
    value = document.data[key]
    wanted = stem if key == "name" and " " not in value else shown
    if "-".join(shown.lower().split()) != stem or not re.fullmatch(_SIMPLE, wanted):
        return ()
    span = locate(document, Value((key,)))
    written = document.line(span.line)[span.column - 1 : span.end_column - 1]
    if written not in {value, f'"{value}"', f"'{value}'"}:
        return ()
    quote = written[0] if written[0] in "\"'" else ""
    return (Replace(Value((key,)), f"{quote}{wanted}{quote}"),)


def named_after(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """The file name ends with the values under `keys`, joined by hyphens: `X.a-b.json` (MOD-03)."""
    keys = texts(parameters, "keys")

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        data = document.data
        if not document.readable or not isinstance(data, dict):
            return
        values = [data.get(key) for key in keys]
        if all(isinstance(value, str) and value for value in values):
            wanted = "-".join(str(value) for value in values)
            stem = document.name.rpartition(".")[0]
            if not stem.endswith(f".{wanted}"):
                ending = document.name.rpartition(".")[2]
                detail = f"file name does not end with `.{wanted}.{ending}`, which the record says"
                yield Finding(Value((keys[-1],)), detail, "rename the file or correct the record")

    return check


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _is_date(value: object) -> bool:
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def date_order(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """The date under `later` is not before the date under `earlier`."""
    earlier, later = texts(parameters, "earlier")[0], texts(parameters, "later")[0]

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        data = document.data
        if not isinstance(data, dict):
            return
        first, second = data.get(earlier), data.get(later)
        if _is_date(first) and _is_date(second) and str(second) < str(first):
            pointer = Pointer(document.path, Value((earlier,)), f"`{earlier}` is {first}")
            detail = f"`{later}` is {second}, before `{earlier}`"
            yield Finding(Value((later,)), detail, f"write {first} or later", (pointer,))

    return check


def _block(document: Document, block: Block) -> Place:
    line = document.line(block.line)
    return at(block.line, len(line) - len(line.lstrip()) + 1, len(line.strip()))
