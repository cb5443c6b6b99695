"""`sot health`: documents checked, every case run and verified, in one answer (ENG-26)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from sot_tools import disk
from sot_tools.cli import runs, workspace
from sot_tools.cli.run import surroundings
from sot_tools.errors import SotError
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection
from sot_tools.runs import matrix, registry
from sot_tools.runs.matrix import Matrix, Row
from sot_tools.runs.state import Surroundings

_ANSWER = 1 << 20


@click.command("health")
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--runs-dir", type=click.Path(), help="Folder of the run directories.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--adapter", type=click.Path(), help="Answer of the provider adapter's validator.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    root: str | None, runs_dir: str | None, workers: int, adapter: str | None, as_json: bool
) -> int:
    """Check the documents, run every case with the fake engine, verify what they left.

    Exit codes: 0 healthy, 1 not, 2 could not look. What was not validated is named as such.
    """
    place = runs.place(root, None, runs_dir)
    report = check(workspace.opened(str(place.root), (), None), Selection())
    register = registry.read(place.harness)
    stop = runs.Stop()
    show = runs.Progress(f"{len(register.cases)} cases")

    def make() -> Surroundings:
        return surroundings(place, register, "fake", stop, show)

    found = matrix.run_all(register, "fake", register.cases, workers, make)
    show.end()
    done = matrix.seal(found, "fake", make())
    spoken = _adapter(adapter)
    answer = {
        "ok": not report.diagnostics and found.as_expected and (not adapter or spoken["passed"]),
        "documents": {"passed": not report.diagnostics, "checked": len(report.checked)},
        "matrix": {
            "passed": found.as_expected,
            "cases": len(found.rows),
            "evidence": str(done.path),
            "manifest_sha256": done.manifest_digest,
        },
        "provider_timeout_fail_closed": _held(found, "timeout"),
        "case_provider_adapter": spoken,
        "case_stage6_real_governed_refresh": _refreshed(place.runs),
    }
    if as_json:
        click.echo(json.dumps(answer, sort_keys=True))
    else:
        for name, value in answer.items():
            click.echo(f"{name:34} {_said(value)}")
    return 0 if answer["ok"] else 1


def _held(found: Matrix, failure: str) -> bool:
    rows: list[Row] = [row for row in found.rows if row.case.expected_failure == failure]
    return bool(rows) and all(row.as_expected for row in rows)


def _refreshed(folder: Path) -> dict[str, object]:
    """What the newest sealed refresh came to; nothing is judged again here."""
    from sot_tools.authority import passes

    found = passes.latest(folder)
    if not found:
        return {"passed": False, "reason": "no refresh was made; `sot stage refresh` makes one"}
    state = str(found["repeatability_status"])
    told = {"repeatability_status": state, "comparison": str(found["path"])}
    if found["status"] == "pass":
        return {"passed": True, **told}
    return {"passed": False, "reason": f"the newest refresh ended with `{found['status']}`", **told}


def _adapter(named: str | None) -> dict[str, Any]:
    """What the provider adapter's validator said, where it ran."""
    if not named:
        return {"passed": False, "reason": "not validated: `tools/health.sh --adapter` does it"}
    try:
        said = json.loads(disk.read(Path(named), _ANSWER))
        return {"passed": said["ok"] is True, "checked": said["checked"], "errors": said["errors"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SotError(f"{named}: is no answer of the adapter's validator: {error}") from error


def _said(value: object) -> str:
    if isinstance(value, dict):
        good = "yes" if value["passed"] else "no"
        return f"{good}, {value['reason']}" if "reason" in value else good
    return "yes" if value else "no"
