"""Whether and where a command may remember what it found."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sot_tools.project.memory import Memory
    from sot_tools.source import Source

_OFF = ("SOT_NO_CACHE", "CI")
"""Variables that forbid it: the latter because what gates a change decides by itself."""


def memory(source: Source, wanted: str | None, brief: bool) -> Memory | None:
    """What is remembered of a workspace; None where nothing may be or can be. With `brief` the
    outcome is all that is going to be asked, if it is there."""
    caches = folder(os.environ, sys.platform)
    if os.name != "posix" or caches is None or forbidden(os.environ):
        return None
    from sot_tools.project.memory import Memory
    from sot_tools.project.store import opened

    now = time.time_ns()
    store = opened(caches, source.root, f"{now:x}", source.name)
    return Memory(store, source, wanted, now, brief) if store is not None else None


def forbidden(environment: Mapping[str, str]) -> bool:
    """Whether a variable says that nothing may be remembered."""
    return any(environment.get(name, "").lower() not in {"", "0", "false"} for name in _OFF)


def folder(environment: Mapping[str, str], platform: str) -> Path | None:
    """The folder of all caches, as platformdirs names it (which takes as long to load as click;
    a test holds the two equal)."""
    home = environment.get("HOME", "")
    if platform == "darwin":
        place = f"{home}/Library/Caches" if home else ""
    else:
        named = environment.get("XDG_CACHE_HOME", "").strip()
        place = named or (f"{home}/.cache" if home else "")
    return Path(place) / "sot-tools" if place.startswith("/") else None
