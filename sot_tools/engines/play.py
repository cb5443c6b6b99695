"""The recorded change of the fake engine, performed step by step in the engine's own process."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Step = Mapping[str, Any]
"""One step: a single key of `STEPS` with its argument."""


def perform(steps: Sequence[Step], recorded: str) -> int:
    """Do what was recorded, in the current folder; returns the exit code.

    `recorded` is the folder that `copy` takes files from.
    """
    for step in steps:
        ((word, argument),) = step.items()
        if word == "exit":
            return int(argument)
        STEPS[word](argument, recorded)
    return 0


def _say(entry: Any, _: str) -> None:
    os.write(1, json.dumps(entry, sort_keys=True).encode() + b"\n")


def _print(text: Any, _: str) -> None:
    os.write(1, str(text).encode("utf-8", "surrogateescape"))


def _copy(argument: Any, recorded: str) -> None:
    _folder_of(argument["to"])
    with open(os.path.join(recorded, argument["from"]), "rb") as source:
        content = source.read()
    with open(argument["to"], "wb") as stream:
        stream.write(content)


def _write(argument: Any, _: str) -> None:
    _folder_of(argument["to"])
    with open(argument["to"], "wb") as stream:
        stream.write(str(argument.get("text", "")).encode() * int(argument.get("times", 1)))


def _delete(path: Any, _: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path)
    else:
        os.unlink(path)


def _link(argument: Any, _: str) -> None:
    os.symlink(argument["to"], argument["at"])


def _sleep(seconds: Any, _: str) -> None:
    time.sleep(float(seconds))


def _ignore(name: Any, _: str) -> None:
    signal.signal(signal.Signals[name], signal.SIG_IGN)


def _run(argv: Any, _: str) -> None:
    import subprocess

    subprocess.run(argv, check=False, stdin=subprocess.DEVNULL)  # noqa: S603  a list, no shell


def _leave(steps: Any, recorded: str) -> None:
    """Fork twice and begin a session: a process that no longer belongs to the engine's group."""
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    os._exit(perform(steps, recorded))


def _folder_of(path: str) -> None:
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)


STEPS: dict[str, Callable[[Any, str], None]] = {
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
