"""Runs and their evidence, broken many times over; each function says what came of it."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sot_tools.errors import SotError
from sot_tools.evidence import seals
from sot_tools.evidence.verdict import Interrupted, Verified
from sot_tools.runs import registry
from sot_tools.runs.run import run
from sot_tools.runs.state import Order
from tests.evidence import test_tampering as tampering
from tests.runs import harness
from tests.runs.harness import CHANGE, DONE, PLAN

MARK = f"98765{os.getpid()}"
"""Seconds that an escaped process sleeps: its argument tells it from every other process."""
ESCAPE = {"leave": [{"ignore": "SIGTERM"}, {"ignore": "SIGHUP"}, {"run": ["sleep", MARK]}]}
Rows = list[tuple[str, str]]


def escaped() -> list[int]:
    """Processes of our engines that are still there."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and MARK.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def quiet() -> int:
    """How many escaped processes are left once the wardens had two seconds."""
    deadline = time.monotonic() + 2
    while escaped() and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(escaped())


def forked(work: Callable[[], None]) -> int:
    """A child process that does some work."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def loop(root: Path, runs: Path, case_id: str, told: int) -> None:
    """Run a case again and again, saying before each event how many there were."""
    register = registry.read(root)
    case = registry.case(register, case_id)
    count = 0

    def progress(phase: str, _: str) -> None:
        nonlocal count
        count = 0 if phase == "admit" else count + (phase == "event")
        os.write(told, b"%d\n" % count)

    with harness.around(runs, progress=progress) as around:
        around.warden.start()
        os.write(told, b"ready\n")
        while True:
            run(Order(register, case, "fake", None), around)
            os.write(told, b"0\n")  # what follows is another run, whose directory comes first


def kills(folder: Path, times: int) -> Rows:
    """kill -9 at random instants of runs that verify, hang, and leave processes behind."""
    root, runs = folder / "harness", folder / "runs"
    harness.case(root, PLAN, CHANGE, DONE, case_id="plain")
    harness.case(root, PLAN, CHANGE, ESCAPE, DONE, case_id="escape")
    harness.case(root, PLAN, ESCAPE, {"ignore": "SIGTERM"}, {"sleep": 600}, case_id="hang")
    import pygit2  # noqa: F401  so that no child spends its short life on loading it

    chance, found, lost, broken, left = random.Random(11), Counter[str](), 0, 0, 0
    last: Counter[str] = Counter()
    for number in range(times):
        case_id = ("plain", "escape", "hang")[number % 3]
        hearing, telling = os.pipe()
        before = set(runs.glob("2*")) if runs.is_dir() else set()
        pid = forked(lambda: loop(root, runs, case_id, telling))  # noqa: B023  used at once
        os.close(telling)
        with os.fdopen(hearing, "rb") as stream:
            stream.readline()
            time.sleep(chance.uniform(0, 0.06))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            said = stream.read().split()
        for path in set(runs.glob("2*")) - before:
            verdict = harness.judged(path)
            found[type(verdict).__name__.lower()] += 1
            if isinstance(verdict, Interrupted):
                complete = int(said[-1]) - 1 if said else 0
                lost += len(verdict.events) < complete
                broken += bool(verdict.differences)
                last[verdict.events[-1] if verdict.events else "before the first event"] += 1
        left += quiet()
    done = harness.perform(root, runs, "plain")
    rows = [
        ("times killed", str(times)),
        ("run directories that read as interrupted", str(found["interrupted"])),
        ("run directories that were sealed before the kill and verify", str(found["verified"])),
        ("run directories that read as anything else", str(found["differences"])),
        ("directories with a broken chain", str(broken)),
        ("complete events lost", str(lost)),
        ("processes of engines left", str(left)),
        ("the next run", done.report["status"]),
        ("record of seals", "unbroken" if not seals.read(runs).faults else "broken"),
    ]
    spread = ", ".join(f"{name} {count}" for name, count in sorted(last.items()))
    return [*rows, ("last event of the interrupted runs", spread)]


def tampers(folder: Path) -> Rows:
    """Every artifact times every kind of tampering; each on a fresh copy of sealed runs."""
    root, runs = harness.case(folder / "harness"), folder / "runs"
    older, newer = harness.perform(root, runs).path, harness.perform(root, runs).path

    def attempts() -> Iterator[tuple[str, Callable[[Path], object]]]:
        for name, change in itertools.product(harness.ARTIFACTS, tampering.CHANGES):
            yield change.__name__, lambda run, n=name, c=change: c(run / n)
        for one, other in itertools.combinations(harness.ARTIFACTS, 2):
            yield "swap two", lambda run, a=one, b=other: swap(run / a, run / b)
        for name in harness.ARTIFACTS:
            yield "replay of an older artifact", lambda run, n=name: again(older / n, run / n)
            if name != "manifest.json":
                yield (
                    "consistent forgery",
                    lambda run, n=name: tampering.reseal(run, n, (run / n).read_bytes() + b" "),
                )
        for name in ("note.txt", "backend/x.log", ".hidden", "report.json.old"):
            yield "add", lambda run, n=name: (run / n).write_text("x")
        yield "replay of an older run", lambda run: again(older, run)

    tried, missed = Counter[str](), Counter[str]()
    for number, (kind, change) in enumerate(attempts()):
        place = folder / "copies" / str(number)
        copied = place / newer.name
        shutil.copytree(newer, copied)
        shutil.copy(runs / seals.FILE, place / seals.FILE)
        change(copied)
        if same(copied, newer):
            continue  # the older artifact had the same bytes: nothing was changed
        tried[kind] += 1
        missed[kind] += isinstance(harness.judged(copied), Verified)
        shutil.rmtree(place)
    rows = [(kind, f"{count - missed[kind]} of {count}") for kind, count in sorted(tried.items())]
    total = sum(tried.values())
    return [*rows, ("all", f"{total - sum(missed.values())} of {total} noticed")]


def swap(one: Path, other: Path) -> None:
    mine, its = one.read_bytes(), other.read_bytes()
    one.write_bytes(its)
    other.write_bytes(mine)


def again(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.rmtree(target)
        shutil.copytree(source, target)
    else:
        target.write_bytes(source.read_bytes())


def same(one: Path, other: Path) -> bool:
    done = subprocess.run(["diff", "-rq", one, other], check=False, capture_output=True)
    return done.returncode == 0


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[bool]:
    """A small disk of our own; False where mounting is not allowed."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    there = subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield there
    finally:
        if there:
            subprocess.run(["umount", "-l", folder], check=True)


