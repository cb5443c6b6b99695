"""The ledger of a workspace: what was granted, begun, used and advanced, each entry once.

Every line holds the digest of the line before and its own, so nothing can be changed, put in, taken
out or swapped unseen. Lines cut off at the end are noticed by whoever pins the head: workboard and
closeouts do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sot_tools import locked
from sot_tools.errors import Refused, SotError
from sot_tools.evidence.canonical import canonical, sha256
from sot_tools.evidence.instants import Clock, instant
from sot_tools.source import Folder

if TYPE_CHECKING:
    from sot_tools.source import Source

FILE = ".sot/ledger.jsonl"
ROOT = sha256(b"")
"""What the first line names as the line before."""
LIMIT = 1 << 28
KINDS = (
    "key.added",
    "key.revoked",
    "document.recorded",
    "approval.granted",
    "approval.denied",
    "approval.consumed",
    "run.started",
    "run.sealed",
    "status.advanced",
    "closeout.written",
    "change.reverted",
)
"""Everything that an entry may say."""
_SUM = b',"sum":"'
_TAIL = len(_SUM) + 64 + len('"}')
_WHOLE = re.compile(rb'"sequence":[0-9]+,"sum":"[0-9a-f]{64}"\}.?\Z', re.DOTALL)
"""The end of a line that was written to its end, and at most one byte more."""
_ENDING = b'","sequence":%d,"sum":"'


class Written(NamedTuple):
    """An entry as it was first written, also where another ledger took it over since."""

    number: int
    at: str
    sum: str


class Entry(NamedTuple):
    """One line."""

    number: int
    kind: str
    at: str
    about: Mapping[str, Any]
    sum: str
    """Digest of the line without this field; the next line and every pin name it."""

    def text(self, name: str) -> str:
        """A text of `about`; empty where there is none."""
        value = self.about.get(name)
        return value if isinstance(value, str) else ""

    @property
    def written(self) -> Written:
        """What documents say of the entry: a merge changes number, instant and sum, and no
        document that was written before."""
        number = self.about.get("merged_as")
        return Written(
            number if isinstance(number, int) else self.number,
            self.text("merged_at") or self.at,
            self.text("merged_from") or self.sum,
        )


class Ledger(NamedTuple):
    """What stands in the file: lines whose chain was verified, read as entries where asked for."""

    lines: tuple[bytes, ...]
    """The lines up to the first break, without their line ends."""
    torn: bytes
    """What stands after the last line end: a line that was being written when its writer died."""
    faults: tuple[str, ...]

    @property
    def head(self) -> str:
        """The sum of the last entry."""
        return self.lines[-1][-66:-2].decode() if self.lines else ROOT

    def of(self, *kinds: str) -> list[Entry]:
        """The entries of some kinds, oldest first; of all kinds where none is named."""
        words = [f'"kind":"{kind}"'.encode() for kind in kinds or KINDS]
        found = (
            _entry(number, text)
            for number, text in enumerate(self.lines, 1)
            if any(word in text for word in words)
        )
        return [each for each in found if each is not None and each.kind in (kinds or KINDS)]

    def knows(self, head: str) -> bool:
        """Whether a pinned head is one of this ledger's, also where the ledger was merged."""
        if head == ROOT:
            return True
        word = head.encode()
        return any(
            text[-66:-2] == word or (word in text and merged_from(_entry(number, text)) == head)
            for number, text in enumerate(self.lines, 1)
        )


def merged_from(entry: Entry | None) -> str:
    """The sum that an entry had in the ledger that it was merged from; empty for others."""
    return entry.text("merged_from") if entry is not None else ""


EMPTY = Ledger((), b"", ())


def line(number: int, previous: str, kind: str, at: str, about: Mapping[str, Any]) -> bytes:
    """The line of an entry."""
    body = {
        "about": dict(about),
        "at": at,
        "kind": kind,
        "previous": previous,
        "sequence": number,
    }
    text = canonical(body)
    return text[:-1] + b',"sum":"' + sha256(text).encode() + b'"}\n'


def read(content: bytes) -> Ledger:
    """The ledger in the bytes of its file; never raises.

    A last line that is whole and only lacks its line end counts: what it says was done.
    """
    *complete, torn = content.split(b"\n")
    if _WHOLE.search(torn):
        complete, torn = [*complete, torn], b""
    fault, previous = "", ROOT.encode()
    sound = len(complete)
    for number, text in enumerate(complete, 1):
        fault = _broken(text, number, previous)
        if fault:
            sound = number - 1
            break
        previous = text[-66:-2]
    return Ledger(tuple(complete[:sound]), torn, (fault,) if fault else ())


