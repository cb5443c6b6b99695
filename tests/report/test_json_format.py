"""The JSON format: complete, exact and the same every time."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from report_examples import EMPTY, FULL, STATUS, report
from report_strategies import reports

from sot_tools.diagnostic import Diagnostic, Edit, Related, Report, Severity, Span
from sot_tools.report.formats import render
from sot_tools.report.options import Options


def parsed(reported: Report) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(render(reported, "json", Options()))
    return value


def read_back(value: dict[str, Any]) -> Diagnostic:
    related = tuple(
        Related(one["path"], Span(**one["span"]), one["label"]) for one in value["related"]
    )
    told = {**value, "span": Span(**value["span"]), "severity": Severity(value["severity"])}
    edits = tuple(Edit(**one) for one in value["edits"])
    return Diagnostic(**{**told, "related": related, "edits": edits})


def test_an_empty_report_is_shown_word_for_word() -> None:
    assert (
        render(EMPTY, "json", Options())
        == """\
{
  "version": "0.1.0",
  "root": "/srv/plans",
  "profile": "cto-child",
  "assumed": false,
  "checked": {
    "count": 3,
    "files": [
      "docs/clean.md",
      "docs/plan.md",
      "docs/wide.md"
    ]
  },
  "counts": {
    "error": 0,
    "warning": 0,
    "advice": 0
  },
  "diagnostics": [],
  "suppressed": 0,
  "hidden": 0
}
"""
    )


def test_a_diagnostic_has_all_its_fields() -> None:
    assert parsed(report(STATUS))["diagnostics"] == [
        {
            "path": "docs/plan.md",
            "span": {"line": 12, "column": 9, "end_column": 14},
            "code": "SOT101",
            "severity": "error",
            "message": 'status is "darft", expected draft or active',
            "step": "write draft",
            "insert": "",
            "related": [
                {
                    "path": "workspace.yaml",
                    "span": {"line": 4, "column": 3, "end_column": 9},
                    "label": "the words are listed here",
                }
            ],
            "source": "status: darft",
            "applies": "kind decision, profile cto-child",
            "fingerprint": "a" * 64,
            "fixable": False,
            "edits": [],
        }
    ]


def test_the_counts_of_a_full_report_are_told() -> None:
    value = parsed(FULL)
    assert value["counts"] == {"error": 1, "warning": 1, "advice": 1}
    assert (value["suppressed"], value["hidden"]) == (1, 2)


@given(reports(st.text(st.characters(exclude_categories=()))))
def test_every_string_comes_back_as_it_was(reported: Report) -> None:
    value = parsed(reported)
    assert tuple(map(read_back, value["diagnostics"])) == reported.diagnostics
    assert [one["fingerprint"] for one in value["diagnostics"]] == [
        diagnostic.fingerprint for diagnostic in reported.diagnostics
    ]
    assert tuple(value["checked"]["files"]) == reported.checked
    assert (value["root"], value["profile"]) == (reported.root, reported.profile)
