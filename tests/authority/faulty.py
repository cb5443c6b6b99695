"""A child process that meets a fault at its n-th call that changes the disk.

It is killed there, or the call fails, or it does half of what it was asked for. Also what Python
writes through its own buffers goes through these calls.
"""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sot_tools.errors import Refused, SotError

WRITES = ("write", "pwrite")
CALLS = (
    *WRITES,
    "open",
    "fsync",
    "ftruncate",
    "link",
    "symlink",
    "rename",
    "replace",
    "mkdir",
    "chmod",
    "fchmod",
    "unlink",
    "rmdir",
)
KINDS = ("kill", "EIO", "ENOSPC")
HALVES = ("torn", "full")
"""A write that is killed halfway, and one onto a disk that is full from there on."""


class Fault(NamedTuple):
    """What happens, and at which call; call 0 is never made."""

    kind: str
    number: int
    only: str = ""
    """The calls that are counted; all where it is empty."""


NONE = Fault("kill", 0)


def faults(calls: list[str]) -> Iterator[Fault]:
    """Every fault that work which makes these calls can meet."""
    for number, call in enumerate(calls, 1):
        for kind in (*KINDS, *HALVES) if call in WRITES else KINDS:
            yield Fault(kind, number)


def interrupted(work: Callable[[], Any], fault: Fault) -> list[str]:
    """Run `work` in a child that meets the fault; returns its calls, or none where it was killed.

    A child that ends otherwise than killed, done or with an expected failure is a failure.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(work, fault, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return []
    code = os.waitstatus_to_exitcode(status)
    assert code == 0, f"{fault.kind} at call {fault.number}: exit code {code}"
    found: list[str] = json.loads(said)
    return found


def _child(work: Callable[[], Any], fault: Fault, report: int) -> None:
    real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in CALLS}
    made: list[str] = []
    me, count, state = os.getpid(), itertools.count(1), {"full": False}

    def faulty(name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if os.getpid() != me or (name == "open" and not given[1] & os.O_CREAT):
                return real[name](*given, **named)
            made.append(name)
            if name.startswith(fault.only) and next(count) == fault.number:
                _strike(fault.kind, name, real[name], given, state)
                return len(given[1]) // 2
            if state["full"] and name in WRITES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real[name](*given, **named)

        return call

    code = 70
    try:
        for name in CALLS:
            setattr(os, name, faulty(name))
        os.fdopen = _unbuffered(os.fdopen)  # type: ignore[assignment]
        work()
        code = 0
    except (Refused, SotError):
        code = 0  # an expected failure that says what is wrong
    except BaseException:
        traceback.print_exc()
    finally:
        real["write"](report, json.dumps(made).encode())
        os._exit(code)


def _strike(
    kind: str, name: str, real: Callable[..., Any], given: tuple[Any, ...], state: dict[str, bool]
) -> None:
    """Do what the fault does; returns only where half was written onto a full disk.

    Two runs do not make the same calls in the same order: a call may be no write any more.
    """
    if kind in HALVES and name in WRITES:
        real(given[0], bytes(given[1])[: len(given[1]) // 2], *given[2:])
    if kind in {"kill", "torn"}:
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "full":
        state["full"] = True
        if name in WRITES:
            return
    code = getattr(errno, "ENOSPC" if kind == "full" else kind)
    raise OSError(code, os.strerror(code))


class _Raw(io.RawIOBase):
    """A file that is written through `os.write` as it stands now."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def fileno(self) -> int:
        return self.handle

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        return os.write(self.handle, bytes(content))

    def close(self) -> None:
        if not self.closed:
            os.close(self.handle)
        super().close()


def _unbuffered(real: Callable[..., Any]) -> Callable[..., Any]:
    def fdopen(handle: int, mode: str = "r", *given: Any, **named: Any) -> Any:
        if mode == "wb":
            return io.BufferedWriter(_Raw(handle))
        return real(handle, mode, *given, **named)

    return fdopen
