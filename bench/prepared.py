"""Brings a generated workspace into the state that the contenders need, or takes it from before.

In `FOLDER/<documents>/`: `workspace/` (a git repository with everything committed),
`front-matter/` (one .yaml file a document) and `stamp.json` (what made it).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measure

_HERE = Path(__file__).resolve().parent
_STAMP = "stamp.json"


@dataclass(frozen=True)
class Prepared:
    """A workspace on disk, and where its parts are."""

    documents: int
    files: int
    """Documents, board, glossary and settings."""
    size: int
    """Bytes of all files."""
    root: Path
    front_matter: Path
    edited: str
    """Path in the workspace of the document that changes from round to round."""
    original: bytes
    """What is committed of it."""

    def restore(self) -> None:
        """Give the document its committed content back."""
        (self.root / self.edited).write_bytes(self.original)

    def edit(self) -> None:
        """Give the document a content that no run has seen before."""
        line = f"\nEdited at {time.time_ns()}.\n"
        (self.root / self.edited).write_bytes(self.original + line.encode())

    def stage(self) -> None:
        """Edit it, and put it into the index."""
        self.edit()
        must(["git", "add", "--", self.edited], self.root)

    def unstage(self) -> None:
        """Let the index hold what is committed."""
        must(["git", "reset", "--quiet", "--", self.edited], self.root)

    def insert(self) -> None:
        """Edit it below its title, so that all that follows is seen to have moved down."""
        title = self.original.index(b"\n# ") + 1
        place = self.original.index(b"\n", title) + 1
        line = f"\nEdited at {time.time_ns()}.\n".encode()
        content = self.original[:place] + line + self.original[place:]
        (self.root / self.edited).write_bytes(content)


def prepare(folder: Path, documents: int, sot: str) -> Prepared:
    """The workspace of this size; exits where `sot check` has anything to report about it."""
    place = folder / str(documents)
    root = place / "workspace"
    made_by = _made_by(documents)
    stamp = _stamp(place)
    if stamp.get("made_by") != made_by:
        stamp = {"made_by": made_by, **_make(place, documents)}
        (place / _STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    must(["git", "reset", "--quiet", "--hard"], root)
    said = must([sot, "check", "--severity", "advice"], root)
    if not said.startswith(f"{stamp['files']} files checked, nothing to report"):
        sys.exit(f"sot check is not content with the generated workspace:\n{said}")
    plans = sorted(path.relative_to(root).as_posix() for path in root.glob(".sot/*/*-PRD.md"))
    edited = plans[len(plans) // 2]
    return Prepared(
        documents,
        stamp["files"],
        stamp["bytes"],
        root,
        place / "front-matter",
        edited,
        (root / edited).read_bytes(),
    )


def must(command: Sequence[str], folder: Path) -> str:
    """What a command prints; exits where it fails."""
    code, said = measure.output(command, folder)
    if code:
        sys.exit(f"{' '.join(command[:3])} ... failed with exit code {code}:\n{said}")
    return said


def _made_by(documents: int) -> str:
    sources = b"".join((_HERE / name).read_bytes() for name in ("workspace.py", "prose.py"))
    return hashlib.sha256(sources + str(documents).encode()).hexdigest()


def _stamp(place: Path) -> dict[str, Any]:
    """What the stamp says; empty where nothing was made, or the making was interrupted."""
    if not place.exists():
        return {}
    if not (place / _STAMP).is_file():
        sys.exit(f"{place} was not made by this benchmark; name another --folder")
    stamp: dict[str, Any] = json.loads((place / _STAMP).read_text(encoding="utf-8"))
    return stamp


def _make(place: Path, documents: int) -> dict[str, int]:
    """Generate, commit and extract; a process of its own generates, so that this one stays small
    (see `measure.memory_floor`)."""
    if place.exists():
        shutil.rmtree(place)
    root = place / "workspace"
    root.mkdir(parents=True)
    (place / _STAMP).write_text("{}", encoding="utf-8")
    generator = str(_HERE / "workspace.py")
    said = must([sys.executable, generator, str(root), "--documents", str(documents)], place)
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0"]
    must([*git, "init", "--quiet"], root)
    must([*git, "add", "."], root)
    must([*git, "commit", "--quiet", "--message", "A generated workspace"], root)
    _extract(root, place / "front-matter")
    stats: dict[str, int] = json.loads(said)
    return stats


def _extract(root: Path, target: Path) -> None:
    """Write the front matter of each document into a .yaml file of its own."""
    for path in root.glob(".sot/*/*.md"):
        front_matter = path.read_text(encoding="utf-8").split("---\n", 2)[1]
        file = target / path.parent.name / f"{path.stem}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(front_matter, encoding="utf-8")
