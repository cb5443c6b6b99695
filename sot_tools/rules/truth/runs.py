"""Runs that documents speak of: which facts they state about which run id (ENG-27)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sot_tools.documents.statements import Label
from sot_tools.rules.model import Facts, Library

RUN = "[0-9]{8}T[0-9]{6}Z-"
"""How every run id begins."""
_RUN = rf"(?<![0-9A-Za-z]){RUN}[A-Za-z0-9._-]*[A-Za-z0-9]"


class Record(NamedTuple):
    """What one part of one document states about one run."""

    run: str
    path: str
    part: int
    labels: tuple[Label, ...]
    """The first names the run."""

    @property
    def line(self) -> int:
        """Where the run is named."""
        return self.labels[0].line

    def facts(self) -> dict[str, Label]:
        """Key → label, without the keys that are given two values; the run itself left out."""
        found: dict[str, Label] = {}
        twice = set()
        for label in self.labels[1:]:
            if found.setdefault(label.key, label).value != label.value:
                twice.add(label.key)
        return {key: label for key, label in found.items() if key not in twice}


def run_ids(text: str) -> list[str]:
    """The run ids in a text."""
    return [match.group() for match in re.finditer(_RUN, text)] if "Z-" in text else []


def started(run: str) -> int | None:
    """When a run began, by its id, in seconds since 1970; None where the id is no instant."""
    return seconds(f"{run[:4]}-{run[4:6]}-{run[6:8]}T{run[9:11]}:{run[11:13]}:{run[13:15]}Z")


_INSTANT = (
    r"(?a)(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|z|[+-]\d\d:\d\d))?"
)
DAY = 86_400


def seconds(text: str) -> int | None:
    """An RFC 3339 instant, or the beginning of a plain date, in seconds since 1970 (UTC)."""
    match = re.fullmatch(_INSTANT, text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(each or 0) for each in match.groups()[:6])
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return None
    offset = match.group(7) or "Z"
    shift = 0
    if offset not in "Zz":
        shift = int(offset[1:3]) * 3600 + int(offset[4:]) * 60
    shift = -shift if offset.startswith("-") else shift
    return _days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - shift


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, days_from_civil)."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def records(library: Library) -> list[Record]:
    """Every record of a run, in reading order."""

    def compute() -> list[Record]:
        return [record for facts in library.facts.values() for record in _of(facts)]

    found: list[Record] = library.once("runs", compute)
    return found


def by_run(library: Library) -> dict[str, list[Record]]:
    """Run id → its records."""

    def compute() -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in records(library):
            found.setdefault(record.run, []).append(record)
        return found

    result: dict[str, list[Record]] = library.once("runs by id", compute)
    return result


def by_path(library: Library) -> dict[str, list[Record]]:
    """Path → the records in the document, in reading order."""

    def compute() -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in records(library):
            found.setdefault(record.path, []).append(record)
        return found

    result: dict[str, list[Record]] = library.once("runs by path", compute)
    return result


def citations(library: Library) -> dict[str, dict[str, Label]]:
    """Path → run id → the first label that names the run."""

    def compute() -> dict[str, dict[str, Label]]:
        found: dict[str, dict[str, Label]] = {}
        for facts in library.facts.values():
            for label in facts.said.labels:
                for run in run_ids(label.value):
                    found.setdefault(facts.path, {}).setdefault(run, label)
        return found

    result: dict[str, dict[str, Label]] = library.once("citations", compute)
    return result


def _of(facts: Facts) -> Iterator[Record]:
    """A label that names one run opens a record; the labels after it in the part belong to it.

    Labels in front of the first run of a part belong to that run if the part names no other. A
    document without items that names one run only is all about that run."""
    if not facts.items:
        only = [label for label in facts.said.labels if run_ids(label.value)]
        if len({run for label in only for run in run_ids(label.value)}) == 1:
            rest = [label for label in facts.said.labels if label is not only[0]]
            yield Record(run_ids(only[0].value)[0], facts.path, only[0].part, (only[0], *rest))
            return
    by_part: dict[int, list[Label]] = {}
    for label in facts.said.labels:
        by_part.setdefault(label.part, []).append(label)
    for part, labels in by_part.items():
        named = [(index, run_ids(label.value)) for index, label in enumerate(labels)]
        opening = [(index, found[0]) for index, found in named if len(set(found)) == 1]
        if not opening:
            continue
        if len({run for _, run in opening}) == 1:
            first = opening[0][0]
            ordered = (labels[first], *labels[:first], *labels[first + 1 :])
            yield Record(opening[0][1], facts.path, part, ordered)
            continue
        for (begin, run), (end, _) in zip(opening, [*opening[1:], (len(labels), "")], strict=True):
            yield Record(run, facts.path, part, tuple(labels[begin:end]))
