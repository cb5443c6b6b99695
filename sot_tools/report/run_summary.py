"""The result of a run on the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
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
    if report.get("operator_outcome"):
        commit = visible(str(report.get("target_commit", "")))
        yield f"outcome   {visible(report['operator_outcome'])}; the target's commit is {commit}"
    yield f"evidence  {visible(report['artifacts_dir'])}"
    if manifest_digest:
        yield f"manifest  sha256:{manifest_digest}"
        yield f"next      sot evidence verify {visible(report['run_id'])}"
    else:
        yield "manifest  none: the run could not be sealed and reads as interrupted"


def timeline(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The events of a run, each with its clock time."""
    for event in events:
        yield f"  {str(event.get('timestamp', ''))[11:23]}  {visible(str(event.get('event', '')))}"


_COLUMNS = ("run_id", "case_id", "backend", "status", "state")


def table(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Runs as aligned columns with a heading."""
    heads = dict(zip(_COLUMNS, ("RUN", "CASE", "ENGINE", "STATUS", "STATE"), strict=True))
    shown = [heads, *({key: visible(value) for key, value in row.items()} for row in rows)]
    widths = {key: max(len(row[key]) for row in shown) for key in _COLUMNS}
    for row in shown:
        yield "  ".join(row[key].ljust(widths[key]) for key in _COLUMNS).rstrip()


_OWN = {"run_id", "run_started_at", "run_finished_at", "artifacts_dir", "freshness", "harness"}
"""Fields in which any two runs differ."""


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """What differs between two reports: fields, then artifacts by digest."""
    for name in sorted((one.keys() | other.keys()) - _OWN - {"artifact_digests", "artifact_paths"}):
        if one.get(name) != other.get(name):
            yield f"{name}: {_short(one.get(name))} and {_short(other.get(name))}"
    for name in ("contract_digest", "fixture_digest", "version", "baseline_commit"):
        mine, its = one.get("harness", {}).get(name), other.get("harness", {}).get(name)
        if mine != its:
            yield f"harness.{name}: {_short(mine)} and {_short(its)}"
    mine, its = one.get("artifact_digests", {}), other.get("artifact_digests", {})
    for name in ("patch.diff", "backend/stdout.log", "backend/stderr.log"):
        if mine.get(name) != its.get(name):
            yield f"{name}: other bytes"


def _short(value: Any) -> str:
    text = visible(json.dumps(value, ensure_ascii=False, sort_keys=True))
    return text if len(text) <= 80 else text[:77] + "..."
