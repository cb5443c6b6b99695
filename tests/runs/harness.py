"""The one door of the tests to the harness: write a case, run it, read what it left."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from sot_tools import tree
from sot_tools.engines.supervise import Warden
from sot_tools.evidence import seals
from sot_tools.evidence.instants import instant
from sot_tools.evidence.verdict import Verdict
from sot_tools.evidence.verify import verify
from sot_tools.runs import registry, wire
from sot_tools.runs.approval import Approval, rehearsed
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order, Surroundings
from sot_tools.runs.trees import Trees

SHIPPED = Path(__file__).resolve().parents[2] / ".sot" / "harness"

PLAN = {"say": {"event": "plan", "summary": "as recorded"}}
DONE = {"say": {"event": "done"}}
CHANGE = {"write": {"to": "answer.txt", "text": "42\n"}}
PROOF = "sh -c 'test \"$(cat answer.txt)\" = 42'"
"""A verification that fails on the fixture and passes after `CHANGE`, without an interpreter."""
TREES = os.environ.get("SOT_TEST_TREES", "auto")
"""How runs make their trees: `SOT_TEST_TREES=overlay` runs any suite on layers."""
ARTIFACTS = (
    "backend/stderr.log",
    "backend/stdout.log",
    "eligibility-decision.json",
    "events.normalized.jsonl",
    "manifest.json",
    "patch.diff",
    "report.json",
    "report.md",
    "run.json",
    "test.log",
    "trace.jsonl",
)
"""Everything that a run of the fake engine leaves."""


def case(root: Path, *play: Mapping[str, Any], case_id: str = "demo", **differs: Any) -> Path:
    """A harness root with one case whose fixture is a single wrong answer."""
    folder = root / "cases" / case_id
    fixture = folder / "fixture"
    fixture.mkdir(parents=True, exist_ok=True)
    (folder / "recorded").mkdir(exist_ok=True)
    (fixture / "answer.txt").write_text("41\n")
    (fixture / "folder").mkdir(exist_ok=True)
    (fixture / "folder" / "other.txt").write_text("leave me\n")
    task = {
        "task_id": "TEST-1",
        "target_repository": "",
        "authority_basis": "a test",
        "risk_class": "artificial_fixture",
        "allowed_paths": ["answer.txt"],
        "forbidden_actions": ["push"],
        "mutation_mode": "copied-fixture",
        "approval_required": False,
        "verification_commands": [PROOF],
        "evidence_expectations": ["answer.txt changes"],
        **differs.pop("task", {}),
    }
    value = {
        "version": 1,
        "case_id": case_id,
        "title": "a demonstration",
        "prompt": "Give the right answer.",
        "fixture_digest": tree.digest(tree.snapshot(fixture)),
        "task": task,
        "fake": {"play": list(play or (PLAN, CHANGE, DONE))},
        "expect": {"status": "pass"},
        **differs,
    }
    (folder / "case.yaml").write_text(yaml.safe_dump(value, sort_keys=False))
    names = sorted(each.name for each in (root / "cases").iterdir())
    register = {
        "version": 1,
        "default_engine": "fake",
        "escalation_path": "blocked",
        "limits": {"engine_seconds": 20, "verification_seconds": 20},
        "engines": {
            "fake": {"purpose": "tests"},
            "pi": {"purpose": "closed", "gated_by_env": "TEST_ALLOW_PI"},
        },
        "cases": names,
    }
    (root / "harness.yaml").write_text(yaml.safe_dump(register, sort_keys=False))
    return root


@contextmanager
def around(runs: Path, **differs: Any) -> Iterator[Surroundings]:
    """Real surroundings with a warden of their own."""
    warden = Warden()
    made = Surroundings(
        runs,
        time.time_ns,
        dict(os.environ),
        {},
        {},
        os.getpid(),
        warden,
        lambda: False,
        _nobody,
        Trees(TREES),
    )
    try:
        yield made._replace(**differs)
    finally:
        warden.close()


def _nobody(_: str, __: str) -> None:
    return None


def perform(
    root: Path,
    runs: Path,
    case_id: str = "demo",
    engine: str = "fake",
    approval: Approval | None = None,
    **differs: Any,
) -> Finished:
    """Run a case of a harness root to its end."""
    register = registry.read(root)
    known = registry.case(register, case_id)
    given = approval or rehearsed(known, instant(time.time_ns()))
    with around(runs, **differs) as surroundings:
        return run(Order(register, known, engine, given), surroundings)


def judged(path: Path) -> Verdict:
    """The verdict on a run directory, with the seals beside it."""
    seal = seals.read(path.parent).by_run.get(path.name)
    recorded = {seals.FILE: str(seal["manifest_sha256"])} if seal else {}
    return verify(path, recorded, wire.fault)


def codes(done: Finished) -> list[str]:
    """The blocker codes of a run."""
    return [each["code"] for each in done.report["blockers"]]


def events(path: Path) -> list[dict[str, Any]]:
    """The normalized events of a run directory."""
    text = (path / "events.normalized.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]
