"""How long a run and a verification take, beside what the machine needs for the same at least."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sot_tools.runs import registry
from sot_tools.runs.run import run
from sot_tools.runs.state import Order
from sot_tools.runs.trees import Trees
from tests.runs import harness
from tests.runs.harness import CHANGE, DONE, PLAN

ROOT = Path(__file__).resolve().parents[1]
Rows = list[tuple[str, str]]
WHY = " ".join(
    (
        "A large fixture is not copied: engine and verification see it through an overlay, and",
        "what they did is read from its upper folder alone. What is left are looks at the",
        "fixture, one before the engine and one after everything. On ext4 a look compares what",
        "the kernel says of each file and reads none that was not touched; on tmpfs, where a",
        "write to a mapped page leaves no mark, every file is read, three times. The first run of",
        "a process reads every file and starts the two processes that watch jobs. Where no",
        "overlay can be mounted, a run makes and removes two copies and reads every file five",
        "times.",
    )
)


def speeds(folder: Path, quick: bool) -> Rows:
    """How long a run takes beyond its engine and its verification."""
    rows: Rows = []
    nothing = {"verification_commands": []}
    root = harness.case(folder / "harness", PLAN, CHANGE, DONE, task=nothing)
    times, total = timed(root, folder / "runs", 60 if quick else 400)
    rows.append(
        ("fake engine, no verification", f"{len(times) / total:.0f} runs/s, median {median(times)}")
    )
    floor = [
        git_floor(folder / "floor", folder / "harness/cases/demo/fixture", i) for i in range(15)
    ]
    rows.append(("floor: cp, git init, add, commit, diff as commands", f"median {median(floor)}"))
    root = harness.case(
        folder / "harness", PLAN, CHANGE, DONE, task={"verification_commands": ["true"]}
    )
    times, _ = timed(root, folder / "runs-3", 20 if quick else 100, beyond=True)
    rows.append(("beyond engine and verification, three files, copy", f"median {median(times)}"))
    for place in dict.fromkeys((folder, Path(tempfile.mkdtemp()))):
        rows += large_fixture(place / "many", folder / f"runs-{len(rows)}", 5 if quick else 25)
        if place != folder:
            shutil.rmtree(place)
    return rows


def large_fixture(many: Path, runs: Path, count: int) -> Rows:
    """The same for 5,000 files, in every way that a run can make its trees."""
    fixture = many / "cases" / "demo" / "fixture" / "many"
    for number in range(5000):
        path = fixture / str(number % 50) / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file {number}\n")
    harness.case(many, PLAN, CHANGE, DONE, task={"verification_commands": ["true"]})
    time.sleep(0.2)  # until marks bind: no file was written within the last tick of the clock
    source = many / "cases/demo/fixture"
    where = f"5,000 files on {kind(source)}"
    rows: Rows = []
    for wanted in ("auto", "copy"):
        given = count if wanted == "auto" else max(3, count // 4)
        times, _ = timed(many, runs / wanted, given, beyond=True, trees=Trees(wanted))
        used = json.loads(latest(runs / wanted, "report.json"))["harness"]["tree"]["engine"]
        trace = map(json.loads, latest(runs / wanted, "trace.jsonl").splitlines())
        looks = [each for each in trace if each["action"] in {"check fixture", "check source"}]
        read = " and ".join(str(each["detail"]["read"]) for each in looks)
        name = f"beyond engine and verification, {where}, {used}"
        figure = f"median {median(times)}, least {min(times):.1f} ms"
        rows.append((name, f"{figure}; read before and after: {read}"))
    firsts = []
    for number in range(3):
        first: list[float] = []
        timed(many, runs / f"first-{number}", 0, beyond=True, trees=Trees(), first=first)
        firsts += first
    rows.append((f"the same, first run of a process, {where}", f"median {median(firsts)}"))
    floor = [git_floor(runs / "floor", source, i) for i in range(3)]
    rows.append((f"floor, {where}: cp, git as above", f"median {median(floor)}"))
    rows += [(f"floor, {where}: {what} once", f"median {took}") for what, took in once(source)]
    return rows


def kind(place: Path) -> str:
    """The type of a file system."""
    command = ["findmnt", "-fno", "FSTYPE", "-T", str(place)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def latest(runs: Path, name: str) -> str:
    """An artifact of the last run."""
    *_, last = sorted(each for each in runs.iterdir() if (each / "manifest.json").is_file())
    return (last / name).read_text()


def once(source: Path) -> list[tuple[str, str]]:
    """What the machine takes to do one thing with every file of a tree, by its own programs."""
    target = source.with_name("once")
    steps: dict[str, Callable[[], object]] = {
        "looked at (scandir, stat)": lambda: look(source),
        "hashed (sha256sum)": lambda: shell(f"find {source} -type f -print0|xargs -0 sha256sum"),
        "copied (cp -r)": lambda: shell(f"cp -r {source} {target}"),
        "removed (rm -r)": lambda: shell(f"rm -r {target}"),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(5):
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            times[name].append((time.perf_counter() - began) * 1000)
    return [(name, median(each)) for name, each in times.items()]


def look(folder: Path | str) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                look(entry.path)
            else:
                entry.stat(follow_symlinks=False)


def shell(command: str) -> None:
    subprocess.run(["sh", "-c", command], check=True, stdout=subprocess.DEVNULL)


def timed(
    root: Path,
    runs: Path,
    count: int,
    beyond: bool = False,
    trees: Trees | None = None,
    first: list[float] | None = None,
) -> tuple[list[float], float]:
    """Milliseconds of each run after the first, and seconds of all; `first` takes that of it."""
    register = registry.read(root)
    case = registry.case(register, "demo")

    def once_more() -> float:
        at = time.perf_counter()
        done = run(Order(register, case, "fake", None), around)
        took = (time.perf_counter() - at) * 1000
        return took - (elapsed(done.path) if beyond else 0)

    with harness.around(runs, trees=trees or Trees()) as around:
        (first if first is not None else []).append(once_more())
        began = time.perf_counter()
        times = [once_more() for _ in range(count)]
    return times, time.perf_counter() - began


def elapsed(path: Path) -> int:
    """Milliseconds of engine and verification, as the trace has them."""
    lines = [json.loads(line) for line in (path / "trace.jsonl").read_text().splitlines()]
    return sum(each.get("detail", {}).get("elapsed_ms", 0) for each in lines)


def git_floor(folder: Path, fixture: Path, number: int) -> float:
    """Milliseconds of the same steps done by commands, without any evidence."""
    tree = folder / str(number)
    folder.mkdir(exist_ok=True)
    git = ["git", "-C", str(tree), "-c", "user.name=x", "-c", "user.email=x"]
    began = time.perf_counter()
    subprocess.run(["cp", "-r", fixture, tree], check=True)
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "x"], check=True)
    (tree / "answer.txt").write_text("42\n")
    subprocess.run([*git, "diff"], check=True, capture_output=True)
    took = (time.perf_counter() - began) * 1000
    shutil.rmtree(tree)
    return took


def median(times: list[float]) -> str:
    return f"{statistics.median(times):.1f} ms"


def large(folder: Path, size: int) -> Rows:
    """Verifying much evidence, beside sha256sum on the same files, and the memory it takes."""
    play = [PLAN, {"run": ["head", "-c", str(size), "/dev/zero"]}, {"print": "\n"}, CHANGE, DONE]
    limits = {"output_bytes": 1 << 30, "engine_seconds": 300}
    root = harness.case(folder / "harness", *play, limits=limits)
    done = harness.perform(root, folder / "runs")
    files = [str(each) for each in done.path.rglob("*") if each.is_file()]
    sums, mine, memory = [], [], 0
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(["sha256sum", *files], check=True, capture_output=True)
        sums.append(time.perf_counter() - began)
        script = (
            "import sys, time; from pathlib import Path; "
            "from sot_tools.evidence.verify import verify; from sot_tools.runs import wire; "
            "began = time.perf_counter(); "
            "found = verify(Path(sys.argv[1]), {'x': sys.argv[2]}, wire.fault); "
            "took = time.perf_counter() - began; "
            # not ru_maxrss, which a new program inherits from the one that started it
            "peak = Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]; "
            "print(type(found).__name__, took, peak)"
        )
        command = [sys.executable, "-c", script, str(done.path), done.manifest_digest]
        said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        word, seconds, kilobytes = said.stdout.split()
        if word != "Verified":
            raise SystemExit(f"large evidence did not verify: {word}")
        mine.append(float(seconds))
        memory = max(memory, int(kilobytes))
    speed = statistics.median(sums) / statistics.median(mine)
    return [
        ("evidence", f"{size >> 20} MiB"),
        ("sha256sum on the same files", f"median {statistics.median(sums):.2f} s"),
        ("verify", f"median {statistics.median(mine):.2f} s, {speed:.2f} times its speed"),
        ("peak memory of the process", f"{memory >> 10} MiB"),
    ]
