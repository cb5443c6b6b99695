"""Runs a command and says what it cost: wall time, CPU time and peak memory, from the kernel."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """The cost of one run."""

    wall: float
    """Seconds from before the process is started until it has ended."""
    cpu: float
    """Seconds of user and system time, of all its processes together."""
    memory: float
    """Largest resident size of one of its processes, in MB (10⁶ bytes)."""
    code: int


@dataclass(frozen=True)
class Cost:
    """What several runs of one command have in common."""

    wall: float
    """Median."""
    least: float
    """Shortest wall time."""
    cpu: float
    """Median."""
    memory: float
    """Largest."""
    runs: int


def run(command: Sequence[str], folder: Path) -> Sample:
    """Run a command in a folder, its output thrown away."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Sample(wall, cpu, usage.ru_maxrss * 1024 / 1e6, process.returncode)


def output(command: Sequence[str], folder: Path) -> tuple[int, str]:
    """Exit code and everything a command prints."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def environment() -> dict[str, str]:
    """The environment of every contender: Python may keep its compiled files, git asks nobody, and
    nothing says that this is a gate, which remembers nothing."""
    gate = ("CI", "SOT_NO_CACHE")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name not in gate
    }
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"}


def cost(samples: Sequence[Sample]) -> Cost:
    """Medians over the samples of one command."""
    return Cost(
        statistics.median(each.wall for each in samples),
        min(each.wall for each in samples),
        statistics.median(each.cpu for each in samples),
        max(each.memory for each in samples),
        len(samples),
    )


def memory_floor() -> float:
    """MB below which no memory can be told: a new process inherits the peak of the one that
    started it (Linux counts it into `ru_maxrss` when the new program replaces the old one)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
