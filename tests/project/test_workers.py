"""Two processes find what one finds, in the same order, also where one of them dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sot_tools.project import settings
from sot_tools.project.examination import Examined, examine
from sot_tools.project.snapshot import Snapshot
from sot_tools.project.workers import together
from sot_tools.rules.plan import Plan
from tests.workspaces import begin, write

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


class Work:
    """The documents of a workspace with something to find in each."""

    def __init__(self, root: Path) -> None:
        for number in range(40):
            status = "drawn" if number % 3 else "draft"
            text = (
                f"---\nname: x\nstatus: {status}\n---\n# T {number}\n\nWORK-{number:03d} \ud7ff\n"
            )
            mark = "\n<!-- sot: ignore-file SOT203 -- soon -->\n" if number % 5 == 0 else ""
            write(root, f".sot/plans/P{number}-PRD.md", text + mark)
        write(root, ".sot/plans/S-PRD.md", "# S\n\napi_key = sk-live-4f9aK2mQ8zR1tV6bX3cN7w\n")
        write(root, ".sot/plans/B-PRD.md", b"\xff\x00")
        read = settings.read(root, None)
        self.snapshot = Snapshot(read, {})
        self.plan = Plan(list(read.rules), read.scene)
        self.paths = list(self.snapshot.entries)

    def alone(self, paths: Sequence[str]) -> Iterator[Examined]:
        return examine(self.snapshot, self.plan, paths, True, True)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(begin(tmp_path / "demo"))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 46])
def test_two_find_what_one_finds(count: int, work: Work) -> None:
    paths = work.paths[:count]
    assert list(together(work.alone, paths)) == list(work.alone(paths))


def test_what_a_process_that_dies_leaves_out_is_done_by_the_other(work: Work) -> None:
    here = os.getpid()

    def mortal(paths: Sequence[str]) -> Iterator[Examined]:
        for number, each in enumerate(work.alone(paths)):
            if os.getpid() != here and number == 7:
                os.kill(os.getpid(), signal.SIGKILL)
            yield each

    assert list(together(mortal, work.paths)) == list(work.alone(work.paths))


def test_an_error_in_the_other_process_is_met_here(work: Work) -> None:
    """The seventh document is the other's; what it leaves out is done here, error and all."""

    def failing(paths: Sequence[str]) -> Iterator[Examined]:
        for each in work.alone(paths):
            if each.facts.path == work.paths[7]:
                raise ValueError("broken")
            yield each

    with pytest.raises(ValueError, match="broken"):
        list(together(failing, work.paths))


@pytest.mark.parametrize("room", [0, 1_000, 30_000])
def test_what_the_disk_has_no_room_for_is_examined_again(room: int, work: Work) -> None:
    """The room is that of both processes; the file of a process may end within a line."""
    import resource

    expected = list(work.alone(work.paths))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        found = list(together(work.alone, work.paths))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert found == expected
