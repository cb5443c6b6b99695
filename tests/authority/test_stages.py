"""The ladder: one stage after the other, each on a run that was made for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from sot_tools.authority import ladder
from sot_tools.authority.stages import LADDER, rung, stage_of
from sot_tools.errors import Refused
from sot_tools.evidence import ledger
from tests.authority import story
from tests.authority.story import World
from tests.cli.command import sot


def shown(world: World) -> list[str]:
    return [
        each.status for each in ladder.steps(world.desk().snapshot.board, ledger.load(world.root))
    ]


def earn(world: World, number: int) -> None:
    """Earn stage 1 by a closed gate, and stage 2 by an approved pass."""
    if number == 1:
        done = story.perform(world, None, case="first-case", engine="pi", stage=0)
    else:
        done = story.perform(world, story.answer(world, story.ask(world)))
    story.accept(world, done, f"Stage {number}")
    story.advance(world, done, f"Stage {number}", number)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A workspace whose first case may be run for stage 1: it changes nothing."""
    made = story.new(tmp_path / "m")
    case = made.harness / "cases" / "first-case" / "case.yaml"
    case.write_text(case.read_text().replace("mode: copied-fixture", "mode: none"))
    return made


def test_stages_are_earned_in_order_and_the_check_is_silent(world: World) -> None:
    assert shown(world) == ["candidate"] * 6
    earn(world, 1)
    assert shown(world) == ["validated"] + ["candidate"] * 5
    earn(world, 2)
    assert shown(world) == ["validated"] * 2 + ["candidate"] * 4
    board = yaml.safe_load((world.root / "WORKBOARD.yaml").read_text())
    assert [each["stage"] for each in board["stages"]] == [1, 2]
    assert [line for line in world.check() if "SOT8" in line] == []


def test_no_stage_is_skipped(world: World) -> None:
    done = story.perform(world, story.answer(world, story.ask(world)))
    story.accept(world, done, "Stage 2")
    with pytest.raises(Refused) as refused:
        story.advance(world, done, "Stage 2", 2)
    assert str(refused.value) == (
        "`Stage 2` is not advanced: what comes first is not validated: `Stage 1` is `candidate`"
    )


def test_a_stage_is_evidence_for_itself_only(world: World) -> None:
    earn(world, 1)
    done = story.perform(world, story.answer(world, story.ask(world)))
    story.accept(world, done, "Stage 3")
    with pytest.raises(Refused, match="the run is evidence for stage 2, not for stage 3"):
        story.advance(world, done, "Stage 3", 3)


def test_an_acceptance_for_an_item_is_none_for_a_stage(world: World) -> None:
    earn(world, 1)
    done = story.perform(world, story.answer(world, story.ask(world)))
    story.accept(world, done)
    with pytest.raises(Refused, match="nobody accepted this evidence"):
        story.advance(world, done, "Stage 2", 2)


def test_a_rejected_result_advances_nothing(world: World) -> None:
    done = story.perform(world, story.answer(world, story.ask(world)))
    story.accept(world, done, decision="denied")
    with pytest.raises(Refused, match="nobody accepted this evidence"):
        story.advance(world, done)
    with pytest.raises(Refused, match="a denial is terminal"):
        story.accept(world, done)


def test_a_blocked_run_validates_no_item(world: World) -> None:
    done = story.perform(world, None)
    story.accept(world, done)
    with pytest.raises(Refused, match="a person had to approve this run, and it used no approval"):
        story.advance(world, done)


def test_no_rung_widens_what_an_earlier_one_allowed() -> None:
    """Written apart from the table (GATE-04, AUTH-12)."""
    assert [each.number for each in LADDER] == [1, 2, 3, 4, 5, 6]
    assert stage_of("none", 0) == 1
    assert stage_of("copied-fixture", 0) == 2
    assert stage_of("copied-fixture", 3) == 3
    for mode, stage in (("copied-fixture", 4), ("none", 2), ("sandbox-repo", 5), ("other", 1)):
        with pytest.raises(Refused, match=f"mode `{mode}` belongs to stage"):
            stage_of(mode, stage)
    for number in (0, 7, -1):
        with pytest.raises(Refused, match="is not on the ladder; its stages are 1 to 6"):
            rung(number)


def test_the_command_shows_what_is_missing_and_what_comes_next(world: World) -> None:
    out = sot(world.root, "ladder").out
    assert "stage 1  candidate  gated engine: none" in out
    assert "missing   a sealed run for stage 1 that ended with `blocked`" in out
    assert out.splitlines()[-1] == (
        "next: stage 1: sot run CASE --engine ENGINE, which its gate must block"
    )
    earn(world, 1)
    out = sot(world.root, "ladder", "--json").out
    assert json.loads(out)["runtime_default_activation"] is False
    found = json.loads(out)["stages"]
    assert [each["status"] for each in found][:2] == ["validated", "candidate"]
    assert found[2]["missing"] == "stage 2 is not validated"


def test_a_run_of_stage_three_names_its_source_on_the_command_line(
    world: World, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "answer.txt").write_text("41\n")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        who = ["-c", "user.name=jp", "-c", "user.email=jp@localhost"]
        subprocess.run(["git", "-C", str(source), *who, *arguments], check=True)
    places = {
        "SOT_RUNS_DIR": str(world.runs),
        "SOT_KEYS_DIR": str(world.keys),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    options = ["--stage", "3", "--source", str(source)]
    assert sot(world.root, "request", story.ITEM, *options, **places).code == 0
    assert sot(world.root, "packet", story.ITEM, *options, **places).code == 0
    said = ["--sentence", story.SENTENCE, *options]
    done = sot(world.root, "approve", story.ITEM, *said, **places)
    assert done.code == 0, done.err
    approval = next((world.root / ".sot/approvals").glob("*.json"))
    done = sot(world.root, "run", story.CASE, *options, "--approval", str(approval), **places)
    assert done.code == 0, done.out + done.err
    proof = next(world.runs.glob("*/stage3-copied-repo-proof.json"))
    assert json.loads(proof.read_bytes())["source_repository_mutated"] is False
    alone = sot(world.root, "run", story.CASE, "--stage", "3", **places)
    assert alone.err == "sot: stage 3 copies a repository; name it with --source\n"
    assert alone.code == 2