def disks(folder: Path) -> Rows:
    """Disks that are full from the start, fill up under way, or cannot be written."""
    root = folder / "harness"
    harness.case(root)
    fill = {"run": ["sh", "-c", 'head -c 2000000 /dev/zero > "$TMPDIR/fill"; true']}
    harness.case(root, PLAN, CHANGE, fill, DONE, case_id="fill")
    found: Counter[str] = Counter()
    for size in (*range(4, 132, 4), 160, 200, 256):
        for case_id in ("demo", "fill"):
            with mounted(folder / f"disk-{size}-{case_id}", f"size={size}k") as there:
                if not there:
                    return [("small disks", "not tried: mounting needs root")]
                found[outcome(root, folder / f"disk-{size}-{case_id}", case_id)] += 1
    rows = [(f"small disks: {what}", str(count)) for what, count in sorted(found.items())]
    with mounted(folder / "frozen", "size=1m,ro"):
        rows.append(("read-only disk", outcome(root, folder / "frozen", "demo")))
    back = itertools.count(10**19, -(10**9))
    done = harness.perform(root, folder / "clock", clock=lambda: next(back))
    rows.append(("clock that goes back", f"{done.report['status']}: {harness.codes(done)[0]}"))
    return rows


def outcome(root: Path, runs: Path, case_id: str) -> str:
    """How a run in a difficult place ended, and whether anything there verifies."""
    try:
        done = harness.perform(root, runs, case_id)
    except SotError:
        return "could not run (exit 2)"
    verified = isinstance(harness.judged(done.path), Verified)
    if done.exit_code == 0:
        return "pass, verified" if verified else "PASS WITHOUT EVIDENCE"
    word = "sealed" if done.manifest_digest else "not sealed, reads as interrupted"
    return f"{done.report['status']}, {word}"


def crowds(folder: Path, count: int) -> Rows:
    """Processes that all run one case at the same instant."""
    root, runs = harness.case(folder / "harness"), folder / "runs"
    gate, opened = os.pipe()

    def one() -> None:
        os.close(opened)
        os.read(gate, 1)
        harness.perform(root, runs)

    children = [forked(one) for _ in range(count)]
    os.close(gate)
    os.close(opened)
    for child in children:
        os.waitpid(child, 0)
    paths = list(runs.glob("2*"))
    good = [path for path in paths if isinstance(harness.judged(path), Verified)]
    own = [path for path in good if {e["run_id"] for e in harness.events(path)} == {path.name}]
    known = seals.read(runs)
    seconds = {path.name[:16] for path in paths}
    return [
        ("runs at the same time", str(count)),
        ("directories, verified, with events of their own run only", f"{len(own)} of {len(paths)}"),
        ("seals, in one unbroken record", f"{len(known.by_run)}, {len(known.faults)} breaks"),
        ("seconds in which they began", str(len(seconds))),
    ]
