"""`key: value` entries of a body: what they hold, and whether a rule allows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sot_tools.diagnostic import Finding, Place
from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.outline import Block
from sot_tools.documents.problems import at
from sot_tools.documents.sections import Section, fold, named, plain
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import BadParameters, DocumentCheck, Parameters, Scene, texts
from sot_tools.rules.nearest import hint, listed, nearest
from sot_tools.rules.phrases import heading_place

Allowed = tuple[str, ...] | None
"""Values of which an entry must hold one; None where it must hold any."""

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_ /-]{0,60}):(?: (.*))?")
_COMMENT = re.compile(r"<!--(?:[^-]|-(?!->))*(?:-->|\Z)")
_WORD = re.compile(r"[a-z]+")
_PAST = frozenset({"history", "previous", "former", "earlier"})
"""Words in the heading of a section that tells of what no longer holds."""


class Entry(NamedTuple):
    """One `key: value` entry."""

    value: str
    """Plain, wrapped lines joined, without its final period; empty where there is none."""
    line: int
    """Where the key stands."""
    beside: bool
    """Whether the value begins on the line of the key."""


Entries = Mapping[str, list[Entry]]
"""Folded key → its entries in reading order."""


def fields(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """`key: value` entries of the sections `section` (or of the whole body) that are absent or
    hold another value than `fields` allows; only where the entries of `when` hold."""
    where = texts(parameters, "section", required=False)
    wanted = _wanted(parameters, "fields")
    conditions = _wanted(parameters, "when", required=False)

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        found = list(named(document, where)) if where else []
        if where and not found:
            detail = f"section `{where[0]}` with {_all_of(wanted)} is missing"
            step = insert = f"## {where[0]}"
            yield Finding(heading_place(document), detail, f"add `{step}`", insert=insert)
            return
        place = _line(document, found[0].line) if found else heading_place(document)
        entries = _of_sections(found) if where else document.once("entries", _of_body)
        if all(_holds(entries, key, values) for key, values in conditions.items()):
            yield from _fields(document, entries, wanted, place)

    return check


def _wanted(parameters: Parameters, name: str, required: bool = True) -> dict[str, Allowed]:
    """Key → allowed values, as a parameter gives them."""
    value = parameters.get(name, {})
    if (
        not isinstance(value, dict)
        or (required and not value)
        or not all(isinstance(key, str) for key in value)
    ):
        raise BadParameters(f"parameter `{name}` must map keys to values")
    return {key: allowed(entry) for key, entry in value.items()}


def allowed(value: Any) -> Allowed:
    """Allowed values as texts, from what a row gives: one value, a list, or `present`."""
    if value == "present":
        return None
    entries = value if isinstance(value, list) else [value]
    return tuple(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)


def _of_sections(found: Sequence[Section]) -> Entries:
    blocks: Iterable[Block] = [block for section in found for block in section.blocks]
    if len(found) > 1:
        blocks = dict.fromkeys(blocks)  # sections of one name may lie inside each other
    return _entries(_current(blocks))


def _of_body(document: Document) -> Entries:
    return _entries(_current(document.blocks))


def _current(blocks: Iterable[Block]) -> list[Block]:
    """Blocks without the sections below the title whose heading speaks of the past."""
    kept = []
    past = 0
    for block in blocks:
        if block.kind == outline.HEADING and (not past or block.level <= past):
            told = block.level > 1 and not _PAST.isdisjoint(_WORD.findall(block.text.lower()))
            past = block.level if told else 0
        if not past:
            kept.append(block)
    return kept


def _entries(blocks: Sequence[Block]) -> Entries:
    """Every `key: value` entry of list entries and paragraphs."""
    found: dict[str, list[Entry]] = {}
    for index, block in enumerate(blocks):
        if block.kind in {outline.ITEM, outline.PARAGRAPH} and ":" in block.text:
            entries = list(_of_block(block))
            for key, entry in entries:
                found.setdefault(fold(key), []).append(entry)
            if entries and not entries[-1][1].value:
                key, entry = entries[-1]
                found[fold(key)][-1] = entry._replace(value=_below(blocks, index))
    return found


def _of_block(block: Block) -> Iterator[tuple[str, Entry]]:
    """Key and entry of each line that begins one; the lines after it belong to its value, up to
    one that ends with a period."""
    begun: list[tuple[str, int, list[str]]] = []
    for offset, line in enumerate(_spoken(block.text).split("\n")):
        said = plain(line)
        match = _FIELD.fullmatch(said)
        if match is not None:
            begun.append((match.group(1), block.line + offset, [match.group(2) or ""]))
        elif begun and not begun[-1][2][-1].endswith("."):
            begun[-1][2].append(said)
    for key, number, parts in begun:
        value = " ".join(parts).strip().removesuffix(".")
        yield key, Entry(value, number, bool(parts[0]))


def _spoken(text: str) -> str:
    """Text without its HTML comments, line for line."""
    if "<!--" not in text:
        return text
    return _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text)


def _below(blocks: Sequence[Block], index: int) -> str:
    """The value of an entry that ends with its colon: the fenced block after it, or the list
    entries nested in it; under a paragraph only such as are no entries of their own."""
    block = blocks[index]
    nested: list[str] = []
    for later in range(index + 1, len(blocks)):
        other = blocks[later]
        if other.kind == outline.FENCE and not nested:
            return plain(other.text)
        if other.kind != outline.ITEM or other.level <= block.level:
            break
        said = plain(other.text)
        if not block.level and _FIELD.fullmatch(said):
            break
        nested.append(said)
    return ", ".join(nested).removesuffix(".")


def _holds(entries: Entries, key: str, values: Allowed) -> bool:
    """Whether one of the entries of a key has a value that is allowed."""
    return any(_fits(entry.value, values) for entry in entries.get(fold(key), ()))


def _fits(value: str, values: Allowed) -> bool:
    if values is None:
        return bool(value)
    return any(value == each.removesuffix(".") for each in values)


def _fields(
    document: Document, entries: Entries, wanted: Mapping[str, Allowed], place: Place
) -> Iterator[Finding]:
    """What is wrong with each entry of each wanted key."""
    known = {fold(key) for key in wanted}
    for key, values in wanted.items():
        found = entries.get(fold(key), ())
        if not found:
            close = nearest(fold(key), (other for other in entries if other not in known))
            step = f"rename `{close}`" if close else "add the entry"
            line = f"- {key}: {values[0] if values else '...'}"
            yield Finding(place, f"entry `{key}` is missing", step, insert=line)
        for entry in found:
            if not entry.value:
                step = f"write `{values[0]}`" if values else "write its value"
                yield Finding(_line(document, entry.line), f"entry `{key}` is empty", step)
            elif values is not None and not _fits(entry.value, values):
                step = hint(entry.value, values) if len(values) > 1 else f"write `{values[0]}`"
                detail = f"`{key}` is `{entry.value[:80]}`; allowed: {listed(values)}"
                yield Finding(_value(document, entry), detail, step)


def _value(document: Document, entry: Entry) -> Place:
    """Where a value stands; the line of its key where it begins on a later one."""
    if not entry.beside:
        return _line(document, entry.line)
    line = document.line(entry.line)
    rest = line[line.find(":") + 1 :].lstrip(" \t`*")
    return at(entry.line, len(line) - len(rest) + 1, len(rest.rstrip(" \t\r.`*")))


def _line(document: Document, number: int) -> Place:
    return at(number, 1, len(document.line(number)))


def _all_of(words: Iterable[str], most: int = 8) -> str:
    """Words that are wanted together: `a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) > most:
        quoted = [*quoted[:most], f"{len(quoted) - most} more"]
    return " and ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part)
