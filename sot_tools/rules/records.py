"""Records inside a body: entries of lists, and fenced blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sot_tools.diagnostic import At, Finding, Key, Place, Pointer, Span
from sot_tools.documents import json_tree, outline
from sot_tools.documents.document import Document
from sot_tools.documents.outline import Block
from sot_tools.documents.problems import at
from sot_tools.documents.sections import Section, named, plain
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import BadParameters, DocumentCheck, Parameters, Scene, texts
from sot_tools.rules.phrases import comparable, heading_place
from sot_tools.rules.shape import explain


def section_place(document: Document, found: Sequence[Section]) -> Place:
    """The heading of the first of the sections, or the title of the document without any."""
    if not found:
        return heading_place(document)
    return at(found[0].line, 1, len(document.line(found[0].line)))


def block_place(document: Document, block: Block) -> Place:
    """The first line of a block."""
    line = document.line(block.line)
    return at(block.line, len(line) - len(line.lstrip()) + 1, len(line.strip()))


def blocks_of(found: Sequence[Section], kind: str) -> list[Block]:
    """The blocks of one kind in sections, each once even where sections lie inside each other."""
    blocks = (block for section in found for block in section.blocks if block.kind == kind)
    return list(dict.fromkeys(blocks))


def lists(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Each of `entries` that no list entry of the sections `section` holds."""
    where = texts(parameters, "section")
    wanted = texts(parameters, "entries")

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        found = list(named(document, where))
        place = section_place(document, found)
        if not found:
            detail = f"section `{where[0]}` with its list is missing"
            yield Finding(place, detail, f"add `## {where[0]}`")
            return
        present = {comparable(block.text) for block in blocks_of(found, outline.ITEM)}
        for entry in wanted:
            if comparable(entry) not in present:
                detail = f"section `{plain(found[0].title)}` does not list `{plain(entry)}`"
                yield Finding(place, detail, "add the entry", insert=f"- {entry}")

    return check


def fence(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Fenced blocks of the sections `section`: none holds `contains`, or none is valid `kind`."""
    where = texts(parameters, "section")
    contains = [(text, _members(text)) for text in texts(parameters, "contains", required=False)]
    name = parameters.get("kind")
    wanted = scene.kinds.by_name.get(name) if isinstance(name, str) else None
    if name is not None and wanted is None:
        raise BadParameters(f"parameter `kind` names no kind: {name}")

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        found = list(named(document, where))
        blocks = blocks_of(found, outline.FENCE)
        if not blocks:
            detail = (
                f"section `{plain(found[0].title)}` has no fenced block"
                if found
                else f"section `{where[0]}` is missing"
            )
            yield Finding(section_place(document, found), detail, "add the fenced block")
            return
        for text, members in contains:
            if not any(_contains(block, text, members) for block in blocks):
                yield _lacking(document, blocks, text, members)
        if wanted is not None:
            yield from _record(document, blocks, wanted, scene)

    return check


def _members(text: str) -> dict[str, Any]:
    """The members that a text such as `"key": "value"` gives a JSON object; else empty."""
    value, problems = json_tree.read("{" + text + "}")
    return {} if problems else value


def _contains(block: Block, text: str, members: dict[str, Any]) -> bool:
    """Whether a fenced block holds a text; JSON is compared by its values, not its spaces."""
    if members:
        value, problems = json_tree.read(block.text)
        if not problems and isinstance(value, dict):
            return all(_same(value.get(key), member) for key, member in members.items())
    return plain(text) in plain(block.text)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _lacking(
    document: Document, blocks: Sequence[Block], text: str, members: dict[str, Any]
) -> Finding:
    """That no block holds a text, shown at the likeliest; a key with another value is shown too."""
    block = _likely(blocks)[0] if members else blocks[0]
    pointers = tuple(_others(document, block, members)) if members else ()
    return Finding(
        block_place(document, block),
        f"fenced block does not hold `{plain(text)}`",
        f"write `{plain(text)}` there" if pointers else "add the line",
        pointers,
    )


def _others(document: Document, block: Block, members: dict[str, Any]) -> Iterator[Pointer]:
    """The keys of a JSON block that hold another value than `members`."""
    value, problems = json_tree.read(block.text)
    if problems or not isinstance(value, dict):
        return
    keys = json_tree.locate(block.text).keys
    inside = _inside(document, block)
    for key, member in members.items():
        if key in value and not _same(value[key], member):
            yield Pointer(document.path, inside(keys[(key,)]), f"`{key}` has another value")


def _record(
    document: Document, blocks: Sequence[Block], kind: Kind, scene: Scene
) -> Iterable[Finding]:
    """The faults of the JSON record that stands in one of the blocks: none where one block is
    valid, else those of the likeliest block that has fewest."""
    for block in blocks:
        value, problems = json_tree.read(block.text)
        if not problems and scene.kinds.accepts(kind, value):
            return ()
    return min((_faults(document, block, kind, scene) for block in _likely(blocks)), key=len)


def _likely(blocks: Sequence[Block]) -> list[Block]:
    """The blocks that look most like a JSON record: marked `json`, and begun with a brace."""

    def unlike(block: Block) -> tuple[bool, bool]:
        language = block.info.lower().split()[:1]
        return language != ["json"], not block.text.lstrip().startswith("{")

    least = min(unlike(block) for block in blocks)
    return [block for block in blocks if unlike(block) == least]


def _faults(document: Document, block: Block, kind: Kind, scene: Scene) -> list[Finding]:
    """The faults of the JSON record in one block, each once, placed in the document."""
    inside = _inside(document, block)
    value, problems = json_tree.read(block.text)
    if problems:
        return [_moved(each.finding, inside(_span(each.finding.place))) for each in problems]
    tree = json_tree.locate(block.text)
    found = []
    for _, each in explain(value, kind, scene.kinds):
        path = getattr(each.place, "path", ())
        spans = tree.keys if isinstance(each.place, Key) else tree.values
        span = spans.get(path) or tree.values.get(path) or Span()
        found.append(_moved(each, inside(span)))
    return list(dict.fromkeys(found))


def _moved(finding: Finding, place: Place) -> Finding:
    """A finding about a record, told as one about the document that the record stands in."""
    detail = finding.detail
    if detail.startswith("the file"):
        detail = "the fenced block" + detail.removeprefix("the file")
    return Finding(place, detail, finding.step)


def _span(place: Place) -> Span:
    return place.span if isinstance(place, At) else Span()


def _inside(document: Document, block: Block) -> Callable[[Span], Place]:
    """Turns spans of a block's content into places of the document, its indent added."""
    content = block.text.split("\n")
    fenced = len(content) <= block.end - block.line  # else an indented block, without a first line
    first = block.line + (1 if fenced else 0)
    indents = []
    for number, told in enumerate(content, first):
        line = document.line(number)
        indents.append(len(line) - len(told) if told and line.endswith(told) else 0)

    def inside(span: Span) -> Place:
        indent = indents[span.line - 1]
        return At(Span(first + span.line - 1, span.column + indent, span.end_column + indent))

    return inside
