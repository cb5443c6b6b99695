"""The combined report of many runs as a table, for a page and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEADINGS = ("case", "expected", "seen", "differs in")


def render(record: Mapping[str, Any]) -> str:
    """`matrix.md`."""
    rows = [f"| {' | '.join(cells(each))} |" for each in record["runs"]]
    lines = [
        f"# Failure matrix: {record['status']}",
        "",
        f"| {' | '.join(HEADINGS)} |",
        "| --- | --- | --- | --- |",
        *rows,
    ]
    if record["classes_without_case"]:
        lines += ["", f"Without a case: {', '.join(record['classes_without_case'])}."]
    return "\n".join(lines) + "\n"


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """One row: the case, what was expected, what was seen, the checks that did not hold."""
    expected = row["expected_failure"] or "none"
    seen = ", ".join(row["blocker_codes"]) or "none"
    wrong = ", ".join(name for name, held in row["checks"].items() if not held)
    return (
        row["case_id"],
        f"{row['expected_status']}: {expected}",
        f"{row['status']}: {seen}",
        wrong or "nothing",
    )


def table(record: Mapping[str, Any]) -> str:
    """The table with aligned columns."""
    rows = [HEADINGS, *(cells(each) for each in record["runs"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines[0] = lines[0].upper()
    if record["classes_without_case"]:
        lines.append(f"without a case: {', '.join(record['classes_without_case'])}")
    good = sum(all(each["checks"].values()) for each in record["runs"])
    lines.append(f"{good} of {len(record['runs'])} cases ended as expected")
    return "\n".join(lines)
