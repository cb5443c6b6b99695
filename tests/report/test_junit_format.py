"""The JUnit format, against the XSD of Jenkins' xUnit plug-in and word for word."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import given, settings
from report_examples import EMPTY, FULL, STATUS, TITLE, report, xml
from report_strategies import reports
from xmlschema import XMLSchema

from sot_tools.diagnostic import Report
from sot_tools.report.formats import render
from sot_tools.report.options import Options

XSD = Path(__file__).parent / "junit.xsd"


@cache
def schema() -> XMLSchema:
    return XMLSchema(str(XSD))


def valid(reported: Report) -> str:
    output = render(reported, "junit", Options())
    schema().validate(output)
    return output


def test_the_schema_refuses_what_is_no_junit_report() -> None:
    assert not schema().is_valid(valid(FULL).replace("<failure ", "<failure line='1' "))


def test_a_full_report_is_shown_word_for_word() -> None:
    assert (
        valid(FULL)
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="sot check" tests="3" failures="1" errors="0">
  <testsuite name="sot check" tests="3" failures="1" errors="0" skipped="0">
    <testcase name="docs/clean.md" classname="sot check" />
    <testcase name="docs/plan.md" classname="sot check">
      <failure message="1 error, 1 warning" type="error">\
docs/plan.md:12:9 SOT101 status is "darft", expected draft or active
  where: workspace.yaml:4:3 the words are listed here
  next: write draft
docs/plan.md:13:1 SOT102 owner is missing
  next: add the line</failure>
    </testcase>
    <testcase name="docs/wide.md" classname="sot check">
      <system-out>docs/wide.md:1:8 SOT103 title is long</system-out>
    </testcase>
  </testsuite>
</testsuites>
"""
    )


def test_an_empty_report_passes_every_file() -> None:
    suite = xml(valid(EMPTY))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "0")
    assert all(len(case) == 0 for case in suite)


def test_a_report_on_no_files_has_an_empty_suite() -> None:
    assert len(xml(valid(report(checked=())))[0]) == 0


def test_a_file_that_was_not_checked_but_has_a_diagnostic_gets_a_case() -> None:
    suite = xml(valid(report(STATUS._replace(path="workspace.yaml"), checked=())))[0]
    assert [case.get("name") for case in suite] == ["workspace.yaml"]
    assert suite.get("tests") == suite.get("failures") == "1"


def test_markup_and_characters_that_xml_forbids_are_escaped() -> None:
    found = TITLE._replace(
        severity=STATUS.severity, path='a"<&>\x00.md', message="]]>\x1b\ufffe<b>"
    )
    case = xml(valid(report(found, checked=())))[0][0]
    assert case.get("name") == 'a"<&>\\x00.md'
    assert case[0].text == 'a"<&>\\x00.md:1:8 SOT103 ]]>\\x1b\\ufffe<b>'


@settings(deadline=None)  # the first example reads the schema
@given(reports())
def test_any_strings_give_a_valid_report(reported: Report) -> None:
    assert valid(reported).isascii()
