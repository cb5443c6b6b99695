"""The format for GitHub Actions: workflow commands that nothing in a document can break."""

from __future__ import annotations

import re

from report_examples import FULL, STATUS, TITLE, report

from sot_tools.diagnostic import Related, RuleText, Severity, Span
from sot_tools.report.formats import render
from sot_tools.report.options import Options


def test_a_full_report_is_shown_word_for_word() -> None:
    assert render(FULL, "github", Options()).splitlines() == [
        "::error file=docs/plan.md,line=12,col=9,endColumn=14,"
        "title=SOT101 A status is one of the profile's words::"
        'status is "darft", expected draft or active'
        "%0Awhere: workspace.yaml:4:3 the words are listed here"
        "%0Anext: write draft",
        "::warning file=docs/plan.md,line=13,col=1,endColumn=1,"
        "title=SOT102 A document names its owner::owner is missing%0Anext: add the line",
        "::notice file=docs/wide.md,line=1,col=8,endColumn=10,"
        "title=SOT103 A title is short::title is long",
        "1 error, 1 warning, 1 advice in 3 files (profile cto-child); 1 suppressed; "
        "2 milder ones hidden: --severity advice shows them",
    ]


def test_what_can_be_mended_says_by_what() -> None:
    line = render(report(TITLE._replace(fixable=True)), "github", Options()).splitlines()[0]
    assert line.endswith("::title is long%0Afixable with `sot check --fix`")


def test_percent_colon_and_comma_are_escaped_where_the_runner_would_read_them() -> None:
    found = TITLE._replace(path="a,b:c%0A.md", message="50%0A, a::b: c")
    rule = RuleText("SOT103", "one: two, 3%", Severity.ADVICE, "", "")
    assert render(report(found, rules=(rule,)), "github", Options()).splitlines()[0] == (
        "::notice file=a%2Cb%3Ac%250A.md,line=1,col=8,endColumn=10,"
        "title=SOT103 one%3A two%2C 3%25::50%250A, a::b: c"
    )


def test_line_ends_in_a_document_start_no_command() -> None:
    related = (Related("b\r.md", Span(), "\n::warning::y"),)
    found = TITLE._replace(path="a\n::error::x.md", message="a\r\n::stop-commands::z")
    lines = render(report(found._replace(related=related)), "github", Options()).splitlines()
    assert lines[0] == (
        "::notice file=a\\n%3A%3Aerror%3A%3Ax.md,line=1,col=8,endColumn=10,"
        "title=SOT103 A title is short::a\\r\\n::stop-commands::z"
        "%0Awhere: b\\r.md:1:1 \\n::warning::y"
    )
    assert len(lines) == 2


def test_the_summary_line_is_no_command_of_the_old_form() -> None:
    closing = render(report(profile="##[stop-commands]x"), "github", Options())
    assert closing == "3 files checked, nothing to report (profile ## [stop-commands]x)\n"


def test_a_rule_without_a_title_leaves_its_code_as_the_title() -> None:
    first = render(report(STATUS, rules=()), "github", Options()).splitlines()[0]
    assert re.search(r",title=SOT101::", first)
