"""What earlier checks of a workspace left behind, and which of it still holds.

A file is as before where its mark is (`disk.mark`) or else its digest. Whatever is missing,
foreign, corrupt or older than the program, the settings or a document costs time and changes
nothing else.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from sot_tools import digest, disk
from sot_tools.disk import Entry
from sot_tools.project import files, listing
from sot_tools.project.encoding import decoded, encoded
from sot_tools.project.files import Scope
from sot_tools.project.listing import UNSETTLED
from sot_tools.project.outcome import Outcome
from sot_tools.project.store import Store

if TYPE_CHECKING:
    from sot_tools.source import Source

_FORM = 2
_LARGEST = 1 << 30
BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)
"""What a text may raise that is not what was saved."""


class Verdict(NamedTuple):
    """What was found in a workspace, and what it was found in besides the content of its files."""

    scope: Scope
    answers: tuple[tuple[str, bool], ...]
    """Paths of which a check asked whether they are there, and the answer."""
    outcome: Outcome
    """Without the paths of the governed files, which stand beside their marks."""
    unclean: frozenset[str]
    """Paths of the documents that are examined again, whatever happens."""
    judged: str
    """Name of the judgement that holds for it; empty for none."""


class Files(NamedTuple):
    """Files as they were, one after the other."""

    paths: list[str]
    marks: list[str]
    states: list[str]


class _Stored(NamedTuple):
    """A verdict as it is stored: beside it the files of the settings, and of the governed files
    the listing, the marks and the states."""

    verdict: Verdict
    settings: tuple[tuple[str, ...], ...]
    """Their paths, marks and states."""
    listing: str
    marks: str
    states: str

    def files(self) -> Files:
        """The files of the settings and all governed files."""
        governed = listing.paths(self.listing), self.marks.split("\n"), self.states.split("\n")
        if len({*map(len, governed)}) > 1:
            raise ValueError("a file without mark or state")
        return Files(*([*one, *other] for one, other in zip(self.settings, governed, strict=True)))


class Memory:
    """The memory of one workspace as it is at `now` (nanoseconds); `wanted` is the profile that
    was asked for, and with `brief` the outcome is all that somebody may ask."""

    def __init__(
        self, store: Store, source: "Source", wanted: str | None, now: int, brief: bool = False
    ) -> None:
        self._store = store
        self._source = source
        self._now = now
        program = list(files.program())
        self._trusted = all(each.mark and disk.settled(each.mark, now) for each in program)
        marks = [f"{each.mark} {each.path}" for each in program]
        self._head = encoded([_FORM, source.name, str(source.root), wanted, sys.version, marks])
        self._governed: tuple[Scope, list[Entry]] | None = None
        self._listing = ""
        """The governed files by folder."""
        self._were = Files([], [], [])
        """The files of the settings and the governed files in the verdict that is stored."""
        self._hashed: dict[str, str] = {}
        self.verdict: Verdict | None = None
        """What was found in files of which none has come or gone since."""
        self.changed: frozenset[str] = frozenset()
        """Those that are not as they were for the verdict."""
        self.outcome: Outcome | None = None
        """What was found in files that are all as they are now; None where any differs."""
        self._configuration: list[Entry] = []
        if brief and source.whole and self._repeat():
            return
        self._configuration = list(files.configuration(source))
        try:
            self._recall()
        except BROKEN:
            self._were = Files([], [], [])

    def _repeat(self) -> bool:
        """Recall the outcome alone, where the whole source is what it was."""
        text = self._store.load("outcome", self._head) if self._trusted else None
        first, _, whole = (text or "").partition("\n")
        if whole != self._source.whole:
            return False
        try:
            self.outcome = decoded(Outcome, json.loads(first))
        except BROKEN:
            return False
        return True

    def _recall(self) -> None:
        text = self._store.load("verdict", self._head) if self._trusted else None
        if text is None:
            return
        first, *columns = text.split("\n\n")
        stored = _Stored(*decoded(_HEADED, json.loads(first)), *columns)
        verdict = stored.verdict
        marks = listing.marks(self._source, verdict.scope, stored.listing)
        if marks is not None and self._are_marked(stored, marks) and self._hold(verdict):
            self.outcome = verdict.outcome._replace(paths=tuple(listing.paths(stored.listing)))
            return
        self._were = stored.files()
        if marks is not None:
            self._listing = stored.listing
            paths = self._were.paths[len(stored.settings[0]) :]
            self._governed = verdict.scope, list(map(Entry, paths, repeat(""), marks))
        self._compare(verdict)

    def _are_marked(self, stored: _Stored, marks: list[str]) -> bool:
        """Whether the files of the settings have the marks that they had, and the governed files,
        which now have these."""
        paths = tuple([each.path for each in self._configuration])
        settings = tuple([each.mark or each.trouble for each in self._configuration])
        return stored.settings[:2] == (paths, settings) and stored.marks == "\n".join(marks)

    def _compare(self, verdict: Verdict) -> None:
        """Find which files are not as they were for a verdict."""
        entries = [*self._configuration, *self.governed(verdict.scope)]
        if [each.path for each in entries] != self._were.paths:
            return
        self.verdict = verdict
        rows = zip(entries, self._were.marks, self._were.states, strict=True)
        self.changed = frozenset(
            [
                each.path
                for each, mark, state in rows
                if (each.mark or each.trouble) != mark and self._read(each) != state
            ]
        )
        if not self.changed and self._hold(verdict):
            paths = tuple([each.path for each in self.governed(verdict.scope)])
            self.outcome = verdict.outcome._replace(paths=paths)
            self.save_verdict(verdict, {})

    def _hold(self, verdict: Verdict) -> bool:
        """Whether what was asked besides the files has the same answers."""
        return all(self._source.exists(path) is found for path, found in verdict.answers)

    @cached_property
    def _known(self) -> dict[str, tuple[str, str]]:
        """Path → mark and state in the verdict that is stored."""
        paths, marks, states = self._were
        return dict(zip(paths, zip(marks, states, strict=True), strict=True))

    @cached_property
    def _key(self) -> str:
        """What the program and the settings are like."""
        states = [[each.path, self.state(each)] for each in self._configuration]
        return digest.of_bytes(encoded([self._head, states]).encode())

    def governed(self, scope: Scope) -> list[Entry]:
        """Every file that rules apply to, as it is now."""
        if self._governed is None or self._governed[0] != scope:
            folders: list[Entry] = []
            entries = files.governed(self._source, scope, (), folders)
            self._governed = scope, entries
            paths = [each.path for each in entries]
            self._listing = "\n".join(listing.written(folders, paths, scope, self._lasts))
        return self._governed[1]

    def state(self, entry: Entry) -> str:
        """What a file is like now: the digest of its content or why it must not be read; empty
        where it is not there."""
        mark, state = self._known.get(entry.path, _NEW)
        return state if mark == (entry.mark or entry.trouble) else self._read(entry)

    def _read(self, entry: Entry) -> str:
        """The state of a file of which nothing is known."""
        if not entry.mark:
            return entry.trouble
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

    def save(self, name: str, lines: Iterable[str]) -> None:
        """Keep a text for as long as program and settings stay what they are."""
        if self._trusted and self._unmoved():
            self._store.save(name, self._key, lines)

    def save_verdict(self, verdict: Verdict, digests: Mapping[str, str]) -> None:
        """Keep what was found; `digests` are those of the contents in which it was found, as far
        as they were read in this run."""
        entries = [*self._configuration, *self.governed(verdict.scope)]
        paths, marks, states = self._kept(entries, digests)
        begin = len(self._configuration)
        if "" in states[begin:] or "" in marks[begin:]:
            return  # a file that could not be read may be readable next time
        named = "".join(paths)
        if "\n" in named or "\t" in named:
            return
        if not (self._trusted and self._unmoved()):
            return
        settings = paths[:begin], marks[:begin], states[:begin]
        self._save_outcome(verdict.outcome._replace(paths=tuple(paths[begin:])))
        verdict = verdict._replace(outcome=verdict.outcome._replace(paths=()))
        columns = [self._listing, "\n".join(marks[begin:]), "\n".join(states[begin:])]
        text = "\n\n".join([encoded([verdict, settings]), *columns])
        self._store.save("verdict", self._head, [text])

    def _save_outcome(self, outcome: Outcome) -> None:
        """Keep what `_repeat` recalls, where something tells that the whole source stays."""
        if self._source.whole:
            self._store.save("outcome", self._head, [encoded(outcome), self._source.whole])

    def _kept(self, entries: list[Entry], digests: Mapping[str, str]) -> Files:
        """Files as they are remembered: without a mark that can stay while the content changes."""
        paths = [each.path for each in entries]
        if paths == self._were.paths:
            marks, states = self._were.marks.copy(), self._were.states.copy()
        else:
            known = [self._known.get(path, _NEW) for path in paths]
            marks, states = [mark for mark, _ in known], [state for _, state in known]
        for index, (each, was) in enumerate(zip(entries, marks, strict=True)):
            if (each.mark or each.trouble) != was:
                lasts = not each.mark or self._lasts(each.mark)
                marks[index] = (each.mark or each.trouble) if lasts else UNSETTLED
                states[index] = digests.get(each.path) or self._read(each)
            elif each.path in digests:
                states[index] = digests[each.path] or states[index]
        return Files(paths, marks, states)

    def load_judgement(self) -> str | None:
        """The judgement that holds for the verdict that is stored."""
        if self.verdict is None or not self.verdict.judged:
            return None
        return self._store.load("judgement", self._judgement(self.verdict.judged))

    def save_judgement(self, text: str) -> str:
        """Keep a judgement; gives the name under which a verdict finds it."""
        if not (self._trusted and self._unmoved()):
            return ""
        name = digest.of_bytes(text.encode())
        return name if self._store.save("judgement", self._judgement(name), [text]) else ""

    def _judgement(self, name: str) -> str:
        """For what a judgement holds: program, settings, and a verdict that knows its content."""
        return encoded([self._key, name])

    def _lasts(self, mark: str) -> bool:
        """Whether a change after this run gives another mark."""
        return self._source.settled(mark, self._now)

    def _unmoved(self) -> bool:
        """Whether the settings are still those with which the check began."""
        return self._configuration == list(files.configuration(self._source))


_NEW = (UNSETTLED, "")
_HEADED = tuple[Verdict, tuple[tuple[str, ...], ...]]
