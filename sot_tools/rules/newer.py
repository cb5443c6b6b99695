"""Which of two places that contradict each other is newer, and why (DOCUMENT-KINDS section 5)."""

from __future__ import annotations

import re
from typing import NamedTuple

from sot_tools.documents.sections import part_at
from sot_tools.rules.model import Facts

_DATE = r"(?<![0-9-])[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?![0-9-])"


class Dated(NamedTuple):
    """A place and the dates that speak for it, `YYYY-MM-DD`; what is no such date counts as
    absent."""

    path: str
    kind: str
    """Name of the document's kind; empty where it has none."""
    line: int = 1
    reviewed: str = ""
    """`last_reviewed` of the front matter."""
    created: str = ""
    section: str = ""
    """The date in the heading of the section that the place stands in."""
    late: bool = False
    """Whether a document of its kind is written after the work that it speaks of."""


class Newer(NamedTuple):
    """The answer: which of the two, and the sentence that says why."""

    which: int | None
    """0 for the one, 1 for the other, None where nothing tells."""
    reason: str


def dated(facts: Facts, line: int) -> Dated:
    """What is known of the date of one line of a document or a record."""
    part = part_at(facts.said.parts, line)
    written = facts.fields.get("created") or next(
        (value[:10] for key, value in facts.fields.items() if key.endswith("timestamp")), ""
    )
    return Dated(
        facts.path,
        facts.kind,
        line,
        facts.fields.get("last_reviewed", ""),
        written,
        facts.said.parts[part].date if part >= 0 else "",
        facts.evidence,
    )


def newer(one: Dated, other: Dated) -> Newer:
    """Which of two places is newer.

    Rule 1: within one document the later in reading order, unless the headings above the two give
    different dates.
    Rule 2: else the one with the later date: of its section, of its review, of its creation.
    Rule 3: of two with one date, evidence or a closeout counts as newer than what it is about.
    Rule 4: else nothing tells; an undated place is neither newer nor older.
    """
    stamps = _stamp(one), _stamp(other)
    if one.path == other.path:
        if not (one.section and other.section) or stamps[0].date == stamps[1].date:
            return _reading_order(one, other)
        names = tuple(f"line {each.line}" for each in (one, other))
    else:
        names = (f"`{one.path}`", f"`{other.path}`")
    if not all(stamp.date for stamp in stamps):
        undated = [n for n, stamp in zip(names, stamps, strict=True) if not stamp.date]
        carry = "carries" if len(undated) == 1 else "carry"
        return Newer(None, f"nothing tells which is newer: {' and '.join(undated)} {carry} no date")
    if stamps[0].date == stamps[1].date:
        return _of_one_day((one, other), stamps[0].date)
    index = int(stamps[0].date < stamps[1].date)
    late, early = stamps[index], stamps[1 - index]
    against = early.date if early.label == late.label else f"{early.label} {early.date}"
    return Newer(index, f"{names[index]} is newer: {late.label} {late.date} against {against}")


class _Stamp(NamedTuple):
    label: str
    date: str


def _stamp(place: Dated) -> _Stamp:
    """The date that counts for a place: the nearest to it."""
    for label, date in (
        ("section dated", place.section),
        ("last_reviewed", place.reviewed),
        ("created", place.created),
    ):
        if re.fullmatch(_DATE, date):
            return _Stamp(label, date)
    return _Stamp("", "")


def _reading_order(one: Dated, other: Dated) -> Newer:
    if one.line == other.line:
        return Newer(None, f"nothing tells which is newer: both stand on line {one.line}")
    index = int(one.line < other.line)
    lines = sorted((one.line, other.line))
    return Newer(index, f"line {lines[1]} is newer: it stands after line {lines[0]}")


def _of_one_day(places: tuple[Dated, Dated], date: str) -> Newer:
    late = [place.late for place in places]
    if late[0] == late[1]:
        return Newer(None, f"nothing tells which is newer: both are dated {date}")
    index = late.index(True)
    name, kind = places[index].path, places[index].kind
    reason = f"both are dated {date}, and {kind} is written after what it is about"
    return Newer(index, f"`{name}` counts as newer: {reason}")
