"""Times `sot` beside what it is compared with, in one interleaved run, on generated workspaces.

python bench/peers.py --sizes 100,2000 --rounds 7 --folder ~/.cache/sot-bench
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import measure
from contenders import MARKDOWNLINT, WHAT, Contender, Tools, contenders
from page import Result, goals, page, table
from prepared import Prepared, prepare

_REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> None:
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="sot-bench-") as temporary:
        folder = (given.folder or Path(temporary)).expanduser().resolve()
        if folder.is_relative_to(_REPOSITORY):
            sys.exit("--folder lies in the repository; workspaces are not written there")
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["XDG_CACHE_HOME"] = str(folder / "caches")
        tools = Tools(folder, _wanted(MARKDOWNLINT, given.only))
        if not Path(tools.sot).is_file():
            sys.exit("`sot` is not installed beside this Python; run `pip install -e '.[bench]'`")
        load = os.getloadavg()[0]
        results = []
        for documents in given.sizes:
            _say(f"{documents:,} documents: preparing")
            made = prepare(folder, documents, tools.sot)
            results.append(_result(made, tools, given))
            rows = table(results[-1], measure.memory_floor())
            print("\n".join(["", f"{documents:,} documents", *rows]), flush=True)
        print("\n".join(["", *goals(results)]))
        if given.write:
            facts = _facts(given.date, tools, folder, load)
            text = page(facts, _command(given), results)
            given.write.write_text(text, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time `sot` beside its peers.")
    parser.add_argument("--sizes", type=_sizes, default=[100, 2000, 20000], help="documents")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keep and reuse workspaces here")
    parser.add_argument("--only", action="append", metavar="NAME", help="contenders with this name")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the page")
    parser.add_argument("--date", default=date.today().isoformat(), help="day that the page names")
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    return sorted(int(size) for size in text.split(","))


def _result(made: Prepared, tools: Tools, given: argparse.Namespace) -> Result:
    chosen = [each for each in contenders(made, tools) if _wanted(each.name, given.only)]
    absent = {name: why for name, why in tools.absent.items() if _wanted(name, given.only)}
    reporting = []
    for contender in chosen:
        _say(f"{made.documents:,} documents: warm-up of {contender.name}")
        if contender.warm_up():
            reporting.append(contender.name)
    samples: dict[str, list[measure.Sample]] = {each.name: [] for each in chosen}
    for number in range(given.rounds):
        _say(f"{made.documents:,} documents: round {number + 1} of {given.rounds}")
        for contender in _turned(chosen, number):
            samples[contender.name].append(_timed(contender))
    costs = {name: measure.cost(samples[name]) for name in WHAT if name in samples}
    return Result(made.documents, made.size, costs, absent, tuple(reporting))


def _wanted(name: str, only: Sequence[str] | None) -> bool:
    return not only or any(part in name for part in only)


def _turned(chosen: list[Contender], number: int) -> list[Contender]:
    """Each round begins with another contender, so that none always follows the same one."""
    first = number % len(chosen) if chosen else 0
    return chosen[first:] + chosen[:first]


def _timed(contender: Contender) -> measure.Sample:
    contender.before()
    sample = measure.run(contender.command, contender.folder)
    if sample.code not in contender.codes:
        sys.exit(f"{contender.name} ended with exit code {sample.code} in the middle of the run")
    return sample


def _facts(day: str, tools: Tools, folder: Path, load: float) -> dict[str, str]:
    return {
        "date": day,
        "machine": f"{os.cpu_count()} × {_processor()}, {platform.system()} {platform.machine()}",
        "load average when it began": f"{load:.2f} (0 is an idle machine)",
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "programs": ", ".join(tools.versions(folder)),
    }


def _processor() -> str:
    """Name of the processor; Linux tells it, elsewhere the architecture must do."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _command(given: argparse.Namespace) -> str:
    parts = ["python bench/peers.py", f"--sizes {','.join(map(str, given.sizes))}"]
    parts.append(f"--rounds {given.rounds}")
    parts += [f"--only {shlex.quote(name)}" for name in given.only or ()]
    return " ".join([*parts, "--write docs/benchmarks.md"])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
