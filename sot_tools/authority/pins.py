"""Which heads of the ledger are pinned outside it: workboard and closeouts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sot_tools.project import settings as settings_room
from sot_tools.project.snapshot import Snapshot

_HEAD = re.compile(r"head `sha256:([0-9a-f]{64})`")


def found(root: Path) -> Iterator[tuple[str, str]]:
    """Path and pinned head."""
    settings = settings_room.read(root, None)
    snapshot = Snapshot(settings, {})
    if snapshot.board is not None and snapshot.board.head:
        yield snapshot.board.path, snapshot.board.head
    for path in snapshot.entries:
        kind = snapshot.kind(path)
        document = snapshot.document(path) if kind and kind.name == "closeout" else None
        if document is not None:
            for match in _HEAD.finditer(document.text):
                yield path, match.group(1)
