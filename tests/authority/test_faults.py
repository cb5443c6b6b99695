"""Whatever dies or fails on the way, nothing is called validated that was not earned.

What a child leaves behind that met a fault must hold the invariant, and asking again must work.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml

from sot_tools.authority import keep, records
from sot_tools.authority.advance import Wish
from sot_tools.authority.records import Wanted
from sot_tools.cli.main import sot
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import ledger
from sot_tools.project import trail
from sot_tools.source import Folder
from tests.authority import story
from tests.authority.faulty import HALVES, KINDS, NONE, Fault, faults, interrupted
from tests.authority.figures import figure
from tests.authority.story import World
from tests.runs import harness

STRIDE = int(os.environ.get("SOT_FAULT_STRIDE", "41"))
"""Every n-th fault is tried; 1 tries all."""


def tried(work: Callable[[World], Any], made: World, folder: Path) -> Iterator[tuple[Fault, World]]:
    """Every fault to try, and the world that it left."""
    calls = interrupted(lambda: work(made.copied(folder / "count")), NONE)
    assert len(calls) > 10
    for fault in itertools.islice(faults(calls), 0, None, STRIDE):
        world = made.copied(folder / "again")
        interrupted(lambda world=world: work(world), fault)  # type: ignore[misc]
        holds(world)
        yield fault, world
        shutil.rmtree(world.root.parent)


def holds(world: World) -> None:
    """Validated ⇒ verified evidence, an entry of the ledger and a used approval; JSON parses."""
    for folder in (world.root / ".sot", world.used):
        for path in folder.rglob("*.json"):
            json.loads(path.read_bytes())
    known = ledger.load(world.root)
    assert known.faults == ()
    board = yaml.safe_load((world.root / "WORKBOARD.yaml").read_bytes())
    used = [
        each.text("run_id") for each in known.of(approvals.CONSUMED) if not each.text("subject")
    ]
    if board["items"][0]["status"] == "validated":
        earned = trail.read(Folder(world.root), world.runs).advanced[story.ITEM]
        assert (earned.fault, earned.absent, earned.status) == ("", False, "validated")
        assert earned.run in used
    for run in world.runs.glob("*/backend"):
        assert run.parent.name in used, "an engine started on an approval that is not used up"
    assert len(used) <= 1


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    world = story.new(tmp_path_factory.mktemp("approved") / "m")
    return world, story.answer(world, story.ask(world)).relative_to(world.root)


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    world = story.new(tmp_path_factory.mktemp("accepted") / "m")
    done = story.perform(world, story.answer(world, story.ask(world)))
    story.accept(world, done)
    return world, done.run_id


@pytest.fixture
def advanced(accepted: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    """A world whose item was advanced, with nothing left to report."""
    made, run = accepted
    world = made.copied(tmp_path / "advanced")
    story.advances.advance(world.desk(), wish(world, run))
    story.finish_plan(world)
    return world, run


def wish(world: World, run: str) -> Wish:
    return Wish(story.ITEM, 0, world.runs / run, world.harness)


def test_a_run_that_is_hit_anywhere_starts_no_engine_on_an_unused_approval(
    approved: tuple[World, Path], tmp_path: Path
) -> None:
    made, approval = approved

    def work(world: World) -> None:
        story.perform(world, world.root / approval)

    for number, (_, world) in enumerate(tried(work, made, tmp_path), 1):  # noqa: B007
        work(world)
        holds(world)
    figure("faults in a run: start, use, seal", told(number))


def test_an_advance_that_is_hit_anywhere_breaks_nothing_and_goes_on_when_asked_again(
    accepted: tuple[World, str], tmp_path: Path
) -> None:
    made, run = accepted

    def work(world: World) -> None:
        story.advances.advance(world.desk(), wish(world, run))

    for number, (fault, world) in enumerate(tried(work, made, tmp_path), 1):  # noqa: B007
        work(world)
        holds(world)
        story.finish_plan(world)
        assert world.check() == [], fault
    figure("faults in an advance and its closeout", told(number))


def test_a_closeout_that_is_hit_anywhere_is_whole_or_missing_and_can_be_asked_for_again(
    advanced: tuple[World, str], tmp_path: Path
) -> None:
    made, _ = advanced
    page = ".sot/plans/WORK-001-CLOSEOUT.md"
    content = (made.root / page).read_bytes()
    (made.root / page).unlink()

    def work(world: World) -> None:
        records.write(world.desk(), Wanted("closeout", story.ITEM, world.runs))

    for number, (fault, world) in enumerate(tried(work, made, tmp_path), 1):  # noqa: B007
        path = world.root / page
        assert not path.exists() or path.read_bytes() == content, fault
        work(world)
        assert path.read_bytes() == content
        assert world.check() == [], fault
    figure("faults in a closeout that is written again", told(number))


def test_a_run_that_is_kept_and_hit_anywhere_is_kept_whole_when_asked_again(
    advanced: tuple[World, str], tmp_path: Path
) -> None:
    made, run = advanced

    def work(world: World) -> None:
        keep.keep(world.desk(), world.runs / run)

    for number, (fault, world) in enumerate(tried(work, made, tmp_path), 1):  # noqa: B007
        work(world)
        shutil.rmtree(world.runs / run)
        assert world.check() == [], fault
    figure("faults in keeping a run", told(number))


def test_a_work_tree_that_cannot_be_removed_is_told_and_changes_no_verdict(
    approved: tuple[World, Path], tmp_path: Path
) -> None:
    made, approval = approved

    def command(world: World, said: io.StringIO) -> int:
        places = ["--root", str(world.root), "--runs-dir", str(world.runs)]
        given = ["run", story.CASE, "--approval", str(world.root / approval), *places]
        with redirect_stderr(said), redirect_stdout(io.StringIO()):
            os.environ["XDG_STATE_HOME"] = str(world.root.parent / "state")
            return int(sot.main(given, standalone_mode=False))

    calls = interrupted(lambda: command(made.copied(tmp_path / "count"), io.StringIO()), NONE)
    world = made.copied(tmp_path / "again")

    def work() -> None:
        said = io.StringIO()
        assert command(world, said) == 0
        (run,) = world.runs.glob("*/manifest.json")
        assert said.getvalue() == (
            f"sot: work tree {world.runs}/.work/{run.parent.name}: Input/output error; "
            "remove it, or the next run tries again\n"
        )

    last = calls.count("rmdir") - 1  # one more removes the command's own temporary folder
    interrupted(work, Fault("EIO", last, "rmdir"))
    holds(world)
    assert ledger.load(world.root).of("run.sealed")[0].text("status") == "pass"


def told(number: int) -> str:
    """The words of a figure."""
    return f"{number} (kill, torn write, full disk, EIO, ENOSPC): 0 broken"


def test_a_fault_really_reaches_the_child(tmp_path: Path) -> None:
    """The harness of these tests itself."""
    root = harness.case(tmp_path / "harness")

    def work() -> None:
        harness.perform(root, tmp_path / "runs")

    assert interrupted(work, Fault("kill", 5)) == [], "a killed child says nothing"
    calls = interrupted(work, NONE)
    assert {"write", "pwrite", "fsync", "open", "mkdir", "unlink", "rmdir"} <= set(calls)
    assert [each.kind for each in faults(["fsync", "write"])] == [*KINDS, *KINDS, *HALVES]
