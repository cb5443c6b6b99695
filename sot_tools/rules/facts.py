"""What cross-document checks need of one document, taken once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.items import items, mentions
from sot_tools.documents.sections import plain, title
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import Demand, Facts, Link, Scene
from sot_tools.rules.phrases import demands

DEMANDING = ("Required Phrases", "Required Evidence")
"""Sections whose list entries the whole family must contain (VAL-38)."""

_MARKDOWN_LINK = re.compile(
    r"\]\(([^()\s<>]+)[^()]{0,200}\)|^ {0,3}\[[^\[\]]{1,200}\]: *([^\s<>]+)"
)
_FILE = re.compile(r"[A-Za-z0-9_.-][A-Za-z0-9_./-]*\.(?:md|json|ya?ml)")


def collect(document: Document, kind: Kind | None, scene: Scene) -> Facts:
    """The facts of a document; those of an unreadable one are empty."""
    family = family_of(document.name, kind)
    if not document.readable:
        return Facts(document.path, kind.name if kind else "", family, "", "", (), (), (), ())
    markdown = document.format == "markdown"
    head = title(document) if markdown else None
    source = document.data.get("source") if isinstance(document.data, dict) else None
    return Facts(
        document.path,
        kind.name if kind else "",
        family,
        plain(head.text) if head else "",
        source if isinstance(source, str) and "/" in source and " " not in source else "",
        document.once("items", lambda it: items(it, scene.id_pattern)) if markdown else (),
        tuple(mentions(document, scene.id_pattern)) if scene.id_pattern else (),
        tuple(_links(document, scene)) if markdown else (),
        tuple(Demand(*found) for found in demands(document, DEMANDING)) if markdown else (),
    )


def family_of(name: str, kind: Kind | None) -> str:
    """The file stem without what the kind's glob spells out: `A-B-PRD.md` → `A-B`."""
    stem = name.rpartition(".")[0]
    for glob in kind.files if kind else ():
        ending = glob.rpartition("*")[2].rpartition(".")[0]
        if ending and stem.endswith(ending):
            return stem[: -len(ending)]
    return stem


@cache
def _root_pattern(roots: tuple[str, ...]) -> re.Pattern[str]:
    choice = "|".join(re.escape(root) for root in roots)
    return re.compile(rf"(?<![\w./-])(?:{choice})/[A-Za-z0-9._/-]*[A-Za-z0-9_/-]")


def _links(document: Document, scene: Scene) -> list[Link]:
    text = document.text
    found = []
    if any(root + "/" in text for root in scene.roots):
        for match in _root_pattern(scene.roots).finditer(text):
            following = text[match.end() : match.end() + 2]
            if following[:1] not in _WILD and following != ".*" and "..." not in match.group():
                found.append(Link(match.group(), *document.position(match.start()), False))
    if "](" in text or "]:" in text:
        found.extend(_markdown_links(document))
    if isinstance(document.data, dict):
        found.extend(_named_files(document, scene))
    return found


_WILD = frozenset("*<{?")


def _markdown_links(document: Document) -> Iterator[Link]:
    """Links and link definitions that lead to files, outside code."""
    fenced = {
        number
        for block in document.blocks
        if block.kind == outline.FENCE
        for number in range(block.line, block.end + 1)
    }
    for number in range(document.body + 1, len(document.lines) + 1):
        line = document.line(number)
        if "]" not in line or number in fenced:
            continue
        for match in _MARKDOWN_LINK.finditer(line):
            target = match.group(1) or match.group(2)
            path = target.partition("#")[0]
            if line.count("`", 0, match.start()) % 2 or ":" in path or path.startswith("/"):
                continue
            if "%" in path:
                from urllib.parse import unquote

                path = unquote(path)
            if path:
                column = line.index(target, match.start()) + 1
                yield Link(path, number, column, True)


def _named_files(document: Document, scene: Scene) -> Iterator[Link]:
    """Front-matter values that are paths outside the roots; those inside are found in the text."""
    for key, value in document.data.items():
        if not isinstance(value, str) or "/" not in value or not _FILE.fullmatch(value):
            continue
        if value.startswith(tuple(f"{root}/" for root in scene.roots)):
            continue
        for number in range(2, document.body):
            line = document.line(number)
            if line.startswith(f"{key}:") and value in line:
                yield Link(value, number, line.index(value) + 1, False)
