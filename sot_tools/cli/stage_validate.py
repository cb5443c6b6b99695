"""`sot stage validate`: prove what a stage asks for, on runs that are made for it."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sot_tools.cli import run as run_verb
from sot_tools.cli import runs
from sot_tools.engines.supervise import Warden
from sot_tools.errors import SotError
from sot_tools.runs import admissions, registry
from sot_tools.runs.approval import rehearsed
from sot_tools.runs.contract import Register
from sot_tools.runs.run import run
from sot_tools.runs.stage_checks import ENGINE, Findings, Grounds, passing
from sot_tools.runs.state import Finished, Order, Surroundings, Witness

if TYPE_CHECKING:
    from sot_tools.authority.proofs import Bench


@click.command("validate")
@click.argument("stage", type=click.IntRange(1, 6))
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--harness-root", type=click.Path(), help="Folder of harness.yaml.")
@click.option("--runs-dir", type=click.Path(), help="Folder of the run directories.")
@click.option("--enter", is_flag=True, help="Stage 6: tell the ledger of the comparison.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def command(
    stage: int,
    root: str | None,
    harness_root: str | None,
    runs_dir: str | None,
    enter: bool,
    as_json: bool,
) -> int:
    """Make the runs that STAGE asks for and check what they left, after those of the stages before.

    Exit codes: 0 every check passed, 1 one did not or could not be made, 2 could not begin.
    """
    from sot_tools.authority import comparison

    place = runs.place(root, harness_root, runs_dir)
    found = Findings()
    warden = Warden()
    try:
        prefix = "sot-rehearsal-"
        with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
            comparison.STAGES[stage](_bench(place, warden, Path(folder), enter), found)
    finally:
        warden.close()
    answer = found.answer()
    if as_json:
        click.echo(json.dumps(answer, separators=(",", ":")))
    else:
        for each in answer["checked"]:
            bad = [line for line in answer["errors"] if line.startswith(f"{each}:")]
            click.echo(f"{'no ' if bad else 'yes'}  {bad[0] if bad else each}")
    return 0 if answer["ok"] else 1


def _bench(place: runs.Places, warden: Warden, folder: Path, enter: bool) -> Bench:
    from sot_tools.authority.proofs import Bench
    from sot_tools.authority.rehearsal import Attempt, Rehearsal, Tried

    grounds = _grounds(place, warden)
    stage = Rehearsal(folder, place.runs, grounds.register, time.time_ns)

    def around(register: Register, engine: str, environment: Mapping[str, str]) -> Surroundings:
        return _around(place, register, engine, environment, warden)

    def rehearse(attempt: Attempt) -> Tried:
        given = attempt.environment or grounds.bare
        return stage.tried(attempt._replace(environment=given), around)

    def seal() -> Surroundings:
        made = _around(place, grounds.register, "fake", os.environ, warden)
        return made._replace(witness=_witness(place, grounds)) if enter else made

    return Bench(grounds, rehearse, seal)


def _witness(place: runs.Places, grounds: Grounds) -> Witness:
    """The ledger, which hears of a comparison as of a run for stage 6."""
    from sot_tools.authority import comparison
    from sot_tools.authority.witness import LedgerWitness
    from sot_tools.cli import places

    case = registry.case(grounds.register, passing(grounds))
    terms = comparison.terms_of(case)
    root = places.workspace(str(place.root))
    return LedgerWitness(root, places.used_folder(), time.time_ns, terms, None)


def _around(
    place: runs.Places,
    register: Register,
    engine: str,
    environment: Mapping[str, str],
    warden: Warden,
) -> Surroundings:
    made = run_verb.surroundings(place, register, engine, runs.Stop(), runs.Progress(engine))
    return made._replace(
        environment=environment,
        warden=warden,
        admissions=admissions.read(place.root, register.engines[engine], environment),
    )


def _grounds(place: runs.Places, warden: Warden) -> Grounds:
    register = registry.read(place.harness)

    def perform(case_id: str, engine: str, environment: Mapping[str, str]) -> Finished:
        case = registry.case(register, case_id)
        around = _around(place, register, engine, environment, warden)
        return run(Order(register, case, engine, rehearsed(case, runs.now())), around)

    def refuses(name: str) -> bool:
        try:
            run_verb.chosen(register, name)
        except SotError:
            return True
        return False

    engine = register.engines.get(ENGINE)
    named = os.environ.get(engine.variable("BIN"), "") if engine else ""
    usage = run_verb.command.get_help(click.Context(run_verb.command))
    compiled = bool(named) and admissions.compiled(Path(named))
    return Grounds(register, dict(os.environ), perform, refuses, usage, compiled)


def entry(stage: int) -> Any:
    """The command of one stage alone, for the validators with a name of their own (GATE-09)."""

    @click.command()
    @click.option("--harness-root", type=click.Path())
    @click.option("--runs-dir", type=click.Path())
    @click.option("--json", "as_json", is_flag=True)
    @click.pass_context
    def validate(
        context: click.Context, harness_root: str | None, runs_dir: str | None, as_json: bool
    ) -> int:
        given = {"harness_root": harness_root, "runs_dir": runs_dir, "as_json": as_json}
        return int(context.invoke(command, stage=stage, root=None, enter=False, **given))

    return validate
