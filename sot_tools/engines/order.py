"""The values that cross the seam to an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class WorkOrder(NamedTuple):
    """What an engine is told: the task and nothing else (ENG-10)."""

    prompt: str
    allowed_paths: tuple[str, ...]
    """ENG-20: the files that may change are those the case allows."""
    forbidden_actions: tuple[str, ...]
    verification_commands: tuple[str, ...]
    tree: Path
    """The copy that the engine works in."""
    recorded: Path
    """What the fake engine copies from."""
    play: tuple[Mapping[str, Any], ...]


class Launch(NamedTuple):
    """How the harness is to start the engine; the engine starts nothing itself."""

    argv: tuple[str, ...] = ()
    play: tuple[Mapping[str, Any], ...] = ()
    environment: Mapping[str, str] = {}
    unavailable: str = ""
    """Why the engine cannot be started at all; a provider that is missing, not a failure."""


class Claim(NamedTuple):
    """What one line of an engine's output says. A claim is never evidence of success."""

    event: str
    """`plan`, `review`, `provider-unavailable` or `done`."""
    detail: str = ""
    rejected: bool = False


class Engine(NamedTuple):
    """One engine behind the seam."""

    launch: Callable[[WorkOrder], Launch]
    read: Callable[[bytes], Claim | None]
    """Takes one line of standard output."""
