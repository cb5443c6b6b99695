"""Faults of reading become findings, selected by name."""

from __future__ import annotations

from collections.abc import Iterable

from sot_tools.diagnostic import Finding
from sot_tools.documents.document import Document
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import DocumentCheck, Parameters, Scene, texts


def reading(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """The problems of `faults` that reading the file met."""
    wanted = frozenset(texts(parameters, "faults"))

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        if not document.problems:
            return ()
        return [found.finding for found in document.problems if found.fault in wanted]

    return check


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
