"""Stage 5 on the command line: record, request, approval, run, outcome, acceptance, status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.authority import story
from tests.authority.repository import git, record, repository
from tests.cli.command import Outcome, sot

NAME = "CTO_HARNESS_CASE_STAGE5_TARGET_ADMISSION_FILE"
OUTCOME = "CTO_HARNESS_CASE_STAGE5_OPERATOR_OUTCOME"


class Told(NamedTuple):
    """A workspace whose one case changes a repository."""

    world: story.World
    target: Path
    record: Path
    places: dict[str, str]

    def sot(self, *arguments: str, **more: str) -> Outcome:
        """A command with the record named by its variable."""
        named = {NAME: str(self.record), **self.places, **more}
        return sot(self.world.root, *arguments, **named)

    def approved(self) -> Path:
        """Request, packet and approval."""
        for verb in ("request", "packet"):
            done = self.sot(verb, story.ITEM)
            assert done.code == 0, done.err
        sentence = (
            f"I approve {story.ITEM} against {self.target} for the give the right answer task."
        )
        done = self.sot("approve", story.ITEM, "--sentence", sentence)
        assert done.code == 0, done.err
        return next((self.world.root / ".sot/approvals").glob("*-run-*.json"))

    def run(self, approval: Path, **more: str) -> Outcome:
        """The run on that approval."""
        return self.sot("run", story.CASE, "--stage", "5", "--approval", str(approval), **more)


@pytest.fixture
def told(tmp_path: Path) -> Told:
    world = story.new(tmp_path / "m")
    target = repository(tmp_path / "target")
    path = world.harness / "cases" / story.CASE / "case.yaml"
    text = path.read_text().replace("copied-fixture", "owned-noncritical-repo")
    path.write_text(text.replace("target_repository: ''", f"target_repository: '{target}'"))
    register = world.harness / "harness.yaml"
    gated = "    gated_by_env: CTO_HARNESS_ALLOW_CASE\n"
    staged = gated + "    environment_prefix: CTO_HARNESS_CASE\n    stages: ['2']\n"
    register.write_text(register.read_text().replace(gated, staged))
    places = {
        "SOT_RUNS_DIR": str(world.runs),
        "SOT_KEYS_DIR": str(world.keys),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    return Told(world, target, record(tmp_path / "record.json", target), places)


def test_the_story_of_an_owned_repository_ends_with_a_validated_item(told: Told) -> None:
    start = git(told.target, "rev-parse", "HEAD").strip()
    approval = told.approved()
    packet = (told.world.root / ".sot/plans/WORK-001-APPROVAL-PACKET.md").read_text()
    assert "low_risk_noncritical" in packet and start in packet
    done = told.run(approval, **{OUTCOME: "accepted"})
    assert done.code == 0, done.out + done.err
    commit = git(told.target, "rev-parse", "HEAD").strip()
    assert f"  outcome   accepted; the target's commit is {commit}" in done.out.splitlines()
    run = next(told.world.runs.glob("*-approved-case-*"))
    proof = json.loads((run / "stage5-owned-repo-proof.json").read_bytes())
    assert (run / "stage5-approval.json").read_bytes() == approval.read_bytes()
    assert proof["operator_outcome_given_by"] == OUTCOME
    assert proof["approval_actor"] == "jp"
    started = next(
        json.loads(line)["about"]
        for line in (told.world.root / ".sot/ledger.jsonl").read_text().splitlines()
        if '"run.started"' in line
    )
    assert (started["from_commit"], started["stage"]) == (start, 5)
    sentence = f"I accept {run.name} as evidence for {story.ITEM}."
    accept = ["--evidence", run.name, "--sentence", sentence]
    assert told.sot("approve", story.ITEM, *accept).code == 0
    done = told.sot("advance", story.ITEM, "--evidence", run.name)
    assert done.code == 0, done.err
    closeout = (told.world.root / ".sot/plans/WORK-001-CLOSEOUT.md").read_text()
    assert commit in closeout


def test_a_record_that_was_edited_after_the_approval_opens_nothing(told: Told) -> None:
    approval = told.approved()
    record(told.record, told.target, forbidden_paths=[])
    done = told.run(approval, **{OUTCOME: "accepted"})
    assert done.code == 1
    assert "approval_missing: it is for the target's admission record with digest `" in done.out
    assert git(told.target, "log", "--format=%s", "-1") == "nearly\n"


def test_a_commit_after_the_approval_needs_another_one(told: Told) -> None:
    approval = told.approved()
    git(told.target, "commit", "-q", "--allow-empty", "-m", "meanwhile")
    done = told.run(approval, **{OUTCOME: "accepted"})
    assert "approval_missing: it is for the starting state `" in done.out


def test_nothing_can_be_asked_for_a_repository_that_nobody_admitted(told: Told) -> None:
    record(told.record, told.target, repository_owner="", allowed_paths=[])
    done = told.sot("request", story.ITEM)
    assert (done.code, done.err) == (
        1,
        "sot: no repository is admitted: `repository_owner` is empty; `allowed_paths` is empty\n",
    )
    done = told.sot("request", story.ITEM, **{NAME: ""})
    assert done.err == (
        f"sot: no repository is admitted: no record is named that admits a repository; "
        f"--admission or {NAME} names one\n"
    )


def test_a_run_without_an_outcome_uses_its_approval_and_commits_nothing(told: Told) -> None:
    approval = told.approved()
    done = told.run(approval)
    assert done.code == 1
    assert (
        "missing_operator_outcome: the change passed, and of its outcome nothing is said; "
        f"{OUTCOME} takes `accepted` or `rejected`; nothing was committed" in done.out
    )
    assert git(told.target, "log", "--format=%s", "-1") == "nearly\n"
    again = told.run(approval, **{OUTCOME: "accepted"})
    assert "approval_missing: it was used by the run " in again.out


def test_an_engine_that_is_off_looks_at_no_repository(told: Told) -> None:
    before = (told.target / ".git" / "index").stat().st_atime_ns
    done = told.sot("run", story.CASE, "--engine", "case", "--stage", "5")
    assert done.code == 1
    assert "gate_not_passed: engine `case` is off; CTO_HARNESS_ALLOW_CASE=1 opens it" in done.out
    assert str(told.target) not in done.out
    assert (told.target / ".git" / "index").stat().st_atime_ns == before
