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
from sot_tools.project.encoding import decoded, encoded
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
            text = each.text or encoded(each.facts)
            paper.write(f"{text}\t{encoded((None, bool(each.text), *each[2:]))}\n".encode())
        paper.flush()
    finally:
        os._exit(0)


def _read(paper: BinaryIO) -> list[Examined]:
    """What was written down in full lines; the facts stand first, as they are kept."""
    paper.seek(0)
    return [_examined(line.decode()) for line in paper if line.endswith(b"\n")]


def _examined(line: str) -> Examined:
    text, _, rest = line.partition("\t")
    fields = json.loads(rest)
    fields[:2] = [json.loads(text), text if fields[1] else ""]
    return decoded(Examined, fields)  # type: ignore[no-any-return]
