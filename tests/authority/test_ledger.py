"""The ledger: nothing can be changed, put in, taken out or swapped, and writers share it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot_tools.authority import records
from sot_tools.authority.records import Wanted
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import ledger
from sot_tools.evidence.ledger import KINDS, LIMIT, ROOT, Ledger
from sot_tools.runs import wire
from tests.authority import story
from tests.authority.figures import figure
from tests.cli.command import sot

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
ABOUT = st.dictionaries(TEXTS.filter(bool), st.one_of(TEXTS, st.integers(0, 99)), max_size=4)
NOTES = st.lists(st.tuples(st.sampled_from(KINDS), ABOUT), min_size=1, max_size=8)


def chained(notes: list[tuple[str, dict[str, Any]]]) -> bytes:
    """The file of some entries."""
    made, head = [], ROOT
    for number, (kind, about) in enumerate(notes, 1):
        line = ledger.line(number, head, kind, "2026-06-01T00:00:00.000000Z", about)
        head = line[-67:-3].decode()
        made.append(line)
    return b"".join(made)


@given(NOTES)
def test_what_is_written_is_read(notes: list[tuple[str, dict[str, Any]]]) -> None:
    found = ledger.read(chained(notes))
    assert found.faults == ()
    assert [(each.kind, dict(each.about)) for each in found.of()] == notes
    assert found.knows(found.head)


@given(NOTES, st.data())
def test_every_changed_byte_breaks_the_chain(notes: Any, data: st.DataObject) -> None:
    content = chained(notes)
    place = data.draw(st.integers(0, len(content) - 1))
    other = content[place] ^ data.draw(st.integers(1, 255))
    found = ledger.read(content[:place] + bytes([other]) + content[place + 1 :])
    assert found.faults


@given(NOTES, st.data())
def test_lines_that_are_removed_swapped_or_repeated_break_the_chain(
    notes: Any, data: st.DataObject
) -> None:
    lines = chained(notes).splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.integers(0, len(lines) - 1))
    variants = [lines[:place] + lines[place + 1 :], [*lines[: place + 1], *lines[place:]]]
    swapped = list(lines)
    swapped[place], swapped[other] = swapped[other], swapped[place]
    variants.append(swapped)
    for variant in variants:
        whole = b"".join(variant)
        if lines[: len(variant)] == variant:
            assert ledger.read(whole).head != ledger.read(chained(notes)).head or place == other
        else:
            assert ledger.read(whole).faults


@given(st.binary(max_size=300))
def test_reading_never_fails(content: bytes) -> None:
    assert isinstance(ledger.read(content), Ledger)


@given(NOTES, st.integers(1, 400))
def test_a_torn_last_line_is_dropped_and_the_next_entry_takes_its_place(
    tmp_path_factory: pytest.TempPathFactory, notes: Any, kept: int
) -> None:
    root = tmp_path_factory.mktemp("torn")
    (root / ".sot").mkdir()
    whole = chained(notes)
    line = ledger.line(len(notes) + 1, ledger.read(whole).head, "run.sealed", "x", {"a": "b"})
    kept = min(kept, len(line) - 1)
    (root / ledger.FILE).write_bytes(whole + line[:kept])
    ledger.append(root, time.time_ns, lambda _: [("run.started", {"run_id": "new"})])
    found = ledger.load(root)
    assert found.faults == ()
    assert found.torn == b""
    survived = len(notes) + (1 if kept == len(line) - 1 else 0)
    assert len(found.lines) == survived + 1
    assert found.of("run.started")[-1].text("run_id") == "new"


def test_nothing_is_added_to_a_broken_ledger(tmp_path: Path) -> None:
    (tmp_path / ".sot").mkdir()
    path = tmp_path / ledger.FILE
    path.write_bytes(chained([("run.started", {"a": "b"})] * 3).replace(b'"b"', b'"c"', 1))
    before = path.read_bytes()
    with pytest.raises(SotError) as error:
        ledger.append(tmp_path, time.time_ns, lambda _: [("run.started", {})])
    assert str(error.value) == (
        ".sot/ledger.jsonl: line 1 is not what was written: its content has another digest; "
        "`sot ledger verify` tells more"
    )
    assert path.read_bytes() == before


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / ".sot").mkdir()
    children = []
    for writer in range(8):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for number in range(10):
                    about = {"run_id": f"{writer}-{number}"}
                    ledger.append(
                        tmp_path, time.time_ns, lambda _, about=about: [("run.started", about)]
                    )
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8
    found = ledger.load(tmp_path)
    assert found.faults == ()
    assert {each.text("run_id") for each in found.of()} == {
        f"{writer}-{number}" for writer in range(8) for number in range(10)
    }


@pytest.mark.slow
def test_ten_thousand_entries_are_verified_in_fifty_milliseconds() -> None:
    about = {"run_id": "20260601T000000Z-approved-case-1", "nonce": "0" * 32, "item": "WORK-001"}
    content = chained([("run.started", about)] * 10_000)
    assert len(content) < LIMIT
    took = []
    for _ in range(7):
        began = time.process_time()
        assert ledger.read(content).faults == ()
        took.append(time.process_time() - began)
    assert min(took) <= 0.05, took
    shown = f"{min(took) * 1000:.0f} ms of processor time, best of {len(took)}"
    figure("a ledger of 10,000 entries verified", shown)


def test_every_kind_of_entry_that_the_story_writes_has_the_shape_of_its_schema(
    tmp_path: Path,
) -> None:
    from tests.authority import story

    told = story.told(tmp_path / "m")
    lines = (told.world.root / ledger.FILE).read_bytes().splitlines()
    for line in lines:
        assert wire.fault("ledger-entry", json.loads(line)) == ""
    broken = {**json.loads(lines[0]), "kind": "something.else"}
    assert wire.fault("ledger-entry", broken)


def branches(root: Path) -> tuple[Path, Path]:
    """Two copies of a ledger that both go on."""
    made = []
    for name in ("ours", "theirs"):
        (root / name / ".sot").mkdir(parents=True)
        (root / name / ledger.FILE).write_bytes(chained([("run.started", {"run_id": "first"})]))
        made.append(root / name)
    return made[0], made[1]


def note(root: Path, kind: str, **about: str) -> None:
    ledger.append(root, time.time_ns, lambda _: [(kind, about)])


def test_a_merge_adds_what_is_missing_and_keeps_every_pinned_head(tmp_path: Path) -> None:
    ours, theirs = branches(tmp_path)
    note(ours, "run.started", run_id="mine")
    note(theirs, "run.started", run_id="theirs")
    note(theirs, "run.sealed", run_id="theirs")
    head = ledger.load(theirs).head
    content = (theirs / ledger.FILE).read_bytes()
    assert len(ledger.merge(ours, time.time_ns, content)) == 2
    found = ledger.load(ours)
    assert found.faults == ()
    assert [each.text("run_id") for each in found.of()] == ["first", "mine", "theirs", "theirs"]
    assert found.knows(head)
    assert ledger.merge(ours, time.time_ns, content) == []


def test_a_merge_of_two_uses_of_one_approval_is_refused(tmp_path: Path) -> None:
    for kind, about in (
        ("approval.consumed", {"approval": "a" * 64}),
        ("status.advanced", {"subject": "WORK-001"}),
        ("key.added", {"name": "jp"}),
    ):
        ours, theirs = branches(tmp_path / kind)
        note(ours, kind, **about, run_id="one")
        note(theirs, kind, **about, run_id="two")
        before = (ours / ledger.FILE).read_bytes()
        with pytest.raises(Refused, match="both ledgers have"):
            ledger.merge(ours, time.time_ns, (theirs / ledger.FILE).read_bytes())
        assert (ours / ledger.FILE).read_bytes() == before


def test_a_merge_with_a_broken_ledger_is_refused(tmp_path: Path) -> None:
    ours, theirs = branches(tmp_path)
    content = (theirs / ledger.FILE).read_bytes().replace(b"first", b"other")
    with pytest.raises(Refused, match="the other ledger is broken: line 1 is not what was written"):
        ledger.merge(ours, time.time_ns, content)


def test_what_was_written_before_a_merge_is_what_the_evidence_says_after_it(
    tmp_path: Path,
) -> None:
    """Another branch approved and ran meanwhile; ours is taken into its ledger, a day later."""
    told = story.told(tmp_path / "m")
    other = told.world.copied(tmp_path / "other")
    path = other.root / ledger.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0])  # the branches part after the first key
    note(other.root, "run.started", run_id="theirs")
    tomorrow = time.time_ns() + 86_400 * 10**9
    ledger.merge(other.root, lambda: tomorrow, (told.world.root / ledger.FILE).read_bytes())
    entry = ledger.load(other.root).of("status.advanced")[0]
    assert entry.at > entry.written.at == told.entry.at
    assert (entry.number, entry.written.number) == (told.entry.number + 1, told.entry.number)
    closeout = ".sot/plans/WORK-001-CLOSEOUT.md"
    assert records.compare(other.desk(), Wanted("closeout", story.ITEM, other.runs)) == closeout
    assert story.advance(other, told.done).number == entry.number
    assert other.check() == []
    again = tmp_path / "again"
    (again / ".sot").mkdir(parents=True)
    ledger.merge(again, time.time_ns, path.read_bytes())
    assert ledger.load(again).of("status.advanced")[0].written == entry.written


def test_a_trial_is_a_run_that_the_ledger_does_not_hear_of(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    before = (world.root / ledger.FILE).read_bytes()
    found = sot(world.root, "run", "first-case", "--no-ledger", SOT_RUNS_DIR=str(world.runs))
    assert found.code == 0, found.err
    assert (world.root / ledger.FILE).read_bytes() == before
    run_id = next(world.runs.glob("*-first-case-*")).name
    found = sot(
        world.root,
        "advance",
        "WORK-001",
        "--evidence",
        run_id,
        SOT_RUNS_DIR=str(world.runs),
        SOT_KEYS_DIR=str(world.keys),
    )
    assert found.code == 1
    assert found.err == f"sot: the ledger does not know that {run_id} began\n"
    refused = sot(world.root, "run", "first-case", "--no-ledger", "--approval", "a.json")
    assert refused.code == 2
    assert "--no-ledger is for a case on its fixture, without approval and stage" in refused.err
