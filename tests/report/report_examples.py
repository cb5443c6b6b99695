"""Small hand-made reports that the tests of this directory show in every format."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from sot_tools.diagnostic import Diagnostic, Related, Report, RuleText, Severity, Span
from sot_tools.report.formats import render
from sot_tools.report.options import Options

RULES = (
    RuleText(
        "SOT101",
        "A status is one of the profile's words",
        Severity.ERROR,
        "Gates read the status.",
        "Write one of the listed words.",
    ),
    RuleText(
        "SOT102",
        "A document names its owner",
        Severity.WARNING,
        "Somebody answers for it.",
        "Add the key owner.",
    ),
    RuleText(
        "SOT103",
        "A title is short",
        Severity.ADVICE,
        "Lists show it on one line.",
        "Shorten it.",
    ),
)

STATUS = Diagnostic(
    path="docs/plan.md",
    span=Span(12, 9, 14),
    code="SOT101",
    severity=Severity.ERROR,
    message='status is "darft", expected draft or active',
    step="write draft",
    related=(Related("workspace.yaml", Span(4, 3, 9), "the words are listed here"),),
    source="status: darft",
    applies="kind decision, profile cto-child",
    fingerprint="a" * 64,
)
OWNER = Diagnostic(
    path="docs/plan.md",
    span=Span(13, 1, 1),
    code="SOT102",
    severity=Severity.WARNING,
    message="owner is missing",
    step="add the line",
    insert="owner: NAME",
    source="title: Plan",
    fingerprint="b" * 64,
)
TITLE = Diagnostic(
    path="docs/wide.md",
    span=Span(1, 8, 10),
    code="SOT103",
    severity=Severity.ADVICE,
    message="title is long",
    source="title: 計画書",
)


def report(*diagnostics: Diagnostic, **fields: Any) -> Report:
    """A report on three files with these diagnostics."""
    told: dict[str, Any] = {
        "root": "/srv/plans",
        "profile": "cto-child",
        "assumed": False,
        "checked": ("docs/clean.md", "docs/plan.md", "docs/wide.md"),
        "diagnostics": diagnostics,
        "rules": RULES,
        "version": "0.1.0",
    }
    return Report(**{**told, **fields})


EMPTY = report()
FULL = report(STATUS, OWNER, TITLE, suppressed=1, hidden=2)


def text(*diagnostics: Diagnostic, **choices: Any) -> str:
    """The text format of a report with these diagnostics."""
    return render(report(*diagnostics), "text", Options(**choices))


def block(diagnostic: Diagnostic, **choices: Any) -> str:
    """What the text format says of one diagnostic, without the summary."""
    return text(diagnostic, **choices).rpartition("\n\n")[0]


def xml(document: str) -> ET.Element:
    """The root element of a document that this project wrote itself."""
    return ET.fromstring(document)  # noqa: S314 - our own output, no entities in it
