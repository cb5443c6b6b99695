"""Whatever dies or fails on the way, nothing is called validated that was not earned.

A child process runs into a fault at its n-th call that changes the disk: it is killed there, or the
call fails. What it leaves behind must hold the invariant, and asking again must work.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sot_tools.errors import Refused, SotError
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import ledger
from sot_tools.project import trail
from tests.authority import story
from tests.authority.figures import figure
from tests.authority.story import World
from tests.runs import harness

STRIDE = int(os.environ.get("SOT_FAULT_STRIDE", "9"))
"""Every n-th place is tried; 1 tries all."""
CALLS = ("write", "pwrite", "fsync", "ftruncate", "link", "replace", "rename", "mkdir")
KINDS = ("kill", "EIO", "ENOSPC")


def interrupted(work: Callable[[], Any], kind: str, number: int) -> int:
    """Run `work` in a child that meets a fault at its n-th call; returns how many calls it made."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(work, kind, number, writing)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    made = os.read(reading, 64)
    os.close(reading)
    if not os.WIFSIGNALED(status):
        code = os.waitstatus_to_exitcode(status)
        assert code == 0, f"{kind} at call {number}: exit code {code}"
    return int(made or b"0")


def _child(work: Callable[[], Any], kind: str, number: int, report: int) -> None:
    real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in CALLS}
    me, count = os.getpid(), itertools.count(1)
    last = [0]

    def faulty(name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if os.getpid() == me:
                last[0] = next(count)
                if last[0] == number:
                    if kind == "kill":
                        os.kill(me, signal.SIGKILL)
                    code = getattr(errno, kind)
                    raise OSError(code, os.strerror(code))
            return real[name](*given, **named)

        return call

    code = 70
    try:
        for name in CALLS:
            setattr(os, name, faulty(name))
        work()
        code = 0
    except (Refused, SotError):
        code = 0  # an expected failure that says what is wrong
    except BaseException:
        traceback.print_exc()
    finally:
        real["write"](report, str(last[0]).encode())
        os._exit(code)


def places(work: Callable[[World], Any], made: World, folder: Path) -> Iterator[tuple[str, int]]:
    """Every fault to try: its kind, and the number of the call."""
    total = interrupted(lambda: work(made.copied(folder / "count")), "kill", 0)
    assert total > 10
    tried = itertools.product(KINDS, range(1, total + 1))
    return itertools.islice(tried, 0, None, STRIDE)


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
        earned = trail.read(world.root, world.runs).advanced[story.ITEM]
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


def test_a_run_that_is_hit_anywhere_starts_no_engine_on_an_unused_approval(
    approved: tuple[World, Path], tmp_path: Path
) -> None:
    made, approval = approved

    def work(world: World) -> None:
        story.perform(world, world.root / approval)

    for number, (kind, place) in enumerate(places(work, made, tmp_path), 1):  # noqa: B007
        world = made.copied(tmp_path / "again")
        interrupted(lambda world=world: work(world), kind, place)  # type: ignore[misc]
        holds(world)
        work(world)
        holds(world)
        shutil.rmtree(world.root.parent)
    figure("faults in a run: start, use, seal", f"{number} (kill, EIO, ENOSPC): 0 broken")


def test_an_advance_that_is_hit_anywhere_breaks_nothing_and_goes_on_when_asked_again(
    accepted: tuple[World, str], tmp_path: Path
) -> None:
    made, run = accepted

    def work(world: World) -> None:
        wish = story.Wish(story.ITEM, 0, world.runs / run, world.harness)
        story.advances.advance(world.desk(), wish)

    for number, (kind, place) in enumerate(places(work, made, tmp_path), 1):  # noqa: B007
        world = made.copied(tmp_path / "again")
        interrupted(lambda world=world: work(world), kind, place)  # type: ignore[misc]
        holds(world)
        work(world)
        holds(world)
        story.finish_plan(world)
        assert world.check() == [], (kind, place)
        shutil.rmtree(world.root.parent)
    figure("faults in an advance and its closeout", f"{number} (kill, EIO, ENOSPC): 0 broken")


def test_the_same_faults_in_a_run_without_approvals_leave_readable_runs(tmp_path: Path) -> None:
    """The harness of these tests itself: a fault really reaches the child."""
    root = harness.case(tmp_path / "harness")
    calls = interrupted(lambda: harness.perform(root, tmp_path / "runs"), "kill", 5)
    assert calls == 0, "a killed child says nothing"
    calls = interrupted(lambda: harness.perform(root, tmp_path / "runs"), "kill", 0)
    assert calls > 10
