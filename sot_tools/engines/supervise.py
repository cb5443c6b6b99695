"""The harness's side of the warden: hands a job over, waits, and says how it ended."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import journal
from sot_tools.engines.mounts import Mount
from sot_tools.engines.warden import MESSAGE
from sot_tools.errors import SotError

_TICK = 0.1
"""Seconds between two looks at whether somebody wants the job to stop."""
_START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from sot_tools.engines.warden import serve; serve(int(sys.argv[2]), bool(sys.argv[3]))"
)


class Job(NamedTuple):
    """One program to run to its end, or one recorded play."""

    argv: tuple[str, ...]
    """The program and its arguments; empty for a play."""
    play: tuple[Mapping[str, Any], ...]
    recorded: str
    """The folder that a play copies from."""
    environment: Mapping[str, str]
    folder: Path
    timeout: float
    grace: float
    """Seconds between SIGTERM and SIGKILL."""
    limit: int
    """Bytes of output that are kept; the rest is counted and dropped."""
    hidden: tuple[bytes, ...] = ()
    """Values that are cut out of the output before it is written."""
    mount: Mount | None = None
    """An overlay that only this job sees."""


class Ending(NamedTuple):
    """How a job ended. Nothing of it runs any more unless `left` says so."""

    outcome: str
    """`exited`, `timeout`, `stopped`, `unstartable`, `unmounted` (nothing was started) or `lost`
    (the warden itself was killed)."""
    error: str = ""
    exit_code: int | None = None
    signal: int | None = None
    swept: int = 0
    """Processes that the program left behind and that were killed."""
    left: int = 0
    reaper: bool = False
    """Whether the system lets no descendant escape."""
    dropped: int = 0
    elapsed_ms: int = 0


class _Process:
    """One warden process, started when it is needed and ended with the harness."""

    def __init__(self, apart: bool) -> None:
        self._apart = apart
        self._door: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> socket.socket:
        """Start the process where it does not run yet."""
        if self._door is None:
            mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            package = Path(__file__).resolve().parents[2]
            words = [str(package), str(its.fileno()), "apart" if self._apart else ""]
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and code
                [sys.executable, "-I", "-S", "-c", _START, *words],
                pass_fds=[its.fileno()],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={"LC_ALL": "C.UTF-8"},
            )
            its.close()
            self._door = mine
        return self._door

    def close(self) -> None:
        """End the process and with it any job that still runs."""
        if self._door is not None and self._process is not None:
            self._door.close()
            self._process.wait()
            self._door = self._process = None


class Warden:
    """The watcher of one harness: one process for jobs on plain folders, one with mounts of its
    own for jobs on overlays.

    It does one job at a time; runs that go side by side have a warden each.
    """

    def __init__(self) -> None:
        self._plain, self._apart = _Process(False), _Process(True)

    def start(self) -> None:
        """Start what every run needs, ahead of the first job."""
        self._plain.start()

    def run(self, job: Job, out: Path, err: Path | None, stop: Callable[[], bool]) -> Ending:
        """Run a job to its end with its output in new files; `stop` asks for an early end.

        Without `err` both streams go to `out` in the order in which they come.
        """
        process = self._apart if job.mount else self._plain
        door = process.start()
        message = json.dumps(
            {
                "argv": job.argv,
                "play": job.play,
                "recorded": job.recorded,
                "env": dict(job.environment),
                "cwd": str(job.folder),
                "timeout": job.timeout,
                "grace": job.grace,
                "limit": job.limit,
                "hidden": [each.hex() for each in job.hidden],
                "mount": job.mount,
            }
        ).encode()
        if len(message) > MESSAGE:
            raise SotError(f"the command of a job is larger than {MESSAGE} bytes")
        files = [journal.fresh(out)]
        try:
            if err is not None:
                files.append(journal.fresh(err))
            socket.send_fds(door, [message], files)
            return _ending(door, stop)
        except OSError as error:
            if isinstance(error, FileExistsError):
                raise
            process.close()
            return Ending("lost", "the process that watches jobs was killed")
        finally:
            for handle in files:
                os.close(handle)

    def close(self) -> None:
        """End both processes and with them any job that still runs."""
        self._plain.close()
        self._apart.close()


def _ending(door: socket.socket, stop: Callable[[], bool]) -> Ending:
    told = False
    while True:
        ready, _, _ = select.select([door], [], [], None if told else _TICK)
        if ready:
            said = door.recv(MESSAGE)
            if not said:
                raise ConnectionResetError
            return Ending(**json.loads(said))
        if stop():
            told = True
            door.sendall(b"stop")
