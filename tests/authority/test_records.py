"""Records say what evidence says, byte for byte, pass the check, and claim nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sot_tools.authority import keys, pages, pins, records, summaries, survey
from sot_tools.authority.records import FORMS, Wanted
from sot_tools.board import board as boards
from sot_tools.errors import Refused, SotError
from sot_tools.project import data
from sot_tools.rules.trail import Advanced, Trail
from tests.authority import story
from tests.authority.story import ITEM, Told, World
from tests.workspaces import begin, edit

EVIDENCE = ".sot/plans/WORK-001-EVIDENCE.md"
AUDIT = ".sot/plans/COMPLETION-AUDIT-CLOSEOUT.md"


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return story.told(tmp_path / "m")


def write(world: World, form: str, subject: str = "", run: str = "") -> tuple[str, str]:
    return records.write(world.desk(), Wanted(form, subject, world.runs, run))


def compare(world: World, form: str, subject: str = "") -> str:
    return records.compare(world.desk(), Wanted(form, subject, world.runs))


@pytest.mark.parametrize(
    ("form", "subject", "path"),
    [
        ("closeout", ITEM, ".sot/plans/WORK-001-CLOSEOUT.md"),
        ("evidence", ITEM, EVIDENCE),
        ("audit", "", AUDIT),
    ],
)
def test_a_record_passes_the_check_and_is_the_same_every_time(
    form: str, subject: str, path: str, told: Told
) -> None:
    world = told.world
    assert write(world, form, subject)[1] == path
    content = (world.root / path).read_bytes()
    assert world.check() == []
    assert write(world, form, subject) == ("kept", path)
    assert compare(world, form, subject) == path
    tomorrow = world.desk()._replace(clock=lambda: story.time.time_ns() + 86_400 * 10**9)
    assert records.compare(tomorrow, Wanted(form, subject, world.runs)) == path
    for place in range(0, len(content), len(content) // 3):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        (world.root / path).write_bytes(changed)
        with pytest.raises(Refused) as refusal:
            compare(world, form, subject)
        said = f"{path} is not what the evidence says; `sot record {form} {subject}".rstrip()
        assert str(refusal.value) == f"{said}` writes it"
    assert any(f"{path}:1:1 SOT805 " in line for line in world.check())
    with pytest.raises(Refused, match="was edited since it was written; remove it first"):
        write(world, form, subject)
    (world.root / path).unlink()
    assert write(world, form, subject) == ("wrote", path)
    assert (world.root / path).read_bytes() == content


def test_an_evidence_record_names_every_artifact_by_path_and_digest(told: Told) -> None:
    write(told.world, "evidence", ITEM)
    text = (told.world.root / EVIDENCE).read_text()
    for name, digest in told.done.report["artifact_digests"].items():
        assert f"- `{told.done.run_id}/{name}`: `sha256:{digest}`" in text
    assert "status: validated\nowner: jp\n" in text
    assert "source: .sot/plans/FIRST-PLAN-ISSUES.md" in text
    entry = told.entry.number
    assert f"- `WORK-001` was advanced on this run by entry {entry} of the ledger\n" in text


def test_a_run_that_was_not_accepted_validates_nothing(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    blocked = story.perform(world, None)
    assert write(world, "evidence", ITEM) == ("wrote", EVIDENCE)
    text = (world.root / EVIDENCE).read_text()
    assert "\nstatus: blocked\n" in text
    assert "- Do not mark `WORK-001` validated: the run ended `blocked`\n" in text
    assert f"run: `{blocked.run_id}`" in text
    assert world.check() == []
    done = story.perform(world, story.answer(world, story.ask(world)))
    assert write(world, "evidence", ITEM, done.run_id) == ("wrote", EVIDENCE)
    assert "it changes no state of `WORK-001`" in (world.root / EVIDENCE).read_text()
    story.accept(world, done)
    story.advance(world, done)
    story.finish_plan(world)
    with pytest.raises(Refused, match="is not what the evidence says"):
        compare(world, "evidence", ITEM)
    assert write(world, "evidence", ITEM) == ("wrote", EVIDENCE)
    assert world.check() == []


def test_an_audit_is_written_only_where_everything_was_hashed_again(told: Told) -> None:
    world = told.world
    write(world, "audit")
    row = f"| `WORK-001` on `{told.done.run_id}`, `sha256:{told.done.manifest_digest}` |"
    assert f"| WORK-001 First Work Item | proven {row}" in (world.root / AUDIT).read_text()
    with (told.done.path / "test.log").open("a") as log:
        log.write("x")
    with pytest.raises(Refused) as refusal:
        compare(world, "audit")
    assert str(refusal.value).startswith(
        "the audit is not complete, so nothing is written; WORK-001 First Work Item: the evidence "
        f"of `WORK-001` no longer counts: test.log of {told.done.run_id} has "
    )


def test_an_audit_names_what_is_missing(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    with pytest.raises(Refused) as refusal:
        write(world, "audit")
    assert str(refusal.value) == (
        "the audit is not complete, so nothing is written; "
        "WORK-001 First Work Item: `WORK-001` is `candidate`"
    )
    edit(world.root, "WORKBOARD.yaml", "status: candidate", "status: validated")
    with pytest.raises(Refused, match="is `validated` and no run with its digest is its evidence"):
        write(world, "audit")


@pytest.mark.parametrize(
    ("form", "subject", "said"),
    [
        ("diary", "", f"`diary` is no record; records: {', '.join(FORMS)}"),
        ("evidence", "", "a record `evidence` is about one ITEM; name it"),
        ("audit", ITEM, "a record `audit` is about the whole workspace"),
        ("packet", "", "profile `plain` has no packet"),
        ("closeout", ITEM, "`WORK-001` was never advanced; `sot advance WORK-001 --evidence RUN`"),
        ("evidence", ITEM, "the ledger has no sealed run of `WORK-001`"),
    ],
)
def test_what_cannot_be_written_says_why(
    form: str, subject: str, said: str, tmp_path: Path
) -> None:
    world = story.new(tmp_path / "m")
    with pytest.raises((Refused, SotError)) as refusal:
        write(world, form, subject)
    assert str(refusal.value).startswith(said)


def test_a_closeout_pins_the_head_that_the_ledger_is_asked_for(told: Told) -> None:
    assert (".sot/plans/WORK-001-CLOSEOUT.md", told.entry.sum) in pins.found(told.world.root)


CTO = "CTO-CORE-PROMOTION-DECISION"


@pytest.fixture
def child(tmp_path: Path) -> World:
    """A child workspace in which nothing was earned yet."""
    made = story.at(tmp_path / "m")
    made.root.mkdir(parents=True)
    begin(made.root, "cto-child")
    keys.init(made.place, "jp")
    return made


def test_a_decision_record_says_what_is_earned_and_decides_nothing(child: World) -> None:
    before = child.check()
    path = f".sot/03-PROTOCOLS/{CTO}-RECORD.md"
    assert write(child, "decision") == ("wrote", path)
    assert child.check() == before == []
    text = (child.root / path).read_text()
    for line in (
        "core_promotion_status: not-promoted",
        "- decision_status: not_decided",
        "- ready_for_core_review: false",
        "- repeatability_count: 0",
        "- repeatability_status: blocked",
        "- runtime_default_activation: false",
        "| Governed execution evidence | open | the board has no such item |",
    ):
        assert line in text
    assert compare(child, "decision") == path
    with pytest.raises(Refused) as refusal:
        write(child, "packet")
    said = str(refusal.value)
    assert said.startswith("the packet is not complete, so nothing is written; Governed execution")
    assert said.endswith(
        "; no sealed refresh says that two governed passes hold; `sot stage refresh`"
    )


def test_where_everything_is_earned_audit_and_packet_say_so_and_pass_the_check(
    child: World,
) -> None:
    """The words of a finished workspace, put into the profile's templates."""
    profile = child.desk().settings.profile
    plans = data.load(profile.folder / summaries.FILE, "records.yaml").data
    wanted = [
        need
        for name in ("audit", "brief", "decision")
        for need in survey.needs(plans[name]["needs"])
    ]
    subjects = sorted({each for need in wanted for each in need.subjects})
    run = "20260601T000000Z-demo-1"
    trail = Trail(
        advanced={each: Advanced("validated", run, "1" * 64, "", False) for each in subjects}
    )
    items = [{"id": each, "status": "validated"} for each in subjects if "Stage" not in each]
    stages = [{"stage": number, "status": "validated"} for number in range(1, 7)]
    value = {"version": 1, "items": items, "stages": stages}
    board = boards.read("WORKBOARD.yaml", value)
    refreshed = {
        "status": "pass",
        "repeatability_count": 2,
        "repeatability_status": "pass",
        "candidate_default_repeatability_eligible": True,
        "real_stage5_passes": [{"role": "first", "run_id": run}],
        "path": f"/srv/{run}/refresh.json",
    }
    frame = {"today": "2026-06-01", "owner": "jp", "source": "WORKBOARD.yaml all"}
    frame["record"] = f".sot/03-PROTOCOLS/{CTO}-RECORD.md"
    write(child, "decision")
    for name in ("audit", "brief", "packet"):
        needs = survey.needs(plans["decision" if name == "packet" else name]["needs"])
        rows = survey.rows(needs, board, trail, frozenset())
        assert all(row.earned for row in rows)
        words = {
            **frame,
            **summaries.audit_words(rows),
            **summaries.state_words(rows, refreshed, plans["decision"]["advice"]),
            **summaries.packet_words(rows, trail),
        }
        page = pages.of_workspace(profile, name, plans[name]["document"], words)
        (child.root / page.path).write_bytes(page.content)
        found = [line for line in child.check() if line.startswith(page.path)]
        assert all(" SOT503 " in line for line in found), found  # the board here has no item
        assert "ready_for_core_review: true" in page.content.decode() or name != "packet"
    gone = survey.rows(survey.needs(plans["audit"]["needs"]), board, trail, frozenset({"CTO305"}))
    assert [row.missing for row in gone if not row.earned] == ["`sot check` reports CTO305"]


@pytest.mark.parametrize(
    ("earned", "gap"),
    [
        (
            Advanced("validated", "r", "1", "it was revoked", False),
            "no longer counts: it was revoked",
        ),
        (Advanced("validated", "r", "1", "", True), "was not hashed: its run is not here"),
    ],
)
def test_what_was_not_hashed_or_no_longer_counts_is_no_proof(earned: Advanced, gap: str) -> None:
    board = boards.read("WORKBOARD.yaml", {"items": [{"id": "WORK-1", "status": "validated"}]})
    need = survey.Need("a", ("WORK-1",), (), "a")
    (row,) = survey.rows([need], board, Trail(advanced={"WORK-1": earned}), frozenset())
    assert row.missing == f"the evidence of `WORK-1` {gap}"
    (row,) = survey.rows([survey.Need("b", (), (), "b")], board, Trail(), frozenset())
    assert row.missing == "nothing is named that would prove it"
