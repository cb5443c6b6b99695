"""Runs the real command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

SOT = [sys.executable, "-c", "from sot_tools.cli.main import main; main()"]


class Outcome(NamedTuple):
    """What a person at the terminal gets."""

    code: int
    out: str
    err: str


def sot(folder: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> Outcome:
    """Run `sot` in a folder; never a traceback, whatever happens."""
    done = subprocess.run(
        [*SOT, *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, "COLUMNS": "100", **environment},
    )
    outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in outcome.err, outcome.err
    return outcome
