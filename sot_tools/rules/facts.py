"""What cross-document checks need of one document, taken once."""

from __future__ import annotations

import re
from functools import cache

from sot_tools.documents.document import Document
from sot_tools.documents.items import items, mentions
from sot_tools.documents.sections import plain, title
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import Demand, Facts, Link, Scene
from sot_tools.rules.phrases import demands

DEMANDING = ("Required Phrases", "Required Evidence")
"""Sections whose list entries the whole family must contain (VAL-38)."""

_MARKDOWN_LINK = re.compile(r"\]\(([^()\s<>]+)\)")


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
            if text[match.end() : match.end() + 1] not in {"*", "<", "{"}:
                found.append(Link(match.group(), *document.position(match.start()), markdown=False))
    if "](" in text:
        for match in _MARKDOWN_LINK.finditer(text):
            target = match.group(1).partition("#")[0]
            if target and ":" not in target and not target.startswith("/"):
                line, column = document.position(match.start(1))
                found.append(Link(target, line, column, markdown=True))
    return found
