"""The text format, word for word."""

from __future__ import annotations

from textwrap import dedent

import pytest
from report_examples import EMPTY, FULL, OWNER, STATUS, TITLE, block, text

from sot_tools.diagnostic import Diagnostic, Related, Span
from sot_tools.report.formats import render
from sot_tools.report.options import Options


def shown(expected: str) -> str:
    return dedent(expected).strip("\n")


def source(line: str, column: int, end_column: int, width: int = 100) -> list[str]:
    """The rows under the heading, for a diagnostic with this source line."""
    found = TITLE._replace(source=line, span=Span(1, column, end_column))
    return block(found, width=width).split("\n")[1:]


def test_a_full_report_shows_every_part_in_order() -> None:
    expected = """
        docs/plan.md:12:9 SOT101 status is "darft", expected draft or active
        12 | status: darft
           |         ^^^^^
          = where: workspace.yaml:4:3 the words are listed here
          = next: write draft
          = applies: kind decision, profile cto-child

        docs/plan.md:13:1 SOT102 owner is missing
        13 | title: Plan
         + | owner: NAME
          = next: add the line

        docs/wide.md:1:8 SOT103 title is long
        1 | title: 計画書
          |        ^^^^

        1 error, 1 warning, 1 advice in 3 files (profile cto-child); 1 suppressed; \
2 milder ones hidden: --severity advice shows them
    """
    assert render(FULL, "text", Options()) == shown(expected) + "\n"


def test_an_empty_report_is_its_summary_line() -> None:
    expected = "3 files checked, nothing to report (profile cto-child)\n"
    assert render(EMPTY, "text", Options(statistics=True)) == expected


def test_a_missing_key_is_shown_as_a_line_to_insert_and_a_wrong_place_keeps_its_caret() -> None:
    expected = """
        docs/plan.md:13:1 SOT102 owner is missing
        13 | title: Plan
           | ^^^^^
         + | owner:
         + |   name: NAME
          = next: add the line
    """
    found = OWNER._replace(span=Span(13, 1, 6), insert="owner:\n  name: NAME")
    assert block(found) == shown(expected)


def test_an_insertion_into_an_empty_file_needs_no_source_line() -> None:
    expected = """
        docs/plan.md:1:1 SOT102 owner is missing
        + | owner: NAME
          = next: add the line
    """
    assert block(OWNER._replace(span=Span(), source="")) == shown(expected)


def test_every_related_place_has_its_line() -> None:
    places = (
        Related("a.md", Span(1, 2, 3), "first"),
        Related("b\n.md", Span(4, 5, 6), "sec\x1b[31mond"),
        Related("c.md", Span(7, 8, 9), ""),
    )
    assert block(TITLE._replace(related=places, source="")) == shown("""
        docs/wide.md:1:8 SOT103 title is long
          = where: a.md:1:2 first
          = where: b\\n.md:4:5 sec\\x1b[31mond
          = where: c.md:7:8
    """)


@pytest.mark.parametrize(
    ("line", "column", "end_column", "expected"),
    [
        pytest.param("\tkey: v", 7, 8, ["1 |     key: v", "  |          ^"], id="tab first"),
        pytest.param("a\tb\tc", 4, 6, ["1 | a   b   c", "  |      ^^^^"], id="tab in the span"),
        pytest.param("ab: 計画 x", 8, 9, ["1 | ab: 計画 x", "  |          ^"], id="after wide"),
        pytest.param("計画", 2, 3, ["1 | 計画", "  |   ^^"], id="on wide"),
        pytest.param(
            "e\u0301te\u0301 x", 7, 8, ["1 | e\u0301te\u0301 x", "  |     ^"], id="combining"
        ),
        pytest.param("ae\u0301", 3, 4, ["1 | ae\u0301", "  |  ^"], id="on a mark"),
        pytest.param(
            "\u1112\u1161\u11ab x", 5, 6, ["1 | \u1112\u1161\u11ab x", "  |    ^"], id="jamo"
        ),
        pytest.param("a\x1bb", 3, 4, ["1 | a\\x1bb", "  |      ^"], id="after escaped"),
        pytest.param("\u202eb", 1, 2, ["1 | \\u202eb", "  | ^^^^^^"], id="on escaped"),
        pytest.param("abc", 4, 4, ["1 | abc", "  |    ^"], id="line end"),
        pytest.param("abc", 9, 12, ["1 | abc", "  |    ^"], id="past the end"),
        pytest.param("abc", 2, 99, ["1 | abc", "  |  ^^"], id="ends past the end"),
        pytest.param("abc", 2, 1, ["1 | abc", "  |  ^"], id="reversed"),
    ],
)
def test_carets_stand_under_the_span(
    line: str, column: int, end_column: int, expected: list[str]
) -> None:
    assert source(line, column, end_column) == expected


