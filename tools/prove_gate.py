"""Changes the gate in every way that cosmic-ray knows, asks its tests whether they notice, and
writes how many they did into docs/trust.md; 1 where fewer than nine of ten."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome
from prove_trust import ROOT, write

GATE, TESTS = "sot_tools/authority/gate.py", "tests/authority/test_gate.py"
NEEDED = ("sot_tools", "schemas", "tests", "pyproject.toml")
LEAST = 0.9
CONFIG = f"""
[cosmic-ray]
module-path = "{GATE}"
timeout = 60.0
excluded-modules = []
test-command = "{sys.executable} -B -m pytest -x -q -p no:cacheprovider -m 'not slow' {TESTS}"

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*"]
"""
"""The gate has `|` in annotations only, and no annotation is ever computed."""


def main() -> int:
    """Mutate a copy, so that a run that is stopped leaves no mutant in the tree."""
    with tempfile.TemporaryDirectory(prefix="sot-gate-") as folder:
        copy = Path(folder)
        for name in NEEDED:
            source = ROOT / name
            if source.is_dir():
                skip = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, copy / name, symlinks=True, ignore=skip)
            else:
                shutil.copy2(source, copy / name)
        (copy / "gate.toml").write_text(CONFIG, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": folder}
        for command in (
            ["cosmic-ray", "init", "gate.toml", "gate.sqlite"],
            ["cr-filter-operators", "gate.sqlite", "gate.toml"],
            ["cosmic-ray", "baseline", "gate.toml"],
            ["cosmic-ray", "exec", "gate.toml", "gate.sqlite"],
        ):
            program = Path(sys.executable).with_name(command[0])
            subprocess.run([program, *command[1:]], cwd=copy, env=environment, check=True)
        return _judge(copy / "gate.sqlite")


def _judge(results: Path) -> int:
    killed, alive = 0, []
    with use_db(str(results), WorkDB.Mode.open) as found:
        for item, result in found.completed_work_items:
            if result.test_outcome == TestOutcome.KILLED:
                killed += 1
            elif result.test_outcome is not None:
                alive.append((item.mutations[0].start_pos[0], result.diff or ""))
    for line, diff in sorted(alive):
        changed = [row for row in diff.splitlines() if row[:1] in "+-" and row[:3] not in _HEADS]
        print(f"line {line} survives:", *changed, sep="\n  ")
    total = killed + len(alive)
    write({"mutants of the gate": f"{killed} of {total} killed by its tests"})
    print(f"{killed} of {total} killed")
    return 0 if total and killed >= LEAST * total else 1


_HEADS = ("+++", "---")

if __name__ == "__main__":
    sys.exit(main())
