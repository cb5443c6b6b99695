"""The options of a run that stand for authority: approval, stage, source, record, outcome."""

from __future__ import annotations

import os
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sot_tools.cli import runs
from sot_tools.errors import SotError
from sot_tools.runs.contract import RegisteredCase
from sot_tools.runs.gates import APPROVED_MODES
from sot_tools.runs.state import Governed

if TYPE_CHECKING:
    from sot_tools.authority.governed import Wants

LEDGER = ".sot/ledger.jsonl"

ADMISSION = click.option(
    "--admission", type=click.Path(), help="Stage 5: record that admits the repository."
)


def governed(
    place: runs.Places, case: RegisteredCase, engine: str, options: dict[str, Any]
) -> AbstractContextManager[Governed]:
    """The run that the options ask for; a plain one on a fixture loads nothing of authority."""
    asked = any(options.get(name) for name in ("approval", "source", "stage"))
    plain = not asked and case.task.mutation_mode not in APPROVED_MODES
    trial = options.get("no_ledger")
    if trial and not plain:
        raise SotError("--no-ledger is for a case on its fixture, without approval and stage")
    if plain and (trial or not (place.root / LEDGER).exists()):
        return nullcontext(Governed(case))
    from sot_tools.authority import governed as rooms

    return rooms.governed(wants(place.root, place.harness, place.runs, options), case, engine)


def wants(root: Path, harness: Path, folder: Path, options: dict[str, Any]) -> Wants:
    """What the options ask for."""
    from sot_tools.authority.governed import Wants
    from sot_tools.cli import places

    return Wants(
        root,
        harness,
        folder,
        places.used_folder(),
        time.time_ns,
        os.environ,
        options.get("stage") or 0,
        options.get("source") or "",
        bool(options.get("keep")),
        *(options.get(name) or "" for name in ("approval", "admission", "outcome")),
    )
