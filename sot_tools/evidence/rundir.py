"""The run directory: begun with a record, filled artifact by artifact, sealed with a manifest.

Whatever kills the harness, the directory says so: without `manifest.json` a run was not sealed,
and a run that was not sealed is never evidence of a pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import disk, journal
from sot_tools.errors import SotError
from sot_tools.evidence import seals
from sot_tools.evidence.canonical import canonical, sha256, sha256_of
from sot_tools.evidence.chain import Chain
from sot_tools.evidence.instants import Clock, compact, instant
from sot_tools.evidence.manifest import NAME, RUN, SEALING, Artifact, Manifest

EVENTS = "events.normalized.jsonl"
TRACE = "trace.jsonl"
_COARSE = 20_000_000
"""Nanoseconds by which the time of a file may lie behind the clock: file systems round down."""


class ArtifactFault(Exception):
    """An artifact cannot be written, or is not what was written."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class Begun(NamedTuple):
    """What a run is called and when it began."""

    run_id: str
    nonce: str
    started: int


class _Stream(NamedTuple):
    """A file of lines that is still growing."""

    file: journal.Appender
    chain: Chain
    content: Any
    """Running SHA-256 of what was appended."""


class RunDirectory:
    """The one writer of a run directory."""

    def __init__(self, path: Path, begun: Begun, clock: Clock, lock: int) -> None:
        self.path = path
        self._place = str(path)
        self.begun = begun
        self.clock = clock
        self._lock = lock
        self._written: dict[str, Artifact] = {}
        self._streams: dict[str, _Stream] = {}
        self.events: list[str] = []
        """The names of the events so far."""
        self.on_event: Callable[[str], None] = _nobody
        self.clean: Callable[[Any], Any] = _as_it_is
        """Takes what must not be written down out of bytes and of values of JSON."""

    def event(self, name: str, payload: Mapping[str, Any]) -> None:
        """Append a normalized event."""
        entry = {
            "event": name,
            "payload": dict(payload),
            "run_id": self.begun.run_id,
            "timestamp": instant(self.clock()),
        }
        self.events.append(name)
        self.on_event(name)
        self._append(EVENTS, entry)

    def trace(self, action: str, outcome: str, /, **detail: Any) -> None:
        """Append what the harness did or checked."""
        entry: dict[str, Any] = {
            "action": action,
            "outcome": outcome,
            "timestamp": instant(self.clock()),
        }
        self._append(TRACE, {**entry, **({"detail": detail} if detail else {})})

    def write(self, name: str, content: bytes) -> None:
        """Write an artifact that does not exist yet."""
        content = self.clean(content)
        try:
            created = journal.put(self._at(name), content)
        except OSError as error:
            raise ArtifactFault(name, error.strerror or str(error)) from error
        if not created:
            raise ArtifactFault(name, "something is there already that the harness did not write")
        self._written[name] = Artifact(sha256(content), len(content), instant(self.clock()))

    def adopt(self, name: str) -> None:
        """Take a file that another process wrote for the harness into the record."""
        try:
            found = journal.stamp(self._at(name))
        except OSError as error:
            raise ArtifactFault(name, error.strerror or str(error)) from error
        self._written[name] = Artifact(found.sha256, found.size, instant(found.mtime_ns))

    def close(self, name: str) -> None:
        """Finish a stream of lines; raises where the file is not what was appended."""
        stream = self._streams.pop(name, None)
        if stream is None:
            return
        try:
            stream.file.close()
        except OSError as error:
            raise ArtifactFault(name, error.strerror or str(error)) from error
        self.adopt(name)
        if self._written[name].sha256 != stream.content.hexdigest():
            raise ArtifactFault(name, "somebody else wrote into it")

    def artifacts(self) -> dict[str, Artifact]:
        """What was written and closed so far."""
        return dict(self._written)

    def foreign(self) -> Iterator[ArtifactFault]:
        """What in the directory is not as the harness wrote it, or was not written by it."""
        for name, each in self._written.items():
            try:
                found = journal.stamp(self._at(name)).sha256
            except OSError as error:
                yield ArtifactFault(name, error.strerror or str(error))
                continue
            if found != each.sha256:
                yield ArtifactFault(name, "somebody else wrote into it")
        for entry in disk.walk(self.path, "."):
            name = entry.path.removeprefix("./")
            if name not in self._written and name not in self._streams:
                yield ArtifactFault(name, "the harness did not write it")

    def stale(self) -> list[str]:
        """Artifacts whose time lies before the start of the run."""
        first = instant(self.begun.started - _COARSE)
        return sorted(name for name, each in self._written.items() if each.written_at < first)

    def seal(self, about: Mapping[str, Any]) -> str:
        """Write the manifest, record its digest outside, and return it; nothing follows.

        The digest is recorded before the manifest gets its name: a kill between the two leaves a
        directory that is not sealed, never a manifest that nobody recorded.
        """
        sealed_at = instant(self.clock())
        manifest = Manifest(self.begun.run_id, self.begun.nonce, sealed_at, self._written)
        content = manifest.content()
        try:
            if not journal.put(self._at(SEALING), content):
                raise ArtifactFault(NAME, "a manifest is there already")
            journal.sync([self._at(name) for name in (SEALING, *self._written)])
            entry = {
                "run_id": self.begun.run_id,
                "nonce": self.begun.nonce,
                "manifest_sha256": sha256(content),
                "sealed_at": sealed_at,
                **about,
            }
            seals.record(self.path.parent, entry)
            journal.replace(self.path / SEALING, self.path / NAME)
        except OSError as error:
            raise ArtifactFault(NAME, error.strerror or str(error)) from error
        return sha256(content)

    def leave(self) -> None:
        """Let go of the directory, sealed or not."""
        for stream in self._streams.values():
            try:
                stream.file.close()
            except OSError:
                continue  # the directory stays unsealed, which says enough
        self._streams.clear()
        if self._lock >= 0:
            journal.release(self._lock)
            self._lock = -1

    def _at(self, name: str) -> str:
        return f"{self._place}/{name}"

    def _append(self, name: str, entry: dict[str, Any]) -> None:
        try:
            if name not in self._streams:
                chain = Chain(self._written[RUN].sha256)
                self._streams[name] = _Stream(journal.Appender(self._at(name)), chain, sha256_of())
            stream = self._streams[name]
            line = stream.chain.next(self.clean(entry))
            stream.file.append(line)
            stream.content.update(line)
        except OSError as error:
            raise ArtifactFault(name, error.strerror or str(error)) from error


def _as_it_is(value: Any) -> Any:
    return value


def _nobody(_: str) -> None:
    return None


def begin(
    root: Path, case_id: str, pid: int, about: Mapping[str, Any], clock: Clock
) -> RunDirectory:
    """Make the directory of a new run and its begin record; raises SotError where that fails."""
    started = clock()
    nonce = os.urandom(16).hex()
    name = f"{compact(started)}-{case_id}-{pid}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        run_id, number = name, 0
        while not journal.make_folder(root / run_id):  # the same second and process: say it finer
            run_id = f"{name}-{(clock() // 1000 + number) % 10**6:06d}"
            number += 1
        path = root / run_id
        lock = journal.held(path / RUN)
        record = {**about, "run_id": run_id, "nonce": nonce, "started_at": instant(started)}
        content = canonical({"version": 1, **record}) + b"\n"
        os.pwrite(lock, content, 0)
    except OSError as error:
        raise SotError(
            f"{root}: no run directory can be made there: {error.strerror}; "
            "name another folder with --runs-dir"
        ) from error
    made = RunDirectory(path, Begun(run_id, nonce, started), clock, lock)
    made._written[RUN] = Artifact(sha256(content), len(content), instant(started))
    return made
