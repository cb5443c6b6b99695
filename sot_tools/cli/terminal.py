"""What the terminal is like: color, width, and a progress bar where somebody waits."""

from __future__ import annotations

import os
import sys
import time

from sot_tools.report.options import Options

PATIENCE = 0.7
"""Seconds before a progress bar appears."""


def options(color: str, statistics: bool, cap: int) -> Options:
    """Output options for standard output; `auto` obeys NO_COLOR and whether it is a terminal."""
    wanted = color == "always"
    if color == "auto":
        wanted = (
            sys.stdout.isatty()
            and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb"
        )
    return Options(color=wanted, statistics=statistics, cap=cap, width=_width())


def _width() -> int:
    """Columns of the terminal; 100 where there is none."""
    if not sys.stdout.isatty():
        return 100
    from shutil import get_terminal_size

    return max(get_terminal_size((100, 24)).columns, 40)


class Progress:
    """A bar on standard error, only on a terminal and only when it takes long."""

    def __init__(self) -> None:
        self.on = sys.stderr.isatty()
        self.started = time.monotonic()
        self.shown = False

    def __call__(self, done: int, total: int) -> None:
        if not self.on or (done % 50 and done != total):
            return
        if not self.shown and time.monotonic() - self.started < PATIENCE:
            return
        self.shown = True
        filled = 30 * done // max(total, 1)
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{total} documents")
        if done == total:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def room() -> int | None:
    """Columns to fold tables into; None where nobody looks, and nothing is folded."""
    return _width() if sys.stdout.isatty() else None


def show(text: str) -> None:
    """Write to standard output; what its encoding lacks is written as an escape."""
    coding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(coding, "backslashreplace").decode(coding))
