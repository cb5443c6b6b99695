"""The ledger and the trusted keys of a workspace, read together."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sot_tools import disk
from sot_tools.evidence import ledger as ledgers
from sot_tools.evidence import trust as trusts
from sot_tools.evidence.ledger import Ledger
from sot_tools.evidence.trust import Trust

_RECORD = 1 << 16


class Authority(NamedTuple):
    """What a workspace knows about who may."""

    ledger: Ledger
    trust: Trust


def load(root: Path, ledger: Ledger | None = None) -> Authority:
    """Read both; `ledger` is what is known already."""
    known = ledgers.load(root) if ledger is None else ledger
    records = {
        entry.path: _content(root, entry.path)
        for entry in disk.walk(root, trusts.FOLDER)
        if entry.path.endswith(".json") and not entry.trouble
    }
    return Authority(known, trusts.read(records, known))


def _content(root: Path, path: str) -> bytes:
    try:
        return disk.read(root / path, _RECORD)
    except OSError:
        return b""