def test_a_long_line_is_cut_around_the_span() -> None:
    line = "a" * 200 + "HERE" + "b" * 200
    assert source(line, 201, 205, width=48) == [
        "1 | ..." + "a" * 12 + "HERE" + "b" * 22 + "...",
        "  |    " + " " * 12 + "^^^^",
    ]


def test_a_long_line_keeps_its_start_or_its_end_where_the_span_is_there() -> None:
    assert source("HERE" + "b" * 200, 1, 5, width=48) == [
        "1 | HERE" + "b" * 34 + "...",
        "  | ^^^^",
    ]
    assert source("a" * 200 + "HERE", 201, 205, width=48) == [
        "1 | ..." + "a" * 34 + "HERE",
        "  |    " + " " * 34 + "^^^^",
    ]


def test_carets_of_a_long_span_end_with_the_cut() -> None:
    assert source("x: " + "a" * 300, 4, 304, width=48) == [
        "1 | x: " + "a" * 35 + "...",
        "  |    " + "^" * 35,
    ]


HOSTILE = Diagnostic(
    path="docs/\x1b]0;owned\x07\u202e.md",
    span=Span(1, 1, 2),
    code="SOT101",
    severity=STATUS.severity,
    message="bad\r\nnews \x9b31m \u2066hidden\u2069 \u200b \ud800 \U000e0041 \ufffe",
    step="one\ntwo",
    applies="kind\u2028x",
    source="a\x00\x08\x7f\u200f",
)


def test_hostile_characters_are_escaped_wherever_they_stand() -> None:
    assert block(HOSTILE) == shown(r"""
        docs/\x1b]0;owned\x07\u202e.md:1:1 SOT101 bad\r\nnews \x9b31m \u2066hidden\u2069 \u200b \ud800 \U000e0041 \ufffe
        1 | a\x00\x08\x7f\u200f
          | ^
          = next: one\ntwo
          = applies: kind\u2028x
    """)


def test_marks_piled_on_one_character_are_escaped_after_the_eighth() -> None:
    expected = "1 | a" + "\u0301" * 8 + "\\u0301\\u0301b"
    assert source("a" + "\u0301" * 10 + "b", 1, 2)[0] == expected


def test_colour_marks_the_path_the_severity_and_the_gutter_and_changes_nothing_else() -> None:
    found = text(STATUS, OWNER, TITLE, color=True)
    assert found.splitlines()[:4] == [
        "\x1b[1mdocs/plan.md:12:9\x1b[0m \x1b[31mSOT101\x1b[0m "
        'status is "darft", expected draft or active',
        "\x1b[36m12 |\x1b[0m status: darft",
        "\x1b[36m   |\x1b[0m \x1b[31m        ^^^^^\x1b[0m",
        "\x1b[36m  =\x1b[0m where: workspace.yaml:4:3 the words are listed here",
    ]
    assert "\x1b[33mSOT102\x1b[0m" in found
    assert "\x1b[34mSOT103\x1b[0m" in found
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[34m", "\x1b[36m"):
        found = found.replace(code, "")
    assert found == text(STATUS, OWNER, TITLE)


def test_repeats_of_one_shape_stop_at_the_cap_and_are_counted() -> None:
    alike = [
        TITLE._replace(source="", message=f"title has {number} words, as in '{number} x'")
        for number in (12, 13, 14, 15)
    ]
    other = TITLE._replace(source="", message="title is empty")
    assert (
        text(*alike, other, cap=2)
        == shown("""
        docs/wide.md:1:8 SOT103 title has 12 words, as in '12 x'

        docs/wide.md:1:8 SOT103 title has 13 words, as in '13 x'
          = more: 2 like this, not printed

        docs/wide.md:1:8 SOT103 title is empty

        5 advice in 3 files (profile cto-child)
    """)
        + "\n"
    )
    assert "more:" not in text(*alike, other, cap=4)
    assert text(*alike, other).count("SOT103") == 5


def test_statistics_are_a_table_with_the_most_frequent_rule_first() -> None:
    unknown = TITLE._replace(code="X1")
    reported = text(unknown, OWNER, *[STATUS] * 10, statistics=True)
    assert reported.split("\n\n")[-2:] == [
        "CODE    COUNT  TITLE\n"
        "SOT101     10  A status is one of the profile's words\n"
        "SOT102      1  A document names its owner\n"
        "X1          1",
        "10 errors, 1 warning, 1 advice in 3 files (profile cto-child)\n",
    ]
