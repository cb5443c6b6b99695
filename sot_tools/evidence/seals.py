"""The record of sealed runs: one chained line for each, kept outside the run directories.

Whoever can write a run directory can replace its files and its manifest together; what they cannot
do unseen is agree with a digest that stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import disk, journal
from sot_tools.evidence import chain
from sot_tools.evidence.canonical import line, sha256

FILE = "seals.jsonl"
_ROOT = sha256(b"")


class Seals(NamedTuple):
    """The seals of one folder of runs."""

    by_run: Mapping[str, Mapping[str, Any]]
    faults: tuple[str, ...]
    present: bool


def record(runs: Path, entry: Mapping[str, Any]) -> None:
    """Append a seal; raises OSError."""

    def following(last: bytes) -> bytes:
        before = chain.read_line(last) if last else {}
        number = int(before.get("sequence", 0)) + 1
        previous = sha256(last) if last else _ROOT
        return line({**entry, "sequence": number, "previous": previous})

    journal.append_locked(runs / FILE, following)


def read(runs: Path) -> Seals:
    """All seals of a folder of runs, and where their chain breaks."""
    path = runs / FILE
    if not path.is_file():
        return Seals({}, (), False)
    found = chain.read(disk.read(path, 1 << 30), _ROOT)
    return Seals({str(each.get("run_id")): each for each in found.entries}, found.faults, True)
