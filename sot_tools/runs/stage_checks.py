"""What stages 1 and 2 must show, each as a named check on runs that are made for it.

A check that could not be made is an error, never a pass (GATE-02). Nothing outside the folder of
the run directories is written (STG1-09).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import tree
from sot_tools.engines.table import ENGINES
from sot_tools.evidence.verdict import Verified
from sot_tools.evidence.verify import verify
from sot_tools.runs import registry, wire
from sot_tools.runs.classes import CLASSES
from sot_tools.runs.contract import Register
from sot_tools.runs.state import Finished

ENGINE = "case"
PROOF = "stage2-no-target-inspection.json"
_STAGE_1 = ("provider-unavailable", "missing-event", "artifact-write-failure")
_STAGE_2 = (
    *("no-diff", "disallowed-file", "failed-tests", "missing-test-command", "missing-event"),
    "provider-unavailable",
)
_BLOCKED_EVENTS = ["run.started", "task.contract.created", "run.completed"]
_ARTIFACTS = (
    *("report.json", "report.md", "events.normalized.jsonl", "trace.jsonl", "patch.diff"),
    *("test.log", f"backend/{ENGINE}-gate.log"),
)


class Grounds(NamedTuple):
    """What the checks work with."""

    register: Register
    environment: Mapping[str, str]
    perform: Callable[[str, str, Mapping[str, str]], Finished]
    """Runs a case with an engine in an environment."""
    refuses: Callable[[str], bool]
    """Whether the command line refuses an engine of this name."""
    usage: str
    """The help of `sot run`."""
    compiled: bool
    """Whether the named program is a compiled binary; a script proves nothing (STG2-14)."""

    @property
    def bare(self) -> dict[str, str]:
        """The environment without anything that opens an engine."""
        prefix = self.register.engines[ENGINE].gated_by_env.split("_")[0] + "_"
        return {k: value for k, value in self.environment.items() if not k.startswith(prefix)}

    def at(self, stage: int) -> dict[str, str]:
        """The environment with the stage that is chosen, if one is, set to `stage`."""
        engine = self.register.engines.get(ENGINE)
        variable = engine.variable("STAGE") if engine else ""
        chosen = {variable: str(stage)} if self.environment.get(variable) else {}
        return {**self.environment, **chosen}


class Findings:
    """The checks that were made, and the evidence that they made."""

    def __init__(self) -> None:
        self.checked: list[str] = []
        self.errors: list[str] = []
        self.paths: dict[str, Any] = {"pass_reports": [], "failure_reports": {}}

    def check(self, name: str, passed: bool, otherwise: str) -> bool:
        """Note a check; what stands against it where it did not pass."""
        self.checked.append(name)
        if not passed:
            self.errors.append(f"{name}: {otherwise}")
        return passed

    def answer(self) -> dict[str, Any]:
        """The findings as the validators print them."""
        return {
            "ok": not self.errors,
            "checked": self.checked,
            "errors": self.errors,
            **self.paths,
        }


def stage_1(grounds: Grounds, found: Findings) -> None:
    """The engine is known, off by default, and blocked in every way that is not complete."""
    before = tree.digest(tree.snapshot(grounds.register.root))
    engine = grounds.register.engines.get(ENGINE)
    declared = bool(engine and engine.gated_by_env)
    found.check("engine_registered_and_gated", declared, "the register does not gate the engine")
    found.check("engine_dispatched", ENGINE in ENGINES, "the engine has no adapter")
    found.check("usage_names_engines", "--engine" in grounds.usage, "usage has no `--engine`")
    found.check("unknown_engine_refused", grounds.refuses("no-such-engine"), "it was accepted")
    default = grounds.register.default_engine == "fake"
    found.check("fake_is_default", default, "another engine is the default")
    if engine is None:
        return
    first = passing(grounds)
    off = grounds.perform(first, ENGINE, grounds.bare)
    _blocked(found, "blocked_without_environment", off)
    allowed = {**grounds.bare, engine.gated_by_env: "1"}
    _blocked(found, "blocked_without_stage", grounds.perform(first, ENGINE, allowed))
    _failures(grounds, found, _STAGE_1)
    same = tree.digest(tree.snapshot(grounds.register.root)) == before
    found.check("nothing_mutated", same, "the harness folder differs after the checks")


def stage_2(grounds: Grounds, found: Findings) -> None:
    """Stage 1, the failure fixtures, a fake baseline, and one real pass beside it (GATE-08)."""
    stage_1(grounds, found)
    _failures(grounds, found, _STAGE_2)
    first = passing(grounds)
    fake = grounds.perform(first, "fake", grounds.environment)
    passed = sealed(fake) and fake.report["status"] == "pass"
    found.check("fake_baseline", passed, "the fake engine does not pass the same case")
    found.paths["fake_baseline"] = report_of(fake)
    real = grounds.perform(first, ENGINE, grounds.at(2))
    codes = ", ".join(each["message"] for each in real.report["blockers"])
    if not found.check(
        "real_pass",
        grounds.compiled and sealed(real) and real.report["status"] == "pass",
        f"not proven, since no real pass was made: {codes or 'the program is no compiled binary'}",
    ):
        found.paths["blocked_report"] = report_of(real)
        return
    found.paths["pass_reports"].append(report_of(real))
    proof = real.path / PROOF
    found.check("no_target_inspection", proof.is_file(), f"{PROOF} is missing")
    found.paths["no_target_inspection"] = str(proof)
    comparison = compare(fake.report, real.report)
    found.paths["comparison"] = comparison
    wrong = [name for name, value in comparison.items() if not value["match"]]
    found.check("matches_fake_baseline", not wrong, f"differs in {', '.join(wrong)}")


def compare(fake: Mapping[str, Any], real: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Two reports of the same case side by side (STG2-09)."""
    sides: dict[str, Callable[[Mapping[str, Any]], Any]] = {
        "report_shape": lambda each: wire.fault("report", dict(each)) or "valid",
        "event_order": lambda each: each["harness"]["events"],
        "allowed_writes": lambda each: each["allowed_writes_passed"],
        "verification": lambda each: [one["outcome"] for one in each["verification"]],
        "blockers": lambda each: each["blockers"],
        "digests": lambda each: all(len(one) == 64 for one in each["artifact_digests"].values()),
        "freshness": lambda each: all(
            instant >= each["run_started_at"]
            for one in each["freshness"].values()
            for instant in one.values()
        ),
    }
    return {
        name: {"fake": side(fake), ENGINE: side(real), "match": side(fake) == side(real)}
        for name, side in sides.items()
    }


