"""The values that cross the seam to an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Endpoint(NamedTuple):
    """The model as an engine sees it: the harness's own door on loopback, never the real one."""

    url: str
    key: str
    """A word that only this run's door knows; the real key stays outside."""
    port: int
    provider: str
    model: str


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
    task_id: str = ""
    executable: str = ""
    """The admitted program; empty for an engine that has none."""
    state: Path = Path()
    """A folder of this run that the engine keeps its own state in."""
    endpoint: Endpoint | None = None
    evidence_expectations: tuple[str, ...] = ()


class Launch(NamedTuple):
    """How the harness is to start the engine; the engine starts nothing itself."""

    argv: tuple[str, ...] = ()
    play: tuple[Mapping[str, Any], ...] = ()
    environment: Mapping[str, str] = {}
    """All that the engine sees beside PATH, HOME, TMPDIR and the language."""
    unavailable: str = ""
    """Why the engine cannot be started at all; a provider that is missing, not a failure."""
    files: Mapping[str, bytes] = {}
    """Path below the state folder → content that the harness writes before the start."""
    tree_files: Mapping[str, bytes] = {}
    """Path in the copy → content, for files that are the engine's own and no part of the task."""
    private: tuple[str, ...] = ()
    """Paths in the copy that are the engine's own: never in the patch, never verified."""
    repository: bool = False
    """Whether the copy must be a git repository with one commit."""
    reads: tuple[str, ...] = ()
    """Files and folders beside the system's that the engine must be able to read."""
    path: tuple[str, ...] = ()
    """Folders before those of the system's PATH."""
    stderr: bool = False
    """Whether standard error is parsed, too."""
    logs: str = ""
    """Pattern of files in the copy whose lines are parsed after both streams."""
    keep: Mapping[str, str] = {}
    """Path below the state folder → name below `backend/`, for what is kept as evidence."""
    supervised: bool = False
    """Whether the harness may end the engine once its change is committed and it idles."""


class Claim(NamedTuple):
    """What one line of an engine's output says. A claim is never evidence of success."""

    event: str
    """`plan`, `review`, `provider-unavailable`, `protocol` or `done`."""
    detail: str = ""
    rejected: bool = False


class Complaint(NamedTuple):
    """Why an engine's run cannot count."""

    code: str
    """Code of a failure class."""
    message: str


class Told(NamedTuple):
    """All that an engine's run left to be classified."""

    claims: tuple[Claim, ...]
    exit_code: int | None
    requests: int | None = None
    """Requests that reached the model; None for an engine without one."""
    refused: tuple[str, ...] = ()
    """Requests that the door refused or the provider failed, in words."""
    settled: bool = False
    """Whether the harness ended the engine after its change was committed."""
    cut: bool = False
    """Whether it was stopped before it was done: it may not have come to asking its model."""


class Engine(NamedTuple):
    """One engine behind the seam."""

    prepare: Callable[[WorkOrder], Launch]
    parse: Callable[[bytes], Claim | None]
    """Takes one line of standard output, or of the launch's logs."""
    classify: Callable[[Told], tuple[Complaint, ...]]
    """What the run lacks or says against itself; nothing here can make a run pass."""
    wire: str = ""
    """How it speaks to its model: `chat` or `responses`; empty for an engine without one."""
