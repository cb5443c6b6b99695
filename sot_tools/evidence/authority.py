"""The ledger and the trusted keys of a workspace, read together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sot_tools.evidence import ledger as ledgers
from sot_tools.evidence import trust as trusts
from sot_tools.evidence.ledger import Ledger
from sot_tools.evidence.trust import Trust
from sot_tools.source import Folder

if TYPE_CHECKING:
    from sot_tools.source import Source

_RECORD = 1 << 16


class Authority(NamedTuple):
    """What a workspace knows about who may."""

    ledger: Ledger
    trust: Trust


def load(root: Path, ledger: Ledger | None = None) -> Authority:
    """Read both from a folder; `ledger` is what is known already."""
    return within(Folder(root), ledger)


def within(source: Source, ledger: Ledger | None = None) -> Authority:
    """Read both from the source of a workspace's files."""
    known = ledgers.within(source) if ledger is None else ledger
    records = {
        entry.path: _content(source, entry.path)
        for entry in source.walk(trusts.FOLDER)
        if entry.path.endswith(".json") and not entry.trouble
    }
    return Authority(known, trusts.read(records, known))


def _content(source: Source, path: str) -> bytes:
    try:
        return source.read(path, _RECORD)
    except OSError:
        return b""
