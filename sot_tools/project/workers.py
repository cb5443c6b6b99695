"""Many documents are examined by two processes at once; the outcome is the same as by one."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import BinaryIO

from sot_tools import disk
from sot_tools.project.encoding import decoder, encoded
from sot_tools.project.examination import Examined, examine
from sot_tools.project.snapshot import Snapshot
from sot_tools.rules.plan import Plan

MANY = 1000
"""Documents above which a second process gains more than it costs."""

Examine = Callable[[Sequence[str]], Iterator[Examined]]


def examined(
    snapshot: Snapshot,
    plan: Plan,
    paths: Sequence[str],
    digest: Callable[[bytes], str],
    edits: bool,
) -> Iterator[Examined]:
    """Read and check documents by themselves, in their order."""

    def alone(share: Sequence[str]) -> Iterator[Examined]:
        return examine(snapshot, plan, share, digest, edits)

    return together(alone, paths) if len(paths) >= MANY and _may_fork() else alone(paths)


def _may_fork() -> bool:
    """Whether a copy of this process would work: nothing else runs in it, and a processor is free
    (system libraries of macOS do not survive a fork)."""
    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and len(os.sched_getaffinity(0)) > 1
    )


def together(alone: Examine, paths: Sequence[str]) -> Iterator[Examined]:
    """Every second document is examined by a forked process, which writes down what it found; what
    it does not deliver is examined here."""
    with disk.scratch() as paper:
        child = os.fork()
        if child == 0:
            _write(alone, paths[1::2], paper)
        mine = alone(paths[0::2])
        first = list(mine)
        os.waitpid(child, 0)
        theirs = _read(paper)
        lacking = list(paths[1::2])[len(theirs) :]
        theirs += alone(lacking)
    for one, other in zip_longest(first, theirs):
        yield one
        if other is not None:
            yield other


def _write(alone: Examine, share: Sequence[str], paper: BinaryIO) -> None:
    """Examine a share and end this process, whatever happens."""
    try:
        for each in alone(share):
            paper.write(encoded(each).encode() + b"\n")
        paper.flush()
    finally:
        os._exit(0)


def _read(paper: BinaryIO) -> list[Examined]:
    """What was written down in full lines."""
    decode = decoder(Examined) or Examined._make
    paper.seek(0)
    return [decode(json.loads(line)) for line in paper if line.endswith(b"\n")]
