"""The line that ends the text format and the format for GitHub, word for word."""

from __future__ import annotations

import pytest
from report_examples import OWNER, STATUS, TITLE, report

from sot_tools.diagnostic import Report
from sot_tools.report.formats import render
from sot_tools.report.options import Options


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        (
            report(STATUS, STATUS, STATUS, OWNER, assumed=True, checked=("a.md",) * 97),
            "3 errors, 1 warning in 97 files (profile cto-child, assumed)",
        ),
        (
            report(STATUS, checked=("a.md",)),
            "1 error in 1 file (profile cto-child)",
        ),
        (
            report(STATUS._replace(fixable=True), OWNER, hidden=1),
            "1 error, 1 warning in 3 files (profile cto-child); "
            "1 milder one hidden: --severity advice shows it; "
            "1 of 2 can be mended by `sot check --fix`",
        ),
        (
            report(TITLE, TITLE),
            "2 advice in 3 files (profile cto-child)",
        ),
        (
            report(hidden=1),
            "3 files checked, nothing to report (profile cto-child); "
            "1 milder one hidden: --severity advice shows it",
        ),
        (
            report(checked=(), suppressed=2),
            "0 files checked, nothing to report (profile cto-child); 2 suppressed",
        ),
    ],
)
def test_the_last_line_sums_up_what_was_found_and_what_is_not_shown(
    reported: Report, expected: str
) -> None:
    for name in ("text", "github"):
        assert render(reported, name, Options()).splitlines()[-1] == expected
