"""The format for code scanning: a SARIF 2.1.0 log with one run (OASIS Standard, Errata 01).

Messages are meant for people, so hidden characters in them are escaped; paths become URIs.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from sot_tools.diagnostic import Diagnostic, Edit, Related, Report, RuleText, Severity, Span
from sot_tools.report.options import Options
from sot_tools.report.phrases import next_step
from sot_tools.report.visible import visible

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "SRCROOT"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")


def render(report: Report, options: Options) -> str:
    """The log, indented by two, in ASCII."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _run(report: Report) -> dict[str, Any]:
    indices = {rule.code: index for index, rule in enumerate(report.rules)}
    driver: dict[str, Any] = {"name": "sot", "rules": [_rule(rule) for rule in report.rules]}
    if report.version:
        driver["version"] = report.version
    return {
        "tool": {"driver": driver},
        # The trailing slash names a series of runs, one for each profile (3.17.3).
        "automationDetails": {"id": f"sot-check/{quote(visible(report.profile), safe='')}/"},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the workspace."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, indices) for diagnostic in report.diagnostics],
    }


def _rule(rule: RuleText) -> dict[str, Any]:
    return {
        "id": visible(rule.code),
        "shortDescription": {"text": visible(rule.title)},
        "fullDescription": {"text": _prose(rule.why or rule.title)},
        "help": {"text": _prose(rule.fix or rule.title)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(diagnostic: Diagnostic, indices: dict[str, int]) -> dict[str, Any]:
    """One result; `ruleIndex` only where the report tells about the rule (3.27.6)."""
    lines = [visible(diagnostic.message), next_step(diagnostic)]
    result: dict[str, Any] = {"ruleId": visible(diagnostic.code)}
    if diagnostic.code in indices:
        result["ruleIndex"] = indices[diagnostic.code]
    result["level"] = _LEVELS[diagnostic.severity]
    result["message"] = _message("\n".join(line for line in lines if line))
    result["locations"] = [_location(diagnostic.path, diagnostic.span)]
    if diagnostic.related:
        result["relatedLocations"] = [
            _related(number, related) for number, related in enumerate(diagnostic.related, start=1)
        ]
    if diagnostic.edits:
        result["fixes"] = [_fix(diagnostic)]
    if diagnostic.fingerprint:
        result["partialFingerprints"] = {"sot/v1": diagnostic.fingerprint}
    return result


def _fix(diagnostic: Diagnostic) -> dict[str, Any]:
    """The edits as one change of one file; `replacements` are written as they are (3.57)."""
    change = {
        "artifactLocation": {"uri": _uri(diagnostic.path), "uriBaseId": _ROOT},
        "replacements": [_replacement(edit) for edit in diagnostic.edits],
    }
    description = _message(visible(diagnostic.step or diagnostic.message))
    return {"description": description, "artifactChanges": [change]}


def _replacement(edit: Edit) -> dict[str, Any]:
    """Columns cannot name a byte order mark, so its bytes are named (3.30.11)."""
    if edit.column < 1:
        return {"deletedRegion": {"byteOffset": 0, "byteLength": 3}}
    region = {
        "startLine": edit.line,
        "startColumn": edit.column,
        "endLine": edit.end_line,
        "endColumn": edit.end_column,
    }
    if not edit.text:
        return {"deletedRegion": region}
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}


def _related(number: int, related: Related) -> dict[str, Any]:
    """A second place; the number keeps two equal ones apart, for the array is a set."""
    location = {"id": number, **_location(related.path, related.span)}
    return {**location, "message": _message(visible(related.label))}


def _location(path: str, span: Span) -> dict[str, Any]:
    column = max(span.column, 1)
    region = {
        "startLine": max(span.line, 1),
        "startColumn": column,
        "endColumn": max(span.end_column, column),
    }
    artifact = {"uri": _uri(path), "uriBaseId": _ROOT}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _uri(path: str) -> str:
    """The path as a relative URI reference, from the very bytes of its name (RFC 3986)."""
    try:
        return quote(path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # a name that Windows allows and UTF-8 does not
        return quote(path.encode("utf-8", "surrogatepass"))


def _message(text: str) -> dict[str, str]:
    """A message in which a quoted Markdown link stays text and becomes no link (3.11.6)."""
    return {"text": _LINK.sub(r"\\[", text)}


def _prose(text: str) -> str:
    """Text of several lines; the line ends stay, everything else hidden is escaped."""
    return "\n".join(map(visible, text.split("\n")))
