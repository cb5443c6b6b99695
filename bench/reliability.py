"""Break runs and their evidence many times over and write down what came of it.

`python bench/reliability.py [--quick] [--only Speed] [--page docs/evidence-reliability.md]`:
everything is done for real, in folders of its own; the page is written from the figures and never
by hand. What needs root (small and read-only disks) is left out, and named, where there is none.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import breaking, run_speed  # noqa: E402

Rows = list[tuple[str, str]]
NOTES = {"Speed": run_speed.WHY}
"""Section → what its figures mean."""
HEAD = """# How reliable evidence is

<!-- written by bench/reliability.py; run `make test-reliability` -->

Every figure comes from doing the thing: processes killed, disks filled, files changed.
`docs/evidence.md` says what a verdict proves and what it does not.
"""


def section(title: str, rows: Rows) -> str:
    """One section of the page, with how busy the machine was at its end."""
    eager = {0: "normal", 1: "real-time", 2: "real-time"}.get(os.sched_getscheduler(0), "low")
    lines = [f"## {title}", "", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines.append(f"| load of the machine, priority | {os.getloadavg()[0]:.1f}, {eager} |")
    lines += ["", NOTES[title]] if title in NOTES else []
    return "\n".join(lines) + "\n"


def page(sections: dict[str, str], where: str) -> str:
    """The page from its sections, measured on a file system."""
    kind = subprocess.run(
        ["stat", "-f", "-c", "%T", where], check=False, capture_output=True, text=True
    )
    machine = (
        f"Measured on {os.cpu_count()} processors, {os.uname().sysname} {os.uname().release}, "
        f"Python {sys.version.split()[0]}, file system {kind.stdout.strip()}.\n"
    )
    return "\n".join((HEAD, machine, *sections.values()))


def earlier(path: Path) -> dict[str, str]:
    """The sections of a page that was written before."""
    parts = path.read_text().split("\n## ")[1:]
    return {part.split("\n")[0]: f"## {part.rstrip()}\n" for part in parts}


def main() -> int:
    """Measure, write the page, and say by the exit code whether a promise was broken."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer repetitions")
    options.add_argument("--page", type=Path, help="file to write; standard output without it")
    options.add_argument("--only", help="measure one section, and leave the rest of the page")
    given = options.parse_args()
    quick = given.quick
    jobs: dict[str, Callable[[Path], Rows]] = {
        "kill -9 at random instants": lambda at: breaking.kills(at, 24 if quick else 200),
        "Tampering with sealed evidence": breaking.tampers,
        "Disks and clocks": breaking.disks,
        "Side by side": lambda at: breaking.crowds(at, 10 if quick else 50),
        "Speed": lambda at: run_speed.speeds(at, quick),
        "Much evidence": lambda at: run_speed.large(at, (64 if quick else 1023) << 20),
    }
    known = dict.fromkeys(jobs, "") | (earlier(given.page) if given.only and given.page else {})
    figures: dict[str, Rows] = {}
    with tempfile.TemporaryDirectory(dir=os.environ.get("SOT_BENCH_DIR")) as name:
        for title, job in jobs.items():
            if given.only in {None, title}:
                place = Path(name) / title.split()[0]
                place.mkdir()
                figures[title] = job(place)
                known[title] = section(title, figures[title])
                sys.stderr.write(f"{known[title]}\n")
                shutil.rmtree(place, ignore_errors=True)
        text = page(known, name)
    if given.page:
        given.page.write_text(text)
    else:
        sys.stdout.write(text)
    return broken(figures)


NOTHING = "0"
HOPES: dict[str, tuple[str, Callable[[dict[str, str]], bool]]] = {
    "a killed run read as something else": (
        "kill -9 at random instants",
        lambda rows: rows["run directories that read as anything else"] == NOTHING,
    ),
    "a chain broke": (
        "kill -9 at random instants",
        lambda rows: rows["directories with a broken chain"] == NOTHING,
    ),
    "an event was lost": (
        "kill -9 at random instants",
        lambda rows: rows["complete events lost"] == NOTHING,
    ),
    "a process was left": (
        "kill -9 at random instants",
        lambda rows: rows["processes of engines left"] == NOTHING,
    ),
    "the next run was disturbed": (
        "kill -9 at random instants",
        lambda rows: rows["the next run"] == "pass",
    ),
    "tampering went unnoticed": (
        "Tampering with sealed evidence",
        lambda rows: rows["all"].split()[0] == rows["all"].split()[2],
    ),
    "a pass without evidence": (
        "Disks and clocks",
        lambda rows: not any("PASS" in name for name in rows),
    ),
}
"""Promise that would be broken → the section that shows it, and whether it was kept there."""


def broken(figures: dict[str, Rows]) -> int:
    """1 where a promise was broken; speed is told and never fails."""
    found = [
        what
        for what, (title, held) in HOPES.items()
        if title in figures and not held(dict(figures[title]))
    ]
    for what in found:
        sys.stderr.write(f"broken: {what}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
