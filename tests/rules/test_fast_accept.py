"""The fast predicate of a kind never accepts what the jsonschema library refuses."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sot_tools.documents.document import parse
from sot_tools.project import data
from sot_tools.rules.accept import predicate
from sot_tools.rules.kinds import Kinds
from sot_tools.rules.shape import explain

ROOT = Path(__file__).resolve().parents[2]
PROFILES = data.profile_names()
STRANGE = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        1.5,
        "",
        "x",
        "draft",
        "finished",
        "2026-02-29",
        "2026-02-30",
        "2024-02-29",
    ]
    + [
        "2026-06-01",
        "0000-01-01",
        "not-promoted",
        "jp",
        "/abs",
        "a\n",
        [],
        ["push"],
        ["a", "a"],
        {},
        {"a": 1},
    ]
    + [
        "CTO-WORK-001",
        "cto-x",
        "CTO X",
        "local",
        "planning",
        "sot",
        "admitted",
        "not_admitted",
        "conversation",
    ]
).map(copy.deepcopy)


@cache
def kinds(profile: str) -> Kinds:
    return data.load_kinds(data.profile(profile), None)


@cache
def examples() -> list[tuple[str, Any]]:
    """Kind and value of every governed file of this repository."""
    found = []
    paths = [*ROOT.glob(".sot/**/*.md"), *ROOT.glob(".sot/**/*.json"), ROOT / "WORKBOARD.yaml"]
    paths += [
        ROOT / ".sot" / "workspace.yaml",
        ROOT / "schemas" / "profiles" / "cto-child" / "rules.yaml",
    ]
    paths = [path for path in paths if "harness" not in path.parts]
    paths += ROOT.glob(".sot/harness/**/harness.yaml")
    paths += ROOT.glob(".sot/harness/cases/*/case.yaml")
    for path in sorted(paths):
        document = parse(path.relative_to(ROOT).as_posix(), path.read_bytes())
        kind = kinds("cto-child").detect(document.path)
        assert kind is not None
        if document.data is not None:
            found.append((kind.name, document.data))
    return found


@pytest.mark.parametrize("number", range(len(examples())))
def test_the_predicate_accepts_what_is_right(number: int) -> None:
    name, value = examples()[number]
    known = kinds("cto-child")
    assert known.accepts(known.by_name[name], value), f"{name} takes the slow path"


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_what_the_predicate_accepts_the_library_accepts(drawn: st.DataObject) -> None:
    name, value = drawn.draw(st.sampled_from(examples()))
    profile = drawn.draw(st.sampled_from(PROFILES))
    value = mutated(drawn, copy.deepcopy(value))
    if drawn.draw(st.booleans()):
        name = drawn.draw(st.sampled_from(sorted(kinds(profile).by_name)))
    kind = kinds(profile).by_name[name]
    if kinds(profile).accepts(kind, value):
        assert list(explain(value, kind, kinds(profile))) == []


def mutated(drawn: st.DataObject, value: Any) -> Any:
    """A value with up to two places replaced, removed or added."""
    for _ in range(drawn.draw(st.integers(0, 2))):
        here = value
        while isinstance(here, dict | list) and here:
            steps = list(here) if isinstance(here, dict) else list(range(len(here)))
            step = drawn.draw(st.sampled_from(steps))
            if not isinstance(here[step], dict | list) or drawn.draw(st.booleans()):
                change(drawn, here, step)
                break
            here = here[step]
    return value


def change(drawn: st.DataObject, here: Any, step: Any) -> None:
    """Replace, remove or add below one mapping or list."""
    choice = drawn.draw(st.integers(0, 3))
    if choice == 0:
        del here[step]
    elif choice == 1 and isinstance(here, dict):
        here[
            drawn.draw(st.sampled_from(["extra", "x-own", "title", "route", "tier", "source"]))
        ] = drawn.draw(STRANGE)
    else:
        here[step] = drawn.draw(STRANGE)


SCHEMAS = st.recursive(
    st.sampled_from(
        [
            {"minimum": 1, "maximum": 3},
            {"minProperties": 1, "maxProperties": 2},
            {"propertyNames": {"enum": ["a", "x"]}},
            True,
            {},
            {"type": "string"},
            {"const": 1},
            {"const": "a"},
            {"enum": ["a", "b"]},
            {"pattern": "^a+$"},
            {"not": {}},
        ]
        + [
            {"minLength": 1},
            {"type": ["string", "null"]},
            {"format": "date"},
            {"minItems": 1},
            {"uniqueItems": True},
        ]
    ),
    lambda inner: st.one_of(
        st.builds(lambda s: {"items": s}, inner),
        st.builds(lambda s: {"contains": s}, inner),
        st.builds(lambda a, b: {"allOf": [a, b]}, inner, inner),
        st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
        st.builds(lambda a, b: {"oneOf": [a, b]}, inner, inner),
        st.builds(lambda a, b, c: {"if": a, "then": b, "else": c}, inner, inner, inner),
        st.builds(
            lambda s, extra: {
                "type": "object",
                "required": ["a"],
                "properties": {"a": s},
                "additionalProperties": extra,
            },
            inner,
            st.booleans(),
        ),
        st.builds(lambda s: {"patternProperties": {"^x": s}}, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=600, deadline=None)
@given(
    SCHEMAS,
    st.recursive(
        STRANGE,
        lambda i: (
            st.lists(i, max_size=2)
            | st.dictionaries(st.sampled_from(["a", "x1", "b"]), i, max_size=2)
        ),
    ),
)
def test_any_schema_is_accepted_no_further_than_by_the_library(schema: Any, value: Any) -> None:
    from jsonschema import Draft202012Validator

    from sot_tools.rules.shape import _formats

    if predicate(schema, {})(value):
        assert Draft202012Validator(schema, format_checker=_formats()).is_valid(value)
