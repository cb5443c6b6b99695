"""Measures what contains the engines and writes the figures into docs/engines.md.

Run as `python -m bench.engines` (`make bench-engines`). Each figure is kept in `build/` and written
to the page as soon as it is known, so an interrupted measurement goes on where it stood; `--again`
forgets what was kept. What is not installed or not reached is written down as not run. As
`python -m bench.engines one …` it is a single run in a process of its own, so that another person
can be tried.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "engines.md"
KEPT = ROOT / "build" / "engines.json"
BEGIN, END = "<!-- figures: bench/engines.py -->", "<!-- end of figures -->"
LANES = ("fake", "pi", "codex", "case")
STRONG = ("landlock", "bubblewrap")
LEVELS = ("subreaper", *STRONG)
NOBODY = 65534
SYSTEM_PYTHON = "/usr/bin/python3"
REPEATS = int(os.environ.get("SOT_REPEATS", "7"))
TRIALS = int(os.environ.get("SOT_TRIALS", "100"))
WORKERS = 3


def one(name: str, level: str, folder: str) -> None:
    """Let one engine try every disallowed write; print what became of them."""
    from tests.engines import lanes

    used = lanes.lane(name)
    found = lanes.attempted(used, Path(folder), level)
    report = found.done.report
    print(
        json.dumps(
            {
                "refused": len(found.refused),
                "landed": found.landed,
                "tried": len(lanes.BAD_WRITES),
                "status": report["status"],
                "level": report["harness"].get("isolation", {}).get("level"),
                "blockers": report["blockers"],
            }
        )
    )


def refusals(name: str, level: str, nobody: bool) -> str:
    """`12 of 12` for an engine, a mechanism and a person; or why it was not run."""
    if nobody and (os.getuid() != 0 or not Path(SYSTEM_PYTHON).exists()):
        return "not run: needs root to become somebody else"
    folder = Path(tempfile.mkdtemp(prefix="sot-", dir="/var/tmp"))
    folder.chmod(0o777)
    python = SYSTEM_PYTHON if nobody else sys.executable
    try:
        done = subprocess.run(
            [python, "-m", "bench.engines", "one", name, level, str(folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **_as_nobody(nobody), "HOME": str(folder)},
            **({"user": NOBODY, "group": NOBODY, "extra_groups": []} if nobody else {}),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    try:
        found = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return f"not run: {(done.stderr.strip().splitlines() or ['no output'])[-1][:80]}"
    if found["level"] != level:
        return f"not run: reached {found['level']}"
    good = "" if found["status"] == "pass" else f", then {found['status']}: {found['blockers']}"
    return f"{found['refused']} of {found['tried']}{good}"


def _as_nobody(nobody: bool) -> dict[str, str]:
    """Where another person's interpreter finds what the toolkit needs."""
    if not nobody:
        return {}
    import site

    return {
        "PYTHONPATH": ":".join([str(ROOT), *site.getsitepackages()]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def start_of_true(level: str) -> str:
    """Milliseconds to start and end `true` at a level; bare for an empty one."""
    from sot_tools.engines import isolation

    if not level:
        return _median(lambda: subprocess.run(["/bin/true"], check=True), REPEATS * 3)
    where = isolation.at(level)
    if where.level != level:
        return f"not run: reached {where.level}"
    folder = Path(tempfile.mkdtemp(prefix="sot-"))
    policy = isolation.Policy(folder, (*isolation.system(), str(folder)), (str(folder),))
    command = isolation.wrap(("/bin/true",), policy, where)
    found = _median(lambda: subprocess.run(command, check=True), REPEATS * 3)
    shutil.rmtree(folder)
    return found


def _median(work: Callable[[], object], times: int) -> str:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return f"{statistics.median(taken):.1f}"


def whole_run(name: str, level: str) -> str:
    """Milliseconds of a whole governed run with the good fix at a level."""
    from tests.engines import lanes

    used = lanes.lane(name)
    folder = Path(tempfile.mkdtemp(prefix="sot-"))
    number = iter(range(REPEATS))

    def perform() -> None:
        done = lanes.play(used, folder / str(next(number)), lanes.FIX, level=level).done
        if done.report["status"] != "pass":
            raise SystemExit(f"{name} at {level}: {done.report['blockers']}")

    found = _median(perform, REPEATS)
    shutil.rmtree(folder)
    return found


def all_rows(name: str) -> str:
    """How many failure rows and provider classes ended as they must, and in what time."""
    from tests.engines import lanes, rows

    used = lanes.lane(name)
    todo = rows.of(used)
    folder = Path(tempfile.mkdtemp(prefix="sot-"))
    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        tried = [pool.submit(rows.see, used, row, folder / row.name) for row in todo]
        found = [each.result() for each in tried]
    took = time.perf_counter() - began
    shutil.rmtree(folder, ignore_errors=True)
    good = sum(each.as_expected for each in found)
    matrix = len([row for row in todo if row in rows.ROWS])
    return f"{good} of {len(found)} ({matrix} of the matrix) in {took:.1f} s"


def survivors(name: str, level: str, kill: bool) -> str:
    """How many processes all trials together left, and how late the last one went."""
    from tests.engines import lanes
    from tests.engines.trials import LEFT, trial

    used = lanes.lane(name)
    folder = Path(tempfile.mkdtemp(prefix="sot-"))
    count = TRIALS if level == "bubblewrap" else max(1, TRIALS // 5)
    with ThreadPoolExecutor(WORKERS) as pool:
        tried = [
            pool.submit(trial, used, level, folder / str(number), kill) for number in range(count)
        ]
        found = [each.result() for each in tried]
    shutil.rmtree(folder, ignore_errors=True)
    seen = [each for each in found if each.started > LEFT]
    left = sum(each.left for each in seen)
    late = max((each.after_ms for each in seen), default=0)
    return f"{left} left in {len(seen)} trials; none {late} ms after the end at the latest"


def _there(name: str) -> str:
    """Which engine is measured; empty where it is not there."""
    import pytest

    from tests.engines import lanes

    try:
        used = lanes.lane(name)
    except pytest.skip.Exception:
        return ""
    return f"{name} ({used.what})"


class Table(NamedTuple):
    """One table of figures."""

    words: str
    """What stands before it."""
    first: str
    """Heading of its first column."""
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, Any], ...]
    """Heading and what is handed to `measure`."""
    measure: Callable[..., str]

    def cells(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """The key of every figure, and what finds it out."""
        for row in self.rows:
            for heading, value in self.columns:
                key = "/".join((self.measure.__name__, *row, heading))
                yield key, lambda row=row, value=value: self.measure(*row, *value)


def tables() -> tuple[Table, ...]:
    """Everything that is measured."""
    people = (("root" if os.getuid() == 0 else "this person", False), (f"uid {NOBODY}", True))
    named = tuple((name,) for name in LANES)
    ends = (("kill -9 of the harness", True), ("timeout", False))
    swept = ("bubblewrap", "subreaper")
    return (
        Table(
            "Disallowed writes that were refused before they landed, then the fix passed:",
            "engine, mechanism",
            tuple((name, level) for name in LANES for level in STRONG),
            tuple((shown, (value,)) for shown, value in people),
            refusals,
        ),
        Table(
            "Failure rows and provider classes that ended in their own class, each done by the "
            f"engine itself, {WORKERS} at a time:",
            "engine",
            named,
            (("ended as they must", ()),),
            all_rows,
        ),
        Table(
            "Processes that were left by trials with five each, four of them in sessions of their "
            "own that ignore SIGTERM:",
            "engine, level",
            tuple((name, level) for name in LANES for level in swept),
            tuple((shown, (value,)) for shown, value in ends),
            survivors,
        ),
        Table(
            f"A whole governed run with its verification, median of {REPEATS}, in ms:",
            "engine",
            named,
            tuple((level, (level,)) for level in LEVELS),
            whole_run,
        ),
        Table(
            f"Start and end of one process, median of {REPEATS * 3}, in ms:",
            "program",
            ((),),
            tuple((level or "bare", (level,)) for level in ("", *LEVELS)),
            start_of_true,
        ),
    )


def page(found: dict[str, str], known: dict[str, str]) -> str:
    """The figures as Markdown; what is not known yet says so."""
    lines = [found["machine"]]
    for table in tables():
        headings = [heading for heading, _ in table.columns]
        lines += ["", table.words, "", f"| {' | '.join((table.first, *headings))} |"]
        lines.append("| --- " * (len(headings) + 1) + "|")
        keys = iter(key for key, _ in table.cells())
        for row in table.rows:
            silent = "not run" if any(known.get(word) == "" for word in row) else "not measured"
            cells = [found.get(next(keys), silent) for _ in headings]
            shown = ", ".join(known.get(word) or word for word in row) or "`true`"
            lines.append(f"| {' | '.join((shown, *cells))} |")
    return "\n".join(lines)


def machine() -> str:
    """Where and when the figures were found."""
    from sot_tools.engines import confine, isolation

    where = f"{platform.system()} {platform.release().split('-')[0]}, Landlock ABI "
    where += f"{confine.version()}, {os.cpu_count()} cores, strongest level "
    day = time.strftime("%Y-%m-%d", time.gmtime())
    where += f"`{isolation.shelter().level}`, load {os.getloadavg()[0]:.0f}"
    eager = "" if os.sched_getscheduler(0) == os.SCHED_OTHER else "; times with real-time priority"
    return f"Measured on {day}: {where}{eager}."


def keep(found: dict[str, str], known: dict[str, str]) -> None:
    """Keep the figures, and write them between their two marks."""
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(found, indent=1), encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    whole = f"{before}{BEGIN}\n\n{page(found, known)}\n\n{END}{after}"
    PAGE.write_text(whole, encoding="utf-8")


def main(again: bool) -> None:
    """Measure what is not kept yet, one figure after the other."""
    known = {name: _there(name) for name in LANES}
    kept = json.loads(KEPT.read_text()) if KEPT.exists() and not again else {}
    found = {key: each for key, each in kept.items() if not each.startswith("not run")}
    found["machine"] = machine()
    for table in tables():
        for key, measure in table.cells():
            if key in found or any(known.get(word) == "" for word in key.split("/")):
                continue
            found[key] = measure()
            print(f"{key}: {found[key]}", flush=True)
            keep(found, known)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(*sys.argv[2:])
    else:
        main("--again" in sys.argv)
