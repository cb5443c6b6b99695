"""Runs the tests of authority with full counts and writes what they measured into docs/trust.md."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "trust.md"
BEGIN, END = "<!-- figures: written by tools/prove_trust.py -->", "<!-- end of figures -->"


def main() -> int:
    """Run, collect, write; 1 where a test fails, and then nothing is written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", default="1800", help="bits of each file; 0 for every bit")
    parser.add_argument("--processes", default="64")
    parser.add_argument("--rounds", default="1000")
    parser.add_argument("--stride", default="1", help="every n-th place of a fault")
    parser.add_argument("--figures", type=Path, help="write what was collected there; run nothing")
    wanted = parser.parse_args()
    if wanted.figures:
        write(wanted.figures)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures"
        counts = {
            "SOT_FLIPS": wanted.flips,
            "SOT_RACE_PROCESSES": wanted.processes,
            "SOT_RACE_ROUNDS": wanted.rounds,
            "SOT_FAULT_STRIDE": wanted.stride,
            "SOT_FIGURES": str(figures),
        }
        command = [sys.executable, "-m", "pytest", "-q", "tests/authority"]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **counts}, check=False)
        if done.returncode:
            return 1
        write(figures)
    return 0


def write(figures: Path) -> None:
    """Put the collected figures between the two marks of the page."""
    rows = [json.loads(line) for line in figures.read_text(encoding="utf-8").splitlines()]
    table = "\n".join(f"| {row['name']} | {row['value']} |" for row in sorted(rows, key=_name))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    content = f"{before}{BEGIN}\n| what | figure |\n| --- | --- |\n{table}\n{END}{after}"
    PAGE.write_text(content, encoding="utf-8")


def _name(row: dict[str, str]) -> str:
    return row["name"]


if __name__ == "__main__":
    sys.exit(main())
