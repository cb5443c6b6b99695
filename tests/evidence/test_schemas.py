"""What the harness writes has the shape that `schemas/wire/` promises; what differs is refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from sot_tools.project import wire as wire_schemas
from sot_tools.runs import wire
from tests.runs import harness

SIXTEEN = [
    "case_id",
    "run_id",
    "status",
    "backend",
    "run_started_at",
    "run_finished_at",
    "backend_exit_code",
    "artifacts_dir",
    "changed_files",
    "allowed_writes_passed",
    "approval_status",
    "verification",
    "blockers",
    "artifact_paths",
    "artifact_digests",
    "freshness",
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    return harness.perform(harness.case(folder / "harness"), folder / "runs").path


def value(run: Path, name: str) -> Any:
    return json.loads((run / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("report.json", "report"),
        ("manifest.json", "manifest"),
        ("run.json", "run"),
        ("eligibility-decision.json", "eligibility-decision"),
    ],
)
def test_what_a_run_writes_has_the_shape_of_its_schema(run: Path, name: str, schema: str) -> None:
    made = value(run, name)
    assert wire.fault(schema, made) == ""
    assert wire_schemas._predicate(schema)(made), "takes the slow path"
    for key in made:
        less = {k: v for k, v in made.items() if k != key}
        if key not in {"harness", "failure_reason"}:
            assert wire.fault(schema, less), key
    assert wire.fault(schema, {**made, "more": 1})


def test_the_report_has_the_sixteen_fields_of_the_contract(run: Path) -> None:
    report = value(run, "report.json")
    assert set(SIXTEEN) <= set(report)
    assert set(report) - set(SIXTEEN) == {"harness"}


def test_a_pass_cannot_have_blockers_and_nothing_else_can_be_without(run: Path) -> None:
    report = value(run, "report.json")
    assert wire.fault("report", {**report, "blockers": [{"code": "timeout", "message": "x"}]})
    assert wire.fault("report", {**report, "status": "fail"})
    assert wire.fault("report", {**report, "allowed_writes_passed": False})


@pytest.mark.parametrize("stage", [1, 2, 3, 4, 5, 6])
def test_a_stage_report_needs_the_fields_of_its_stage(run: Path, stage: int) -> None:
    report = {**value(run, "report.json"), "report_schema": f"stage-{stage}/1"}
    assert "is a required property" in wire.fault("report", report)


def test_runtime_default_activation_is_false_and_nothing_else(run: Path) -> None:
    report = {**value(run, "report.json"), "runtime_default_activation": True}
    assert wire.fault("report", report)
    assert not wire.fault("report", {**report, "runtime_default_activation": False})


def test_every_event_has_its_payload_and_the_vocabulary_is_closed(run: Path) -> None:
    for event in harness.events(run):
        assert wire.fault("event", event) == ""
        assert wire_schemas._predicate("event")(event), "takes the slow path"
        for key in event["payload"]:
            less = copy.deepcopy(event)
            del less["payload"][key]
            assert wire.fault("event", less), (event["event"], key)
        assert wire.fault("event", {**event, "event": "run.paused"})
