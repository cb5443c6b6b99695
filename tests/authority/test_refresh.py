"""The refresh: two governed passes hashed and judged again; what they come to is computed."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sot_tools.authority import approve, comparison, passes, refresh, terms
from sot_tools.authority.approve import Answer, Question
from sot_tools.authority.governed import Wants, governed, owned
from sot_tools.authority.passes import Words
from sot_tools.authority.refresh import DIMENSIONS, REJECTIONS, Judged, Known, Pass, Target
from sot_tools.runs import registry, wire
from sot_tools.runs.classes import MATRIX
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order
from tests.authority import story
from tests.authority.repository import git, record, repository
from tests.cli.command import sot
from tests.runs import harness
from tests.workspaces import edit

ITEMS = ("WORK-001", "WORK-002")
WORDS = Words(ITEMS, "fake", "none", {"codex": "not admitted", "pi": "not admitted"})
SECOND = """
  - id: WORK-002
    title: Second Work Item
    type: AFK
    status: candidate
    blocked_by: []
    blocked_by_prose: []
    documents:
      - .sot/plans/FIRST-PLAN-ISSUES.md
    evidence: []
"""


class Made(NamedTuple):
    """A workspace with two governed passes on one repository."""

    world: story.World
    target: Path

    def known(self, **differs: Any) -> Known:
        """What stands around the passes."""
        desk = self.world.desk()
        register = registry.read(self.world.harness)
        found = passes.known(desk, self.world.runs, WORDS, register, {})
        return found._replace(**differs)

    def found(self, items: tuple[str, str] = ITEMS) -> tuple[Pass, ...]:
        """The passes as they are now."""
        return passes.find(self.world.desk(), self.world.runs, items)

    def value(self, items: tuple[str, str] = ITEMS, **differs: Any) -> dict[str, Any]:
        """What the refresh writes."""
        known = self.known(**differs)
        judged = tuple(refresh.judge(each, known) for each in self.found(items))
        return refresh.record(judged, known)


def earned(world: story.World, target: Path, item: str, case_id: str, folder: Path) -> Finished:
    """Approve, run on the repository, accept, advance."""
    register = registry.read(world.harness)
    case = registry.case(register, case_id)
    given = str(record(folder / "record.json", target))
    wants = Wants(world.root, world.harness, world.runs, world.used, time.time_ns, {}, 5)
    wants = wants._replace(admission=given, outcome="accepted")
    place = owned(register, case, "fake", folder / f"look-{item}", wants)
    assert place is not None
    asked = place.bound(terms.of_case(case, "fake", 5))
    answer = Answer("granted", "jp", "I approve.", "", 24)
    path = approve.sign(world.place, Question(asked, "I approve.", {}), answer)[1]
    with (
        governed(wants._replace(approval=str(world.root / path)), case, "fake") as of,
        harness.around(world.runs) as around,
    ):
        done = run(Order(register, of.case, "fake", of.approval), of.around(around))
    assert done.report["status"] == "pass", done.report["blockers"]
    story.accept(world, done, item)
    story.advance(world, done, item)
    return done


def compared(world: story.World) -> None:
    """A sealed comparison of lanes whose fake lane passes."""
    lane = {"run_id": "r", "manifest_sha256": "a" * 64}
    names = ("report_shape", "event_validity", "allowed_path_compliance", "failure_closure")
    dimensions = dict.fromkeys((*names, "artifact_completeness"), True)
    value = {
        "version": 1,
        "status": "blocked",
        "case_id": "first-case",
        "backend": "case",
        "stage": 6,
        "dimensions": list(dimensions),
        "lanes": {
            "fake": {**lane, "status": "pass", "dimensions": dimensions},
            "pi": {**lane, "status": "blocked", "rationale": "off"},
        },
        "checks": {
            **dict.fromkeys(("fake_lane_passes", "a", "b", "c"), True),
            "stage5_failure_closure_inherited": True,
        },
        "not_proven": [],
        "failure_matrix": {each.name: "covered" for each in MATRIX},
        "source_admission": {"status": "not_admitted", "fresh": False, "documents": []},
        "operator_acceptance": comparison.ACCEPTANCE,
        "candidate_default_eligible": False,
        "runtime_default_activation": False,
        "changed_files": [],
        "harness": {"contract_digest": "b" * 64},
    }
    with harness.around(world.runs) as around:
        comparison.seal(value, around)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("refresh")
    world = story.new(folder / "m")
    target = repository(folder / "target")
    cases = world.harness / "cases"
    first = cases / story.CASE / "case.yaml"
    text = first.read_text().replace("copied-fixture", "owned-noncritical-repo")
    text = text.replace("target_repository: ''", f"target_repository: '{target}'")
    first.write_text(text)
    shutil.copytree(cases / story.CASE, cases / "second-pass")
    other = text.replace("approved-case", "second-pass").replace("WORK-001", "WORK-002")
    (cases / "second-pass/case.yaml").write_text(other.replace("42", "43"))
    edit(
        world.root, ".sot/harness/harness.yaml", "  - first-case", "  - first-case\n  - second-pass"
    )
    board = world.root / "WORKBOARD.yaml"
    board.write_text(board.read_text().rstrip() + "\n" + SECOND)
    for item, case in zip(ITEMS, (story.CASE, "second-pass"), strict=True):
        earned(world, target, item, case, folder)
    compared(world)
    return Made(world, target)


def copied(made: Made, folder: Path) -> Made:
    """The workspace once more; the repository is the same one."""
    return Made(made.world.copied(folder / "copy"), made.target)


def test_two_distinct_governed_passes_are_repeatable(made: Made) -> None:
    value = made.value()
    assert wire.fault("stage6-refresh", value) == ""
    assert [each["against"] for each in value["real_stage5_passes"]] == [{}, {}]
    assert [each["rejections"] for each in value["real_stage5_passes"]] == [{}, {}]
    assert (value["status"], value["repeatability_status"]) == ("pass", "pass")
    assert (value["repeatability_count"], value["repeatability_required"]) == (2, 2)
    assert value["repeatability_passed"] and value["candidate_default_repeatability_eligible"]
    assert value["refresh_type"] == "stage6-real-governed-read-only"
    assert value["runtime_default_activation"] is False
    assert value["core_promotion_status"] == "none"
    assert value["target_repository_read_only"] is True
    for name in ("real_stage5_pass_report", "repeat_stage5_proof"):
        assert Path(value[name]).is_file()
    commits = [each["target_commit"] for each in value["real_stage5_passes"]]
    assert commits == git(made.target, "log", "--format=%H", "-2", "--reverse").split()
    assert [each["approval_source"] for each in value["real_stage5_passes"]] == [
        "a record of the tests"
    ] * 2
    assert value["lanes"] == {
        "fake": {"status": "pass"},
        "codex": {"status": "blocked", "rationale": "not admitted"},
        "pi": {"status": "blocked", "rationale": "not admitted"},
    }


def test_the_twelve_dimensions_and_nine_rejections_are_those_of_the_requirement() -> None:
    """Written apart from the tables (REF-08, REF-10)."""
    assert list(DIMENSIONS) == [
        *("report_shape", "event_validity", "allowed_path_compliance", "failure_closure"),
        *("failure_matrix_coverage", "artifact_completeness", "forbidden_action_closure"),
        *("operator_acceptance", "approval_provenance", "source_admission_freshness"),
        *("target_validation", "target_read_only"),
    ]
    assert list(REJECTIONS) == [
        *("missing_artifacts", "failed_pass_facts", "target_mutation", "default_activation"),
        *("core_promotion", "forbidden_actions", "missing_approval_provenance"),
        *("stale_source_admission", "secret_shaped_keys"),
    ]


def report(one: Pass, **differs: Any) -> Pass:
    assert one.verified is not None
    return one._replace(verified=one.verified._replace(report={**one.report, **differs}))


def proof(one: Pass, **differs: Any) -> Pass:
    return one._replace(proof={**one.proof, **differs})


def around(known: Known, name: str, value: Any) -> Known:
    return known._replace(comparison={**known.comparison, name: value})


Change = Callable[[Pass, Known], tuple[Pass, Known]]
WRONG: dict[str, tuple[Change, str, str]] = {
    "report without a field": (
        lambda p, k: (report(p, status="good"), k),
        "report_shape",
        "status: 'good' is not one of ['pass', 'fail', 'blocked']",
    ),
    "event out of order": (
        lambda p, k: (report(p, harness={"events": ["run.started"]}), k),
        "event_validity",
        "the event `task.contract.created` is missing",
    ),
    "path outside": (
        lambda p, k: (proof(p, allowed_paths_passed=False), k),
        "allowed_path_compliance",
        "a path outside the allowed ones, or a forbidden one, was changed",
    ),
    "other files": (
        lambda p, k: (proof(p, changed_files=["x"]), k),
        "allowed_path_compliance",
        "report and proof name other changed files",
    ),
    "no closure": (
        lambda p, k: (p, k._replace(comparison={})),
        "failure_closure",
        "no sealed comparison shows that every failure fails closed",
    ),
    "no matrix": (
        lambda p, k: (p, around(k, "failure_matrix", {})),
        "failure_matrix_coverage",
        "no sealed comparison says what of the failure matrix is covered",
    ),
    "an open row": (
        lambda p, k: (p, around(k, "failure_matrix", {"timeout": "blocked: x"})),
        "failure_matrix_coverage",
        "not covered: timeout",
    ),
    "no approval file": (
        lambda p, k: (p._replace(files=p.files - {"stage5-approval.json"}), k),
        "missing_artifacts",
        "missing: stage5-approval.json",
    ),
    "an attempt": (
        lambda p, k: (proof(p, forbidden_actions_attempted=["push"]), k),
        "forbidden_actions",
        "attempted: push",
    ),
    "an action that was possible": (
        lambda p, k: (proof(p, forbidden_actions_possible=True), k),
        "forbidden_action_closure",
        "nothing but words kept the engine from forbidden actions",
    ),
    "a rejection": (
        lambda p, k: (proof(p, operator_outcome="rejected"), k),
        "operator_acceptance",
        "the operator's outcome is rejected",
    ),
    "no approval source": (
        lambda p, k: (proof(p, approval_source=""), k),
        "missing_approval_provenance",
        "the proof names no approval source",
    ),
    "another approval": (
        lambda p, k: (proof(p, approval="0" * 64), k),
        "approval_provenance",
        "the approval of the proof is not the one that the ledger used for the run",
    ),
    "an approval after the fact": (
        lambda p, k: (p._replace(granted=False), k),
        "approval_provenance",
        "the ledger does not grant the approval before the run began",
    ),
    "a stale source": (
        lambda p, k: (p, k._replace(stale=("a.md",))),
        "stale_source_admission",
        "no longer admitted: a.md",
    ),
    "a source that was not admitted": (
        lambda p, k: (p, k._replace(staged=True)),
        "source_admission_freshness",
        "the report says that the source was `not stated`",
    ),
    "tests that did not run": (
        lambda p, k: (report(p, verification=[{"command": "make", "outcome": "not-run"}]), k),
        "target_validation",
        "`make` not-run",
    ),
    "no tests": (
        lambda p, k: (report(p, verification=[]), k),
        "target_validation",
        "`nothing` not run",
    ),
    "a target that moved": (
        lambda p, k: (p._replace(target=Target(moved=True)), k),
        "target_read_only",
        "the target repository changed while it was looked at",
    ),
    "a target without the commit": (
        lambda p, k: (p._replace(target=Target(fault="it is gone")), k),
        "target_mutation",
        "it is gone",
    ),
    "a run that failed": (
        lambda p, k: (report(p, status="fail"), k),
        "failed_pass_facts",
        "the run ended with `fail`",
    ),
    "a pass of the fake engine": (
        lambda p, k: (p, k._replace(candidate="case")),
        "failed_pass_facts",
        "the pass is one of `fake`, not of `case`",
    ),
    "a dirty end": (
        lambda p, k: (proof(p, target_end_clean=False), k),
        "failed_pass_facts",
        "the target was not clean before and after",
    ),
    "another default": (
        lambda p, k: (p, k._replace(default="case")),
        "default_activation",
        "the default engine is `case`",
    ),
    "an activation": (
        lambda p, k: (proof(p, runtime_default_activation=True), k),
        "default_activation",
        "an artifact activates a default",
    ),
    "a promotion": (
        lambda p, k: (proof(p, more=[{"core_promotion_status": "promoted"}]), k),
        "core_promotion",
        "an artifact states the promotion `promoted`",
    ),
    "a key for secrets": (
        lambda p, k: (proof(p, more={"provider_api_key": "x"}), k),
        "secret_shaped_keys",
        "an artifact has the key `provider_api_key`",
    ),
    "a secret": (
        lambda p, k: (proof(p, more="sk-" + "a" * 20), k),
        "secret_shaped_keys",
        "an artifact holds what is shaped like a secret",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_whatever_is_wrong_with_one_pass_rejects_the_refresh(made: Made, what: str) -> None:
    change, name, said = WRONG[what]
    one, known = change(made.found()[0], made.known())
    judged = refresh.judge(one, known)
    reasons: Mapping[str, str] = {**judged.rejections, **judged.dimensions}
    assert reasons[name].startswith(said), reasons
    value = refresh.record((judged, refresh.judge(made.found()[1], known)), known)
    assert value["repeatability_status"] == value["status"] == "fail"
    assert value["repeatability_passed"] is False


def test_every_rejection_and_dimension_can_be_missed() -> None:
    named = {name for _, name, _ in WRONG.values()}
    asked = {**DIMENSIONS, **REJECTIONS}
    assert {asked[name] for name in named} == set(asked.values())


def test_the_same_pass_twice_is_one_pass(made: Made) -> None:
    value = made.value((ITEMS[0], ITEMS[0]))
    assert (value["repeatability_count"], value["repeatability_status"]) == (1, "blocked")
    assert value["status"] == "blocked"


@pytest.mark.parametrize("shared", ["approval", "commit"])
def test_passes_that_share_an_approval_or_a_commit_are_one(made: Made, shared: str) -> None:
    known = made.known()
    first, second = (refresh.judge(each, known) for each in made.found())
    if shared == "approval":
        second = Judged(second.one._replace(approval=first.one.approval), {}, {})
    else:
        same = proof(second.one, target_commit=first.one.proof["target_commit"])
        second = Judged(same, {}, {})
    assert refresh.repeatability((first, second)) == (1, "blocked")


def test_a_pass_that_is_not_there_blocks(made: Made) -> None:
    value = made.value((ITEMS[0], "WORK-009"))
    assert value["status"] == "blocked"
    assert value["real_stage5_passes"][1]["missing"] == "`WORK-009` is not registered on the board"


def test_without_the_fake_lane_nothing_is_eligible(made: Made) -> None:
    lanes = {"fake": {"status": "fail"}}
    value = made.value(comparison={**made.known().comparison, "lanes": lanes})
    assert (value["repeatability_status"], value["status"]) == ("pass", "blocked")
    assert value["candidate_default_repeatability_eligible"] is False


def test_one_changed_byte_fails_the_refresh(made: Made, tmp_path: Path) -> None:
    other = copied(made, tmp_path)
    path = next(other.world.runs.glob("*-second-pass-*/patch.diff"))
    path.write_bytes(path.read_bytes().replace(b"43", b"44"))
    value = other.value()
    assert value["status"] == "fail"
    said = value["real_stage5_passes"][1]["differs"]
    assert said.startswith(f"{path.parent.name} is not what was sealed: patch.diff ")


def test_evidence_that_is_gone_blocks_the_refresh(made: Made, tmp_path: Path) -> None:
    other = copied(made, tmp_path)
    path = next(other.world.runs.glob("*-second-pass-*"))
    shutil.rmtree(path)
    value = other.value()
    said = f"{path.name} of `WORK-002` is not among the run directories here"
    assert (value["status"], value["real_stage5_passes"][1]["missing"]) == ("blocked", said)


def test_a_dirty_target_fails_the_refresh(made: Made) -> None:
    left = made.target / "left.txt"
    left.write_text("x")
    try:
        value = made.value()
    finally:
        left.unlink()
    said = "the target repository is not clean: left.txt"
    assert value["status"] == "fail"
    assert value["real_stage5_passes"][0]["rejections"]["target_mutation"] == said


def everything(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_the_command_reads_only_and_says_that_a_fake_pass_is_no_real_one(
    made: Made, tmp_path: Path
) -> None:
    world = copied(made, tmp_path).world
    before = {**everything(world.root), **everything(world.runs), **everything(made.target)}
    named = ["--first", ITEMS[0], "--repeat", ITEMS[1]]
    done = sot(world.root, "stage", "refresh", *named, "--json", SOT_RUNS_DIR=str(world.runs))
    assert done.code == 1, done.err
    answer = json.loads(done.out)
    assert (answer["ok"], answer["repeatability_status"]) == (False, "fail")
    for each in answer["real_stage5_passes"]:
        assert each["rejections"] == {
            "failed_pass_facts": "the pass is one of `fake`, not of `case`"
        }
    after = {**everything(world.root), **everything(world.runs), **everything(made.target)}
    new = {name for name in after if after[name] != before.get(name)}
    written = Path(answer["comparison_report"])
    seals = str(world.runs / "seals.jsonl")
    assert {name for name in new if not name.startswith(str(written.parent))} == {seals}
    assert written.name == "stage6-real-governed-refresh-comparison.json"
    assert before.keys() <= after.keys()
    run = written.parent.name
    shown = sot(world.root, "evidence", "show", run, SOT_RUNS_DIR=str(world.runs))
    assert (shown.code, shown.out.splitlines()[3:]) == (
        0,
        [
            "  lane    codex  blocked: the codex lane is blocked without an admission of its own",
            "  lane    fake   pass",
            "  lane    pi     blocked: the pi lane is blocked without an admission of its own",
            f"  first   {ITEMS[0]}  {answer['real_stage5_passes'][0]['run_id']}",
            "          failed_pass_facts: the pass is one of `fake`, not of `case`",
            f"  repeat  {ITEMS[1]}  {answer['real_stage5_passes'][1]['run_id']}",
            "          failed_pass_facts: the pass is one of `fake`, not of `case`",
            "  activates no default; a person's signed acceptance is what counts",
        ],
    )
    alone = sot(world.root, "stage", "refresh", SOT_RUNS_DIR=str(world.runs))
    assert (alone.code, alone.err) == (
        2,
        "sot: name two work items with --first and --repeat; the profile names none\n",
    )


def test_the_newest_refresh_that_is_what_was_sealed_is_found(made: Made, tmp_path: Path) -> None:
    world = copied(made, tmp_path).world
    assert passes.latest(world.runs) == {}
    value = made.value()
    with harness.around(world.runs) as around:
        first = passes.seal({**value, "status": "blocked"}, around)
        newer = passes.seal(value, around)
    found = passes.latest(world.runs)
    assert (found["status"], Path(found["path"]).parent) == ("pass", newer.path)
    Path(found["path"]).write_text("{}")
    assert passes.latest(world.runs)["path"].startswith(str(first.path))
