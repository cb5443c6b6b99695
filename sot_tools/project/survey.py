"""What there is to find in a workspace: in each document by itself, and by comparing them.

Only what changed is examined, and documents are compared only where the last judgement does not
stand any more.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sot_tools.project import judgement
from sot_tools.project.examination import Examined, Progress, examine
from sot_tools.project.judgement import Judgement, Kept
from sot_tools.project.masking import Secret
from sot_tools.project.snapshot import Snapshot
from sot_tools.rules.model import Facts
from sot_tools.rules.plan import Plan

if TYPE_CHECKING:
    from sot_tools.project.notes import Note

MANY = 1000
"""Documents above which a second process gains more than it costs."""


class Survey(NamedTuple):
    """What was found, before anything is masked or suppressed."""

    examined: tuple[Examined, ...]
    """The documents that were read, by themselves."""
    judgement: Judgement
    kept: Kept | None
    """The last judgement where it stands; None where documents were compared."""
    known: "dict[str, Note]"
    """What is kept already of documents that were not read; nothing where nobody needed it."""

    @property
    def secrets(self) -> list[Secret]:
        """The values that must not be repeated: where there are any, no judgement is kept."""
        return [
            *(each for one in self.examined for each in one.secrets),
            *self.judgement.secrets,
        ]


class Surveyor:
    """Takes the survey of a workspace: `edits` where diagnostics carry what mends them."""

    def __init__(
        self, plan: Plan, snapshot: Snapshot, edits: bool, progress: Progress | None
    ) -> None:
        self._plan = plan
        self._snapshot = snapshot
        self._edits = edits
        self._progress = progress
        self._examined: dict[str, Examined] = {}

    def survey(self, last: Kept | None) -> Survey:
        """What there is to find; `last` is the judgement that may stand."""
        if last is not None:
            again = last.changed | last.unclean
            self._examine(path for path in self._snapshot.entries if path in again)
            if judgement.stands(last, self._snapshot, self._examined):
                self._snapshot.gather = lambda words: self._facts(self._known(words))
                return Survey(tuple(self._examined.values()), last.judgement, last, {})
        known = self._known()
        self._snapshot.facts = self._facts(known)
        judged = judgement.judge(self._plan, self._snapshot, self._edits)
        examined = (self._examined.get(path) for path in self._snapshot.entries)
        return Survey(tuple(each for each in examined if each), judged, None, known)

    def _examine(self, paths: Iterable[str]) -> None:
        """Read documents that nothing is known of."""
        snapshot = self._snapshot
        paths = list(paths)
        total = len(snapshot.entries)
        kept = snapshot.memory is not None
        if len(paths) < MANY:
            examined = examine(snapshot, self._plan, paths, kept, self._edits)
        else:
            from sot_tools.project import workers

            examined = workers.examined(snapshot, self._plan, paths, kept, self._edits)
        for number, each in enumerate(examined, total - len(paths) + 1):
            self._examined[each.facts.path] = each
            if each.told:
                snapshot.told[each.facts.path] = dict(each.told)
            if self._progress is not None:
                self._progress(number, total)

    def _known(self, words: Iterable[str] | None = None) -> "dict[str, Note]":
        """The notes of documents that are as they were; see `notes.load`."""
        snapshot, memory = self._snapshot, self._snapshot.memory
        if memory is None:
            return {}
        from sot_tools.project import notes

        found, told = notes.load(memory, words)
        known = {
            path: found[path]
            for path, entry in snapshot.entries.items()
            if path in found and entry.mark and found[path].digest == memory.state(entry)
        }
        snapshot.told.update((path, dict(told[path])) for path in told if path in known)
        return known

    def _facts(self, known: "dict[str, Note]") -> dict[str, Facts]:
        """The facts of all documents; what nothing is known of is read."""
        entries = self._snapshot.entries
        read = self._examined
        self._examine(path for path in entries if path not in known and path not in read)
        return {path: (known.get(path) or read[path]).facts for path in entries}