def passing(grounds: Grounds) -> str:
    """The first registered case that must pass."""
    return next(
        name
        for name in grounds.register.cases
        if not registry.case(grounds.register, name).expected_failure
    )


def _blocked(found: Findings, name: str, done: Finished) -> None:
    """One blocked run that says everything that stage 1 asks for (STG1-03 to STG1-06)."""
    report = done.report
    events = report["harness"]["events"]
    faults = [
        fault
        for fault, wrong in (
            ("the status is not blocked", report["status"] != "blocked"),
            ("the exit code is 0", done.exit_code == 0),
            ("the engine started", report.get(f"{ENGINE}_process_started") is not False),
            ("an exit code is recorded", report["backend_exit_code"] is not None),
            ("no gate event", "backend.gate.blocked" not in events),
            (
                "other events",
                [each for each in events if each != "backend.gate.blocked"] != _BLOCKED_EVENTS,
            ),
            ("no reason for the missing events", not report.get("not_applicable")),
            ("artifacts are missing", any(not (done.path / each).is_file() for each in _ARTIFACTS)),
            ("the patch is not empty", bool((done.path / "patch.diff").stat().st_size)),
            ("the evidence does not verify", not sealed(done)),
        )
        if wrong
    ]
    found.check(name, not faults, "; ".join(faults))
    found.paths["failure_reports"][name] = report_of(done)


def _failures(grounds: Grounds, found: Findings, names: tuple[str, ...]) -> None:
    """Failure fixtures of the fake lane, each ending in its class."""
    cases = {
        case.expected_failure: case
        for case in (registry.case(grounds.register, name) for name in grounds.register.cases)
    }
    for name in names:
        check = f"fails_closed_{name.replace('-', '_')}"
        if name not in cases:
            found.check(check, False, "no registered case stands for this class")
            continue
        if check in found.checked:
            continue
        done = grounds.perform(cases[name].case_id, "fake", grounds.bare)
        codes = [each["code"] for each in done.report["blockers"]]
        wanted = next(each.code for each in CLASSES.values() if each.name == name)
        good = codes == [wanted] and done.exit_code == 1 and sealed(done)
        found.check(check, good, f"ended with {codes}, expected {wanted}")
        found.paths["failure_reports"][name] = report_of(done)


def sealed(done: Finished) -> bool:
    """Whether the evidence of a run hashes to what was sealed."""
    recorded = {"the run": done.manifest_digest}
    return isinstance(verify(done.path, recorded, wire.fault), Verified)


def report_of(done: Finished) -> str:
    """Where the report of a run stands."""
    return str(Path(done.path) / "report.json")


STAGES: dict[int, Callable[[Grounds, Findings], None]] = {1: stage_1, 2: stage_2}
"""Stage → its checks."""
