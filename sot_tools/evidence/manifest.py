"""The manifest of a run: SHA-256, size and time of every artifact, bound to one run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sot_tools.evidence.canonical import canonical

NAME = "manifest.json"
SEALING = ".manifest.json.sealing"
"""The manifest between being written and being valid; a run that died there is not sealed."""
RUN = "run.json"
"""The begin record: written first, so that a directory without a manifest says what it was."""


class Artifact(NamedTuple):
    """One file of a run directory."""

    sha256: str
    size: int
    written_at: str
    """RFC 3339 instant in UTC."""


class Manifest(NamedTuple):
    """Everything a run left."""

    run_id: str
    nonce: str
    sealed_at: str
    artifacts: Mapping[str, Artifact]
    """Path relative to the run directory, with `/` → what it is."""

    def content(self) -> bytes:
        """The bytes of `manifest.json`."""
        return (
            canonical(
                {
                    "version": 1,
                    "run_id": self.run_id,
                    "nonce": self.nonce,
                    "sealed_at": self.sealed_at,
                    "artifacts": {
                        path: each._asdict() for path, each in sorted(self.artifacts.items())
                    },
                }
            )
            + b"\n"
        )


def parse(content: bytes) -> Manifest | str:
    """A manifest from its bytes, or what is wrong with them."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return "is no JSON"
    fields = {"version", "run_id", "nonce", "sealed_at", "artifacts"}
    if not isinstance(value, dict) or set(value) != fields or value["version"] != 1:
        return f"does not hold exactly {', '.join(sorted(fields))} with version 1"
    if not all(isinstance(value[name], str) for name in ("run_id", "nonce", "sealed_at")):
        return "has a run_id, nonce or sealed_at that is no text"
    listed = value["artifacts"]
    if not isinstance(listed, dict) or not all(map(_artifact, listed.values())):
        return "has an artifact without sha256, size and written_at"
    made = {path: Artifact(**each) for path, each in listed.items()}
    return Manifest(value["run_id"], value["nonce"], value["sealed_at"], made)


def _artifact(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"sha256", "size", "written_at"}
        and isinstance(value["sha256"], str)
        and isinstance(value["size"], int)
        and isinstance(value["written_at"], str)
    )


def escapes(path: str) -> bool:
    """Whether a path of a manifest leads out of the run directory."""
    parts = path.split("/")
    return path.startswith("/") or "\0" in path or any(part in {"", ".", ".."} for part in parts)
