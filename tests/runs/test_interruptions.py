"""Whatever stops a run, its directory says so, and the next run is not disturbed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sot_tools.errors import SotError
from sot_tools.evidence import seals
from sot_tools.evidence.verdict import Interrupted, Verified
from tests.cli.command import SOT
from tests.runs import harness
from tests.runs.harness import CHANGE, DONE, PLAN


def start(root: Path, runs: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [
        *SOT,
        "run",
        "demo",
        "--harness-root",
        str(root),
        "--runs-dir",
        str(runs),
        *arguments,
    ]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root.parent
    )


def the_run(runs: Path) -> Path:
    return next(each for each in runs.iterdir() if each.name.endswith(tuple("0123456789")))


def wait_for(path: Path, text: bytes, process: subprocess.Popen[bytes]) -> None:
    while not (path.is_file() and text in path.read_bytes()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def until_engine(runs: Path, process: subprocess.Popen[bytes]) -> Path:
    while not (runs.is_dir() and list(runs.glob("2*/backend/stdout.log"))):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    run = the_run(runs)
    wait_for(run / "backend" / "stdout.log", b"plan", process)
    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_in_a_sealed_report_that_is_blocked(
    tmp_path: Path, number: signal.Signals
) -> None:
    root = harness.case(tmp_path / "h", PLAN, CHANGE, {"ignore": "SIGTERM"}, {"sleep": 600})
    process = start(root, tmp_path / "runs", "--json")
    run = until_engine(tmp_path / "runs", process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, b"")
    report = json.loads(out)
    assert report["status"] == "blocked"
    assert [each["code"] for each in report["blockers"]] == ["run_interrupted"]
    assert report["verification"][0]["outcome"] == "not-run"
    assert isinstance(harness.judged(run), Verified)


def test_kill_9_leaves_a_directory_that_reads_as_interrupted_with_every_complete_event(
    tmp_path: Path,
) -> None:
    root = harness.case(tmp_path / "h", PLAN, CHANGE, {"sleep": 600})
    process = start(root, tmp_path / "runs")
    run = until_engine(tmp_path / "runs", process)
    assert getattr(harness.judged(run), "active", None) is True
    process.kill()
    process.wait()
    verdict = harness.judged(run)
    assert isinstance(verdict, Interrupted)
    assert (verdict.active, verdict.differences) == (False, ())
    assert verdict.events == ("run.started", "task.contract.created")


def test_kill_9_at_random_instants_never_leaves_a_pass_and_the_next_run_is_not_disturbed(
    tmp_path: Path,
) -> None:
    root = harness.case(tmp_path / "h")
    runs = tmp_path / "runs"
    chance = random.Random(7)
    for _ in range(8):
        process = start(root, runs)
        time.sleep(chance.uniform(0.15, 0.6))
        process.kill()
        process.communicate()
    for path in runs.glob("2*"):
        verdict = harness.judged(path)
        assert isinstance(verdict, Interrupted | Verified), verdict
        if isinstance(verdict, Interrupted):
            assert verdict.differences == ()
    assert harness.perform(root, runs).report["status"] == "pass"
    assert seals.read(runs).faults == ()


def test_work_trees_of_killed_runs_are_cleared_by_the_next_run(tmp_path: Path) -> None:
    root = harness.case(tmp_path / "h", PLAN, {"sleep": 600})
    runs = tmp_path / "runs"
    process = start(root, runs)
    run = until_engine(runs, process)
    process.kill()
    process.communicate()
    assert (runs / ".work" / run.name).is_dir()
    harness.case(root)
    harness.perform(root, runs)
    assert list((runs / ".work").iterdir()) == []


def test_a_torn_last_line_is_dropped_and_reported(tmp_path: Path) -> None:
    done = harness.perform(harness.case(tmp_path / "h"), tmp_path / "runs")
    copy = tmp_path / "other" / done.run_id
    shutil.copytree(done.path, copy)
    (copy / "manifest.json").unlink()
    for keep in (1, 50, 200, 201, 500, 1000):
        content = (done.path / "events.normalized.jsonl").read_bytes()[:keep]
        (copy / "events.normalized.jsonl").write_bytes(content)
        verdict = harness.judged(copy)
        assert isinstance(verdict, Interrupted)
        assert len(verdict.events) == content.count(b"\n")
        assert ("events.normalized.jsonl" in verdict.torn) == (not content.endswith(b"\n"))
        assert verdict.differences == ()


def test_a_kill_between_seal_and_manifest_reads_as_interrupted(tmp_path: Path) -> None:
    done = harness.perform(harness.case(tmp_path / "h"), tmp_path / "runs")
    (done.path / "manifest.json").rename(done.path / ".manifest.json.sealing")
    assert isinstance(harness.judged(done.path), Interrupted)


def test_a_clock_that_goes_back_fails_closed(tmp_path: Path) -> None:
    times = iter(range(10**19, 0, -(10**9)))
    with harness.around(tmp_path / "runs") as given:
        assert given is not None
    done = harness.perform(
        harness.case(tmp_path / "h"), tmp_path / "runs", clock=lambda: next(times)
    )
    assert harness.codes(done) == ["freshness_not_proven"]
    assert done.report["status"] == "fail"


def test_a_clock_that_jumps_forward_is_no_fault_of_the_engine_but_nothing_reads_as_older(
    tmp_path: Path,
) -> None:
    start_at = time.time_ns() - 10**12
    ticks = iter(range(10**6))
    done = harness.perform(
        harness.case(tmp_path / "h"),
        tmp_path / "runs",
        clock=lambda: start_at + next(ticks) * 10**9,
    )
    assert isinstance(harness.judged(done.path), Verified)


def test_no_run_directory_is_exit_2_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(SotError, match=r"no run directory can be made there: .*--runs-dir"):
        harness.perform(harness.case(tmp_path / "h"), tmp_path / "runs")


def test_an_artifact_that_is_not_writable_fails_closed(tmp_path: Path) -> None:
    """The engine makes the place of an artifact a folder, so that it cannot be written."""
    runs = tmp_path / "runs"
    blocked = {"run": ["sh", "-c", f"for d in {runs}/2*; do mkdir $d/test.log; done"]}
    done = harness.perform(harness.case(tmp_path / "h", PLAN, CHANGE, blocked, DONE), runs)
    assert "artifact_write_failure" in harness.codes(done)
    assert not isinstance(harness.judged(done.path), Verified)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_fails_closed_and_never_reads_as_a_pass(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        fill = {"run": ["sh", "-c", f"cat /dev/zero > {small}/fill 2>/dev/null; true"]}
        root = harness.case(tmp_path / "h", PLAN, CHANGE, fill, DONE)
        done = harness.perform(root, small)
        assert "artifact_write_failure" in harness.codes(done)
        assert done.exit_code == 1
        assert not isinstance(harness.judged(done.path), Verified)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_runs_side_by_side_do_not_mix(tmp_path: Path) -> None:
    """Threads of one process, so that all begin in the same second with the same process id."""
    root = harness.case(tmp_path / "h")
    runs = tmp_path / "runs"
    found: list[Path] = []

    def one() -> None:
        found.append(harness.perform(root, runs).path)

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 12
    for path in found:
        verdict = harness.judged(path)
        assert isinstance(verdict, Verified), verdict
        assert {each["run_id"] for each in harness.events(path)} == {path.name}
    assert len(seals.read(runs).by_run) == 12


def test_processes_side_by_side_keep_one_record_of_seals(tmp_path: Path) -> None:
    root = harness.case(tmp_path / "h")
    runs = tmp_path / "runs"
    processes = [start(root, runs) for _ in range(4)]
    assert [each.wait() for each in processes] == [0] * 4
    known = seals.read(runs)
    assert (len(known.by_run), known.faults) == (4, ())
    assert sys.executable
