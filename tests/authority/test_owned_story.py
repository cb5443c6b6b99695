"""Stage 5 as a person meets it: record, request, approval, run, outcome, acceptance, status."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sot_tools.authority import approve, undo
from sot_tools.authority.approve import Answer, Question
from sot_tools.authority.governed import Wants, governed
from sot_tools.cli import desk as desks
from sot_tools.errors import Refused
from sot_tools.runs import registry
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order
from tests.authority import story
from tests.authority.repository import git, record, repository
from tests.cli.command import Outcome, sot
from tests.runs import harness

NAME = "CTO_HARNESS_CASE_STAGE5_TARGET_ADMISSION_FILE"
OUTCOME = "CTO_HARNESS_CASE_STAGE5_OPERATOR_OUTCOME"
ASKED = ("harness_root", "case_id", "engine", "stage", "source", "admission")


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
        """An approval of what is asked now."""
        options = {**dict.fromkeys(ASKED), "admission": str(self.record)}
        asked = desks.task(self.world.desk(), story.ITEM, options).terms
        answer = Answer("granted", "jp", "I approve.", "", 24)
        question = Question(asked, "I approve.", {})
        return self.world.root / approve.sign(self.world.place, question, answer)[1]

    def run(self, approval: Path, **environment: str) -> Finished:
        """The run on that approval, as `sot run` makes it."""
        world = self.world
        register = registry.read(world.harness)
        case = registry.case(register, story.CASE)
        given = {NAME: str(self.record), **environment}
        wants = Wants(world.root, world.harness, world.runs, world.used, time.time_ns, given, 5)
        wants = wants._replace(approval=str(approval))
        with governed(wants, case, "fake") as of, harness.around(world.runs) as around:
            return run(Order(register, of.case, "fake", of.approval), of.around(around))

    def subject(self) -> str:
        """The subject of the last commit."""
        return git(self.target, "log", "--format=%s", "-1").strip()


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
    for verb in ("request", "packet"):
        done = told.sot(verb, story.ITEM)
        assert done.code == 0, done.err
    packet = (told.world.root / ".sot/plans/WORK-001-APPROVAL-PACKET.md").read_text()
    assert "low_risk_noncritical" in packet and start in packet
    sentence = f"I approve {story.ITEM} against {told.target} for the give the right answer task."
    assert told.sot("approve", story.ITEM, "--sentence", sentence).code == 0
    approval = next((told.world.root / ".sot/approvals").glob("*-run-*.json"))
    asked = ["run", story.CASE, "--stage", "5", "--approval", str(approval)]
    done = told.sot(*asked, **{OUTCOME: "accepted"})
    assert done.code == 0, done.out + done.err
    commit = git(told.target, "rev-parse", "HEAD").strip()
    assert f"  outcome   accepted; the target's commit is {commit}" in done.out.splitlines()
    found = next(told.world.runs.glob("*-approved-case-*"))
    proof = json.loads((found / "stage5-owned-repo-proof.json").read_bytes())
    assert (found / "stage5-approval.json").read_bytes() == approval.read_bytes()
    assert proof["operator_outcome_given_by"] == OUTCOME
    assert proof["approval_actor"] == "jp"
    started = next(
        json.loads(line)["about"]
        for line in (told.world.root / ".sot/ledger.jsonl").read_text().splitlines()
        if '"run.started"' in line
    )
    assert (started["from_commit"], started["stage"]) == (start, 5)
    sentence = f"I accept {found.name} as evidence for {story.ITEM}."
    accept = ["--evidence", found.name, "--sentence", sentence]
    assert told.sot("approve", story.ITEM, *accept).code == 0
    done = told.sot("advance", story.ITEM, "--evidence", found.name)
    assert done.code == 0, done.err
    closeout = (told.world.root / ".sot/plans/WORK-001-CLOSEOUT.md").read_text()
    assert f"- target commit: `{commit}`" in closeout.splitlines()


def messages(done: Finished) -> list[str]:
    return [f"{each['code']}: {each['message']}" for each in done.report["blockers"]]


def test_a_record_that_was_edited_after_the_approval_opens_nothing(told: Told) -> None:
    approval = told.approved()
    record(told.record, told.target, forbidden_paths=[])
    (said,) = messages(told.run(approval, **{OUTCOME: "accepted"}))
    assert said.startswith("approval_missing: it is for the target's admission record with digest")
    assert told.subject() == "nearly"


def test_a_commit_after_the_approval_needs_another_one(told: Told) -> None:
    approval = told.approved()
    git(told.target, "commit", "-q", "--allow-empty", "-m", "meanwhile")
    (said,) = messages(told.run(approval, **{OUTCOME: "accepted"}))
    assert said.startswith("approval_missing: it is for the starting state `")


@pytest.mark.parametrize(
    ("differs", "reasons"),
    [
        (
            {"repository_owner": "", "allowed_paths": []},
            "`repository_owner` is empty; `allowed_paths` is empty",
        ),
        (
            {"target_repository_path": "/srv/other"},
            "the record admits another repository than the task contract names",
        ),
    ],
)
def test_nothing_can_be_asked_for_a_repository_that_nobody_admitted(
    told: Told, differs: dict[str, Any], reasons: str
) -> None:
    record(told.record, told.target, **differs)
    with pytest.raises(Refused) as refused:
        told.approved()
    assert str(refused.value) == f"no repository is admitted: {reasons}"


def test_without_a_record_the_option_and_the_variable_are_named(told: Told) -> None:
    done = told.sot("request", story.ITEM, **{NAME: ""})
    assert (done.code, done.err) == (
        1,
        "sot: no repository is admitted: no record is named that admits a repository; "
        f"--admission or {NAME} names one\n",
    )


def test_a_run_without_an_outcome_uses_its_approval_and_commits_nothing(told: Told) -> None:
    approval = told.approved()
    assert messages(told.run(approval)) == [
        "missing_operator_outcome: the change passed, and of its outcome nothing is said; "
        f"{OUTCOME} takes `accepted` or `rejected`; nothing was committed"
    ]
    assert told.subject() == "nearly"
    (again,) = messages(told.run(approval, **{OUTCOME: "accepted"}))
    assert "approval_missing: it was used by the run " in again


def test_an_engine_that_is_off_looks_at_no_repository(told: Told) -> None:
    before = (told.target / ".git" / "index").stat().st_atime_ns
    done = told.sot("run", story.CASE, "--engine", "case", "--stage", "5")
    assert done.code == 1
    assert "gate_not_passed: engine `case` is off; CTO_HARNESS_ALLOW_CASE=1 opens it" in done.out
    assert str(told.target) not in done.out
    assert (told.target / ".git" / "index").stat().st_atime_ns == before


def test_what_a_person_rejects_after_the_run_is_taken_back_once(told: Told) -> None:
    start = git(told.target, "rev-parse", "HEAD").strip()
    done = told.run(told.approved(), **{OUTCOME: "accepted"})
    root = told.world.root
    with pytest.raises(Refused) as refused:
        undo.undo(root, done.path, time.time_ns)
    assert str(refused.value) == (
        f"nobody rejected {done.run_id}; `sot deny ITEM --evidence {done.run_id} --reason WHY` "
        "does that"
    )
    story.accept(told.world, done, decision="denied")
    (told.target / "left.txt").write_text("x")
    with pytest.raises(Refused, match=r"the target is not clean: left\.txt"):
        undo.undo(root, done.path, time.time_ns)
    (told.target / "left.txt").unlink()
    shown = told.sot("stage", "revert", "--evidence", done.run_id)
    commit, made = done.report["target_commit"], git(told.target, "rev-parse", "HEAD").strip()
    assert shown.out == f"reverted {commit} of {done.run_id} by {made}\n"
    assert git(told.target, "diff", start, "HEAD") == ""
    assert told.subject() == f"Revert, since the operator rejected {done.run_id}: jp"
    assert '"kind":"change.reverted"' in (root / ".sot/ledger.jsonl").read_text()
    with pytest.raises(Refused) as refused:
        undo.undo(root, done.path, time.time_ns)
    assert str(refused.value) == (
        f"the target has other commits since {commit}; `git revert {commit}` there is yours to "
        "judge"
    )


def test_what_was_reverted_in_its_run_or_never_committed_is_not_reverted_again(told: Told) -> None:
    done = told.run(told.approved(), **{OUTCOME: "rejected"})
    story.accept(told.world, done, decision="denied")
    with pytest.raises(Refused, match=f"{done.run_id} reverted its commit itself: "):
        undo.undo(told.world.root, done.path, time.time_ns)
    blocked = told.run(told.approved())
    with pytest.raises(Refused, match="committed nothing in a repository; there is nothing to"):
        undo.undo(told.world.root, blocked.path, time.time_ns)
