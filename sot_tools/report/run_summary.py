"""The result of a run on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sot_tools.report.visible import visible

_COLORS = {"pass": "32", "fail": "31", "blocked": "33"}


def render(report: Mapping[str, Any], manifest_digest: str, color: bool) -> str:
    """A few lines: the verdict, why, what changed, where the evidence is, how to check it."""
    status = str(report["status"])
    word = f"\x1b[1;{_COLORS[status]}m{status}\x1b[0m" if color else status
    head = f"{word}  {visible(report['case_id'])} with the {visible(report['backend'])} engine"
    return "\n".join([head, *(f"  {line}" for line in _lines(report, manifest_digest))])


def _lines(report: Mapping[str, Any], manifest_digest: str) -> Iterator[str]:
    for blocker in report["blockers"]:
        yield f"{blocker['code']}: {visible(blocker['message'])}"
    for path in report["changed_files"]:
        yield f"changed   {visible(path)}"
    for each in report["verification"]:
        yield f"{each['outcome']:9} {visible(each['command'])}"
    yield f"evidence  {visible(report['artifacts_dir'])}"
    if manifest_digest:
        yield f"manifest  sha256:{manifest_digest}"
        yield f"next      sot evidence verify {visible(report['run_id'])}"
    else:
        yield "manifest  none: the run could not be sealed and reads as interrupted"
