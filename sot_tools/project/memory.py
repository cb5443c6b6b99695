"""What earlier checks of a workspace left behind, and which of it still holds.

A file is as before where its mark is (`disk.mark`) or else its digest. Whatever is missing,
foreign, corrupt or older than the program, the settings or a document costs time and changes
nothing else.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from sot_tools import digest, disk
from sot_tools.disk import Entry
from sot_tools.project import files
from sot_tools.project.encoding import decoded, encoded
from sot_tools.project.files import Scope
from sot_tools.project.outcome import Outcome
from sot_tools.project.store import Store

if TYPE_CHECKING:
    from sot_tools.source import Source

_FORM = 1
_LARGEST = 1 << 30
BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)
"""What a text may raise that is not what was saved."""
_UNSETTLED = "?"
"""Stands for the mark of a file that may change once more and keep it."""


class Verdict(NamedTuple):
    """What was found in a workspace, and what it was found in besides the content of its files."""

    scope: Scope
    answers: tuple[tuple[str, bool], ...]
    """Paths of which a check asked whether they are there, and the answer."""
    outcome: Outcome
    """Without the paths of the governed files, which stand beside their marks."""


class Memory:
    """The memory of one workspace as it is at `now` (nanoseconds); `wanted` is the profile that
    was asked for."""

    def __init__(self, store: Store, source: "Source", wanted: str | None, now: int) -> None:
        self._store = store
        self._source = source
        self._now = now
        program = list(files.program())
        self._trusted = all(each.mark and disk.settled(each.mark, now) for each in program)
        marks = [f"{each.mark} {each.path}" for each in program]
        self._head = encoded([_FORM, str(source.root), wanted, sys.version, marks])
        self._configuration = list(files.configuration(source))
        self._governed: tuple[Scope, list[Entry]] | None = None
        self._lines = ("", "")
        """The marks and the states of all files in the verdict that is stored."""
        self._judged = ""
        """The states of all files in the verdict that this run saved."""
        self._hashed: dict[str, str] = {}
        self.changed: frozenset[str] | None = None
        """Files that are not as they were for the verdict; None where some have come or gone."""
        self.outcome: Outcome | None = None
        """What was found in files that are all as they are now; None where any differs."""
        try:
            self._recall()
        except BROKEN:
            self._lines = ("", "")

    def _recall(self) -> None:
        text = self._store.load("verdict", self._head) if self._trusted else None
        if text is None:
            return
        first, _, rest = text.partition("\n")
        marks, _, states = rest.partition("\n\n")
        verdict: Verdict = decoded(Verdict, json.loads(first))
        self._lines = marks, states
        now = [*self._configuration, *self.governed(verdict.scope)]
        touched = marks != "\n".join([_line(each) for each in now])
        if touched and _paths(marks) != [each.path for each in now]:
            return
        self.changed = frozenset()
        if touched:
            before = zip(now, states.split("\n"), strict=True)
            self.changed = frozenset(each.path for each, was in before if self.state(each) != was)
        if not self.changed and all(
            self._source.exists(path) is found for path, found in verdict.answers
        ):
            paths = tuple([each.path for each in self.governed(verdict.scope)])
            self.outcome = verdict.outcome._replace(paths=paths)
            if touched:
                self.save_verdict(verdict, {})

    @cached_property
    def _known(self) -> dict[str, tuple[str, str]]:
        """Path → mark and state in the verdict that is stored."""
        marks, states = self._lines
        found = [line.partition("\t")[0] for line in marks.split("\n")]
        return dict(zip(_paths(marks), zip(found, states.split("\n"), strict=True), strict=True))

    @cached_property
    def _key(self) -> str:
        """What the program and the settings are like."""
        return encoded([self._head, [[e.path, self.state(e)] for e in self._configuration]])

    def governed(self, scope: Scope) -> list[Entry]:
        """Every file that rules apply to, as it is now."""
        if self._governed is None or self._governed[0] != scope:
            self._governed = scope, files.governed(self._source, scope)
        return self._governed[1]

    def state(self, entry: Entry) -> str:
        """What a file is like now: the digest of its content or why it must not be read; empty
        where it is not there."""
        if not entry.mark:
            return entry.trouble
        mark, state = self._known.get(entry.path, ("", ""))
        if mark == entry.mark:
            return state
        if entry.path not in self._hashed:
            try:
                content = self._source.read(entry.path, _LARGEST)
            except OSError:
                return ""
            self._hashed[entry.path] = digest.of_bytes(content)
        return self._hashed[entry.path]

    def load(self, name: str) -> str | None:
        """A text that was saved under the same program and settings."""
        return self._store.load(name, self._key) if self._trusted else None

    def save(self, name: str, lines: Iterator[str]) -> None:
        """Keep a text for as long as program and settings stay what they are."""
        if self._trusted and self._unmoved():
            self._store.save(name, self._key, lines)

    def save_verdict(self, verdict: Verdict, digests: Mapping[str, str]) -> None:
        """Keep what was found; `digests` are those of the contents in which it was found, as far
        as they were read in this run."""
        entries = [*self._configuration, *self.governed(verdict.scope)]
        states = [digests.get(each.path) or self.state(each) for each in entries]
        if any(each.mark and not state for each, state in zip(entries, states, strict=True)):
            return  # a file that could not be read may be readable next time
        if any("\n" in each.path for each in entries) or not (self._trusted and self._unmoved()):
            return
        kept = verdict._replace(outcome=verdict.outcome._replace(paths=()))
        body = chain([encoded(kept)], self._lasting(entries), [""], states)
        self._store.save("verdict", self._head, body)
        self._judged = "\n".join(states)

    def load_judgement(self) -> str | None:
        """The judgement of the verdict that is stored."""
        return self._store.load("judgement", self._judgement(self._lines[1]))

    def save_judgement(self, lines: Iterator[str]) -> None:
        """Keep the judgement of the verdict that this run saved; without one, nothing."""
        if self._judged:
            self._store.save("judgement", self._judgement(self._judged), lines)

    def _judgement(self, states: str) -> str:
        """For what a judgement holds: program, settings and the content of all files."""
        return encoded([self._key, digest.of_bytes(states.encode("utf-8", "surrogatepass"))])

    def _lasting(self, entries: Iterable[Entry]) -> Iterable[str]:
        for each in entries:
            lasts = not each.mark or self._source.settled(each.mark, self._now)
            yield _line(each) if lasts else f"{_UNSETTLED}\t{each.path}"

    def _unmoved(self) -> bool:
        """Whether the settings are still those with which the check began."""
        return self._configuration == list(files.configuration(self._source))


def _line(entry: Entry) -> str:
    return f"{entry.mark or entry.trouble}\t{entry.path}"


def _paths(marks: str) -> list[str]:
    return [line.partition("\t")[2] for line in marks.split("\n")]
