"""Mends what is fixable, in memory: files in, their new content out; writing is not done here.

Rule 1: only diagnostics that the report shows are mended, in the files that were asked for.
Rule 2: files are mended until nothing in them is fixable; one that does not settle stays.
Rule 3: a file stays whose digest another document records, and one whose state, items or other
front matter would not be what they were.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from sot_tools import disk, replacing
from sot_tools.diagnostic import Report
from sot_tools.documents.document import MAX_DATA, Document, parse
from sot_tools.documents.edits import Fix, Misfit, apply, together
from sot_tools.documents.items import items
from sot_tools.project.check import check, selected
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Selection
from sot_tools.project.snapshot import Snapshot

ROUNDS = 20
"""Most times a file is checked and mended before it counts as one that does not settle."""
MAY_DIFFER = frozenset({"name", "title"})
"""Keys of the front matter that a fix may write."""

_DIGEST = re.compile(r"\b[0-9A-Fa-f]{64}\b")


class Mended(NamedTuple):
    """One file before and after."""

    path: str
    before: bytes
    after: bytes


class Outcome(NamedTuple):
    """What mending came to."""

    mended: tuple[Mended, ...]
    """Sorted by path; only files that differ."""
    left: Mapping[str, str]
    """Path → why the file stays although something in it is fixable."""


def mend(settings: Settings, selection: Selection) -> Outcome:
    """The new content of every file that can be mended; the workspace stays as it is."""
    codes = frozenset(rule.code for rule in selected(settings.rules, selection))
    everything = selection._replace(select=(), ignore=(), use_baseline=True, edits=True)
    before: dict[str, bytes] = {}
    now: dict[str, bytes] = {}
    left: dict[str, str] = {}
    fixes: dict[str, list[Fix]] = {}
    for _ in range(ROUNDS):
        report = check(settings, everything._replace(replaced=now))
        fixes = _fixes(report, selection, codes, left)
        if not fixes:
            break
        unread = [path for path in fixes if path not in before]
        if unread:
            _read(settings, unread, before, left)
            now = {path: now.get(path, before[path]) for path in before}
        else:
            _apply(now, fixes, left)
    for path in fixes:
        left.setdefault(path, "mending it does not settle; mend it by hand")
    mended = [Mended(path, before[path], now[path]) for path in sorted(now) if path not in left]
    return _faithful(settings, [each for each in mended if each.before != each.after], left)


def _fixes(
    report: Report, selection: Selection, codes: frozenset[str], left: Mapping[str, str]
) -> dict[str, list[Fix]]:
    """Path → the fixes of its shown diagnostics, for the files that were asked for."""
    found: dict[str, list[Fix]] = {}
    for each in report.diagnostics:
        asked = all(
            chosen is None or each.path in chosen for chosen in (selection.paths, selection.changed)
        )
        if each.edits and asked and each.code in codes and each.path not in left:
            found.setdefault(each.path, []).append(each.edits)
    return found


def _read(
    settings: Settings, paths: list[str], before: dict[str, bytes], left: dict[str, str]
) -> None:
    """Read the files that are to be mended; what must not be written is left."""
    recorded = _recorded(settings)
    for path in paths:
        trouble = replacing.unwritable(settings.root, path)
        if trouble:
            left[path] = trouble
            continue
        try:
            content = disk.read(settings.root / path, MAX_DATA)
        except OSError as error:
            left[path] = f"cannot be read: {error.strerror or error}"
            continue
        by = recorded.get(sha256(content).hexdigest())
        if by is not None and by != path:
            left[path] = f"its SHA-256 is recorded in {by}, which would no longer hold"
        else:
            before[path] = content


def _recorded(settings: Settings) -> dict[str, str]:
    """Every SHA-256 that a document states → the first document that does."""
    found: dict[str, str] = {}
    snapshot = Snapshot(settings, {})
    for path in snapshot.entries:
        document = snapshot.document(path)
        for digest in _DIGEST.findall(document.text if document else ""):
            found.setdefault(digest.lower(), path)
    return found


def _apply(now: dict[str, bytes], fixes: Mapping[str, list[Fix]], left: dict[str, str]) -> None:
    for path, each in fixes.items():
        try:
            now[path] = apply(now[path], [edit for fix in together(each) for edit in fix])
        except Misfit as misfit:
            left[path] = f"{misfit}; mend it by hand"


def _faithful(settings: Settings, mended: list[Mended], left: dict[str, str]) -> Outcome:
    """The outcome without files in which more changed than a fix may change."""
    kept = []
    for each in mended:
        pattern = settings.scene.id_pattern
        if _states(parse(each.path, each.before), pattern) == _states(
            parse(each.path, each.after), pattern
        ):
            kept.append(each)
        else:
            left[each.path] = "mending would change what it states; mend it by hand"
    return Outcome(tuple(kept), dict(sorted(left.items())))


def _states(document: Document, id_pattern: str) -> object:
    """What a document states: front matter or data, and its work items without their places."""
    data = document.data
    if document.format == "markdown" and isinstance(data, dict):
        data = {key: value for key, value in data.items() if key not in MAY_DIFFER}
    stated = [
        (
            item.id,
            item.title,
            item.status and item.status.text,
            item.type and item.type.text,
            [line.text for line in item.blocked_by or ()],
            [(line.text, line.ticked) for line in item.acceptance or ()],
        )
        for item in items(document, id_pattern)
    ]
    return data, stated
