"""Turns costs into the page: tables with ratios, and the goals with what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from contenders import (
    AGAIN,
    CHANGED,
    CHECK,
    JSONSCHEMA,
    ONE,
    RUMDL,
    RUMDL_WARM,
    SINGLE,
    STAGED,
    STAGED_ONE,
    VERSION,
    WHAT,
    F,
    G,
    P,
)
from measure import Cost, memory_floor


@dataclass(frozen=True)
class Result:
    """What was measured on one workspace."""

    documents: int
    size: int
    """Bytes of all files."""
    costs: Mapping[str, Cost]
    """Contender → its cost."""
    absent: Mapping[str, str]
    """Contender → why it was not run."""
    reporting: tuple[str, ...]
    """Contenders that had findings."""


SECONDS = "s"
MEGABYTES = "MB"


@dataclass(frozen=True)
class Goal:
    """An upper limit for one contender: `limit` times another one's wall time, or a number."""

    text: str
    contender: str
    against: str
    """Contender that the limit is a multiple of, or the unit of a limit by itself."""
    limit: float
    documents: int = 0
    """Size of the workspace; 0 for the smallest one measured."""


GOALS = (
    Goal("one changed file, named, among 100 documents", ONE, P, 6, 100),
    Goal("one changed file, found by git, among 100 documents", CHANGED, P, 6, 100),
    Goal("start-up", VERSION, P, 4),
    Goal("2,000 documents cold", CHECK, RUMDL, 2, 2000),
    Goal("10,000 documents and 10,000 work items cold", CHECK, SECONDS, 1.5, 10000),
    Goal("20,000 documents cold, against the floor", SINGLE, F, 8, 20000),
    Goal("20,000 documents cold, against rumdl", CHECK, RUMDL, 0.5, 20000),
    Goal("20,000 documents cold, against a validator", CHECK, JSONSCHEMA, 0.2, 20000),
    Goal("20,000 documents cold, memory", CHECK, MEGABYTES, 150, 20000),
    Goal("20,000 documents, nothing changed", AGAIN, G, 2.2, 20000),
    Goal("20,000 documents, nothing changed, against rumdl", AGAIN, RUMDL_WARM, 0.15, 20000),
    Goal("20,000 documents, one changed", ONE, G, 3.5, 20000),
    Goal("20,000 documents, from git's index, nothing changed", STAGED, G, 1, 20000),
    Goal("20,000 documents, from git's index, one changed", STAGED_ONE, G, 2.5, 20000),
)
_RATIOS = {"P": P, "F": F, "G": G, "rumdl": RUMDL}
"""Heading of a column → the contender that it compares with."""
_SHORT = {
    P: "P",
    F: "F",
    G: "G",
    RUMDL: "rumdl",
    RUMDL_WARM: "rumdl warm",
    JSONSCHEMA: "check-jsonschema",
}


def page(facts: Mapping[str, str], command: str, results: list[Result]) -> str:
    """The whole page in Markdown."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `bench/peers.py`. All contenders of a table ran in turns, round after round, "
        "on the same generated workspace, about which `sot check` has nothing to report. Times "
        "are medians, memory is the largest of all rounds and is not told below the size of the "
        "measuring process.",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
        "To repeat it:",
        "",
        "```sh",
        "pip install -e '.[bench]'",
        command,
        "```",
        "",
        "## Goals",
        "",
        *goals(results),
        "",
    ]
    for result in results:
        lines += [f"## {result.documents:,} documents", "", *_size(result), ""]
        lines += [*table(result, memory_floor()), ""]
    lines += ["## Contenders", "", *_legend(results), ""]
    return "\n".join(lines)


def table(result: Result, floor: float) -> Iterator[str]:
    """One row a contender; `floor` is the memory below which none can be told."""
    heads = ["contender", "median", "least", "CPU", "memory", *(f"× {name}" for name in _RATIOS)]
    yield _row(heads)
    yield _row(["---", *["---:"] * (len(heads) - 1)])
    for name in WHAT:
        if name in result.absent:
            yield _row([name, f"not run: {result.absent[name]}", *[""] * (len(heads) - 2)])
        elif name in result.costs:
            cost = result.costs[name]
            memory = f"{cost.memory:.0f} MB" if cost.memory > floor * 1.02 else f"≤ {floor:.0f} MB"
            times = [duration(value) for value in (cost.wall, cost.least, cost.cpu)]
            yield _row([name, *times, memory, *_ratios(result, cost)])


def goals(results: list[Result]) -> Iterator[str]:
    """One row a goal: its limit, what was found, and whether that is within."""
    yield _row(["goal", "command", "limit", "found", "result"])
    yield _row(["---", "---", "---:", "---:", "---"])
    for goal in GOALS:
        yield _row([goal.text, goal.contender, *_judged(goal, results)])


def _judged(goal: Goal, results: list[Result]) -> tuple[str, str, str]:
    by_itself = goal.against in {SECONDS, MEGABYTES}
    short = _SHORT.get(goal.against, goal.against)
    limited = f"{goal.limit:g} {short}" if by_itself else f"{goal.limit:g} × {short}"
    result = next((each for each in results if goal.documents in {0, each.documents}), None)
    cost = result.costs.get(goal.contender) if result else None
    other = result.costs.get(goal.against) if result else None
    if cost is None or not (by_itself or other):
        return limited, "", "not measured"
    if goal.against == MEGABYTES:
        return limited, f"{cost.memory:.0f} MB", _verdict(cost.memory <= goal.limit)
    if other is None:
        return limited, duration(cost.wall), _verdict(cost.wall <= goal.limit)
    limit = goal.limit * other.wall
    found = f"{cost.wall / other.wall:.2g} × = {duration(cost.wall)}"
    return f"{limited} = {duration(limit)}", found, _verdict(cost.wall <= limit)


def _verdict(met: bool) -> str:
    return "met" if met else "**not met**"


def duration(seconds: float) -> str:
    """Seconds in three digits, below one second as milliseconds."""
    if seconds >= 1:
        return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"
    return f"{1000 * seconds:.3g} ms" if seconds < 0.9995 else "1.00 s"


def _ratios(result: Result, cost: Cost) -> Iterator[str]:
    for name in _RATIOS.values():
        other = result.costs.get(name)
        yield "" if other is None else f"{cost.wall / other.wall:.2f}"


def _size(result: Result) -> Iterator[str]:
    runs = max((cost.runs for cost in result.costs.values()), default=0)
    line = f"{result.size / 1e6:.1f} MB in all, {runs} rounds."
    check = result.costs.get(CHECK)
    if check:
        each = 1e6 * check.wall / result.documents
        line += f" {CHECK} takes {each:,.0f} µs a document, start-up included."
    if result.reporting:
        line += f" Findings were reported by {', '.join(result.reporting)}."
    yield line


def _legend(results: list[Result]) -> Iterator[str]:
    shown = {name for result in results for name in (*result.costs, *result.absent)}
    yield from (f"- {name}: {what}" for name, what in WHAT.items() if name in shown)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
