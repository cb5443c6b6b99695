"""The warden ends what a job started, whatever it does, and tells how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sot_tools.engines.mounts import Mount
from sot_tools.engines.supervise import Ending, Job, Warden

ESCAPE = {"leave": [{"ignore": "SIGTERM"}, {"ignore": "SIGHUP"}, {"sleep": 600}]}


@pytest.fixture
def warden() -> Iterator[Warden]:
    made = Warden()
    yield made
    made.close()


class Jobs:
    """Runs jobs in one folder and keeps their output apart."""

    def __init__(self, warden: Warden, folder: Path) -> None:
        self.warden, self.folder, self.number = warden, folder, 0

    def run(self, *play: Any, stop: bool = False, **differs: Any) -> tuple[Ending, bytes, bytes]:
        self.number += 1
        out, err = self.folder / f"{self.number}.out", self.folder / f"{self.number}.err"
        job = Job(
            (), play, str(self.folder), {"PATH": os.environ["PATH"]}, self.folder, 30, 0.2, 1000
        )
        ending = self.warden.run(job._replace(**differs), out, err, lambda: stop)
        return ending, out.read_bytes(), err.read_bytes()


@pytest.fixture
def jobs(warden: Warden, tmp_path: Path) -> Jobs:
    return Jobs(warden, tmp_path)


def marked(mark: str) -> list[int]:
    """The processes that carry a mark in their environment or arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if mark.encode() in text and state != "Z":
                found.append(int(entry.name))
    return found


def test_a_job_that_ends_gives_its_exit_code_and_both_streams(jobs: Jobs) -> None:
    ending, out, err = jobs.run(argv=("sh", "-c", "echo one; echo two >&2; exit 7"))
    assert (ending.outcome, ending.exit_code, ending.signal) == ("exited", 7, None)
    assert (out, err) == (b"one\n", b"two\n")


def test_a_signal_is_told_apart_from_an_exit_code(jobs: Jobs) -> None:
    ending, _, _ = jobs.run(argv=("sh", "-c", "kill -SEGV $$"))
    assert (ending.exit_code, ending.signal) == (None, signal.SIGSEGV)


def test_a_program_that_is_missing_never_starts(jobs: Jobs) -> None:
    ending, _, _ = jobs.run(argv=("no-such-program",))
    assert ending.outcome == "unstartable"
    assert "No such file" in ending.error


def test_a_process_that_left_the_session_is_swept_after_a_normal_end(jobs: Jobs) -> None:
    mark = f"MARK_{os.getpid()}_left"
    ending, _, _ = jobs.run(
        argv=("sh", "-c", f"{mark}=1 setsid sh -c 'trap \"\" TERM; {mark}=1 sleep 600' & exit 0")
    )
    assert (ending.outcome, ending.left) == ("exited", 0)
    assert marked(mark) == []


def test_a_play_that_ignores_signals_and_leaves_processes_is_swept_at_its_limit(jobs: Jobs) -> None:
    mark = f"MARK_{os.getpid()}_hang"
    ending, _, _ = jobs.run(
        {"ignore": "SIGTERM"},
        ESCAPE,
        ESCAPE,
        {"sleep": 600},
        environment={"PATH": os.environ["PATH"], mark: "1"},
        timeout=0.3,
    )
    assert (ending.outcome, ending.signal, ending.left) == ("timeout", signal.SIGKILL, 0)
    assert ending.swept >= 2
    assert marked(mark) == []


def test_a_request_to_stop_ends_the_job(jobs: Jobs) -> None:
    ending, _, _ = jobs.run({"sleep": 600}, stop=True)
    assert (ending.outcome, ending.left) == ("stopped", 0)


def test_output_beyond_the_limit_is_counted_and_dropped_and_never_blocks_the_job(
    jobs: Jobs,
) -> None:
    ending, out, _ = jobs.run({"print": "x" * 100_000}, {"exit": 0}, limit=1000)
    assert (len(out), ending.dropped, ending.exit_code) == (1000, 99_000, 0)


