"""The phrases that several formats say alike."""

from __future__ import annotations

from sot_tools.diagnostic import Diagnostic, Related, Report, Severity, Span
from sot_tools.report.visible import visible

_NOUNS = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.ADVICE: ("advice", "advice"),
}


FIX = "sot check --fix"
"""The command that mends what is fixable."""


def place(path: str, span: Span) -> str:
    """`path:line:col`, the form that editors and terminals make clickable."""
    return f"{visible(path)}:{span.line}:{span.column}"


def heading(diagnostic: Diagnostic) -> str:
    """The one line that names a diagnostic: `path:line:col CODE message`."""
    where = place(diagnostic.path, diagnostic.span)
    return f"{where} {visible(diagnostic.code)} {visible(diagnostic.message)}"


def where(related: Related) -> str:
    """`where: path:line:col label`."""
    return f"where: {place(related.path, related.span)} {visible(related.label)}".rstrip()


def next_step(diagnostic: Diagnostic) -> str:
    """`next: step`, or nothing where there is no step."""
    return f"next: {visible(diagnostic.step)}" if diagnostic.step else ""


def found(counts: dict[str, int]) -> str:
    """`3 errors, 1 warning`, worst first, without the zeros."""
    return ", ".join(
        _count(counts[severity.value], *nouns)
        for severity, nouns in _NOUNS.items()
        if counts.get(severity.value)
    )


def summary(report: Report) -> str:
    """One line: what was found in how many files under which profile, and what is not shown."""
    files = _count(len(report.checked), "file", "files")
    if report.source:
        files += f" of {report.source}"
    if report.diagnostics:
        result = f"{found(report.counts())} in {files}"
    else:
        result = f"{files} checked, nothing to report"
    assumed = ", assumed" if report.assumed else ""
    parts = [f"{result} (profile {visible(report.profile)}{assumed})"]
    if report.suppressed:
        parts.append(f"{report.suppressed} suppressed")
    if report.hidden:
        ones, them = ("one", "it") if report.hidden == 1 else ("ones", "them")
        parts.append(f"{report.hidden} milder {ones} hidden: --severity advice shows {them}")
    if fixable := sum(each.fixable for each in report.diagnostics):
        parts.append(f"{fixable} of {len(report.diagnostics)} can be mended by `{FIX}`")
    return "; ".join(parts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
