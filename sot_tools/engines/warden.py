"""Starts, watches and ends the processes of a run, and outlives a harness that is killed.

A warden works for one harness and does one job at a time. It is the reaper of everything that a
job starts: whatever forks, begins a session or ignores SIGTERM stays a descendant of the warden and
is killed with the job. A warden that loses its harness kills its job at once. Nothing here imports
more than it needs, since a fork costs what was loaded.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sot_tools.engines import mounts
from sot_tools.engines.play import PLAIN, Stage, perform, print_out
from sot_tools.engines.stream_scrub import StreamScrub

_SUBREAPER, _DEATH_SIGNAL = 36, 1
"""PR_SET_CHILD_SUBREAPER and PR_SET_PDEATHSIG of prctl(2)."""
_SWEEP = 10.0
"""Seconds after which a process that cannot be killed is reported instead of awaited."""
_BLOCK = 1 << 16
MESSAGE = 1 << 17
"""Largest description of a job in bytes."""


def serve(handle: int, apart: bool = False) -> None:
    """Take jobs from the socket `handle`, one after the other, until the harness closes it.

    A warden that is `apart` has mounts of its own, and mounts the overlays of its jobs there.
    """
    prctl = _prctl()
    why = _left() if apart else "this warden mounts nothing"
    reaper = prctl(_SUBREAPER, 1) == 0
    gc.disable()  # a collection would copy pages that a job shares with us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    door = socket.socket(fileno=handle)
    while True:
        try:
            message, handles, _, _ = socket.recv_fds(door, MESSAGE, 2)
        except ConnectionResetError:
            return  # the harness died with a word of ours unread
        if not message:
            return
        if not handles:
            continue  # a request to stop a job that has ended meanwhile
        try:
            job = json.loads(message)
            with _mounted(job, why):
                result = _Watch(job, door, handles, prctl).result()
        except Unmounted as fault:
            result = {"outcome": "unmounted", "error": str(fault)}
        except Exception as fault:
            _sweep(0)
            result = {"outcome": "unstartable", "error": f"{type(fault).__name__}: {fault}"}
        for each in handles:
            os.close(each)
        if result["outcome"] == "orphaned":
            return
        try:
            door.sendall(json.dumps({**result, "reaper": reaper}).encode())
        except OSError:
            return  # the harness died while its job ended


class Unmounted(Exception):
    """The overlay of a job cannot be mounted; nothing was started."""


def _left() -> str:
    """Leave the mounts of the system; says why that is not possible."""
    try:
        mounts.leave()
    except OSError as error:
        return error.strerror or str(error)
    return ""


@contextmanager
def _mounted(job: dict[str, Any], why: str) -> Iterator[None]:
    """The overlay of a job, where it has one, until nothing of the job is left."""
    if not job["mount"]:
        yield
        return
    wanted = mounts.Mount(*job["mount"])
    try:
        if why:
            raise OSError(1, why)
        mounts.mount(wanted)
    except OSError as error:
        raise Unmounted(error.strerror) from error
    try:
        yield
    finally:
        with suppress(OSError):  # a job of root may have done it itself
            mounts.unmount(wanted)


def _prctl() -> Callable[[int, int], int]:
    """prctl(2), or a stand-in where the system has none."""
    import ctypes

    try:
        call = ctypes.CDLL(None, use_errno=True).prctl
    except (AttributeError, OSError):
        return lambda _option, _value: -1
    return lambda option, value: int(call(option, value, 0, 0, 0))


class _Watch:
    """One job, from its start until nothing of it is left."""

    def __init__(
        self, job: dict[str, Any], control: socket.socket, files: list[int], prctl: Any
    ) -> None:
        self.job = job
        self.control = control
        self.prctl = prctl
        self.room = int(job["limit"])
        self.dropped = 0
        self.files = files
        self.pipes: dict[int, int] = {}
        """Reading end of a pipe → the file that it goes to."""
        self.ends: list[int] = []
        self.hidden = [bytes.fromhex(each) for each in job.get("hidden", ())]
        self.scrubs: dict[int, StreamScrub] = {}
        """File → what cuts hidden values out of what goes there."""

    def result(self) -> dict[str, Any]:
        """How the job ended, once every process of it is gone."""
        began = time.monotonic()
        if not self.job["argv"] and all(step.keys() <= PLAIN for step in self.job["play"]):
            return self._performed(began)
        self._lay_pipes()
        fault, main = self._start()
        for end in self.ends:
            os.close(end)
        outcome = "unstartable"
        if main:
            outcome = self._until_over(main, began + float(self.job["timeout"]))
        status, swept, left = _sweep(main)
        for pipe in self.pipes:
            self._pump(pipe)
            os.close(pipe)
        self._flush()
        code = os.waitstatus_to_exitcode(status) if status is not None else None
        return {
            "outcome": outcome,
            "error": fault,
            "exit_code": code if code is not None and code >= 0 else None,
            "signal": -code if code is not None and code < 0 else None,
            "swept": swept,
            "left": left,
            "dropped": self.dropped,
            "elapsed_ms": int((time.monotonic() - began) * 1000),
        }

    def _performed(self, began: float) -> dict[str, Any]:
        """A play that can neither wait nor start anything needs no process but the warden's."""
        home = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
        code = 70
        try:
            os.chdir(self.job["cwd"])
            code = perform(self.job["play"], Stage(self.job["recorded"], self._keep))
        except Exception as error:
            os.write(self.files[-1], _named(error))
        finally:
            self._flush()
            os.fchdir(home)
            os.close(home)
        return {
            "outcome": "exited",
            "exit_code": code,
            "dropped": self.dropped,
            "elapsed_ms": int((time.monotonic() - began) * 1000),
        }

    def _lay_pipes(self) -> None:
        for file in self.files:
            reading, writing = os.pipe()
            os.set_blocking(reading, False)
            self.pipes[reading] = file
            self.ends.append(writing)

    def _start(self) -> tuple[str, int]:
        """What went wrong, and the process of the job."""
        if not self.job["argv"]:
            main = os.fork()
            if main == 0:
                self._play()
            return "", main
        try:
            started = subprocess.Popen(  # noqa: S603  a list of arguments, no shell
                self.job["argv"],
                stdin=subprocess.DEVNULL,
                stdout=self.ends[0],
                stderr=self.ends[-1],
                cwd=self.job["cwd"],
                env=self.job["env"],
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return str(error), 0
        started.returncode = 0  # the sweep reaps it
        return "", started.pid

    def _play(self) -> None:
        """Become the fake engine; never returns."""
        code = 70
        try:
            os.setsid()
            self.prctl(_DEATH_SIGNAL, signal.SIGKILL)
            null = os.open(os.devnull, os.O_RDONLY)
            for source, target in zip((null, self.ends[0], self.ends[-1]), (0, 1, 2), strict=True):
                os.dup2(source, target)
            os.closerange(3, 1024)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.environ.clear()
            os.environ.update(self.job["env"])
            os.chdir(self.job["cwd"])
            code = perform(self.job["play"], Stage(self.job["recorded"], print_out))
        except Exception as error:
            os.write(2, _named(error))
        os._exit(code)

    def _until_over(self, main: int, deadline: float) -> str:
        """Pump output until the program ends, its time is up, or the harness wants or is gone."""
        over = os.pidfd_open(main)
        poll = select.poll()
        for handle in (over, self.control.fileno(), *self.pipes):
            poll.register(handle, select.POLLIN)
        outcome, ending = "", 0.0
        while True:
            until = ending or deadline
            ready = poll.poll(max(0.0, until - time.monotonic()) * 1000)
            now = time.monotonic()
            handles = {handle for handle, _ in ready}
            for pipe in handles & self.pipes.keys():
                if not self._pump(pipe):
                    poll.unregister(pipe)
            if over in handles:
                os.close(over)
                return outcome or "exited"
            if self.control.fileno() in handles:
                poll.unregister(self.control.fileno())
                if not self.control.recv(MESSAGE):
                    return "orphaned"
                outcome = outcome or "stopped"
            elif not ending and now >= deadline:
                outcome = "timeout"
            if outcome and not ending:
                ending = now + float(self.job["grace"])
                _signal_group(main, signal.SIGTERM)
            elif ending and now >= ending:
                os.close(over)
                return outcome

    def _pump(self, pipe: int) -> bool:
        """Move what a pipe holds into its file, up to the limit; False at its end."""
        while True:
            try:
                block = os.read(pipe, _BLOCK)
            except BlockingIOError:
                return True
            if not block:
                return False
            self._keep(block, self.pipes[pipe])

    def _keep(self, block: bytes, file: int = -1) -> None:
        """Write output to its file, up to the limit; what is too much is counted."""
        if self.hidden:
            block = self._scrub(file).feed(block)
        self._store(block, file)

    def _scrub(self, file: int) -> StreamScrub:
        if file not in self.scrubs:
            self.scrubs[file] = StreamScrub(self.hidden, b"[withheld]")
        return self.scrubs[file]

    def _flush(self) -> None:
        """Write what was held back in case that it was the beginning of a hidden value."""
        for file, scrub in self.scrubs.items():
            self._store(scrub.end(), file)

    def _store(self, block: bytes, file: int) -> None:
        kept = block[: self.room]
        self.room -= len(kept)
        self.dropped += len(block) - len(kept)
        while kept:
            try:
                kept = kept[os.write(file if file >= 0 else self.files[0], kept) :]
            except OSError:
                self.dropped += len(kept)
                return


def _named(error: Exception) -> bytes:
    return f"{type(error).__name__}: {error}\n".encode("utf-8", "replace")


def _signal_group(main: int, number: int) -> None:
    try:
        os.killpg(main, number)
    except OSError:
        try:
            os.kill(main, number)
        except OSError:
            return


def _sweep(main: int) -> tuple[int | None, int, int]:
    """Kill and reap every descendant; the status of `main`, how many others went, how many did
    not go. That no child is left is what the kernel says (ECHILD), not what a list says."""
    status, others = None, set()
    deadline = time.monotonic() + _SWEEP
    while True:
        found = _descendants(os.getpid())
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        others |= {pid for pid in found if pid != main}
        try:
            while True:
                pid, code = os.waitpid(-1, os.WNOHANG)
                if pid == main:
                    status = code
                elif pid:
                    others.add(pid)
                else:
                    break
        except ChildProcessError:
            return status, len(others), 0
        if time.monotonic() > deadline:
            return status, len(others), len(_descendants(os.getpid()))
        time.sleep(0.0005)


def _descendants(pid: int) -> list[int]:
    """Everything below a process, as the kernel lists it."""
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as stream:
                children = [int(each) for each in stream.read().split()]
        except OSError:
            continue
        for child in children:
            found.append(child)
            found += _descendants(child)
    return found


if __name__ == "__main__":
    serve(int(sys.argv[1]))