def test_output_that_is_no_text_survives_as_bytes(jobs: Jobs) -> None:
    _, out, _ = jobs.run(argv=("printf", r"\377\000\376"))
    assert out == b"\xff\x00\xfe"


def test_a_job_sees_no_environment_but_its_own_and_reads_nothing(jobs: Jobs) -> None:
    environment = {"PATH": os.environ["PATH"], "ONLY": "this"}
    _, out, _ = jobs.run(argv=("sh", "-c", "env; cat"), environment=environment)
    names = {line.split(b"=")[0] for line in out.splitlines()}
    assert names - {b"PWD", b"OLDPWD", b"SHLVL", b"_"} == {b"PATH", b"ONLY"}


def test_what_a_play_runs_sees_the_environment_of_the_job_and_no_other(jobs: Jobs) -> None:
    environment = {"PATH": os.environ["PATH"], "TMPDIR": "here"}
    _, out, _ = jobs.run({"run": ["sh", "-c", "env"]}, environment=environment)
    names = {line.split(b"=")[0] for line in out.splitlines()}
    assert names - {b"PWD", b"OLDPWD", b"SHLVL", b"_"} == {b"PATH", b"TMPDIR"}


def test_a_job_has_no_open_files_of_the_harness(jobs: Jobs) -> None:
    _, out, _ = jobs.run(argv=("sh", "-c", "ls /proc/$$/fd"))
    assert set(out.split()) <= {b"0", b"1", b"2", b"10"}  # dash keeps its script at 10


def test_one_warden_does_many_jobs_and_keeps_no_files(jobs: Jobs, warden: Warden) -> None:
    for _ in range(30):
        assert jobs.run({"say": {"event": "done"}})[0].exit_code == 0
    assert warden._plain._process is not None
    handles = list(Path(f"/proc/{warden._plain._process.pid}/fd").iterdir())
    assert len(handles) < 12


def test_a_warden_that_is_killed_is_reported_and_replaced(jobs: Jobs, warden: Warden) -> None:
    jobs.run({"exit": 0})
    assert warden._plain._process is not None
    os.kill(warden._plain._process.pid, signal.SIGKILL)
    warden._plain._process.wait()
    assert jobs.run({"exit": 0})[0].outcome == "lost"
    assert jobs.run({"exit": 0})[0].outcome == "exited"


def test_nothing_is_left_when_the_harness_is_killed(tmp_path: Path) -> None:
    mark = f"MARK_{os.getpid()}_killed"
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from sot_tools.engines.supervise import Job, Warden
        play = ({{"ignore": "SIGTERM"}}, {ESCAPE!r}, {{"say": {{"event": "plan"}}}}, {{"sleep": 600}})
        here = Path({str(tmp_path)!r})
        job = Job((), play, "", {{"{mark}": "1"}}, here, 600, 1, 1000)
        Warden().run(job, here / "out", here / "err", lambda: False)
        """
    )
    harness = subprocess.Popen([sys.executable, "-c", script])
    out = tmp_path / "out"
    while not (out.exists() and out.read_bytes()):
        assert harness.poll() is None
        time.sleep(0.01)
    assert marked(mark)
    harness.kill()
    harness.wait()
    deadline = time.monotonic() + 20
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert marked(mark) == []


def test_an_overlay_that_cannot_be_mounted_starts_nothing(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    wanted = Mount(*(str(tmp_path / each) for each in ("here", "nowhere", "here", "here")))
    write = {"write": {"to": "made", "text": "1"}}
    ending, out, err = jobs.run(write, mount=wanted)
    assert (ending.outcome, ending.exit_code, out, err) == ("unmounted", None, b"", b"")
    assert ending.error  # why not is the system's word
    assert not (tmp_path / "made").exists()
    assert jobs.run(write)[0].exit_code == 0
