"""Many documents are examined by two processes at once; the outcome is the same as by one."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from heapq import merge
from itertools import chain
from typing import BinaryIO

from sot_tools import digest, disk
from sot_tools.project.encoding import decoder, encoded
from sot_tools.project.examination import Examined, examine
from sot_tools.project.snapshot import Snapshot
from sot_tools.rules.plan import Plan

_FEW = 32
"""Documents that a process takes at once."""
_MOST = 1000
"""Shares at most: the smallest pipe holds them all."""

Examine = Callable[[Sequence[str]], Iterator[Examined]]
Numbered = tuple[int, Examined]
"""The place of a document among all, and what was found in it."""


def examined(
    snapshot: Snapshot,
    plan: Plan,
    paths: Sequence[str],
    kept: bool,
    edits: bool,
) -> Iterator[Examined]:
    """Read and check many documents by themselves, in their order."""
    digest.prepare()

    def alone(share: Sequence[str]) -> Iterator[Examined]:
        return examine(snapshot, plan, share, kept, edits)

    return together(alone, paths) if _may_fork() else alone(paths)


def _may_fork() -> bool:
    """Whether a copy of this process would work: nothing else runs in it, and a processor is free
    (system libraries of macOS do not survive a fork)."""
    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and len(os.sched_getaffinity(0)) > 1
    )


def together(alone: Examine, paths: Sequence[str]) -> Iterator[Examined]:
    """Two processes examine documents, and each takes the next few when it is done with some; the
    last few, among which the board is, are the other's from the beginning.

    Both write down what they find, so that what is kept of documents does not lie scattered among
    what is not. What is not delivered, since a process died or the disk is full, is examined here.
    """
    size = max(_FEW, -(-len(paths) // _MOST))
    begins = range(0, len(paths), size)

    def share(begin: int) -> Iterator[Numbered]:
        return enumerate(alone(paths[begin : begin + size]), begin)

    with disk.scratch() as mine, disk.scratch() as theirs:
        heap = _heap(begins[:-1])
        child = os.fork()
        if child == 0:
            _end(chain.from_iterable(map(share, begins[-1:])), _taken(heap, share), theirs)
        papers = [theirs]
        with suppress(OSError):  # where the disk is full, what stands here is examined again
            _write(_taken(heap, share), mine)
            papers.append(mine)
        os.waitpid(child, 0)
        os.close(heap)
        delivered = merge(*map(_read, papers), key=_place)
        place, found = next(delivered, _NONE)
        for number, path in enumerate(paths):
            if number == place and found is not None:
                yield found
                place, found = next(delivered, _NONE)
            else:
                yield from alone([path])


_NONE = (-1, None)
_TOKEN = 4
"""Bytes that stand for a share in the pipe: reading some takes the share, once."""


def _heap(begins: Iterable[int]) -> int:
    """A pipe that holds where shares begin; it can be read by several processes."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(each.to_bytes(_TOKEN, "big") for each in begins))
    os.close(writing)
    return reading


def _taken(heap: int, share: Callable[[int], Iterator[Numbered]]) -> Iterator[Numbered]:
    """Take one share after the other and examine it."""
    while token := os.read(heap, _TOKEN):
        yield from share(int.from_bytes(token, "big"))


def _end(first: Iterable[Numbered], others: Iterable[Numbered], paper: BinaryIO) -> None:
    """Examine documents and end this process, whatever happens; the first have the last places."""
    try:
        last = list(first)
        _write(chain(others, last), paper)
    finally:
        os._exit(0)


def _write(found: Iterable[Numbered], paper: BinaryIO) -> None:
    """Write down what is found, a line for each document."""
    for each in found:
        paper.write(encoded(each).encode() + b"\n")
    paper.flush()


def _read(paper: BinaryIO) -> Iterator[Numbered]:
    """What was written down in full lines."""
    decode = decoder(Numbered, sys.intern) or tuple
    paper.seek(0)
    return (decode(json.loads(line)) for line in paper if line.endswith(b"\n"))


def _place(found: Numbered) -> int:
    return found[0]
