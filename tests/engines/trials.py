"""One run in a process of its own whose engine leaves processes behind; who is left afterwards.

As a program, `python -m tests.engines.trials <lane> <level> <folder> <mark> <seconds>`, it is the
harness that a trial kills.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tests.engines import lanes
from tests.engines.lanes import Lane

LEFT = 4
"""Processes that the engine's shell leaves, each in a session of its own, ignoring SIGTERM."""
PATIENCE = 60.0


class Trial(NamedTuple):
    """What one trial found."""

    started: int
    """Processes that were seen before the end."""
    left: int
    """Processes that were still there a second after it."""
    after_ms: int
    """Milliseconds from the end until none was there."""


def sleeping(mark: str) -> list[int]:
    """The processes that sleep for exactly this long, wherever they are."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[:2] == [b"sleep", mark.encode()]:
                found.append(int(entry.name))
    return found


def trial(used: Lane, level: str, folder: Path, kill: bool) -> Trial:
    """Start a run, wait until its processes are there, end it, look who is left.

    A run that ends by its limit before they are there says nothing and is tried with a longer one.
    """
    for seconds in (60,) if kill else (3, 6, 12, 24):
        found = _once(used, level, folder / str(seconds), kill, seconds)
        if found.started > LEFT or found.left:
            break
    return found


def _once(used: Lane, level: str, folder: Path, kill: bool, seconds: int) -> Trial:
    mark = f"{random.randrange(10**8, 10**9)}.5"
    command = [sys.executable, "-m", "tests.engines.trials", used.name, level]
    harness = subprocess.Popen(
        [*command, str(folder), mark, str(seconds)], cwd=Path(__file__).parents[2]
    )
    seen, until = 0, time.monotonic() + PATIENCE
    while time.monotonic() < until and harness.poll() is None:
        seen = max(seen, len(sleeping(mark)))
        if seen >= LEFT + 1 and kill:
            harness.send_signal(signal.SIGKILL)
            break
        time.sleep(0.01)
    harness.wait(PATIENCE)
    ended = time.monotonic()
    while (left := sleeping(mark)) and time.monotonic() < ended + 1:
        time.sleep(0.001)
    found = Trial(seen, len(left), int((time.monotonic() - ended) * 1000))
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return found


def main(name: str, level: str, folder: str, mark: str, seconds: str) -> None:
    """Be the harness of one trial."""
    one = f"(trap '' TERM HUP; exec setsid sleep {mark} >/dev/null 2>&1) &"
    left = " ".join([one] * LEFT)
    limits = {"limits": {"engine_seconds": int(seconds)}}
    action = ("shell", f"{left} sleep {mark}")
    lanes.play(lanes.lane(name), Path(folder), action, level=level, case=limits)


if __name__ == "__main__":
    main(*sys.argv[1:])
