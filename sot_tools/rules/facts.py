"""What cross-document checks need of one document, taken once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from sot_tools.documents import outline
from sot_tools.documents.assertions import Hints
from sot_tools.documents.document import Document
from sot_tools.documents.items import begun, items, mentions
from sot_tools.documents.sections import named, plain, shown, title
from sot_tools.documents.statements import NOTHING, said
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import Demand, Facts, Link, Scene

_DEMANDING = ("Required Phrases", "Required Evidence")
"""Sections whose list entries the whole family must contain (VAL-38)."""

_MARKDOWN_LINK = r"\]\(([^()\s<>]+)[^()\n]{0,200}\)"
_DEFINITION = r"(?m)^ {0,3}\[[^\[\]\n]{1,200}\]: *([^\s<>]+)"
_FILE = r"[A-Za-z0-9_.-][A-Za-z0-9_./-]*\.(?:md|json|ya?ml)"


def collect(
    document: Document, kind: Kind | None, scene: Scene, wanted: Hints | None = None
) -> Facts:
    """The facts of a document; those of an unreadable one are empty. Of what it says, only what
    `wanted` touches need be among them."""
    family = family_of(document.name, kind)
    if not document.readable:
        return nothing(document.path, kind)
    markdown = document.format == "markdown"
    head = title(document) if markdown else None
    source = document.data.get("source") if isinstance(document.data, dict) else None
    return Facts(
        document.path,
        *_kind(kind),
        family,
        plain(head.text) if head else "",
        source if isinstance(source, str) and "/" in source and " " not in source else "",
        document.once("items", lambda it: items(it, scene.id_pattern)) if markdown else (),
        tuple(mentions(document, scene.id_pattern)) if document.format != "yaml" else (),
        tuple(_links(document, scene)) if markdown else (),
        tuple(_demands(document)) if markdown else (),
        _fields(document),
        said(document, scene.id_pattern, scene.states.words, wanted),
    )


def _demands(document: Document) -> Iterator[Demand]:
    """The list entries under headings that require phrases of a family."""
    for section in named(document, _DEMANDING):
        for block in section.blocks:
            if block.kind == outline.HEADING:
                break
            if block.kind == outline.ITEM:
                yield Demand(shown(block), block.line)


def nothing(path: str, kind: Kind | None = None) -> Facts:
    """No facts."""
    family = family_of(path.rpartition("/")[2], kind)
    return Facts(path, *_kind(kind), family, "", "", (), (), (), (), {}, NOTHING)


def _kind(kind: Kind | None) -> tuple[str, bool]:
    """Name of a kind, and whether its documents are evidence."""
    return (kind.name, kind.evidence) if kind else ("", False)


def _fields(document: Document) -> dict[str, str]:
    """The plain texts of the front matter or of a record; those of other data files stay there."""
    if not isinstance(document.data, dict) or document.format == "yaml":
        return {}
    return {key: value for key, value in document.data.items() if isinstance(value, str)}


def family_of(name: str, kind: Kind | None) -> str:
    """The file stem without what the kind's glob spells out: `A-B-PRD.md` → `A-B`."""
    stem = name.rpartition(".")[0]
    for glob in kind.files if kind else ():
        ending = glob.rpartition("*")[2].rpartition(".")[0]
        if ending and stem.endswith(ending):
            return stem[: -len(ending)]
    return stem


@cache
def _root_pattern(root: str) -> re.Pattern[str]:
    """A path below a root that no longer path ends with."""
    return re.compile(rf"(?<![\w./-]){re.escape(root)}/[A-Za-z0-9._/-]*[A-Za-z0-9_/-]")


def _links(document: Document, scene: Scene) -> list[Link]:
    text = document.text
    found = []
    for root in scene.roots:
        for match in begun(f"{root}/", _root_pattern(root), text):
            following = text[match.end() : match.end() + 2]
            if following[:1] not in _WILD and following != ".*" and "..." not in match.group():
                found.append(Link(match.group(), *document.position(match.start()), False))
    if "](" in text or "]: " in text:
        found.extend(_markdown_links(document))
    if isinstance(document.data, dict):
        found.extend(_named_files(document, scene))
    return found


_WILD = frozenset("*<{?")


def _markdown_links(document: Document) -> Iterator[Link]:
    """Links and link definitions that lead to files; whether in code, the check asks."""
    text = document.text
    inline = begun("](", re.compile(_MARKDOWN_LINK), text)
    for matches in (inline, re.finditer(_DEFINITION, text)) if "]: " in text else (inline,):
        for match in matches:
            path = match.group(1).partition("#")[0]
            if not path or ":" in path or path.startswith("/"):
                continue
            if "%" in path:
                from urllib.parse import unquote

                path = unquote(path)
            yield Link(path, *document.position(match.start(1)), True)


def in_code(document: Document, link: Link) -> bool:
    """Whether a link stands in a code span or a fenced block, or in the front matter."""
    if link.line <= document.body:
        return True
    before = document.line(link.line)[: link.column - 1]
    return before.count("`") % 2 == 1 or any(
        block.kind == outline.FENCE and block.line <= link.line <= block.end
        for block in document.blocks
    )


def _named_files(document: Document, scene: Scene) -> Iterator[Link]:
    """Front-matter values that are paths outside the roots; those inside are found in the text."""
    inside = tuple(f"{root}/" for root in scene.roots)
    for key, value in document.data.items():
        if not isinstance(value, str) or "/" not in value or value.startswith(inside):
            continue
        if not re.fullmatch(_FILE, value):
            continue
        for number in range(2, document.body):
            line = document.line(number)
            if line.startswith(f"{key}:") and value in line:
                yield Link(value, number, line.index(value) + 1, False)
