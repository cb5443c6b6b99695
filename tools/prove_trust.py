"""Runs the tests of authority with full counts and writes what they measured into docs/trust.md."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "trust.md"
BEGIN, END = "<!-- figures: written by tools/prove_trust.py -->", "<!-- end of figures -->"
_ROW = re.compile(r"^\| (?!---|what \|)(.+?) \| (.+) \|$", re.MULTILINE)
MEMORY = Path("/dev/shm")  # noqa: S108  files that no disk has to bring to rest
HEAVY = ("bits flipped", "processes race", "faults")
"""How the names of figures begin that have a piece of their own."""
NETWORK = "authority suite in an empty network namespace"


class Piece(NamedTuple):
    """Tests that are run together, and the counts that make them full."""

    tests: tuple[str, ...]
    counts: Mapping[str, str]


PIECES = {
    "flips": Piece(("test_flipped_bits.py", "test_kept.py"), {"SOT_FLIPS": "0"}),
    "race": Piece(("test_race.py",), {"SOT_RACE_PROCESSES": "64", "SOT_RACE_ROUNDS": "1000"}),
    "faults": Piece(("test_faults.py",), {"SOT_FAULT_STRIDE": "1"}),
    "network": Piece((".",), {}),
    "rest": Piece((".",), {}),
}
"""Each can be run by itself; its figures take the place of the ones that stand in the page."""


def main() -> int:
    """Run, collect, write; 1 where a test fails, and then nothing of that piece is written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pieces", nargs="*", help=f"{', '.join(PIECES)}; all where none is named")
    wanted = parser.parse_args().pieces or list(PIECES)
    unknown = [each for each in wanted if each not in PIECES]
    if unknown:
        parser.error(f"no piece `{unknown[0]}`; pieces: {', '.join(PIECES)}")
    return max(_prove(name) for name in wanted)


def _prove(name: str) -> int:
    """Run one piece; where its files are kept in memory, only the time is another."""
    piece = PIECES[name]
    fast = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="sot-trust-", dir=fast) as folder:
        figures = Path(folder) / "figures"
        command = [sys.executable, "-m", "pytest", f"--basetemp={folder}/tests"]
        command += [f"tests/authority/{each}" for each in piece.tests]
        environment = {**os.environ, **piece.counts}
        if name == "network":
            return _without_network(command, environment)
        environment["SOT_FIGURES"] = str(figures)
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            return 1
        rows = [json.loads(line) for line in figures.read_text(encoding="utf-8").splitlines()]
    made = {row["name"]: row["value"] for row in rows}
    if name == "rest":
        made = {key: value for key, value in made.items() if not key.startswith(HEAVY)}
    write(made)
    return 0


def _without_network(command: list[str], environment: Mapping[str, str]) -> int:
    """Run the suite where there is no network, not even this machine's own."""
    alone = ["unshare", "--map-root-user", "--net"]
    why = "unshare is not installed"
    if shutil.which("unshare"):
        refused = subprocess.run([*alone, "true"], capture_output=True, text=True, check=False)
        why = refused.stderr.strip() if refused.returncode else ""
    if why:
        write({NETWORK: f"not run: {why}"})
        return 0
    done = subprocess.run(
        [*alone, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    print(done.stdout)
    found = re.search(r"(\d+) passed", done.stdout)
    if done.returncode or found is None:
        return 1
    write({NETWORK: f"{found.group(1)} tests passed"})
    return 0


def write(made: Mapping[str, str]) -> None:
    """Put figures between the two marks of the page, beside those that stand there."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    known, _, after = rest.partition(END)
    rows = {**dict(_ROW.findall(known)), **made}
    table = "\n".join(f"| {name} | {value} |" for name, value in sorted(rows.items()))
    content = f"{before}{BEGIN}\n| what | figure |\n| --- | --- |\n{table}\n{END}{after}"
    PAGE.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
