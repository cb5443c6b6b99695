"""When a lingering engine may be ended: its change is committed, reviewed, and nothing moves.

ENG-14 to ENG-16: the commit that counts is any other than the captured baseline, so a repository
with a history of its own gives no false start.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sot_tools.runs import workshop


class Watched(NamedTuple):
    """What is looked at, and how often."""

    root: Path
    baseline: str
    """The commit that the engine began with."""
    private: tuple[str, ...]
    """Folders that are the engine's own."""
    reviewed: Callable[[], bool]
    """Whether a review is recorded."""
    look: float = 0.5
    """Seconds between two looks at the copy."""
    settle: float = 5.0
    """Seconds that a committed change must stand still before a lingering engine is ended."""


class Supervisor:
    """Asked by the warden again and again whether the job should end."""

    def __init__(self, watched: Watched, stop: Callable[[], bool]) -> None:
        self.watched = watched
        self.stop = stop
        self.settled = False
        """Whether this ended the engine."""
        self._next = 0.0
        self._commit = ""
        self._since = 0.0

    def __call__(self) -> bool:
        if self.stop():
            return True
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self.watched.look
            self.settled = self._still(now)
        return self.settled

    def _still(self, now: float) -> bool:
        commit = workshop.head(self.watched.root)
        if commit in {"", self.watched.baseline} or not self.watched.reviewed():
            self._commit = ""
            return False
        if not workshop.committed(self.watched.root, commit, self.watched.private):
            self._commit = ""
            return False
        if commit != self._commit:
            self._commit, self._since = commit, now
        return now - self._since >= self.watched.settle
