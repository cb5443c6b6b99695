"""The files of a workspace at one moment: what is kept of each, and what cross-document checks
may ask. A document is kept only as long as it is looked at; twenty thousand would fill a machine.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from sys import intern
from typing import TYPE_CHECKING, Any

from sot_tools.diagnostic import Whole
from sot_tools.disk import Entry
from sot_tools.documents.document import MAX_DATA, MAX_DOCUMENT, Document, parse
from sot_tools.documents.problems import problem
from sot_tools.project.encoding import decoder, encoded
from sot_tools.project.files import AUTHORITY, governed
from sot_tools.project.memory import Memory
from sot_tools.project.model import Settings
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import Facts
from sot_tools.rules.table import QUESTIONS, function

if TYPE_CHECKING:
    from sot_tools.board.board import Board
    from sot_tools.rules.trail import Trail

_TROUBLE = {
    "symlink": "is a symbolic link that leaves the workspace or leads nowhere",
    "folder-link": "is a symbolic link to a folder, which no check follows",
    "not-a-file": "is not a regular file",
    "name": "has a name with characters that cannot be printed",
    "unreadable": "cannot be read",
    "submodule": "is a submodule, whose files belong to another repository",
}
_RECENT = 16
"""Documents that are kept because they are likely to be asked for again."""


class Snapshot:
    """All governed files; a `rules.model.Library`."""

    def __init__(
        self,
        settings: Settings,
        replaced: Mapping[str, bytes],
        memory: Memory | None = None,
        whole: bool = False,
    ) -> None:
        """`replaced` gives content that stands in for a file's own (an editor's buffer); what
        `memory` holds is not done again and makes no difference otherwise; `whole` keeps also the
        facts that no rule asks for."""
        self.settings = settings
        self.whole = whole
        self.memory = memory
        if memory is not None and not replaced:
            entries = memory.governed(settings.scope)
        else:
            entries = governed(settings.source, settings.scope, replaced)
        self.entries: dict[str, Entry] = {entry.path: entry for entry in entries}
        self.gather: Callable[[Iterable[str] | None], Mapping[str, Facts]] = lambda _: {}
        """Gives the facts of all documents when somebody asks for the first time; or `naming`."""
        self.answers: dict[str, bool] = {}
        """Path that is no governed file → whether it was there when a check asked."""
        self.told: dict[str, dict[str, Any]] = {}
        """Path → what checks asked about the document, and the answers."""
        self.opened: set[str] = set()
        """Paths of the documents that were asked for."""
        self.beyond = False
        """Whether a check looked at files that are no documents: keys, approvals, evidence."""
        self._replaced = replaced
        self._recent: dict[str, Document] = {}
        self._memo: dict[Hashable, Any] = {}
        self._board: Board | None = None
        self._board_read = False
        self._board_document: Document | None = None
        """Kept for good: it is large, and most findings about work items point to it."""
        scene = settings.scene
        self._named = {scene.board_path: "workboard", scene.glossary_path: "glossary"}

    @cached_property
    def facts(self) -> Mapping[str, Facts]:
        """Path → facts of the documents, in the order of `entries`."""
        return self.gather(None)

    def naming(self, words: Iterable[str]) -> Mapping[str, Facts]:
        """The facts of every document in whose facts one of these texts stands, by path; those of
        others may be empty."""
        return self.facts if "facts" in vars(self) else self.gather(words)

    @property
    def board(self) -> Board | None:
        if not self._board_read:
            self._board_read = True
            path = self.settings.scene.board_path
            found = self.answer(path, "board")
            if isinstance(found, list):
                from sot_tools.board.board import Board

                found = (decoder(Board, intern) or Board._make)(found)
                self.told[path][encoded(["board"])] = found
            self._board = found
        return self._board

    @property
    def trail(self) -> Trail:
        return self.once("trail", self._read_trail)  # type: ignore[no-any-return]

    def _read_trail(self) -> Trail:
        from sot_tools.rules.trail import Trail

        source = self.settings.source
        pinned = self.board is not None and self.board.head
        if not pinned and not any(source.entry(each) for each in AUTHORITY):
            return Trail()
        from sot_tools.project import trail

        self.beyond = True
        return trail.read(source, self.settings.runs)

    def kind(self, path: str) -> Kind | None:
        """The kind of a governed file."""
        kinds = self.settings.scene.kinds
        return kinds.by_name.get(self._named.get(path, "")) or kinds.detect(path)

    def content(self, path: str) -> bytes | str:
        """The bytes of a governed file, or why it cannot be read."""
        if path in self._replaced:
            return self._replaced[path]
        if self.entries[path].trouble:
            return ""
        limit = MAX_DOCUMENT if path.lower().endswith(".md") else MAX_DATA
        try:
            return self.settings.source.read(path, limit)
        except OSError as error:
            return error.strerror or str(error)

    def read(self, path: str, content: bytes | str) -> Document:
        """The document in a governed file's content; checks that follow find it at once."""
        if isinstance(content, bytes):
            document = parse(path, content)
        else:
            document = _unreadable(path, self.entries[path].trouble or "unreadable", content)
        if path == self.settings.scene.board_path:
            self._board_document = document
            return document
        if len(self._recent) >= _RECENT:
            self._recent.pop(next(iter(self._recent))).release()
        self._recent[path] = document
        return document

    def leave(self, path: str) -> None:
        """Let go of a document, so that the next one is read into the same memory; where all can be
        kept, they are."""
        if len(self.entries) > _RECENT and path in self._recent:
            self._recent.pop(path).release()

    def document(self, path: str) -> Document | None:
        self.opened.add(path)
        return self._document(path)

    def _document(self, path: str) -> Document | None:
        if path == self.settings.scene.board_path and self._board_document is not None:
            return self._board_document
        if path in self._recent:
            return self._recent[path]
        return self.read(path, self.content(path)) if path in self.entries else None

    def exists(self, path: str) -> bool:
        if path in self.entries:
            return True
        if path not in self.answers:
            self.answers[path] = self.settings.source.exists(path)
        return self.answers[path]

    def once(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        if key not in self._memo:
            self._memo[key] = compute()
        return self._memo[key]

    def answer(self, path: str, question: str, *about: str | int) -> Any:
        known = self.told.setdefault(path, {})
        asked = encoded([question, *about])
        if asked not in known:
            document = self._document(path)
            readable = document is not None and document.readable
            known[asked] = function(QUESTIONS[question])(document, *about) if readable else None
        return known[asked]


def _unreadable(path: str, trouble: str, why: str) -> Document:
    document = Document(path, "none", "")
    detail = f"file {_TROUBLE[trouble]}" + (f": {why}" if why else "")
    document.problems.append(problem(trouble, Whole(), detail, "replace it by a regular file"))
    return document
