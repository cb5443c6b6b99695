"""The whole ladder with the fake engine: six stages, each earned on evidence of its own."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from sot_tools.authority import approve, comparison, ladder, proofs, terms
from sot_tools.authority.approve import Answer, Question
from sot_tools.authority.governed import Wants, governed, owned
from sot_tools.authority.witness import LedgerWitness
from sot_tools.errors import Refused
from sot_tools.evidence import ledger
from sot_tools.runs import registry, wire
from sot_tools.runs.classes import MATRIX
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order
from tests.authority import story
from tests.authority.repository import git, record, repository
from tests.authority.story import World
from tests.runs import harness

MODES = {2: "copied-fixture", 3: "copied-fixture", 4: "sandbox-repo", 5: "owned-noncritical-repo"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A workspace with one case for each stage, and a repository."""
    made = story.new(tmp_path / "m")
    target = repository(tmp_path / "target")
    cases = made.harness / "cases"
    first = cases / "first-case" / "case.yaml"
    first.write_text(first.read_text().replace("mode: copied-fixture", "mode: none"))
    text = (cases / story.CASE / "case.yaml").read_text()
    names = ["first-case"]
    for stage, mode in MODES.items():
        name = f"stage-{stage}-case"
        shutil.copytree(cases / story.CASE, cases / name)
        mine = text.replace("approved-case", name).replace("copied-fixture", mode)
        if stage == 5:
            mine = mine.replace("target_repository: ''", f"target_repository: '{target}'")
        (cases / name / "case.yaml").write_text(mine)
        names.append(name)
    path = made.harness / "harness.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "cases": names}))
    return made


def performed(world: World, stage: int) -> Finished:
    """One approved run for a stage, as `sot run` makes it."""
    folder = world.root.parent.parent
    register = registry.read(world.harness)
    case = registry.case(register, f"stage-{stage}-case")
    wants = Wants(world.root, world.harness, world.runs, world.used, time.time_ns, {}, stage)
    if stage == 3:
        wants = wants._replace(source=str(folder / "target"))
    if stage == 5:
        given = str(record(folder / "record.json", folder / "target"))
        wants = wants._replace(admission=given, outcome="accepted")
    asked = terms.of_case(case, "fake", stage)
    with governed(wants, case, "fake") as of:
        asked = asked._replace(from_commit=of.case.fixture_digest)
    place = owned(register, case, "fake", folder / "look", wants)
    asked = place.bound(asked) if place else asked
    answer = Answer("granted", "jp", "I approve.", "", 24)
    path = approve.sign(world.place, Question(asked, "I approve.", {}), answer)[1]
    wants = wants._replace(approval=str(world.root / path))
    with governed(wants, case, "fake") as of, harness.around(world.runs) as around:
        return run(Order(register, of.case, "fake", of.approval), of.around(around))


def compared(world: World, **differs: Any) -> Finished:
    """A comparison that the candidate won, entered into the ledger; no such engine is here."""
    register = registry.read(world.harness)
    case = registry.case(register, "stage-2-case")
    lane = {
        "status": "pass",
        "run_id": "r",
        "manifest_sha256": "a" * 64,
        "dimensions": dict.fromkeys(comparison.DIMENSIONS, True),
    }
    value = {
        "version": 1,
        "status": "pass",
        "case_id": case.case_id,
        "backend": "case",
        "stage": 6,
        "dimensions": list(comparison.DIMENSIONS),
        "lanes": {"fake": lane, "case": lane},
        "checks": dict.fromkeys(("a", "b", "c", "d", "e"), True),
        "not_proven": [],
        "failure_matrix": {each.name: "covered" for each in MATRIX},
        "source_admission": {"status": "admitted", "fresh": True, "documents": []},
        "operator_acceptance": comparison.ACCEPTANCE,
        "candidate_default_eligible": True,
        "runtime_default_activation": False,
        "changed_files": [],
        "harness": {"contract_digest": case.contract_digest},
        **differs,
    }
    heard = LedgerWitness(world.root, world.used, time.time_ns, comparison.terms_of(case), None)
    with harness.around(world.runs, witness=heard) as around:
        done = comparison.seal(value, around)
    assert wire.fault("stage6-comparison", dict(done.report)) == ""
    return done


def approvals(world: World) -> list[Path]:
    return list((world.root / ".sot/approvals").glob("*-run-granted-*"))


def earn(world: World, stage: int, done: Finished) -> None:
    story.accept(world, done, f"Stage {stage}")
    story.advance(world, done, f"Stage {stage}", stage)


def shown(world: World) -> tuple[ladder.Step, ...]:
    return ladder.steps(world.desk().snapshot.board, ledger.load(world.root))


def test_six_stages_are_earned_one_after_the_other(world: World) -> None:
    assert ladder.next_step(shown(world)).startswith("stage 1: sot run CASE --engine ENGINE")
    earn(world, 1, story.perform(world, None, case="first-case", engine="pi", stage=0))
    for stage in MODES:
        assert ladder.next_step(shown(world)).startswith(f"stage {stage}: sot run CASE --stage")
        done = performed(world, stage)
        assert done.report["status"] == "pass", done.report["blockers"]
        waiting = shown(world)[stage - 1]
        assert waiting.missing == f"a person's acceptance of {done.run_id}"
        assert waiting.action == (
            f'sot approve "Stage {stage}" --evidence {done.run_id}, then '
            f"sot stage advance {stage} --evidence {done.run_id}"
        )
        if stage in proofs.ROWS:
            proof = json.loads((done.path / proofs.ROWS[stage].proof).read_bytes())
            assert wire.fault(proofs.ROWS[stage].schema, proof) == ""
        if stage > 3:
            signed = (done.path / f"stage{stage}-approval.json").read_bytes()
            assert signed in {each.read_bytes() for each in approvals(world)}
        earn(world, stage, done)
    assert ladder.next_step(shown(world)) == "stage 6: sot stage validate 6 --enter"
    earn(world, 6, compared(world))
    found = shown(world)
    assert [each.status for each in found] == ["validated"] * 6
    assert all(each.evidence and not each.missing and not each.action for each in found)
    assert ladder.next_step(found) == (
        "every stage is validated; activation stays false, and promotion is decided elsewhere"
    )
    assert [line for line in world.check() if "SOT8" in line] == []
    target = world.root.parent.parent / "target"
    assert git(target, "show", "HEAD:answer.txt") == "42\n"


def test_a_comparison_that_the_candidate_did_not_win_earns_nothing(world: World) -> None:
    lane = {"status": "blocked", "run_id": "r", "manifest_sha256": "a" * 64, "rationale": "off"}
    done = compared(world, status="blocked", lanes={"case": lane})
    story.accept(world, done, "Stage 6")
    with pytest.raises(Refused) as refused:
        story.advance(world, done, "Stage 6", 6)
    assert "`Stage 5` is `candidate`" in str(refused.value)
    assert "no move" not in str(refused.value)


def test_a_comparison_is_evidence_for_no_item_and_no_other_stage(world: World) -> None:
    done = compared(world)
    story.accept(world, done)
    with pytest.raises(Refused, match=f"the run is of `None`, not of `{story.ITEM}`"):
        story.advance(world, done)
    story.accept(world, done, "Stage 5")
    with pytest.raises(Refused, match="the run is evidence for stage 6, not for stage 5"):
        story.advance(world, done, "Stage 5", 5)
