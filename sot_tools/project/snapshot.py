"""The files of a workspace at one moment, read once, and what cross-document checks may ask."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sot_tools import disk
from sot_tools.board import board as boards
from sot_tools.board.board import Board
from sot_tools.diagnostic import Whole
from sot_tools.disk import Entry
from sot_tools.documents.document import MAX_DATA, MAX_DOCUMENT, Document, parse
from sot_tools.documents.problems import problem
from sot_tools.project.settings import FILE, Settings
from sot_tools.rules.facts import collect
from sot_tools.rules.kinds import Kind, glob_pattern, matches
from sot_tools.rules.model import Facts, Trail

_ENDINGS = (".md", ".json", ".yaml", ".yml")
_AUTHORITY = (".sot/ledger.jsonl", ".sot/trust", ".sot/approvals")
"""What a workspace has once somebody may approve something in it."""
_TROUBLE = {
    "symlink": "is a symbolic link that leaves the workspace or leads nowhere",
    "folder-link": "is a symbolic link to a folder, which no check follows",
    "not-a-file": "is not a regular file",
    "name": "has a name with characters that cannot be printed",
    "unreadable": "cannot be read",
}


class Snapshot:
    """All governed files, parsed; a `rules.model.Library`."""

    def __init__(self, settings: Settings, replaced: Mapping[str, bytes]) -> None:
        """`replaced` gives content that stands in for a file's own (an editor's buffer)."""
        self._root = settings.root
        self._runs = settings.runs
        self._documents: dict[str, tuple[Document, Kind | None]] = {}
        self._exists: dict[str, bool] = {}
        self._memo: dict[Hashable, Any] = {}
        scene = settings.scene
        kinds = scene.kinds
        named = {scene.board_path: "workboard", scene.glossary_path: "glossary"}
        for entry in governed(settings, replaced):
            document = _document(settings.root, entry, replaced)
            kind = kinds.by_name.get(named.get(document.path, "")) or kinds.detect(document.path)
            self._documents[document.path] = (document, kind)
        self._facts: dict[str, Facts] = {
            path: collect(document, kind, settings.scene)
            for path, (document, kind) in self._documents.items()
        }
        found = self._documents.get(settings.scene.board_path)
        self._board = boards.read(found[0]) if found and found[0].readable else None

    @property
    def facts(self) -> Mapping[str, Facts]:
        return self._facts

    @property
    def board(self) -> Board | None:
        return self._board

    @property
    def trail(self) -> Trail:
        return self.once("trail", self._read_trail)  # type: ignore[no-any-return]

    def _read_trail(self) -> Trail:
        pinned = self._board is not None and self._board.head
        if not pinned and not any(disk.entry(self._root, each) for each in _AUTHORITY):
            return Trail()
        from sot_tools.project import trail

        return trail.read(self._root, self._runs)

    def document(self, path: str) -> Document | None:
        found = self._documents.get(path)
        return found[0] if found else None

    def kind(self, path: str) -> Kind | None:
        """The kind of a governed file."""
        found = self._documents.get(path)
        return found[1] if found else None

    def exists(self, path: str) -> bool:
        if path in self._documents:
            return True
        if path not in self._exists:
            self._exists[path] = disk.exists_inside(self._root, path)
        return self._exists[path]

    def once(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        if key not in self._memo:
            self._memo[key] = compute()
        return self._memo[key]

    def __iter__(self) -> Iterator[tuple[Document, Kind | None]]:
        return iter(self._documents.values())

    def paths(self) -> list[str]:
        """The paths of all governed files, sorted."""
        return list(self._documents)


def governed(settings: Settings, replaced: Mapping[str, bytes]) -> list[Entry]:
    """Every file that rules apply to: documents and records below the roots, and the board, the
    glossary and the settings wherever they stand."""
    found: dict[str, Entry] = {}
    for root in settings.scene.roots:
        for entry in disk.walk(settings.root, root):
            if entry.path.lower().endswith(_ENDINGS) or entry.trouble:
                found[entry.path] = entry
    for path in (settings.scene.board_path, settings.scene.glossary_path, FILE):
        single = disk.entry(settings.root, path) if path else None
        if single is not None:
            found[path] = single
    apart = _ungoverned(settings)
    found = {path: each for path, each in found.items() if not apart(path)}
    for path in replaced:
        found[path] = Entry(path)
    if settings.exclude:
        found = {
            path: entry for path, entry in found.items() if not matches(path, settings.exclude)
        }
    return [found[path] for path in sorted(found)]


def _ungoverned(settings: Settings) -> Callable[[str], bool]:
    """Whether a kind says of a path that it belongs to a document and is none itself."""
    globs = [
        glob_pattern(glob)
        for kind in settings.scene.kinds.by_name.values()
        for glob in kind.schema["x-sot"].get("ungoverned", ())
    ]
    return lambda path: any(glob.fullmatch(path) for glob in globs)


def _document(root: Path, entry: Entry, replaced: Mapping[str, bytes]) -> Document:
    if entry.path in replaced:
        return parse(entry.path, replaced[entry.path])
    if entry.trouble:
        return _unreadable(entry.path, entry.trouble)
    limit = MAX_DOCUMENT if entry.path.lower().endswith(".md") else MAX_DATA
    try:
        return parse(entry.path, disk.read(f"{root}/{entry.path}", limit))
    except OSError as error:
        return _unreadable(entry.path, "unreadable", error.strerror or str(error))


def _unreadable(path: str, trouble: str, why: str = "") -> Document:
    document = Document(path, "none", "")
    detail = f"file {_TROUBLE[trouble]}" + (f": {why}" if why else "")
    document.problems.append(problem(trouble, Whole(), detail, "replace it by a regular file"))
    return document
