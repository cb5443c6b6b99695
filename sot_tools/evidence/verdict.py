"""The three answers to the question whether a run directory is what was sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Difference(NamedTuple):
    """One way in which a run directory is not what was sealed."""

    kind: str
    """`changed`, `missing`, `extra`, `symlink`, `wrong-type`, `path-escape`, `broken-chain`,
    `stale`, `schema` or `unrecorded`."""
    path: str
    detail: str


class Verified(NamedTuple):
    """A sealed run whose every byte is what was recorded."""

    run_id: str
    manifest_digest: str
    report: Mapping[str, Any]
    artifacts: int
    size: int
    recorded_by: str
    """Where the digest stood that the manifest was compared with."""

    @property
    def combined(self) -> bool:
        """Whether it is one report over many runs, such as that of the matrix."""
        return "runs" in self.report


class Differences(NamedTuple):
    """What is not as it was sealed."""

    run_id: str
    found: tuple[Difference, ...]


class Interrupted(NamedTuple):
    """A run that was never sealed: blocked, never evidence of a pass."""

    run_id: str
    active: bool
    """Whether a harness is still at work on it."""
    events: tuple[str, ...]
    """Names of the events that were completely written."""
    torn: tuple[str, ...]
    """Files whose last line was being written."""
    differences: tuple[Difference, ...]


Verdict = Verified | Differences | Interrupted
