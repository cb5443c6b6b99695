"""What the verbs of `sot evidence` do, away from their options."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from sot_tools.cli.runs import runs_folder
from sot_tools.errors import SotError
from sot_tools.evidence import seals
from sot_tools.evidence.verdict import Verdict, Verified
from sot_tools.evidence.verify import verify as verified
from sot_tools.report import verdict_text
from sot_tools.runs import wire

_RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[a-z0-9-]+")


def verify(run: str, runs_dir: str | None, digest: str | None, as_json: bool) -> int:
    """Print the verdict on one run; 0 where it is verified."""
    path = find(run, runs_folder(runs_dir))
    verdict = judged(path, digest)
    if as_json:
        click.echo(json.dumps(verdict_text.as_object(verdict), sort_keys=True))
    else:
        click.echo(verdict_text.render(verdict))
    return 0 if isinstance(verdict, Verified) else 1


def judged(path: Path, digest: str | None) -> Verdict:
    """The verdict on a run directory."""
    recorded = {}
    known = seals.read(path.parent)
    if known.faults:
        raise SotError(
            f"{path.parent / seals.FILE}: {known.faults[0]}; the record of seals was changed, "
            "so it proves nothing"
        )
    seal = known.by_run.get(path.name)
    if seal is not None:
        recorded[seals.FILE] = str(seal.get("manifest_sha256"))
    if digest is not None:
        recorded["--digest"] = digest.removeprefix("sha256:").lower()
    return verified(path, recorded, wire.fault)


def find(run: str, folder: Path) -> Path:
    """The directory of a run: by path, by id, or the latest."""
    if run == "latest":
        runs = every(folder)
        if not runs:
            raise SotError(f"{folder} holds no run yet; `sot run CASE` makes one")
        return runs[-1]
    if _RUN_ID.fullmatch(run):
        if (folder / run).is_dir():
            return folder / run
        raise SotError(f"{folder} holds no run `{run}`; `sot evidence list` shows what is there")
    path = Path(run)
    if not path.is_dir():
        raise SotError(f"{run} is no run id, no run directory and no archive")
    return path.resolve()


def every(folder: Path) -> list[Path]:
    """All run directories of a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(
        each for each in folder.iterdir() if _RUN_ID.fullmatch(each.name) and each.is_dir()
    )
