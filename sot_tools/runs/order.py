"""The normalized events of a run: which must be there, and in which order (EVI-14, EVI-15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

ORDER = {
    "run.started": 1,
    "task.contract.created": 2,
    "plan.updated": 3,
    "approval.requested": 4,
    "approval.granted": 5,
    "approval.denied": 5,
    "patch.applied": 6,
    "git.diff.checked": 7,
    "verification.completed": 8,
    "run.completed": 9,
}
"""Event → its place; `backend.gate.blocked` may stand anywhere between 2 and 9."""
GATE = "backend.gate.blocked"
_ENGINE = ("plan.updated", "patch.applied", "git.diff.checked", "verification.completed")


def required(engine_started: bool, approval: str) -> set[str]:
    """The events that a run must have; `approval` is its approval status."""
    wanted = {"run.started", "task.contract.created", "run.completed"}
    if engine_started:
        wanted |= set(_ENGINE)
    if approval != "not-required":
        wanted.add("approval.requested")
    if approval in {"granted", "denied"}:
        wanted.add(f"approval.{approval}")
    return wanted


def not_applicable(engine_started: bool) -> tuple[str, ...]:
    """The events that a run may leave out, with a reason, since no engine started."""
    return () if engine_started else _ENGINE


def faults(events: Sequence[str], wanted: set[str]) -> Iterator[str]:
    """What is missing, unknown, repeated or out of order, in words."""
    for name in sorted(wanted - set(events), key=lambda each: ORDER[each]):
        yield f"the event `{name}` is missing"
    last, before = 0, ""
    for name in events:
        if name == GATE:
            continue
        place = ORDER.get(name)
        if place is None:
            yield f"the event `{name}` is not in the vocabulary"
        elif place == last:
            yield f"the event `{name}` follows `{before}`, of which there can be one"
        elif place < last:
            yield f"the event `{name}` comes after `{before}`"
        else:
            last, before = place, name
