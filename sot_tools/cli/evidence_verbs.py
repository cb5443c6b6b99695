"""What the verbs of `sot evidence` do, away from their options."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from sot_tools import disk
from sot_tools.cli.runs import runs_folder
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import seals
from sot_tools.evidence.manifest import NAME, RUN
from sot_tools.evidence.verdict import Verdict, Verified
from sot_tools.evidence.verify import verify as verified
from sot_tools.report import run_summary, verdict_text
from sot_tools.report.visible import visible
from sot_tools.runs import wire

_RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[a-z0-9-]+")
_TEXT = 1 << 26


def verify(run: str, runs_dir: str | None, digest: str | None, as_json: bool) -> int:
    """Print the verdict on one run; 0 where it is verified."""
    with found(run, runs_folder(runs_dir)) as (path, folder):
        verdict = judged(path, folder, digest)
    if as_json:
        click.echo(json.dumps(verdict_text.as_object(verdict), sort_keys=True))
    else:
        click.echo(verdict_text.render(verdict))
    return 0 if isinstance(verdict, Verified) else 1


def show(run: str, runs_dir: str | None, digest: str | None, as_json: bool) -> int:
    """Print verdict, report and events of a run."""
    with found(run, runs_folder(runs_dir)) as (path, folder):
        verdict = judged(path, folder, digest)
        events = _lines(path / "events.normalized.jsonl")
    if not isinstance(verdict, Verified):
        click.echo(verdict_text.render(verdict))
        return 1
    if as_json:
        click.echo(json.dumps(verdict.report, sort_keys=True))
        return 0
    click.echo(verdict_text.render(verdict))
    if verdict.combined:
        from sot_tools.runs import matrix_page

        click.echo(matrix_page.table(verdict.report))
        return 0
    if "lanes" in verdict.report:
        from sot_tools.report import comparison_text

        click.echo("\n".join(comparison_text.render(verdict.report)))
        return 0
    click.echo(run_summary.render(verdict.report, verdict.manifest_digest, False))
    click.echo("\n".join(run_summary.timeline(events)))
    return 0


def listing(wanted: Mapping[str, str], runs_dir: str | None, as_json: bool) -> int:
    """Print the runs that match, one a line."""
    folder = runs_folder(runs_dir)
    known = _seals(folder)
    rows = [_row(path, known.by_run.get(path.name)) for path in every(folder)]
    rows = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    if as_json:
        click.echo(json.dumps(rows, sort_keys=True))
    else:
        click.echo("\n".join(run_summary.table(rows)) if rows else "no run matches")
    return 0


def _row(path: Path, seal: Mapping[str, Any] | None) -> dict[str, str]:
    if seal is not None and (path / NAME).exists():
        known = {key: str(seal.get(key, "")) for key in ("case_id", "backend", "status")}
        return {"run_id": path.name, **known, "state": "sealed"}
    begun = _object(path / "run.json")
    verdict = verified(path, {}, wire.fault)
    active = getattr(verdict, "active", False)
    state = "running" if active else "unrecorded" if (path / NAME).exists() else "interrupted"
    case_id, backend = str(begun.get("case_id", "")), str(begun.get("backend", ""))
    status = "blocked" if state == "interrupted" else ""
    return {
        "run_id": path.name,
        "case_id": case_id,
        "backend": backend,
        "status": status,
        "state": state,
    }


def compare(first: str, second: str, runs_dir: str | None) -> int:
    """Print what differs between two runs; 1 where something does."""
    folder = runs_folder(runs_dir)
    with found(first, folder) as (one, _), found(second, folder) as (other, _):
        mine, its = _object(one / "report.json"), _object(other / "report.json")
    if not mine or not its:
        missing = first if not mine else second
        raise SotError(f"{missing} has no report to compare; `sot evidence verify` says why")
    lines = list(run_summary.differences(mine, its))
    click.echo("\n".join(lines) if lines else "the two runs ended alike")
    return 1 if lines else 0


def export(run: str, archive: str | None, runs_dir: str | None, digest: str | None) -> int:
    """Write a verified run as one archive."""
    from sot_tools.evidence import bag

    with found(run, runs_folder(runs_dir)) as (path, folder):
        verdict = judged(path, folder, digest)
        if not isinstance(verdict, Verified):
            raise Refused(f"{path.name} is not verified, so it is not exported; verify says why")
        target = Path(archive or f"{path.name}.zip")
        count = bag.write(path, target, date.today().isoformat())
    click.echo(f"wrote {target}: {count} files")
    click.echo(f"next: sot evidence verify {target} --digest sha256:{verdict.manifest_digest}")
    return 0


def page(run: str, runs_dir: str | None) -> int:
    """Show the page of a run in the pager."""
    with found(run, runs_folder(runs_dir)) as (path, _):
        pages = [path / name for name in ("report.md", "matrix.md") if (path / name).is_file()]
        if not pages:
            raise SotError(f"{path} has no report; `sot evidence verify {path.name}` says why")
        text = disk.read(pages[0], _TEXT).decode("utf-8", "replace")
    click.echo_via_pager("\n".join(visible(line) for line in text.split("\n")))
    return 0


def judged(path: Path, folder: Path, digest: str | None) -> Verdict:
    """The verdict on a run directory; `folder` holds the seals."""
    recorded = {}
    seal = _seals(folder).by_run.get(path.name)
    if seal is not None:
        recorded[seals.FILE] = str(seal.get("manifest_sha256"))
    if digest is not None:
        recorded["--digest"] = digest.removeprefix("sha256:").lower()
    return verified(path, recorded, wire.fault)


def _seals(folder: Path) -> seals.Seals:
    known = seals.read(folder)
    if known.faults:
        raise SotError(
            f"{folder / seals.FILE}: {known.faults[0]}; the record of seals was changed, "
            "so it proves nothing"
        )
    return known


@contextmanager
def found(run: str, folder: Path) -> Iterator[tuple[Path, Path]]:
    """The directory of a run, unpacked where it is an archive, and the folder of its seals."""
    path = Path(run)
    if run.endswith(".zip") and path.is_file():
        import tempfile

        from sot_tools.evidence import bag

        with tempfile.TemporaryDirectory(
            prefix="sot-evidence-", ignore_cleanup_errors=True
        ) as place:
            yield bag.unpack(path, Path(place)), folder
        return
    if run == "latest":
        runs = every(folder)
        if not runs:
            raise SotError(f"{folder} holds no run yet; `sot run CASE` makes one")
        second = runs[-1].name[:16]
        path = max((run for run in runs if run.name.startswith(second)), key=_began)
    elif _RUN_ID.fullmatch(run) and not path.is_dir():
        path = folder / run
        if not path.is_dir():
            raise SotError(
                f"{folder} holds no run `{run}`; `sot evidence list` shows what is there"
            )
    elif not path.is_dir():
        raise SotError(f"{run} is no run id, no run directory and no archive")
    path = path.absolute()
    yield path, path.parent


def _began(run: Path) -> int:
    """When a run began, for runs of one second; 0 where it never wrote its record."""
    record = run / RUN
    return record.stat().st_mtime_ns if record.is_file() else 0


def every(folder: Path) -> list[Path]:
    """All run directories of a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(
        each for each in folder.iterdir() if _RUN_ID.fullmatch(each.name) and each.is_dir()
    )


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(disk.read(path, _TEXT))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _lines(path: Path) -> list[dict[str, Any]]:
    from sot_tools.evidence.chain import read_line

    if not path.is_file():
        return []
    return [read_line(line) for line in disk.read(path, _TEXT).split(b"\n") if line]
