"""JSON and back gives the same values, whatever the types are that it is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sot_tools.diagnostic import Diagnostic
from sot_tools.project.encoding import decoded, decoder, encoded
from sot_tools.project.examination import Examined
from sot_tools.project.memory import Verdict
from sot_tools.project.notes import Note
from sot_tools.rules.model import Facts, Rule

st.register_type_strategy(Mapping, lambda _: st.dictionaries(st.text(max_size=9), st.text()))


@pytest.mark.parametrize("kind", [Note, Facts, Verdict, Diagnostic, Examined])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_kept_comes_back_equal(kind: Any, data: st.DataObject) -> None:
    value = data.draw(st.from_type(kind))
    assert decoded(kind, json.loads(encoded(value))) == value


def test_every_type_that_is_kept_has_a_way_back() -> None:
    for kind in (Note, Verdict, Examined, Rule):
        assert decoder(kind) is not None


@pytest.mark.parametrize("value", [[], {}, 3, None, "x", [1], [[], [], []]])
def test_what_cannot_have_been_one_raises(value: Any) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, IndexError)):
        decoded(Note, value)


class Color(Enum):
    RED = "red"


def test_an_unknown_word_of_a_closed_set_raises() -> None:
    assert decoded(Color, "red") is Color.RED
    with pytest.raises(KeyError):
        decoded(Color, "blue")


def test_types_that_json_cannot_tell_apart_are_refused() -> None:
    with pytest.raises(TypeError):
        decoder(Facts | Rule)
