"""Which files a check reads, found without knowing what any of them means."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sot_tools import disk
from sot_tools.disk import Entry
from sot_tools.globs import meant

if TYPE_CHECKING:
    from sot_tools.source import Source

FILE = ".sot/workspace.yaml"
RULES = ".sot/rules.yaml"
KINDS = ".sot/kinds"
BASELINE = ".sot/baseline.json"
AUTHORITY = (".sot/ledger.jsonl", ".sot/trust", ".sot/approvals")
"""What a workspace has once somebody may approve something in it."""

_ENDINGS = (".md", ".json", ".yaml", ".yml")


class Scope(NamedTuple):
    """Which files the rules of a workspace apply to."""

    roots: tuple[str, ...]
    board: str
    glossary: str
    exclude: tuple[str, ...]
    """Globs of files that are left out."""
    apart: tuple[str, ...]
    """Globs of files that belong to a document and are none themselves, as a kind says."""

    @property
    def singles(self) -> Iterator[str]:
        """Files that are governed wherever they stand."""
        return filter(None, (self.board, self.glossary, FILE))


def shipped() -> Path:
    """The folder `schemas/`: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "schemas"
    return inside if inside.is_dir() else package.parent / "schemas"


def find_root(start: Path) -> Path:
    """The nearest folder at or above `start` that holds a workspace, else `start` itself."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file() or (folder / ".sot").is_dir():
            return folder
    return start


def governed(
    source: "Source",
    scope: Scope,
    replaced: Iterable[str] = (),
    folders: list[Entry] | None = None,
) -> list[Entry]:
    """Every file that rules apply to, sorted: documents and records below the roots, and the
    board, the glossary and the settings wherever they stand; `replaced` names further ones.

    The folders that were walked go to `folders`; see `disk.walk`.
    """
    found = {
        entry.path: entry
        for folder in scope.roots
        for entry in source.walk(folder, _ENDINGS, folders)
    }
    for path in scope.singles:
        single = source.entry(path)
        if single is not None:
            found[path] = single
    for path in meant(found, scope.apart):
        del found[path]
    for path in replaced:
        found[path] = Entry(path)
    for path in meant(found, scope.exclude):
        del found[path]
    return [found[path] for path in sorted(found)]


def configuration(source: "Source") -> Iterator[Entry]:
    """The files that decide what is checked and reported; one that is not there has no mark."""
    for path in (FILE, RULES, BASELINE):
        yield Entry(path, "", source.mark(path))
    for path in AUTHORITY:
        yield source.entry(path) or Entry(path)
    for name in source.names(KINDS):
        yield Entry(f"{KINDS}/{name}", "", source.mark(f"{KINDS}/{name}"))


ABOVE = frozenset({"authority", "cli", "report", "runs", "views"})
"""Rooms that no check can ask for anything: imports run one way, and a test says so."""
_OTHER = ABOVE | {"__pycache__"}


def program() -> Iterator[Entry]:
    """Everything of this program that a verdict depends on: its modules, what is valid, and the
    folders in which libraries are installed, which change when one is."""
    package = Path(__file__).resolve().parent.parent
    for folder in sorted({package, shipped()}):
        yield from _held(str(folder.parent), folder.name)
    for library in sys.path:
        if library.endswith("-packages"):
            yield Entry(library, "", disk.mark_of(library))


def _held(parent: str, folder: str) -> Iterator[Entry]:
    """The files in a folder of the program and in the folders in it, whose names hold no dot."""
    for name in disk.names(f"{parent}/{folder}"):
        path = f"{folder}/{name}"
        if name.endswith((".py", ".yaml", ".json")):
            yield Entry(path, "", disk.mark_of(f"{parent}/{path}"))
        elif "." not in name and name not in _OTHER:
            yield from _held(parent, path)
