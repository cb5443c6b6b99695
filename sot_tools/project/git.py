"""Questions to git, asked so that the repository can neither run anything nor be written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from sot_tools.errors import SotError

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.external=")
_KEPT = {"PATH", "HOME", "LANG", "GIT_INDEX_FILE", "TMPDIR"}
_SET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "LC_ALL": "C",
}
"""No lock is taken, no object stands in for another, and none is fetched from anywhere."""

_ROOM = 1 << 20
"""Bytes that git may say before anybody listens: it goes on while modules are imported."""

Git = subprocess.Popen[bytes]
SILENT = "no reason given"


def begin(
    root: Path,
    arguments: tuple[str, ...],
    needed: str,
    stdin: int | None = None,
    unset: Sequence[str] = (),
) -> Git:
    """Start git in a folder; `needed` says for what, where there is no git, and `unset` names
    settings of the repository that do not count."""
    environment = {name: value for name, value in os.environ.items() if name in _KEPT}
    environment |= {**_SET, **_named(), "GIT_CONFIG_COUNT": str(len(unset))}
    for number, name in enumerate(unset):
        environment |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": ""}
    command = ["git", "-C", str(root), *_SAFE, *arguments]
    try:
        for room in (_ROOM, -1):
            with suppress(PermissionError):  # who has many pipes may have no large ones
                return subprocess.Popen(  # noqa: S603  a fixed program, arguments as a list
                    command,
                    stdin=stdin or subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE if stdin is None else subprocess.DEVNULL,
                    env=environment,
                    pipesize=room,
                )
    except FileNotFoundError:
        raise SotError(f"{needed} needs git, which is not on the PATH") from None
    raise SotError(f"{needed} needs git, which may not be started")


FILTERS = (
    *("config", "-z", "--name-only", "--get-regexp"),
    r"^filter\..*\.(clean|process|required)$",
)
"""Asks for the settings by which git would run a program on contents that it compares."""


def filters(begun: Git, needed: str) -> list[str]:
    """The names of those settings, which `begin` takes as `unset`."""
    said, fault = answer(begun)
    if fault not in {"", SILENT}:
        raise SotError(f"{needed}: git does not tell its settings: {fault}")
    return said.split("\0")[:-1]


def _named() -> dict[str, str]:
    """The repository that the environment names, from wherever git is started."""
    folder, tree = os.environ.get("GIT_DIR"), os.environ.get("GIT_WORK_TREE")
    if not folder or not tree:
        return {}
    return {"GIT_DIR": os.path.abspath(folder), "GIT_WORK_TREE": os.path.abspath(tree)}  # noqa: PTH100


def half_named() -> str:
    """The repository that the environment names without its working tree; empty for none.

    Hooks in a linked working tree find it so. Git takes the folder in which it is started for the
    top then, so it is rather left out, and the repository is found upwards.
    """
    named = os.environ.get("GIT_DIR", "")
    return os.path.realpath(named) if named and not _named() else ""


def answer(git: Git) -> tuple[str, str]:
    """What git says, and the first line of its complaint where it failed."""
    try:
        said, complaint = git.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        raise SotError("git did not answer within two minutes") from None
    finally:
        end(git)
    why = complaint.decode("utf-8", "replace").strip().splitlines()
    fault = (why[0] if why else SILENT) if git.returncode else ""
    return said.decode("utf-8", "surrogateescape"), fault


def end(git: Git) -> None:
    """Leave no process behind."""
    with git:
        git.kill()


_CHUNK = 1 << 20


class Objects:
    """The contents of a repository's objects by their ids, from one running git."""

    def __init__(self, root: Path, needed: str) -> None:
        self._root = root
        self._needed = needed
        self._git: Git | None = None
        self._owner = 0

    def read(self, name: str, limit: int) -> bytes:
        """At most `limit + 1` bytes; raises OSError where git has no such content."""
        stream, size = self._ask(name)
        content = b"".join(_pieces(stream, min(size, limit + 1)))
        for _ in _pieces(stream, size - len(content) + 1):
            pass  # what nobody wants, and the line end
        return content

    def sha256(self, name: str) -> str:
        """Hex digest of a content, however large; raises OSError as `read` does."""
        from hashlib import sha256  # only where evidence is looked at

        stream, size = self._ask(name)
        whole = sha256()
        for piece in _pieces(stream, size):
            whole.update(piece)
        stream.read(1)
        return whole.hexdigest()

    def close(self) -> None:
        """End the running git."""
        if self._git is not None and self._owner == os.getpid():
            end(self._git)
        self._git = None

    def _ask(self, name: str) -> tuple[IO[bytes], int]:
        """Where the content of an object is to be read, and how long it is."""
        if self._git is None or self._owner != os.getpid():  # a fork shares no pipe
            self._owner = os.getpid()
            self._git = begin(
                self._root, ("cat-file", "--batch"), self._needed, stdin=subprocess.PIPE
            )
        asked, said = self._git.stdin, self._git.stdout
        if asked is None or said is None:
            raise OSError("git cannot be asked")
        asked.write(name.encode() + b"\n")
        asked.flush()
        head = said.readline().split()
        if len(head) == 3 and head[1] == b"blob":
            return said, int(head[2])
        self.close()
        raise OSError(f"git has no content for the object {name}")


def _pieces(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """The next bytes of a stream, piece by piece; raises OSError where it ends before."""
    while size:
        piece = stream.read(min(size, _CHUNK))
        if not piece:
            raise OSError("git ended in the middle of a content")
        size -= len(piece)
        yield piece
