"""The format for programs: the report as one JSON object that keeps every string as it is.

The text is ASCII, so no control or bidi character and no lone surrogate leaves it unescaped.
"""

from __future__ import annotations

import json
from typing import Any

from sot_tools.diagnostic import Diagnostic, Report, Span
from sot_tools.report.options import Options


def render(report: Report, options: Options) -> str:
    """The report as an object, indented by two."""
    return json.dumps(_report(report), indent=2, ensure_ascii=True) + "\n"


def _report(report: Report) -> dict[str, Any]:
    return {
        "version": report.version,
        "root": report.root,
        "profile": report.profile,
        "assumed": report.assumed,
        "checked": {"count": len(report.checked), "files": list(report.checked)},
        "counts": report.counts(),
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in report.diagnostics],
        "suppressed": report.suppressed,
        "hidden": report.hidden,
    }


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "path": diagnostic.path,
        "span": _span(diagnostic.span),
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "step": diagnostic.step,
        "insert": diagnostic.insert,
        "related": [
            {"path": related.path, "span": _span(related.span), "label": related.label}
            for related in diagnostic.related
        ],
        "source": diagnostic.source,
        "applies": diagnostic.applies,
        "fingerprint": diagnostic.fingerprint,
        "fixable": diagnostic.fixable,
        "edits": [edit._asdict() for edit in diagnostic.edits],
    }


def _span(span: Span) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "end_column": span.end_column}
