"""The recorded change of the fake engine, performed step by step in the engine's own process."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

Step = Mapping[str, Any]
"""One step: a single key of `STEPS` with its argument."""


class Stage(NamedTuple):
    """Where a play is performed; the current folder is the tree."""

    recorded: str
    """The folder that `copy` takes files from."""
    emit: Callable[[bytes], None]
    """Takes what goes to standard output."""


def perform(steps: Sequence[Step], stage: Stage) -> int:
    """Do what was recorded; returns the exit code."""
    for step in steps:
        ((word, argument),) = step.items()
        if word == "exit":
            return int(argument)
        STEPS[word](argument, stage)
    return 0


def print_out(data: bytes) -> None:
    """Write to this process's standard output."""
    while data:
        data = data[os.write(1, data) :]


def _say(entry: Any, stage: Stage) -> None:
    stage.emit(json.dumps(entry, sort_keys=True).encode() + b"\n")


def _print(text: Any, stage: Stage) -> None:
    stage.emit(str(text).encode("utf-8", "surrogateescape"))


def _copy(argument: Any, stage: Stage) -> None:
    _folder_of(argument["to"])
    with open(os.path.join(stage.recorded, argument["from"]), "rb") as source:
        content = source.read()
    with open(argument["to"], "wb") as stream:
        stream.write(content)


def _write(argument: Any, _: Stage) -> None:
    _folder_of(argument["to"])
    with open(argument["to"], "wb") as stream:
        stream.write(str(argument.get("text", "")).encode() * int(argument.get("times", 1)))


def _delete(path: Any, _: Stage) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path)
    else:
        os.unlink(path)


def _link(argument: Any, _: Stage) -> None:
    os.symlink(argument["to"], argument["at"])


def _sleep(seconds: Any, _: Stage) -> None:
    time.sleep(float(seconds))


def _ignore(name: Any, _: Stage) -> None:
    signal.signal(signal.Signals[name], signal.SIG_IGN)


def _run(argv: Any, _: Stage) -> None:
    import subprocess

    subprocess.run(argv, check=False, stdin=subprocess.DEVNULL)  # noqa: S603  a list, no shell


def _leave(steps: Any, stage: Stage) -> None:
    """Fork twice and begin a session: a process that no longer belongs to the engine's group."""
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    os._exit(perform(steps, stage))


def _folder_of(path: str) -> None:
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)


STEPS: dict[str, Callable[[Any, Stage], None]] = {
    "say": _say,
    "print": _print,
    "copy": _copy,
    "write": _write,
    "delete": _delete,
    "link": _link,
    "sleep": _sleep,
    "ignore": _ignore,
    "run": _run,
    "leave": _leave,
}
"""Word of a recorded step → what it does; `exit` ends the play."""

PLAIN = frozenset({"say", "print", "copy", "write", "delete", "link", "exit"})
"""Steps that neither wait nor start anything."""
