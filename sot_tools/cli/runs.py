"""What the verbs about runs share: where things are, what time it is, and who watches."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools.errors import SotError
from sot_tools.evidence.instants import instant
from sot_tools.project.files import find_root
from sot_tools.runs.contract import Registration
from sot_tools.runs.registry import PLACE

RUNS_DIR = "SOT_RUNS_DIR"
"""Environment variable that names the folder of the run directories."""


class Places(NamedTuple):
    """The folders of a run."""

    root: Path
    harness: Path
    runs: Path


def place(root: str | None, harness: str | None, folder: str | None) -> Places:
    """Where the workspace, the register and the run directories are."""
    start = Path(root) if root else Path()
    if not start.is_dir():
        raise SotError(f"{root}: no such folder")
    found = start.resolve() if root else find_root(start.resolve())
    runs = runs_folder(folder)
    if runs.is_relative_to(found) and (found / ".sot").is_dir():
        raise SotError(
            f"{runs} lies inside the workspace {found}; evidence stands outside tracked source, "
            "name another folder with --runs-dir"
        )
    return Places(found, Path(harness).resolve() if harness else found / PLACE, runs)


def runs_folder(folder: str | None) -> Path:
    """The folder of the run directories: the option, the environment, or the user's state."""
    wanted = folder or os.environ.get(RUNS_DIR)
    if wanted:
        return Path(wanted).resolve()
    from platformdirs import user_state_path

    return user_state_path("sot-tools") / "runs"


def now() -> str:
    """This instant as text."""
    return instant(time.time_ns())


def documents(root: Path, engine: Registration) -> Mapping[str, str]:
    """`path#field` → value, for the documents that the engine's gates look at."""
    found: dict[str, str] = {}
    for gate in engine.gates:
        value = record(root, gate.document).get(gate.field)
        found[f"{gate.document}#{gate.field}"] = "" if value is None else str(value)
    return found


def record(root: Path, path: str) -> Mapping[str, Any]:
    """The value of a governed document; empty where it is missing or unreadable."""
    from sot_tools import disk
    from sot_tools.documents.document import MAX_DOCUMENT, parse

    if not path or not disk.exists_inside(root, path):
        return {}
    try:
        value = parse(path, disk.read(root / path, MAX_DOCUMENT)).data
    except OSError:
        return {}
    return value if isinstance(value, dict) else {}


def colored(wanted: str) -> bool:
    """Whether standard output takes colour; `auto` obeys NO_COLOR and whether it is a terminal."""
    from sot_tools.cli import terminal

    return terminal.options(wanted, False, 0).color


class Progress:
    """One line on standard error, only on a terminal: phase, elapsed time, last event."""

    def __init__(self, case_id: str) -> None:
        self.on = sys.stderr.isatty()
        self.case_id = case_id
        self.began = time.monotonic()
        self.phase = self.event = ""

    def __call__(self, phase: str, detail: str) -> None:
        if phase == "event":
            self.event = detail
        else:
            self.phase = phase
        if self.on:
            elapsed = time.monotonic() - self.began
            line = f"{self.case_id}  {self.phase:8} {elapsed:6.1f} s  {self.event}"
            sys.stderr.write(f"\r\x1b[K{line[:100]}")
            sys.stderr.flush()

    def end(self) -> None:
        """Remove the line."""
        if self.on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Stop:
    """Whether somebody pressed Ctrl-C or sent SIGTERM; the run then ends in a sealed report."""

    def __init__(self) -> None:
        self.wanted = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, *_: Any) -> None:
        self.wanted = True

    def __call__(self) -> bool:
        return self.wanted
