"""The table of checks names functions that are there."""

from __future__ import annotations

import inspect

import pytest

from sot_tools.rules.table import CHECKS, QUESTIONS, function

PLACES = sorted(
    place for each in CHECKS.values() for place in (each.document, each.workspace) if place
)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_a_function_of_parameters_and_scene(place: str) -> None:
    assert list(inspect.signature(function(place)).parameters) == ["parameters", "scene"]


def test_no_two_rows_name_the_same_function() -> None:
    assert len(PLACES) == len(set(PLACES))


@pytest.mark.parametrize("place", QUESTIONS.values())
def test_every_question_is_a_function_of_a_document(place: str) -> None:
    assert next(iter(inspect.signature(function(place)).parameters)) == "document"
