"""From a request to a validated item: everything is there, and nothing else was touched."""

from __future__ import annotations

from pathlib import Path

import yaml

from sot_tools.evidence import authority, ledger
from tests.authority import story


def test_an_approved_run_that_a_person_accepted_validates_its_item_and_the_check_is_silent(
    tmp_path: Path,
) -> None:
    told = story.told(tmp_path / "m")
    assert told.done.report["status"] == "pass"
    assert told.world.check() == []
    board = yaml.safe_load((told.world.root / "WORKBOARD.yaml").read_text())
    assert board["items"][0]["status"] == "validated"
    assert board["items"][0]["evidence"] == [
        {"run": told.done.run_id, "digest": f"sha256:{told.done.manifest_digest}"}
    ]
    assert board["ledger_head"] == f"sha256:{ledger.load(told.world.root).head}"


def test_the_ledger_tells_the_story_in_order(tmp_path: Path) -> None:
    told = story.told(tmp_path / "m")
    assert [entry.kind for entry in ledger.load(told.world.root).of()] == [
        "key.added",
        "document.recorded",
        "document.recorded",
        "approval.granted",
        "run.started",
        "approval.consumed",
        "run.sealed",
        "approval.granted",
        "approval.consumed",
        "status.advanced",
        "closeout.written",
    ]


def test_every_byte_of_the_board_outside_the_three_values_stays(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    board = world.root / "WORKBOARD.yaml"
    board.write_text("# ours\n" + board.read_text().replace("title:", "title:   ") + "# the end\n")
    before = board.read_text()
    done = story.perform(world, story.answer(world, story.ask(world)))
    story.accept(world, done)
    story.advance(world, done)
    digest = f"sha256:{done.manifest_digest}"
    head = f"ledger_head: sha256:{ledger.load(world.root).head}\n"
    evidence = f"evidence:\n      - run: {done.run_id}\n        digest: {digest}\n"
    expected = before.replace("status: candidate", "status: validated")
    expected = expected.replace("evidence: []\n", evidence).replace(
        "version: 1\n", f"version: 1\n{head}"
    )
    assert board.read_text() == expected


def test_advancing_again_changes_nothing_but_what_is_missing(tmp_path: Path) -> None:
    told = story.told(tmp_path / "m")
    root = told.world.root
    board, entries = (root / "WORKBOARD.yaml").read_bytes(), ledger.load(root).lines
    assert story.advance(told.world, told.done) == told.entry
    assert ledger.load(root).lines == entries
    assert (root / "WORKBOARD.yaml").read_bytes() == board


def test_the_key_in_the_workspace_is_public_and_the_private_one_is_elsewhere(
    tmp_path: Path,
) -> None:
    world = story.new(tmp_path / "m")
    trusted = authority.load(world.root).trust.named("jp")
    assert trusted is not None
    private = (world.keys / "jp.pem").read_bytes()
    assert oct((world.keys / "jp.pem").stat().st_mode & 0o777) == "0o600"
    for path in world.root.rglob("*"):
        assert not path.is_file() or private[30:60] not in path.read_bytes()
