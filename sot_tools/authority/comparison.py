"""Stage 6: the lanes side by side on five dimensions; it makes nothing the default.

A lane that cannot run is recorded as blocked with the reason, never left out (STG6-03). Whatever
the comparison says, the activation is `false`: a person decides that elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from sot_tools.authority import proofs, terms
from sot_tools.authority.proofs import Bench
from sot_tools.authority.stages import rung
from sot_tools.evidence import rundir
from sot_tools.evidence.approval import Terms
from sot_tools.evidence.canonical import canonical
from sot_tools.evidence.rundir import TRACE
from sot_tools.evidence.verify import COMPARISON
from sot_tools.runs import order, registry, stage_checks, wire
from sot_tools.runs.classes import MATRIX
from sot_tools.runs.contract import RegisteredCase
from sot_tools.runs.stage_checks import ENGINE, Findings
from sot_tools.runs.state import Finished, Surroundings

NAME = "stage6-candidate-default"
ACCEPTANCE = "signed over the digest of this comparison, or denied, in the ledger"
"""Where the operator's word after the comparison stands (STG6-04)."""
_STAGE_5 = ("stage5_fails_closed_", "stage5_rejects_")


class Seen(NamedTuple):
    """A lane's run, and what else is known of the lane."""

    done: Finished
    closed: bool
    """Whether everything that had to fail closed did."""


DIMENSIONS: Mapping[str, Callable[[Seen], bool]] = {
    "report_shape": lambda seen: not wire.fault("report", dict(seen.done.report)),
    "event_validity": lambda seen: (
        not list(
            order.faults(
                seen.done.report["harness"]["events"],
                order.required(True, str(seen.done.report["approval_status"])),
            )
        )
    ),
    "allowed_path_compliance": lambda seen: seen.done.report["allowed_writes_passed"] is True,
    "failure_closure": lambda seen: seen.closed,
    "artifact_completeness": lambda seen: stage_checks.sealed(seen.done),
}
"""Exactly five (STG6-02)."""


class Lane(NamedTuple):
    """One engine in the comparison."""

    engine: str
    blocked: str
    """Why it cannot be compared; empty where it was."""
    status: str
    run_id: str
    manifest: str
    dimensions: Mapping[str, bool]
    source: str = "not_admitted"
    """Whether its source is admitted, as its report says."""

    @property
    def passes(self) -> bool:
        """Whether it ran, passed, and holds in every dimension."""
        return not self.blocked and self.status == "pass" and all(self.dimensions.values())

    def record(self) -> dict[str, Any]:
        """The lane as the comparison holds it."""
        found = {
            "status": "blocked" if self.blocked else self.status,
            "run_id": self.run_id,
            "manifest_sha256": self.manifest,
        }
        if self.blocked:
            return {**found, "rationale": self.blocked}
        return {**found, "dimensions": dict(self.dimensions)}


def prove(bench: Bench, found: Findings) -> None:
    """Stage 5 and all before it, then the comparison, sealed in a directory of its own."""
    proofs.prove(5, bench, found)
    lanes = tuple(_lane(bench, found, name) for name in bench.grounds.register.engines)
    checks = judged(lanes, found, bench.grounds.register.default_engine)
    for name, fault in checks.items():
        found.check(name, not fault, fault)
    value = _record(bench, found, lanes, checks)
    done = seal(value, bench.around())
    found.paths["comparison_report"] = str(done.path / COMPARISON)
    found.paths["lanes"] = {each.engine: each.record()["status"] for each in lanes}
    found.paths["runtime_default_activation"] = False


def _lane(bench: Bench, found: Findings, engine: str) -> Lane:
    """Run the first passing case with an engine, and once more with the engine switched off."""
    grounds = bench.grounds
    case = stage_checks.passing(grounds)
    given = grounds.at(2) if engine == ENGINE else grounds.environment
    done = grounds.perform(case, engine, given)
    report = done.report
    closed = not [each for each in found.errors if "fails_closed" in each.partition(":")[0]]
    if grounds.register.engines[engine].gated_by_env:
        off = grounds.perform(case, engine, _off(bench, engine))
        closed = off.report["status"] == "blocked" and stage_checks.sealed(off)
    found.paths.setdefault("lane_reports", {})[engine] = stage_checks.report_of(done)
    started = "backend.gate.blocked" not in report["harness"]["events"]
    reasons = "; ".join(each["message"] for each in report["blockers"])
    if engine == ENGINE and started and not grounds.compiled:
        started, reasons = False, "the program is no compiled binary, which proves nothing"
    dimensions = {name: holds(Seen(done, closed)) for name, holds in DIMENSIONS.items()}
    blocked = "" if started else reasons
    source = str(report.get("source_admission_status", "not_admitted"))
    ended = str(report["status"])
    return Lane(engine, blocked, ended, done.run_id, done.manifest_digest, dimensions, source)


def _off(bench: Bench, engine: str) -> dict[str, str]:
    gate = bench.grounds.register.engines[engine].gated_by_env
    return {name: value for name, value in bench.grounds.environment.items() if name != gate}


