"""When a lingering engine may be ended: its change is committed, reviewed, and nothing moves.

ENG-14 to ENG-16: the commit that counts is any other than the captured baseline, so a repository
with a history of its own gives no false start.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from sot_tools.runs import workshop

LOOK = 0.5
"""Seconds between two looks at the copy."""
SETTLE = 5.0
"""Seconds that a committed change must stand still before a lingering engine is ended."""


class Supervisor:
    """Asked by the warden again and again whether the job should end."""

    def __init__(
        self,
        root: Path,
        baseline: str,
        private: Iterable[str],
        reviewed: Callable[[], bool],
        stop: Callable[[], bool],
    ) -> None:
        self.root = root
        self.baseline = baseline
        self.private = tuple(private)
        self.reviewed = reviewed
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
            self._next = now + LOOK
            self.settled = self._still(now)
        return self.settled

    def _still(self, now: float) -> bool:
        commit = workshop.head(self.root)
        if commit in {"", self.baseline} or not self.reviewed():
            self._commit = ""
            return False
        if not workshop.committed(self.root, commit, self.private):
            self._commit = ""
            return False
        if commit != self._commit:
            self._commit, self._since = commit, now
        return now - self._since >= SETTLE
