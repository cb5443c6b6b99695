"""The format for people: each diagnostic with its source line, then one summary line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from sot_tools.diagnostic import Diagnostic, Report, Severity
from sot_tools.report.options import Options
from sot_tools.report.phrases import next_step, place, summary, where
from sot_tools.report.visible import visible

_SGR = {
    "path": "1",
    "gutter": "36",
    Severity.ERROR.value: "31",
    Severity.WARNING.value: "33",
    Severity.ADVICE.value: "34",
}
"""ECMA-48 colour parameters: bold, cyan, red, yellow, blue."""

_VARYING = r"""(?<!\w)'[^']*'(?!\w)|"[^"]*"|“[^”]*”|`[^`]*`|\d+"""

Paint = Callable[[str, str], str]
"""Takes text and a role of `_SGR`; returns the text in that role's colour, or as it was."""


def render(report: Report, options: Options) -> str:
    """The report as blocks with a blank line between them, the summary last."""
    paint = _colored if options.color else _plain
    blocks = [
        "\n".join(_block(diagnostic, left_out, paint, options.width))
        for diagnostic, left_out in _printed(report, options.cap)
    ]
    if options.statistics and report.diagnostics:
        blocks.append("\n".join(_statistics(report)))
    return "\n\n".join([*blocks, summary(report)]) + "\n"


def _plain(text: str, role: str) -> str:
    return text


def _colored(text: str, role: str) -> str:
    return f"\x1b[{_SGR[role]}m{text}\x1b[0m"


def _printed(report: Report, cap: int) -> Iterator[tuple[Diagnostic, int]]:
    """The diagnostics to print; with the last of a shape, how many like it are left out."""
    shapes = [_shape(diagnostic) for diagnostic in report.diagnostics]
    totals = Counter(shapes)
    seen: Counter[tuple[str, str]] = Counter()
    for diagnostic, shape in zip(report.diagnostics, shapes, strict=True):
        seen[shape] += 1
        if cap <= 0 or seen[shape] < cap:
            yield diagnostic, 0
        elif seen[shape] == cap:
            yield diagnostic, totals[shape] - cap


def _shape(diagnostic: Diagnostic) -> tuple[str, str]:
    """The code, and the message without what varies: quoted words and numbers."""
    return diagnostic.code, re.sub(_VARYING, "*", diagnostic.message)


def _block(diagnostic: Diagnostic, left_out: int, paint: Paint, width: int) -> list[str]:
    where_it_is = paint(place(diagnostic.path, diagnostic.span), "path")
    code = paint(visible(diagnostic.code), diagnostic.severity.value)
    return [
        f"{where_it_is} {code} {visible(diagnostic.message)}",
        *_source(diagnostic, paint, width),
        *(f"{paint('  =', 'gutter')} {note}" for note in _notes(diagnostic, left_out)),
    ]


def _source(diagnostic: Diagnostic, paint: Paint, width: int) -> list[str]:
    """The source line with carets, and the line to insert; nothing where there is neither."""
    from sot_tools.report.excerpt import excerpt, expanded  # most reports hold no diagnostic

    span = diagnostic.span
    number = str(span.line)

    def row(mark: str, text: str) -> str:
        return f"{paint(f'{mark:>{len(number)}} |', 'gutter')} {text}"

    rows = []
    if diagnostic.source:
        shown = excerpt(diagnostic.source, span, width - len(number) - len(" | "))
        rows.append(row(number, shown.text))
        if span.end_column > span.column or not diagnostic.insert:
            rows.append(row("", paint(shown.carets, diagnostic.severity.value)))
    if diagnostic.insert:
        rows += [row("+", expanded(line)) for line in diagnostic.insert.split("\n")]
    return rows


def _notes(diagnostic: Diagnostic, left_out: int) -> list[str]:
    notes = [where(related) for related in diagnostic.related]
    notes.append(next_step(diagnostic))
    notes.append(f"applies: {visible(diagnostic.applies)}" if diagnostic.applies else "")
    notes.append(f"more: {left_out} like this, not printed" if left_out else "")
    return [note for note in notes if note]


def _statistics(report: Report) -> list[str]:
    """A table of code, count and title, the most frequent first."""
    titles = {rule.code: rule.title for rule in report.rules}
    counts = Counter(diagnostic.code for diagnostic in report.diagnostics)
    lines = [("CODE", "COUNT", "TITLE")]
    for code, number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        lines.append((visible(code), str(number), visible(titles.get(code, ""))))
    wide, count_wide = (max(len(line[column]) for line in lines) for column in (0, 1))
    return [
        f"{code:<{wide}}  {number:>{count_wide}}  {title}".rstrip() for code, number, title in lines
    ]
