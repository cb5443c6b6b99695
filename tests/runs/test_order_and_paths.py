"""Which events a run must have in which order, and which paths a contract allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot_tools.runs import order
from sot_tools.runs.paths import ALWAYS_FORBIDDEN, allowed, forbidden

# Written apart from the table.
GOOD = [
    "run.started",
    "task.contract.created",
    "plan.updated",
    "approval.requested",
    "approval.granted",
    "patch.applied",
    "git.diff.checked",
    "verification.completed",
    "run.completed",
]
WANTED = order.required(True, "granted")


def test_the_order_of_the_contract_has_no_fault() -> None:
    assert list(order.faults(GOOD, WANTED)) == []


@given(st.sampled_from(GOOD))
def test_an_event_that_is_missing_is_named(gone: str) -> None:
    left = [each for each in GOOD if each != gone]
    assert list(order.faults(left, WANTED)) == [f"the event `{gone}` is missing"]


@given(st.integers(0, len(GOOD) - 1), st.integers(0, len(GOOD) - 1))
def test_two_events_that_changed_places_are_noticed(one: int, other: int) -> None:
    events = list(GOOD)
    events[one], events[other] = events[other], events[one]
    assert bool(list(order.faults(events, WANTED))) == (one != other)


@given(st.sampled_from(GOOD))
def test_an_event_that_comes_twice_is_noticed(twice: str) -> None:
    events = [each for name in GOOD for each in ([name, name] if name == twice else [name])]
    assert list(order.faults(events, WANTED))


def test_an_unknown_event_is_noticed_and_a_closed_gate_may_stand_anywhere() -> None:
    assert list(order.faults([*GOOD[:3], "patch.undone", *GOOD[3:]], WANTED)) == [
        "the event `patch.undone` is not in the vocabulary"
    ]
    for place in range(2, len(GOOD)):
        assert list(order.faults([*GOOD[:place], order.GATE, *GOOD[place:]], WANTED)) == []


@pytest.mark.parametrize(
    ("path", "patterns", "answer"),
    [
        ("strings.py", ["strings.py"], True),
        ("src/strings.py", ["strings.py"], False),
        ("strings.py/x", ["strings.py"], False),
        ("strings.pyc", ["strings.py"], False),
        ("strings.py\n", ["strings.py"], False),
        ("src/a.py", ["src/"], True),
        ("src", ["src/"], False),
        ("srcs/a.py", ["src/"], False),
        ("src/deep/a.py", ["src/*.py"], False),
        ("src/a.py", ["src/*.py"], True),
        ("srcXa.py", ["src.a.py"], False),
        ("a.py", [], False),
    ],
)
def test_allowed_paths_are_read_from_the_root(path: str, patterns: list[str], answer: bool) -> None:
    assert allowed(path, patterns) is answer


@pytest.mark.parametrize(
    ("path", "patterns", "answer"),
    [
        (".env", [".env"], True),
        ("a/b/.env", [".env"], True),
        (".env.local", [".env"], False),
        (".env.local", [".env.*"], True),
        (".ENV", [".env"], True),
        ("secrets/key", ["secrets/"], True),
        ("a/Secrets/key", ["secrets/"], True),
        ("mysecrets/key", ["secrets/"], False),
        ("node_modules/x/y.js", ["node_modules/"], True),
        ("package-lock.json/x", ["package-lock.json"], True),
        (".github/workflows/ci.yml", [".github/workflows/"], True),
        (".github/other.yml", [".github/workflows/"], False),
        ("sub/.git/config", list(ALWAYS_FORBIDDEN), True),
        (".GIT/config", list(ALWAYS_FORBIDDEN), True),
        (".gitignore", list(ALWAYS_FORBIDDEN), False),
    ],
)
def test_forbidden_paths_hold_at_any_depth(path: str, patterns: list[str], answer: bool) -> None:
    assert forbidden(path, patterns) is answer
