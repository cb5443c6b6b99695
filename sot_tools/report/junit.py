"""The format for test dashboards: one test case per file, failed by its errors and warnings.

The elements and attributes are those of the `junit-10.xsd` of Jenkins' xUnit plug-in. The text
is ASCII; characters that XML forbids are escaped like all other hidden ones.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict

from sot_tools.diagnostic import Diagnostic, Report, Severity
from sot_tools.report.options import Options
from sot_tools.report.phrases import found, heading, next_step, where
from sot_tools.report.visible import visible

_SUITE = "sot check"


def render(report: Report, options: Options) -> str:
    """The suite with a case for every file that was checked or has a diagnostic."""
    by_path: dict[str, list[Diagnostic]] = {path: [] for path in report.checked}
    for diagnostic in report.diagnostics:
        by_path.setdefault(diagnostic.path, []).append(diagnostic)
    cases = [_case(path, by_path[path]) for path in sorted(by_path)]
    suite = ET.Element("testsuite", {"name": _SUITE, **_totals(cases), "skipped": "0"})
    suite.extend(cases)
    root = ET.Element("testsuites", {"name": _SUITE, **_totals(cases)})
    root.append(suite)
    ET.indent(root)
    body = ET.tostring(root, encoding="us-ascii", xml_declaration=False).decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _totals(cases: list[ET.Element]) -> dict[str, str]:
    failures = sum(case.find("failure") is not None for case in cases)
    return {"tests": str(len(cases)), "failures": str(failures), "errors": "0"}


def _case(path: str, diagnostics: list[Diagnostic]) -> ET.Element:
    """A file: errors and warnings fail it, advice is only told."""
    case = ET.Element("testcase", {"name": visible(path), "classname": _SUITE})
    harm = [found_one for found_one in diagnostics if found_one.severity is not Severity.ADVICE]
    advice = [found_one for found_one in diagnostics if found_one.severity is Severity.ADVICE]
    if harm:
        worst = min((diagnostic.severity for diagnostic in harm), key=lambda level: level.rank)
        about = {"message": found(_counts(harm)), "type": worst.value}
        ET.SubElement(case, "failure", about).text = _text(harm)
    if advice:
        ET.SubElement(case, "system-out").text = _text(advice)
    return case


def _counts(diagnostics: list[Diagnostic]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for diagnostic in diagnostics:
        counts[diagnostic.severity.value] += 1
    return counts


def _text(diagnostics: list[Diagnostic]) -> str:
    lines = []
    for diagnostic in diagnostics:
        notes = [*map(where, diagnostic.related), next_step(diagnostic)]
        lines.append(heading(diagnostic))
        lines += [f"  {note}" for note in notes if note]
    return "\n".join(lines)
