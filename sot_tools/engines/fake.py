"""The deterministic engine: performs what its case recorded, in a process of its own."""

from __future__ import annotations

import json

from sot_tools.engines.order import Claim, Engine, Launch, WorkOrder
from sot_tools.engines.outcome import classify


def prepare(order: WorkOrder) -> Launch:
    """The recorded play."""
    return Launch(play=order.play)


def parse(line: bytes) -> Claim | None:
    """A line of the form `{"event": …}`; anything else is plain output."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("event"), str):
        return None
    detail = value.get("summary") or value.get("reason") or ""
    return Claim(value["event"], str(detail), value.get("verdict") == "rejected")


ENGINE = Engine(prepare, parse, classify)
