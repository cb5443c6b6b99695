"""Work items as documents state them: headings, labels and acceptance (WB-02…05)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sot_tools.diagnostic import At, Finding
from sot_tools.documents.document import Document
from sot_tools.documents.items import Item, Line, items
from sot_tools.documents.problems import at
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import BadParameters, DocumentCheck, Parameters, Scene, texts
from sot_tools.rules.nearest import hint, listed
from sot_tools.rules.phrases import heading_place

Needs = Callable[[Document, tuple[Item, ...], tuple[str, ...]], Iterator[Finding]]


def work_items(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """What `need` names and the items of a document lack; `values` is a closed set for it."""
    need = texts(parameters, "need")[0]
    values = texts(parameters, "values", required=False)
    if need not in _NEEDS:
        raise BadParameters(f"parameter `need` is `{need}`; allowed: {listed(_NEEDS)}")
    find = _NEEDS[need]

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if not document.readable or document.format != "markdown":
            return ()
        found = document.once("items", lambda it: items(it, scene.id_pattern))
        return find(document, found, values)

    return check


def _heading(document: Document, found: tuple[Item, ...], _: tuple[str, ...]) -> Iterator[Finding]:
    if not found:
        detail = "no heading opens a work item"
        yield Finding(heading_place(document), detail, "add a heading `## <ID> - <Title>`")


def _status(
    document: Document, found: tuple[Item, ...], values: tuple[str, ...]
) -> Iterator[Finding]:
    for item in found:
        if item.status is None and not item.empty:
            detail = f"`{item.id}` states no status"
            yield Finding(
                _head(item),
                detail,
                "add the line `Status: candidate.`",
                insert="Status: candidate.",
            )


def _status_value(
    document: Document, found: tuple[Item, ...], values: tuple[str, ...]
) -> Iterator[Finding]:
    for item in found:
        yield from _value(document, item, "Status", item.status, values)


def _type_value(
    document: Document, found: tuple[Item, ...], values: tuple[str, ...]
) -> Iterator[Finding]:
    for item in found:
        yield from _value(document, item, "Type", item.type, values)


def _value(
    document: Document, item: Item, label: str, line: Line | None, values: tuple[str, ...]
) -> Iterator[Finding]:
    if line is not None and line.text not in values:
        found = f"`{line.text}`" if line.text else "empty"
        detail = f"`{label}` of `{item.id}` is {found}; allowed: {listed(values)}"
        yield Finding(_after_colon(document, line.line), detail, hint(line.text, values))


def _type(
    document: Document, found: tuple[Item, ...], values: tuple[str, ...]
) -> Iterator[Finding]:
    for item in found:
        if item.type is None and not item.empty:
            detail = f"`{item.id}` does not say whether it needs a person"
            yield Finding(
                _head(item), detail, "add `Type: AFK` or `Type: HITL`", insert="Type: AFK"
            )


def _acceptance(
    document: Document, found: tuple[Item, ...], _: tuple[str, ...]
) -> Iterator[Finding]:
    for item in found:
        if not item.acceptance and not item.empty:
            what = (
                "lists nothing under its acceptance label"
                if item.acceptance == ()
                else "has no acceptance list"
            )
            yield Finding(
                _head(item),
                f"`{item.id}` {what}",
                "add `Acceptance:` and a list",
                insert="Acceptance:",
            )


def _content(document: Document, found: tuple[Item, ...], _: tuple[str, ...]) -> Iterator[Finding]:
    for item in found:
        if item.empty:
            detail = f"nothing stands below the heading of `{item.id}`"
            yield Finding(_head(item), detail, "write the item or remove the heading")


_NEEDS: dict[str, Needs] = {
    "heading": _heading,
    "content": _content,
    "status": _status,
    "status value": _status_value,
    "type": _type,
    "type value": _type_value,
    "acceptance": _acceptance,
}


def _head(item: Item) -> At:
    return at(item.line, item.column, len(item.id))


def _after_colon(document: Document, number: int) -> At:
    line = document.line(number).rstrip(" .")
    column = line.find(":") + 1
    column += len(line[column:]) - len(line[column:].lstrip())
    return at(number, column + 1, len(line) - column)
