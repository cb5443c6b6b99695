"""The two expected failures; anything else is a bug and shows its traceback."""

from __future__ import annotations


class SotError(Exception):
    """It could not be done: bad usage, unreadable input, broken configuration (exit 2).

    The message is one line that names the place and the next step.
    """


class Refused(Exception):
    """The answer is no: a gate is closed or a check failed (exit 1)."""
