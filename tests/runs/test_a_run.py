"""A run ends in a sealed directory that says what happened."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from sot_tools.evidence.canonical import report_digest
from sot_tools.evidence.verdict import Verified
from tests.runs import harness


def test_an_allowed_change_that_verifies_is_a_pass_and_its_evidence_is_verified(
    tmp_path: Path,
) -> None:
    root = harness.case(tmp_path / "harness")
    done = harness.perform(root, tmp_path / "runs")
    assert (done.report["status"], harness.codes(done)) == ("pass", [])
    assert done.report["changed_files"] == ["answer.txt"]
    verdict = harness.judged(done.path)
    assert isinstance(verdict, Verified), verdict
    assert verdict.manifest_digest == done.manifest_digest


def test_a_run_leaves_every_artifact_of_the_evidence_interface(tmp_path: Path) -> None:
    done = harness.perform(harness.case(tmp_path / "harness"), tmp_path / "runs")
    files = (each for each in done.path.rglob("*") if each.is_file())
    assert sorted(each.relative_to(done.path).as_posix() for each in files) == [*harness.ARTIFACTS]


def test_every_digest_of_report_and_manifest_is_that_of_the_bytes(tmp_path: Path) -> None:
    done = harness.perform(harness.case(tmp_path / "harness"), tmp_path / "runs")
    report = json.loads((done.path / "report.json").read_bytes())
    manifest = json.loads((done.path / "manifest.json").read_bytes())
    for name, entry in manifest["artifacts"].items():
        content = (done.path / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["size"] == len(content)
        if name != "report.json":
            assert report["artifact_digests"][name] == entry["sha256"]
    assert report["artifact_digests"]["report.json"] == report_digest(report)


def test_the_work_trees_are_gone_afterwards(tmp_path: Path) -> None:
    harness.perform(harness.case(tmp_path / "harness"), tmp_path / "runs")
    assert list((tmp_path / "runs" / ".work").iterdir()) == []


def test_events_come_in_the_order_of_the_contract(tmp_path: Path) -> None:
    done = harness.perform(harness.case(tmp_path / "harness"), tmp_path / "runs")
    assert [each["event"] for each in harness.events(done.path)] == [
        "run.started",
        "task.contract.created",
        "plan.updated",
        "patch.applied",
        "git.diff.checked",
        "verification.completed",
        "run.completed",
    ]
