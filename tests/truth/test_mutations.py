"""Every contradiction is found by its rule, at its place, pointing at the other place; and the
workspace without contradictions is silent."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from sot_tools.diagnostic import Diagnostic, Report, Severity
from sot_tools.project import data, settings
from sot_tools.project.check import check
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Selection
from tests.truth import workspace
from tests.truth.change import Change, Changes
from tests.truth.grants import GRANTS
from tests.truth.proofs import PROOFS
from tests.truth.states import STATES
from tests.truth.upkeep import UPKEEP

MUTATIONS: dict[str, Changes] = {**STATES, **GRANTS, **PROOFS, **UPKEEP}


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The consistent workspace with a board, and without one."""
    folder = tmp_path_factory.mktemp("truth")
    return (
        workspace.build(folder / "with-board"),
        workspace.build(folder / "without-board", without_board=True),
    )


@cache
def opened(root: Path) -> Settings:
    return settings.read(root, None)


def checked(root: Path, edits: dict[str, str]) -> Report:
    replaced = {path: text.encode() for path, text in edits.items()}
    return check(opened(root), Selection(severity=Severity.ADVICE, replaced=replaced))


def missed(change: Change, code: str, found: tuple[Diagnostic, ...]) -> list[str]:
    """What is wrong with what was found."""
    path, line = change.place[0], change.line(change.place)
    here = [each for each in found if (each.code, each.path, each.span.line) == (code, path, line)]
    wrong = [] if here else [f"{code} is silent at {path}:{line}"]
    if here and change.related is not None:
        other = (change.related[0], change.line(change.related))
        told = [(each.path, each.span.line) for hit in here for each in hit.related]
        if other not in told:
            wrong.append(f"{code} at {path}:{line} points at {told}, not at {other}")
    strange = {
        f"{each.path}:{each.span.line} {each.code} {each.message}"
        for each in found
        if each.code not in {code, "SOT001", *change.also}
    }
    return wrong + sorted(strange)


def test_the_consistent_workspace_is_silent(roots: tuple[Path, Path]) -> None:
    with_board, without_board = roots
    assert checked(with_board, {}).diagnostics == ()
    assert [each.code for each in checked(without_board, {}).diagnostics] == ["SOT001"]


@pytest.mark.parametrize("code", sorted(MUTATIONS))
def test_every_contradiction_is_found_at_both_places(code: str, roots: tuple[Path, Path]) -> None:
    troubles = []
    for number, change in enumerate(MUTATIONS[code]()):
        found = checked(roots[0] if change.board else roots[1], change.edits).diagnostics
        troubles += [f"{code} variant {number}: {each}" for each in missed(change, code, found)]
    assert troubles == []


def test_every_truth_rule_has_its_contradictions() -> None:
    codes = set()
    for name in data.profile_names():
        used = data.profile(name)
        codes |= {rule.code for rule in data.load_rules(used, None, data.load_kinds(used, None))}
    truth = {code for code in codes if code[:4] in {"SOT7", "CTO7"}}
    assert truth == set(MUTATIONS)
    assert sum(1 for changes in MUTATIONS.values() for _ in changes()) > 500
