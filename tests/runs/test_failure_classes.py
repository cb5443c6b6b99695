"""Every failure class is produced by a case that does the thing, and fails closed."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sot_tools import tree
from sot_tools.evidence.verdict import Verified
from sot_tools.runs import matrix, registry
from sot_tools.runs.classes import CLASSES, EXTENSIONS, MATRIX, Blocker, decisive, status
from sot_tools.runs.matrix import Row
from tests.runs import harness

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / ".sot/03-PROTOCOLS/CTO-CASE-FAILURE-FIXTURE-MATRIX.md"

# Written apart from the table: class, blocker code, event, status.
TWELVE = """
no-diff no_diff git.diff.checked fail
disallowed-file disallowed_file_change git.diff.checked fail
failed-tests verification_failed verification.completed fail
missing-test-command missing_test_command verification.completed blocked
missing-event missing_required_event run.completed fail
reviewer-reject reviewer_rejected verification.completed blocked
approval-denied approval_denied approval.denied blocked
timeout timeout run.completed blocked
dirty-starting-tree dirty_starting_tree task.contract.created blocked
dirty-ending-tree dirty_ending_tree run.completed fail
artifact-write-failure artifact_write_failure run.completed fail
provider-unavailable provider_unavailable run.completed blocked
"""
PASSING = (
    "r1-string-slugify",
    "r1-src-string-slugify",
    "r1-slugify-punctuation",
    "planning-form",
    "planning-truth",
)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Row]]:
    """Every shipped case, run once."""
    register = registry.read(harness.SHIPPED)
    runs = tmp_path_factory.mktemp("runs")
    with harness.around(runs) as surroundings:

        def make() -> Any:
            from sot_tools.engines.supervise import Warden

            return surroundings._replace(warden=Warden())

        found = matrix.run_all(register, "fake", register.cases, 2, make)
    assert found.without_case == ()
    yield {row.case.case_id: row for row in found.rows}


def failing() -> list[str]:
    return [line.split()[0] for line in TWELVE.strip().splitlines()]


@pytest.mark.parametrize("line", TWELVE.strip().splitlines())
def test_each_of_the_twelve_rows_fails_closed_for_real(rows: dict[str, Row], line: str) -> None:
    name, code, event, wanted = line.split()
    row = rows[f"failure-{name}"]
    path = row.done.path
    report = json.loads((path / "report.json").read_bytes())
    assert report["status"] == wanted
    assert [each["code"] for each in report["blockers"]] == [code]
    assert report["blockers"][0]["message"]
    assert event in {each["event"] for each in harness.events(path)}
    assert harness.events(path)[-1]["payload"] == {"status": wanted, "blocker_codes": [code]}
    assert row.done.exit_code == 1


@pytest.mark.parametrize("name", failing())
def test_each_of_the_twelve_leaves_complete_verified_and_fresh_evidence(
    rows: dict[str, Row], name: str
) -> None:
    path = rows[f"failure-{name}"].done.path
    assert isinstance(harness.judged(path), Verified)
    report = json.loads((path / "report.json").read_bytes())
    for artifact in (
        "eligibility-decision.json",
        "report.json",
        "report.md",
        "events.normalized.jsonl",
        "patch.diff",
        "test.log",
        "trace.jsonl",
    ):
        assert (path / artifact).is_file()
        assert re.fullmatch("[0-9a-f]{64}", report["artifact_digests"][artifact])
        for instant in report["freshness"][artifact].values():
            assert report["run_started_at"] <= instant <= report["run_finished_at"]


def test_no_case_changes_its_own_fixture(rows: dict[str, Row]) -> None:
    for row in rows.values():
        assert row.checks["source"], row.case.case_id
        if row.case.expected_failure != "dirty-starting-tree":
            assert tree.digest(tree.snapshot(row.case.fixture)) == row.case.fixture_digest


def test_every_registered_case_ends_as_it_expects(rows: dict[str, Row]) -> None:
    assert {name: row.checks for name, row in rows.items() if not row.as_expected} == {}
    assert tuple(name for name, row in rows.items() if row.done.exit_code == 0) == PASSING


def test_the_details_that_the_matrix_asks_for_are_there(rows: dict[str, Row]) -> None:
    def report(name: str) -> Any:
        return rows[f"failure-{name}"].done.report

    def text(name: str, artifact: str) -> str:
        return (rows[f"failure-{name}"].done.path / artifact).read_text()

    assert (text("no-diff", "patch.diff"), report("no-diff")["changed_files"]) == ("", [])
    assert "notes.txt" in report("disallowed-file")["changed_files"]
    assert report("disallowed-file")["allowed_writes_passed"] is False
    assert "+I was here." in text("disallowed-file", "patch.diff")
    assert "FAILED (failures=3)" in text("failed-tests", "test.log")
    assert report("failed-tests")["verification"][0]["exit_code"] == 1
    assert text("missing-test-command", "test.log") == "# no verification command is available\n"
    assert "`plan.updated`" in report("missing-event")["blockers"][0]["message"]
    assert "rejected" in text("reviewer-reject", "backend/stdout.log")
    denied = next(
        each
        for each in harness.events(rows["failure-approval-denied"].done.path)
        if each["event"] == "approval.denied"
    )["payload"]
    assert {"actor", "scope", "mutation_mode", "timestamp", "expiry", "reason"} <= set(denied)
    assert not (rows["failure-approval-denied"].done.path / "backend").exists()
    assert '"outcome":"timeout"' in text("timeout", "trace.jsonl")
    assert '"check fixture"' in text("dirty-starting-tree", "trace.jsonl")
    assert "leftover.txt" in report("dirty-ending-tree")["blockers"][0]["message"]
    assert '"path":"patch.diff"' in text("artifact-write-failure", "trace.jsonl")
    assert text("provider-unavailable", "backend/provider-unavailable.txt") == "no model answers\n"
    assert report("provider-unavailable")["failure_reason"] == "provider unavailable"
    assert report("engine-failed")["failure_reason"] == "fake engine failed with exit code 3"
    assert "+    return" in text("lifecycle-timeout", "patch.diff")
    assert report("run-interrupted")["verification"][0]["outcome"] == "not-run"
    assert report("source-mutated")["blockers"][0]["message"] == (
        "strings.py of the fixture changed while the engine ran; "
        "the fixture itself differs after the run"
    )
    message = "backend/stderr.log is older than the run"
    assert report("freshness-not-proven")["blockers"][0]["message"] == message
    assert "+# [withheld]" in text("secret-exposed", "patch.diff")


NEEDS_MORE = {
    "dirty-source-start": "a repository: tests/authority/test_repositories.py",
    "missing-operator-outcome": "an owned repository: tests/authority/test_owned.py",
    "forbidden-action": "an owned repository: tests/authority/test_owned.py",
    "model-not-admitted": "a model: tests/engines/rows.py",
    "model-substituted": "a model: tests/engines/rows.py",
    "auth-unavailable": "a model: tests/engines/rows.py",
    "local-config-unavailable": "a model: tests/engines/rows.py",
    "response-shape": "a model: tests/engines/rows.py",
    "agent-protocol": "a model: tests/engines/rows.py",
    "isolation-unavailable": "a weaker machine: tests/engines/rows.py",
}
"""Classes that no case can produce by itself, and where they are produced for real."""


def test_every_class_has_a_case_or_needs_more_than_a_case(rows: dict[str, Row]) -> None:
    covered = {row.case.expected_failure for row in rows.values()} - {""}
    assert covered == {each.name for each in (*MATRIX, *EXTENSIONS)} - set(NEEDS_MORE)
    assert all((ROOT / each.split(": ")[1]).is_file() for each in NEEDS_MORE.values())


def test_a_run_that_is_blocked_before_its_engine_gives_a_reason_for_each_event_it_lacks(
    rows: dict[str, Row],
) -> None:
    for name in (
        "approval-denied",
        "approval-missing",
        "gate-not-passed",
        "target-not-admitted",
        "unowned-repository",
        "critical-repository",
    ):
        report = rows[f"failure-{name}"].done.report
        lacking = {"plan.updated", "patch.applied", "git.diff.checked", "verification.completed"}
        assert set(report["not_applicable"]) == lacking - set(report["harness"]["events"])
        assert report["backend_exit_code"] is None


def test_the_shipped_fixtures_fail_before_the_change_and_pass_after_it(
    rows: dict[str, Row], tmp_path: Path
) -> None:
    from subprocess import run

    beside = str(Path(sys.executable).parent)
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), beside))
    for name in PASSING:
        case = rows[name].case
        before = tmp_path / name
        tree.copy(case.fixture, before)
        command = case.task.verification_commands[0].split()
        environment = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        assert (
            run(command, cwd=before, capture_output=True, check=False, env=environment).returncode
            == 1
        )
        assert rows[name].done.report["verification"][0]["outcome"] == "passed"


def test_the_classes_are_those_of_the_governed_matrix() -> None:
    found = {}
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if len(cells) == 7 and cells[4] in {"fail", "blocked"}:
            found[cells[0]] = (cells[2], cells[3], cells[4])
    for each in (*MATRIX, *EXTENSIONS):
        assert found[each.name] == (each.code, each.event, each.status)
    assert [each.name for each in MATRIX] == failing()


def test_a_specific_class_replaces_a_general_one_and_fail_beats_blocked() -> None:
    def left(*codes: str) -> list[str]:
        return [each.code for each in decisive(Blocker(code, "x") for code in codes)]

    assert left("timeout", "no_diff", "missing_required_event") == ["timeout"]
    assert left("lifecycle_timeout_after_valid_patch", "timeout") == [
        "lifecycle_timeout_after_valid_patch"
    ]
    assert left("engine_failed") == ["engine_failed"]
    assert left("engine_failed", "no_diff") == ["no_diff"]
    assert left("no_diff", "no_diff") == ["no_diff"]
    assert decisive([Blocker("gate_not_passed", "a"), Blocker("gate_not_passed", "b")]) == (
        Blocker("gate_not_passed", "a; b"),
    )
    assert status([Blocker("timeout", "x"), Blocker("verification_failed", "x")]) == "fail"
    assert status([]) == "pass"
    assert all(CLASSES[code].code == code for code in CLASSES)
