"""Faults of reading become findings, selected by name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sot_tools.diagnostic import At, Finding
from sot_tools.documents.document import Document
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import DocumentCheck, Parameters, Scene, texts


def reading(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """The problems of `faults` that reading the file met."""
    wanted = frozenset(texts(parameters, "faults"))

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        if not document.problems:
            return ()
        return [
            _mendable(document, found.finding) if found.fault == "duplicate-key" else found.finding
            for found in document.problems
            if found.fault in wanted
        ]

    return check


_ENTRY = r"([A-Za-z_][A-Za-z0-9_-]*): (?:[A-Za-z0-9.][^#]*|\"[^\"\\]*\")"


def _mendable(document: Document, finding: Finding) -> Finding:
    """The finding, with the removal of the line where it repeats the first one word for word."""
    place = finding.place
    if not isinstance(place, At) or place.span.column != 1 or document.format == "json":
        return finding
    line = place.span.line
    entry = re.fullmatch(_ENTRY, document.line(line))
    first = document.tree().keys.get((entry.group(1),)) if entry else None
    if first is None or document.line(first.line) != document.line(line):
        return finding
    if _goes_on(document, first.line) or _goes_on(document, line):
        return finding
    from sot_tools.documents.edits import without_line

    return finding._replace(changes=(without_line(document, line),))


def _goes_on(document: Document, number: int) -> bool:
    """Whether the value of an entry may go on below its line."""
    following = (line for line in document.lines[number:] if line.strip())
    return next(following, "").startswith((" ", "\t", "-")) and not _closes(document, number)


def _closes(document: Document, number: int) -> bool:
    return document.format == "markdown" and number == document.body - 1


def kind_known(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """A file that no kind matches: nothing would be demanded of it."""

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if kind is not None or document.format == "none":
            return ()
        from sot_tools.diagnostic import Whole
        from sot_tools.rules.nearest import nearest

        globs = sorted({glob for known in scene.kinds.by_name.values() for glob in known.files})
        close = nearest(document.name, globs)
        step = (
            f"rename it to match `{close}`"
            if close
            else "rename it, or add a kind in `.sot/kinds/`"
        )
        detail = f"no document kind matches the file name `{document.name}`, so no rule governs it"
        return [Finding(Whole(), detail, step)]

    return check
