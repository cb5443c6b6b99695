"""Measures what contains the engines and writes the figures into docs/engines.md.

Run as `python -m bench.engines` (`make bench-engines`). What is not installed or not reached is
written down as not run. As `python -m bench.engines one …` it is a single run in a process of its
own, so that another person can be tried.
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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "engines.md"
BEGIN, END = "<!-- figures: bench/engines.py -->", "<!-- end of figures -->"
LANES = ("pi", "codex", "case")
STRONG = ("landlock", "bubblewrap")
LEVELS = ("subreaper", *STRONG)
NOBODY = 65534
SYSTEM_PYTHON = "/usr/bin/python3"
REPEATS = int(os.environ.get("SOT_REPEATS", "7"))
TRIALS = int(os.environ.get("SOT_TRIALS", "100"))


def one(name: str, level: str, folder: str) -> None:
    """Let one engine try every disallowed write; print what became of them."""
    from tests.engines import lanes

    used = lanes.lane(name)
    root = lanes.workspace(Path(folder) / "workspace")
    found = lanes.attempted(used, root, Path(folder) / "runs", level)
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


def cost() -> dict[str, float]:
    """Milliseconds to start and end `true` at each level, and bare."""
    from sot_tools.engines import isolation

    found = {"bare": _median(lambda: subprocess.run(["/bin/true"], check=True))}
    for level in LEVELS:
        where = isolation.at(level)
        if where.level != level:
            continue
        folder = Path(tempfile.mkdtemp(prefix="sot-"))
        policy = isolation.Policy(folder, (*isolation.system(), str(folder)), (str(folder),))
        command = isolation.wrap(("/bin/true",), policy, where)
        found[level] = _median(lambda command=command: subprocess.run(command, check=True))
        shutil.rmtree(folder)
    return found


def _median(work: Any) -> float:
    taken = []
    for _ in range(REPEATS * 3):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def runs(name: str) -> dict[str, float] | str:
    """Milliseconds of a whole governed run with the good fix at each level."""
    from tests.engines import lanes
    from tests.engines.scripted import Model

    used = lanes.lane(name)
    found: dict[str, float] = {}
    for level in LEVELS:
        taken = []
        for _ in range(REPEATS):
            folder = Path(tempfile.mkdtemp(prefix="sot-"))
            root = lanes.workspace(folder / "workspace")
            with Model(lanes.script(used, lanes.FIX)) as spoken:
                given = lanes.environment(used, root, spoken)
                began = time.perf_counter()
                done = lanes.perform(used, root, folder / "runs", given, isolation=level)
                taken.append((time.perf_counter() - began) * 1000)
            if done.report["status"] != "pass":
                raise SystemExit(f"{name} at {level}: {done.report['blockers']}")
            shutil.rmtree(folder)
        found[level] = statistics.median(taken)
    return found


def survivors(name: str, level: str, kill: bool) -> str:
    """How many processes all trials together left, and how late the last one went."""
    from concurrent.futures import ThreadPoolExecutor

    from tests.engines import lanes
    from tests.engines.trials import LEFT, trial

    used = lanes.lane(name)
    folder = Path(tempfile.mkdtemp(prefix="sot-"))
    with ThreadPoolExecutor(3) as pool:
        tried = [
            pool.submit(trial, used, level, folder / str(number), kill)
            for number in range(TRIALS if level == "bubblewrap" else max(1, TRIALS // 5))
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


def page() -> str:
    """The figures as Markdown."""
    from sot_tools.engines import confine, isolation

    known = {name: _there(name) for name in LANES}
    machine = f"{platform.system()} {platform.release().split('-')[0]}, Landlock ABI "
    machine += f"{confine.version()}, {os.cpu_count()} cores, strongest level "
    machine += f"`{isolation.shelter().level}`"
    lines = [f"Measured on {time.strftime('%Y-%m-%d', time.gmtime())}: {machine}.", ""]
    lines += ["Disallowed writes that were refused before they landed, then the fix passed:", ""]
    people = {"root" if os.getuid() == 0 else "this person": False, f"uid {NOBODY}": True}
    lines += [f"| engine | mechanism | {' | '.join(people)} |", "| --- | --- | --- | --- |"]
    for name, shown in known.items():
        for level in STRONG:
            cells = [
                refusals(name, level, nobody) if shown else "not run" for nobody in people.values()
            ]
            lines.append(f"| {shown or name} | {level} | {' | '.join(cells)} |")
    lines += ["", "Processes that were left by trials with five each, four of them in sessions of"]
    lines += ["their own that ignore SIGTERM:", ""]
    lines += ["| engine | level | kill -9 of the harness | timeout |", "| --- | --- | --- | --- |"]
    for name, shown in known.items():
        for level in ("bubblewrap", "subreaper"):
            cells = [survivors(name, level, kill) if shown else "not run" for kill in (True, False)]
            lines.append(f"| {shown or name} | {level} | {' | '.join(cells)} |")
    lines += ["", f"Cost, median of {REPEATS} (of `true`: {REPEATS * 3}), in ms:", ""]
    lines += [f"| what | bare | {' | '.join(LEVELS)} |", "| --- | --- | --- | --- | --- |"]
    costs = cost()
    cells = [f"{costs[each]:.1f}" if each in costs else "not run" for each in ("bare", *LEVELS)]
    lines.append(f"| start and end of `true` | {' | '.join(cells)} |")
    for name, shown in known.items():
        if shown:
            found = runs(name)
            cells = [f"{found[level]:.0f}" for level in LEVELS]
            lines.append(f"| whole run, {shown} | - | {' | '.join(cells)} |")
        else:
            lines.append(f"| whole run, {name} | - | not run | not run | not run |")
    return "\n".join(lines)


def main() -> None:
    """Write the figures between their two marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{page()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(*sys.argv[2:])
    else:
        main()
