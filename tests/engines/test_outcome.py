"""What counts against an engine's run, from what is known of it and not from its exit code."""

from __future__ import annotations

import pytest

from sot_tools.engines.order import Claim, Complaint, Told
from sot_tools.engines.outcome import classify

DONE = Claim("done")
OPEN = Complaint("missing_required_event", "the engine's closing event `done` is missing")


def unavailable(why: str) -> Complaint:
    return Complaint("provider_unavailable", why)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (Told((DONE,), 1, 3), ()),
        (Told((DONE,), 0, None), ()),
        (Told((), 0, 3), (OPEN,)),
        (Told((), None, 3, settled=True), ()),
        (Told((DONE,), 0, 0), (unavailable("no request reached the model"),)),
        (Told((), None, 0, cut=True), (OPEN,)),
        (Told((), None, 0, ("it is gone",), cut=True), (unavailable("it is gone"), OPEN)),
        (Told((), 0, 2, ("status 500",)), (unavailable("status 500"), OPEN)),
        (Told((DONE,), 0, 2, ("status 500",)), ()),
    ],
)
def test_requests_and_the_closing_event_decide(told: Told, found: tuple[Complaint, ...]) -> None:
    assert classify(told) == found
