"""Forbidden actions that an engine tried to take: as its output, its play and its model tell them.

What an engine says is never evidence for it; against it, it counts. The absence of an attempt is
proven by what holds the engine: no remote, no network but the model's door, no credential.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sot_tools import journal
from sot_tools.engines.actions import actions, told
from sot_tools.runs.gates import APPROVED_MODES
from sot_tools.runs.state import State

_LONGEST = 1 << 20


def heed(run: State) -> None:
    """Note what the contract forbids and the engine tried all the same.

    Where a repository is to be changed, it ends the run; on a copy of a fixture there is nothing
    to push or to merge, and the trace tells it.
    """
    found: dict[str, str] = {}
    for command in _commands(run):
        for action in actions(command):
            if action in run.case.task.forbidden_actions:
                found.setdefault(action, command)
    for action in sorted(run.traffic.actions) if run.traffic else ():
        if action in run.case.task.forbidden_actions:
            found.setdefault(action, "its model called for it")
    run.record.attempted = list(found)
    for action, command in found.items():
        run.directory.trace("look for forbidden actions", "found", action=action)
        if run.case.task.mutation_mode in APPROVED_MODES:
            message = f"the engine attempted `{action}`: {command[:120]}"
            run.record.block("forbidden_action_attempted", message)


def _commands(run: State) -> Iterator[str]:
    yield from _played(run.case.play if not run.registration.prefix else ())
    for name in ("backend/stdout.log", "backend/stderr.log", "backend/engine-events.jsonl"):
        if (run.directory.path / name).is_file():
            for line in journal.lines(run.directory.path / name, _LONGEST):
                yield from told(line)


def _played(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The programs that a play starts."""
    for step in steps:
        for word, argument in step.items():
            if word == "run":
                yield " ".join(map(str, argument))
            elif word == "leave":
                yield from _played(argument)