def _entry(number: int, text: bytes) -> Entry | None:
    """The entry in a line; None where it is of another form, which no writer here makes."""
    try:
        value = json.loads(text)
        made = Entry(number, value["kind"], value["at"], value["about"], value["sum"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    formed = isinstance(made.at, str) and isinstance(made.about, dict)
    return made if formed else None


def _broken(text: bytes, number: int, previous: bytes) -> str:
    """Why a line does not stand in its place; empty where it does."""
    body = text[:-_TAIL]
    ending = _ENDING % number
    start = len(text) - 66 - len(ending)
    if (
        start < 64
        or not text.startswith(b'{"about":{')
        or text[start:-66] != ending
        or text[-2:] != b'"}'
    ):
        return f"line {number} is no entry with the sequence number {number}"
    if text[start - 64 : start] != previous:
        return f"line {number} does not follow from the line before"
    if sha256(body + b"}").encode() != text[-66:-2]:
        return f"line {number} is not what was written: its content has another digest"
    return ""


def load(root: Path) -> Ledger:
    """The ledger of a workspace in a folder; empty where none was begun."""
    return within(Folder(root))


def within(source: Source) -> Ledger:
    """The ledger of a workspace in a source."""
    try:
        content = source.read(FILE, LIMIT)
    except FileNotFoundError:
        return EMPTY
    except OSError as error:
        return Ledger((), b"", (f"cannot be read: {error.strerror or error}",))
    return read(content) if len(content) <= LIMIT else Ledger((), b"", ("is too large",))


Note = tuple[str, Mapping[str, Any]]
"""The kind of an entry, and what it is about."""


def append(root: Path, clock: Clock, make: Callable[[Ledger], Iterable[Note]]) -> list[Entry]:
    """Add the entries that `make` makes of the ledger, while nobody else adds one.

    Raises SotError where the ledger is broken: nothing is built on what was changed.
    """
    added: list[Entry] = []

    def following(content: bytes) -> tuple[int, bytes]:
        known = read(content)
        if known.faults:
            raise SotError(f"{FILE}: {known.faults[0]}; `sot ledger verify` tells more")
        keep = len(content) - len(known.torn)
        lines = [] if content[:keep].endswith(b"\n") or not keep else [b"\n"]
        number, head = len(known.lines), known.head
        for kind, about in make(known):
            number += 1
            at = instant(clock())
            made = line(number, head, kind, at, about)
            head = made[-67:-3].decode()
            added.append(Entry(number, kind, at, about, head))
            lines.append(made)
        return keep, b"".join(lines) if added else b""

    try:
        locked.extend(root / FILE, LIMIT, following)
    except OSError as error:
        raise SotError(f"{FILE}: nothing could be added: {error.strerror or error}") from error
    return added


def merge(root: Path, clock: Clock, theirs: bytes) -> list[Entry]:
    """Add the entries of another branch's ledger that this one lacks; each keeps its old sum.

    Refuses where the other is broken, or where both used one approval or advanced one subject.
    """
    other = read(theirs)
    if other.faults or other.torn:
        raise Refused(f"the other ledger is broken: {(*other.faults, 'its last line is torn')[0]}")

    def missing(ours: Ledger) -> list[Note]:
        known = {sum_ for each in ours.of() for sum_ in (each.sum, merged_from(each)) if sum_}
        added = [each for each in other.of() if not {each.sum, merged_from(each)} & known]
        mine = {mark for each in ours.of() if (mark := _once(each))}
        for each in added:
            if _once(each) in mine:
                raise Refused(
                    f"both ledgers have `{each.kind}` of {(_once(each) or ('', ''))[1][:40]}: "
                    f"entry {each.number} of the other; one of the two branches has to go"
                )
        return [(each.kind, {**each.about, **_as_written(each)}) for each in added]

    return append(root, clock, missing)


def _as_written(entry: Entry) -> dict[str, str | int]:
    """What an entry keeps of itself in another ledger."""
    number, at, sum_ = entry.written
    return {"merged_from": sum_, "merged_at": at, "merged_as": number}


def _once(entry: Entry) -> tuple[str, str] | None:
    """What an entry says that can happen once only."""
    if entry.kind == "approval.consumed":
        return entry.kind, entry.text("approval")
    if entry.kind == "status.advanced":
        return entry.kind, entry.text("subject")
    if entry.kind == "key.added":
        return entry.kind, entry.text("name")
    return None
