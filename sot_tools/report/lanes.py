"""How engines stand, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sot_tools.report.visible import visible

_HEADS = ("ENGINE", "STATE", "VERSION", "MODEL", "ISOLATION", "CLOSED GATES")


def table(standings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line an engine, and below what comes next for each that is closed."""
    rows = [_HEADS, *(_row(each) for each in standings)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADS))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
    for each in standings:
        if not each["eligible"]:
            yield f"{each['engine']}: {visible(each['next'])}"


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    state = "open" if each["eligible"] else "blocked" if each["enabled"] else "off"
    if each["default"]:
        state += ", default"
    closed = sum(not gate["open"] for gate in each["gates"])
    real = bool(each["executable"]["path"])
    return (
        visible(each["engine"]),
        state,
        visible(each["executable"]["version"] or ("unknown" if real else "-")),
        visible(each["model"]["model"] or "-"),
        each["isolation"],
        f"{closed} of {len(each['gates'])}",
    )


def gates(standing: Mapping[str, Any]) -> Iterator[str]:
    """Every gate of one engine, and what comes next."""
    yield f"{visible(standing['engine'])} on {visible(standing['case_id'])}"
    width = max(len(gate["gate"]) for gate in standing["gates"])
    for gate in standing["gates"]:
        mark = "open  " if gate["open"] else "closed"
        yield f"  {mark}  {gate['gate']:{width}}  {visible(gate['reason'])}".rstrip()
    yield f"  next    {visible(standing['next'])}"
