"""The SARIF format, against the schema of SARIF 2.1.0 and word for word."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator
from report_examples import EMPTY, FULL, STATUS, TITLE, report
from report_strategies import reports

from sot_tools.diagnostic import Diagnostic, Edit, Report
from sot_tools.report.formats import render
from sot_tools.report.options import Options

SCHEMA = Path(__file__).parent / "sarif-schema-2.1.0.json"


@cache
def validator() -> Draft4Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema)


def parsed(reported: Report) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(render(reported, "sarif", Options()))
    validator().validate(value)
    return value


def run(reported: Report) -> dict[str, Any]:
    (only,) = parsed(reported)["runs"]
    value: dict[str, Any] = only
    return value


def result(diagnostic: Diagnostic) -> dict[str, Any]:
    (only,) = run(report(diagnostic))["results"]
    value: dict[str, Any] = only
    return value


def test_the_schema_refuses_what_is_no_sarif() -> None:
    broken = parsed(FULL)
    broken["runs"][0]["results"][0]["level"] = "advice"
    assert not validator().is_valid(broken)


def test_an_empty_report_is_a_run_that_found_nothing() -> None:
    value = run(EMPTY._replace(rules=()))
    assert value == {
        "tool": {"driver": {"name": "sot", "rules": [], "version": "0.1.0"}},
        "automationDetails": {"id": "sot-check/cto-child/"},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the workspace."}}},
        "columnKind": "unicodeCodePoints",
        "results": [],
    }


def test_a_result_is_shown_word_for_word() -> None:
    assert result(STATUS) == {
        "ruleId": "SOT101",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": 'status is "darft", expected draft or active\nnext: write draft'},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "docs/plan.md", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 12, "startColumn": 9, "endColumn": 14},
                }
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": {"uri": "workspace.yaml", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 4, "startColumn": 3, "endColumn": 9},
                },
                "message": {"text": "the words are listed here"},
            }
        ],
        "partialFingerprints": {"sot/v1": "a" * 64},
    }


def test_a_rule_is_shown_word_for_word() -> None:
    assert run(FULL)["tool"]["driver"]["rules"][2] == {
        "id": "SOT103",
        "shortDescription": {"text": "A title is short"},
        "fullDescription": {"text": "Lists show it on one line."},
        "help": {"text": "Shorten it."},
        "defaultConfiguration": {"level": "note"},
    }


def test_each_rule_index_points_at_the_rule_of_its_result() -> None:
    value = run(FULL)
    rules = value["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in value["results"]] == [
        one["ruleId"] for one in value["results"]
    ]
    assert [one["level"] for one in value["results"]] == ["error", "warning", "note"]


def test_a_result_of_an_unlisted_rule_has_no_rule_index() -> None:
    assert "ruleIndex" not in result(TITLE._replace(code="X1"))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü#?.md", "a%20b/%C3%BC%23%3F.md"),
        ("c:d%20.md", "c%3Ad%2520.md"),
        ("raw\udcff.md", "raw%FF.md"),
        ("windows\ud800.md", "windows%ED%A0%80.md"),
    ],
)
def test_a_path_is_a_percent_encoded_relative_uri(path: str, uri: str) -> None:
    place = result(TITLE._replace(path=path))["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": uri, "uriBaseId": "SRCROOT"}


def test_a_markdown_link_in_a_message_does_not_become_a_link() -> None:
    found = TITLE._replace(message="link [guide](docs/x.md) leads nowhere, [1] and (2) do")
    expected = r"link \[guide](docs/x.md) leads nowhere, [1] and (2) do"
    assert result(found)["message"]["text"] == expected


def test_hidden_characters_in_a_message_are_escaped() -> None:
    found = TITLE._replace(message="a\u202eb\ud800\x1b")
    assert result(found)["message"]["text"] == r"a\u202eb\ud800\x1b"


def test_equal_related_places_stay_apart() -> None:
    found = STATUS._replace(related=STATUS.related * 2)
    assert [one["id"] for one in result(found)["relatedLocations"]] == [1, 2]


@settings(deadline=None)  # the first example reads the schema
@given(reports())
def test_any_strings_give_a_valid_log(reported: Report) -> None:
    assert render(reported, "sarif", Options()).isascii()
    parsed(reported)


def test_a_fix_is_one_change_of_one_file() -> None:
    edits = (Edit(1, 0, 1, 1, ""), Edit(3, 5, 3, 6, ""), Edit(4, 1, 4, 1, "a\n"))
    assert result(STATUS._replace(fixable=True, edits=edits))["fixes"] == [
        {
            "description": {"text": "write draft"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "docs/plan.md", "uriBaseId": "SRCROOT"},
                    "replacements": [
                        {"deletedRegion": {"byteOffset": 0, "byteLength": 3}},
                        {
                            "deletedRegion": {
                                "startLine": 3,
                                "startColumn": 5,
                                "endLine": 3,
                                "endColumn": 6,
                            }
                        },
                        {
                            "deletedRegion": {
                                "startLine": 4,
                                "startColumn": 1,
                                "endLine": 4,
                                "endColumn": 1,
                            },
                            "insertedContent": {"text": "a\n"},
                        },
                    ],
                }
            ],
        }
    ]
