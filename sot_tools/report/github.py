"""The format for GitHub Actions: one workflow command per diagnostic, then the summary line.

Escaping follows `@actions/core` (`command.ts`): %, CR and LF everywhere, : and , in properties.
"""

from __future__ import annotations

from sot_tools.diagnostic import Diagnostic, Report, Severity
from sot_tools.report.options import Options
from sot_tools.report.phrases import FIX, next_step, summary, where
from sot_tools.report.visible import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def render(report: Report, options: Options) -> str:
    """One line per diagnostic and one line that sums up."""
    titles = {rule.code: rule.title for rule in report.rules}
    lines = [
        _command(diagnostic, titles.get(diagnostic.code, "")) for diagnostic in report.diagnostics
    ]
    # The runner also obeys its old commands, "##[name]", wherever they stand in a plain line.
    closing = summary(report).replace("##[", "## [")
    return "\n".join([*lines, closing]) + "\n"


def _command(diagnostic: Diagnostic, title: str) -> str:
    span = diagnostic.span
    properties = {
        "file": visible(diagnostic.path),
        "line": str(span.line),
        "col": str(span.column),
        "endColumn": str(max(span.column, span.end_column)),
        "title": f"{visible(diagnostic.code)} {visible(title)}".rstrip(),
    }
    stated = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {stated}::{_data(_message(diagnostic))}"


def _message(diagnostic: Diagnostic) -> str:
    lines = [visible(diagnostic.message), *map(where, diagnostic.related), next_step(diagnostic)]
    lines.append(f"fixable with `{FIX}`" if diagnostic.fixable else "")
    return "\n".join(line for line in lines if line)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
