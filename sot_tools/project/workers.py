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
    kept: bool,
    edits: bool,
) -> Iterator[Examined]:
    """Read and check documents by themselves, in their order."""

    def alone(share: Sequence[str]) -> Iterator[Examined]:
        return examine(snapshot, plan, share, kept, edits)

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
    """Every second document is examined by a forked process. Both write down what they find, so
    that what is kept of documents does not stand in memory between what is not; what the other
    process does not deliver is examined here."""
    ours, others = paths[0::2], paths[1::2]
    with disk.scratch() as mine, disk.scratch() as theirs:
        child = os.fork()
        if child == 0:
            _end(alone, others, theirs)
        _write(alone, ours, mine)
        os.waitpid(child, 0)
        delivered = _read(theirs)
        for first, other in zip_longest(_read(mine), others):
            if first is not None:
                yield first
            if other is not None:
                yield next(delivered, None) or next(alone([other]))


def _end(alone: Examine, share: Sequence[str], paper: BinaryIO) -> None:
    """Examine a share and end this process, whatever happens."""
    try:
        _write(alone, share, paper)
    finally:
        os._exit(0)


def _write(alone: Examine, share: Sequence[str], paper: BinaryIO) -> None:
    """Examine a share and write it down, a line for each document."""
    for each in alone(share):
        paper.write(encoded(each).encode() + b"\n")
    paper.flush()


def _read(paper: BinaryIO) -> Iterator[Examined]:
    """What was written down in full lines."""
    decode = decoder(Examined, sys.intern) or Examined._make
    paper.seek(0)
    return (decode(json.loads(line)) for line in paper if line.endswith(b"\n"))
