"""The verdict on evidence, for people and for machines."""

from __future__ import annotations

from typing import Any

from sot_tools.evidence.verdict import Differences, Interrupted, Verdict, Verified
from sot_tools.report.visible import visible


def render(verdict: Verdict) -> str:
    """A headline and one line for each thing that matters."""
    if isinstance(verdict, Verified):
        return "\n".join(
            (
                f"verified  {visible(verdict.run_id)}: {verdict.report['status']}",
                f"  {verdict.artifacts} artifacts, {verdict.size} bytes, every digest as sealed",
                f"  manifest sha256:{verdict.manifest_digest}, recorded by {verdict.recorded_by}",
            )
        )
    if isinstance(verdict, Differences):
        lines = [_headline(verdict)]
        lines += [
            f"  {each.kind:12} {visible(each.path)}: {visible(each.detail)}"
            for each in verdict.found
        ]
        return "\n".join(lines)
    return "\n".join(_interrupted(verdict))


def _headline(verdict: Differences) -> str:
    name = visible(verdict.run_id)
    if all(each.kind == "unrecorded" for each in verdict.found):
        return f"unproven  {name}: it agrees with itself, but nothing says that it was sealed so"
    return f"different  {name}: this is not what was sealed"


def _interrupted(verdict: Interrupted) -> list[str]:
    if verdict.active:
        return [f"running  {visible(verdict.run_id)}: a harness is at work on it"]
    lines = [f"interrupted  {visible(verdict.run_id)}: never sealed, so blocked and no evidence"]
    last = verdict.events[-1] if verdict.events else "none"
    lines.append(f"  {len(verdict.events)} complete events, the last is {visible(last)}")
    lines += [f"  torn last line in {visible(name)}, dropped" for name in verdict.torn]
    lines += [
        f"  {each.kind:12} {visible(each.path)}: {visible(each.detail)}"
        for each in verdict.differences
    ]
    return lines


def as_object(verdict: Verdict) -> dict[str, Any]:
    """The verdict as a JSON object; `verdict` is verified, different, running or interrupted."""
    if isinstance(verdict, Verified):
        fields = verdict._asdict()
        fields["status"] = fields.pop("report")["status"]
        return {"verdict": "verified", **fields}
    if isinstance(verdict, Differences):
        found = [each._asdict() for each in verdict.found]
        return {"verdict": "different", "run_id": verdict.run_id, "differences": found}
    found = [each._asdict() for each in verdict.differences]
    word = "running" if verdict.active else "interrupted"
    return {"verdict": word, **verdict._asdict(), "differences": found, "status": "blocked"}
