"""Instants as text: RFC 3339 in UTC with microseconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], int]
"""Nanoseconds since 1970 in UTC; passed in from the command line, so that a test can turn it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(nanoseconds: int) -> str:
    """An instant as RFC 3339 text; texts sort as instants do."""
    moment = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def compact(nanoseconds: int) -> str:
    """An instant as run ids begin with it: `20260520T142536Z` (ENG-27)."""
    return (_EPOCH + timedelta(seconds=nanoseconds // 10**9)).strftime("%Y%m%dT%H%M%SZ")
