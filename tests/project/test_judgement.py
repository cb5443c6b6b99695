"""Documents are compared again only where a rule could see that one of them has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sot_tools.project import settings
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection
from sot_tools.project.snapshot import Snapshot
from tests.project.test_memory import memory
from tests.workspaces import begin, edit, lines, report, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
ISSUES = ".sot/plans/FIRST-PLAN-ISSUES.md"
EVIDENCE = ".sot/plans/FIRST-PLAN-EVIDENCE.md"
PROSE = "\nA sentence that says nothing about anything.\n"


def compares(root: Path, caches: Path) -> bool:
    """Whether a check compares documents; what it reports is always what a fresh one reports."""
    mine = memory(caches, root)
    read = settings.read(root, None, mine)
    snapshot = Snapshot(read, {}, mine)
    found = check(read, Selection(), opened=snapshot)
    assert found == check(read, Selection())
    return "facts" in vars(snapshot)


@pytest.fixture
def caches(tmp_path: Path) -> Path:
    return tmp_path / "caches"


@pytest.fixture
def root(tmp_path: Path, caches: Path) -> Path:
    """A workspace that was checked."""
    made = begin(tmp_path / "demo")
    assert compares(made, caches)
    return made


def append(root: Path, path: str, text: str) -> None:
    write(root, path, (root / path).read_text() + text)


def test_a_change_that_no_rule_can_see_is_not_compared(root: Path, caches: Path) -> None:
    append(root, PRD, PROSE)
    assert not compares(root, caches)
    append(root, PRD, PROSE)
    append(root, ISSUES, PROSE)
    assert not compares(root, caches)


def test_a_line_that_moves_all_others_is_not_compared(root: Path, caches: Path) -> None:
    edit(root, PRD, "\n# ", "\n\n\n# ")
    assert not compares(root, caches)
    edit(root, ISSUES, "\n# ", "\n\n# ")
    assert not compares(root, caches)


def test_lines_that_move_below_a_finding_are_compared(root: Path, caches: Path) -> None:
    """It points to a line, and so does the finding elsewhere that points to it."""
    append(root, PRD, "\nSee WORK-777.\n")
    assert compares(root, caches)
    edit(root, PRD, "\n# ", "\n\n# ")
    assert compares(root, caches)
    assert "WORK-777" in "".join(lines(report(root), "SOT503"))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (PRD, "\nSee WORK-777.\n"),
        (PRD, "\nSee .sot/plans/NONE.md for more.\n"),
        (PRD, "\n## A Part\n\nStatus: draft\n"),
        (PRD, "\n## Another Part\n"),
        (PRD, "\n```\n\n## A Part\n\n```\n\n## Another Part\n"),
        ("WORKBOARD.yaml", "# a remark\n"),
        ("CONTEXT.md", "\n## A Term\n\nA meaning.\n"),
    ],
)
def test_a_change_that_a_rule_can_see_is_compared(
    path: str, text: str, root: Path, caches: Path
) -> None:
    append(root, path, text)
    assert compares(root, caches)
    append(root, ISSUES, PROSE)
    assert not compares(root, caches)


def test_another_document_is_compared(root: Path, caches: Path) -> None:
    write(root, EVIDENCE, "# Evidence\n")
    assert compares(root, caches)
    (root / EVIDENCE).unlink()
    assert compares(root, caches)


def test_findings_by_comparison_stay_while_other_documents_change(root: Path, caches: Path) -> None:
    append(root, PRD, "\nSee WORK-777.\n")
    assert compares(root, caches)
    assert "WORK-777" in "".join(lines(report(root), "SOT503"))
    append(root, ISSUES, PROSE)
    assert not compares(root, caches)


def test_a_document_with_such_a_finding_is_compared_whatever_changes(
    root: Path, caches: Path
) -> None:
    """Its finding quotes a line, and the line may be another one now."""
    append(root, PRD, "\nSee WORK-777.\n")
    assert compares(root, caches)
    append(root, PRD, PROSE)
    assert compares(root, caches)


def test_a_file_that_a_link_leads_to_is_looked_for_again(root: Path, caches: Path) -> None:
    write(root, "docs/notes.txt", "x")
    append(root, PRD, "\nSee [the notes](../../docs/notes.txt).\n")
    assert compares(root, caches)
    append(root, ISSUES, PROSE)
    assert not compares(root, caches)
    (root / "docs/notes.txt").unlink()
    assert compares(root, caches)
    assert lines(report(root), "SOT501")


def test_an_answer_that_changes_is_seen(root: Path, caches: Path) -> None:
    """What a rule asked about the text counts where the facts are the same."""
    demand = "# Request\n\n## Required Phrases\n\n- a person decides alone\n"
    write(root, ".sot/plans/FIRST-PLAN-REQUEST-RECORD.md", demand)
    append(root, PRD, "\nHere a person decides\nalone.\n")
    assert compares(root, caches)
    missing = len(lines(report(root), "SOT301"))
    append(root, PRD, PROSE)
    assert not compares(root, caches)
    edit(root, PRD, "decides\nalone", "decides\nnever")
    assert compares(root, caches)
    assert len(lines(report(root), "SOT301")) == missing + 1


def test_one_document_with_a_secret_is_compared_every_time(root: Path, caches: Path) -> None:
    write(root, EVIDENCE, "# E\n\napi_key = sk-live-4f9aK2mQ8zR1tV6bX3cN7w WORK-777\n")
    assert compares(root, caches)
    for file in caches.rglob("*"):
        assert not file.is_file() or b"4f9aK2mQ8zR1tV6bX3cN7w" not in file.read_bytes()
    append(root, PRD, PROSE)
    compares(root, caches)


def test_a_settings_change_compares(root: Path, caches: Path) -> None:
    append(root, ".sot/workspace.yaml", "# a remark\n")
    assert compares(root, caches)