def judged(lanes: tuple[Lane, ...], found: Findings, default: str) -> dict[str, str]:
    """The named checks, each with what stands against it (STG6-06)."""
    known = {each.engine: each for each in lanes}
    open_ones = [each for each in found.errors if each.startswith(_STAGE_5)]
    candidate = known.get(ENGINE)
    return {
        "fake_lane_passes": "" if known["fake"].passes else "the fake lane does not pass",
        f"{ENGINE}_default_disabled": _enabled(default),
        "stage5_failure_closure_inherited": f"open: {open_ones[0]}" if open_ones else "",
        f"{ENGINE}_lane_passes": _against(candidate),
        "candidate_default_comparison": _beaten(candidate, lanes),
    }


def _enabled(default: str) -> str:
    return "" if default == "fake" else f"the default engine is `{default}`, not `fake`"


def _against(lane: Lane | None) -> str:
    if lane is None:
        return f"the register has no engine `{ENGINE}`"
    if lane.blocked:
        return f"the lane is blocked: {lane.blocked}"
    return "" if lane.passes else f"the lane ended with `{lane.status}`"


def _beaten(candidate: Lane | None, lanes: tuple[Lane, ...]) -> str:
    """Where another lane holds in a dimension in which the candidate does not."""
    if candidate is None or candidate.blocked:
        return "there is nothing to compare: the candidate's lane is blocked"
    behind = [
        f"{name} of {lane.engine}"
        for lane in lanes
        if not lane.blocked
        for name, holds in lane.dimensions.items()
        if holds and not candidate.dimensions[name]
    ]
    return f"the candidate is behind in {', '.join(behind)}" if behind else ""


def _record(
    bench: Bench, found: Findings, lanes: tuple[Lane, ...], checks: Mapping[str, str]
) -> dict[str, Any]:
    """The value of the comparison's file."""
    register = bench.grounds.register
    case = registry.case(register, stage_checks.passing(bench.grounds))
    candidate = next((each for each in lanes if each.engine == ENGINE), None)
    failed = {each.partition(":")[0] for each in found.errors}
    eligible = not found.errors
    blocked = candidate is None or bool(candidate.blocked)
    return {
        "version": 1,
        "status": "pass" if eligible else "blocked" if blocked else "fail",
        "case_id": case.case_id,
        "backend": ENGINE,
        "stage": 6,
        "dimensions": list(DIMENSIONS),
        "lanes": {each.engine: each.record() for each in lanes},
        "checks": {name: not fault for name, fault in checks.items()},
        "not_proven": sorted(found.errors),
        "failure_matrix": {
            each.name: _covered(each.name, found.checked, failed) for each in MATRIX
        },
        "source_admission": _admission(bench, candidate),
        "operator_acceptance": ACCEPTANCE,
        "candidate_default_eligible": eligible,
        "runtime_default_activation": False,
        "changed_files": [],
        "harness": {"contract_digest": case.contract_digest},
    }


def _covered(name: str, checked: list[str], failed: set[str]) -> str:
    """`covered`, or why a row of the failure matrix is not (STG6-01)."""
    mine = [each for each in checked if each.endswith(f"fails_closed_{name.replace('-', '_')}")]
    if not mine:
        return "blocked: no check of these stages makes it"
    wrong = [each for each in mine if each in failed]
    return f"blocked: {wrong[0]} did not hold" if wrong else "covered"


def _admission(bench: Bench, candidate: Lane | None) -> dict[str, Any]:
    """Whether the candidate's source is admitted now, as the harness sees it (STG6-04)."""
    engine = bench.grounds.register.engines.get(ENGINE)
    documents = sorted({each.document for each in engine.gates}) if engine else []
    status = candidate.source if candidate else "not_admitted"
    return {"status": status, "fresh": status == "admitted", "documents": documents}


def seal(value: Mapping[str, Any], around: Surroundings) -> Finished:
    """Write the comparison into a sealed directory of its own."""
    about = {"kind": "comparison", "case_id": NAME, "backend": ENGINE, "pid": around.pid}
    directory = rundir.begin(around.runs, NAME, around.pid, about, around.clock)
    begun = directory.begun
    value = {**value, "harness": {**value["harness"], "nonce": begun.nonce}}
    try:
        around.witness.began(begun.run_id, begun.nonce)
        for name, lane in value["lanes"].items():
            directory.trace("compare lane", lane["status"], engine=name, run_id=lane["run_id"])
        directory.close(TRACE)
        directory.write(COMPARISON, canonical(value) + b"\n")
        about = {"case_id": NAME, "backend": ENGINE, "status": value["status"]}
        digest = directory.seal(about)
        around.witness.sealed(begun.run_id, begun.nonce, digest, str(value["status"]))
    finally:
        directory.leave()
    return Finished(begun.run_id, directory.path, value, digest)


def terms_of(case: RegisteredCase) -> Terms:
    """What the ledger is told of a comparison: the candidate on a case, for stage 6 alone."""
    made = terms.of_case(case, ENGINE, 0)
    return made._replace(item="Stage 6", stage=6, mutation_mode=rung(6).modes[0])


STAGES: Mapping[int, Callable[[Bench, Findings], None]] = {
    **{number: partial(proofs.prove, number) for number in range(1, 6)},
    6: prove,
}
"""Stage → its checks, after those of the stages before."""
