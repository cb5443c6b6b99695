"""Findings become diagnostics: code, severity, line and column, and a fingerprint."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sot_tools.diagnostic import Diagnostic, Finding, Related, Span
from sot_tools.digest import of_parts
from sot_tools.documents.place import locate
from sot_tools.project.fixes import fix_of
from sot_tools.project.masking import Secret
from sot_tools.project.snapshot import Snapshot
from sot_tools.rules.model import Rule
from sot_tools.rules.table import CHECKS


def diagnostic(
    snapshot: Snapshot, rule: Rule, path: str, finding: Finding, edits: bool
) -> Diagnostic:
    """The one place where a finding gets its code, severity, line and column."""
    document = snapshot.document(path)
    span = locate(document, finding.place) if document else Span()
    source = document.line(span.line) if document else ""
    related = tuple(
        Related(pointer.path, locate(other, pointer.place), pointer.label)
        for pointer in finding.pointers
        if (other := snapshot.document(pointer.path)) is not None
    )
    compares = CHECKS[rule.check].compares and related and related[0].path != path
    which = f"; {_newer(snapshot, path, span, related[0])}" if compares else ""
    return Diagnostic(
        path,
        span,
        rule.code,
        rule.severity,
        finding.detail,
        finding.step + which,
        finding.insert,
        related,
        source,
        _applies(snapshot, rule, path),
        "",
        *fix_of(rule, snapshot.kind(path), document, finding, edits),
    )


def _newer(snapshot: Snapshot, path: str, span: Span, other: Related) -> str:
    """Which of two contradicting places is newer, and why."""
    from sot_tools.rules.newer import dated, newer  # few findings ask

    here, there = snapshot.facts[path], snapshot.facts[other.path]
    return newer(dated(here, span.line), dated(there, other.span.line)).reason


def _applies(snapshot: Snapshot, rule: Rule, path: str) -> str:
    kind = snapshot.kind(path)
    made = f"rule of {rule.origin}"
    if kind is not None:
        made = f"document of kind {kind.name}, {made}"
    return f"{made}, in force because {rule.item} exists" if rule.item else made


_LINE_START = 400
"""Characters of a source line that a fingerprint depends on."""
_LINE_NUMBER = r"\bline [0-9]+"


def secret(snapshot: Snapshot, path: str, finding: Finding) -> Iterator[Secret]:
    """The value that a finding says must not be repeated."""
    document = snapshot.document(path) if finding.secret else None
    if document is not None:
        span = locate(document, finding.place)
        value = document.line(span.line)[span.column - 1 : span.end_column - 1]
        if value:
            yield path, span.line, value


def fingerprinted(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Each diagnostic with a digest of what it says, not of its line; equal ones are numbered."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    made = []
    for each in diagnostics:
        message = re.sub(_LINE_NUMBER, "line", each.message)
        key = (each.code, each.path, message, each.source.strip()[:_LINE_START])
        mark = of_parts((*key, str(seen[key])))
        seen[key] += 1
        made.append(each._replace(fingerprint=mark))
    return made
