"""What can be wrong with a file as such, before anybody asks what it means."""

from typing import NamedTuple

from sot_tools.diagnostic import At, Change, Finding, Place, Span


class Problem(NamedTuple):
    """A fault of reading: its name (rules select by it) and the finding to report."""

    fault: str
    finding: Finding

    @property
    def fatal(self) -> bool:
        """Whether the file has no trustworthy content, so that checks of meaning are moot."""
        return self.fault in FATAL


FATAL = frozenset(
    {"encoding", "nul", "syntax", "depth", "size", "aliases", "unclosed"}
    | {"symlink", "folder-link", "not-a-file", "name", "unreadable", "submodule"}
)
"""Faults after which the parsed value is missing or not what its author sees."""


def problem(
    fault: str, place: Place, detail: str, step: str = "", changes: tuple[Change, ...] = ()
) -> Problem:
    """A problem at a symbolic place."""
    return Problem(fault, Finding(place, detail, step, changes=changes))


def at(line: int, column: int = 1, length: int = 1) -> At:
    """A known place on one line."""
    return At(Span(line, column, column + max(length, 1)))
