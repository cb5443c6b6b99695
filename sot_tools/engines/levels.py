"""The levels of isolation, from the weakest to the strongest."""

from __future__ import annotations

LEVELS = ("process-group", "subreaper", "landlock", "bubblewrap")


def reaches(level: str, wanted: str) -> bool:
    """Whether a level is at least the wanted one; no wish is always reached."""
    return not wanted or LEVELS.index(level) >= LEVELS.index(wanted)
