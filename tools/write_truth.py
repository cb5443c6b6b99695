"""Write what `sot check` finds to be untrue in a workspace, by family, one line each."""

from __future__ import annotations

import sys
from pathlib import Path

from sot_tools.diagnostic import Diagnostic, Report, Severity
from sot_tools.project import settings
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection

FAMILIES = {
    "SOT70": "Status",
    "SOT71": "Status and identity",
    "SOT72": "Admissions and scope",
    "SOT73": "Approvals",
    "SOT74": "Evidence",
    "SOT75": "Contracts",
    "SOT76": "Housekeeping",
    "CTO7": "Evidence that the family of workspaces asks for",
}
"""How the codes of a family begin → its name."""


def main(arguments: list[str]) -> int:
    """`write_truth.py ROOT [PROFILE]` prints Markdown."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write("usage: write_truth.py ROOT [PROFILE]\n")
        return 2
    opened = settings.read(Path(arguments[0]).resolve(), *arguments[1:] or (None,))
    report = check(opened, Selection(select=tuple(FAMILIES), severity=Severity.ADVICE))
    sys.stdout.write("\n".join(lines(report)) + "\n")
    return 0


def lines(report: Report) -> list[str]:
    """The report as Markdown lines."""
    titles = {rule.code: rule.title for rule in report.rules}
    found = []
    for prefix, name in FAMILIES.items():
        told = [each for each in report.diagnostics if each.code.startswith(prefix)]
        if told:
            found += [f"### {name} ({len(told)})", ""]
        for code in sorted({each.code for each in told}):
            of_code = [each for each in told if each.code == code]
            found += [f"{code}, {of_code[0].severity.value}: {titles[code]}", ""]
            found += [f"- {line(each)}" for each in of_code] + [""]
    return found[:-1]


def line(each: Diagnostic) -> str:
    """One diagnostic: its place, what is wrong, and the other places."""
    others = ", ".join(f"{where(other.path)}:{other.span.line}" for other in each.related)
    return f"{where(each.path)}:{each.span.line} {each.message}" + (
        f" ({others})" if others else ""
    )


def where(path: str) -> str:
    """A path without its folders."""
    return path.rpartition("/")[2]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
