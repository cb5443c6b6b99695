"""What is known may be silent, with a reason and only as long as it is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import sot
from tests.workspaces import begin, edit, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with one fault: a path that does not exist, on the line `- See ...`."""
    root = begin(tmp_path / "demo")
    edit(root, PRD, "- What this plan changes.", "- See `.sot/plans/LATER-PRD.md`.")
    return root


def test_the_fault_is_there(workspace: Path) -> None:
    assert "SOT501" in sot(workspace, "check").out


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- sot: ignore SOT501 -- written next week -->\n- See `.sot/plans/LATER-PRD.md`.",
        "- See `.sot/plans/LATER-PRD.md`. <!-- sot: ignore SOT501 -- written next week -->",
        "- See `.sot/plans/LATER-PRD.md`.\n\n<!-- sot: ignore-file SOT501, SOT502 -- written next week -->",
    ],
)
def test_a_comment_with_a_reason_suppresses(workspace: Path, comment: str) -> None:
    edit(workspace, PRD, "- See `.sot/plans/LATER-PRD.md`.", comment)
    outcome = sot(workspace, "check", "--ignore", "SOT502")
    assert outcome.code == 0
    assert "1 suppressed" in outcome.out


def test_a_comment_in_front_matter_suppresses(workspace: Path) -> None:
    edit(
        workspace,
        PRD,
        "status: draft",
        "# sot: ignore SOT204 -- state of an older tool\nstatus: parked",
    )
    outcome = sot(workspace, "check", "--select", "SOT204")
    assert outcome.code == 0


def test_a_comment_without_reason_suppresses_nothing(workspace: Path) -> None:
    edit(workspace, PRD, "- See", "<!-- sot: ignore SOT501 -->\n- See")
    outcome = sot(workspace, "check")
    assert "SOT501" in outcome.out
    assert "SOT902 suppression gives no reason" in outcome.out


def test_a_comment_in_a_fence_is_text(workspace: Path) -> None:
    edit(workspace, PRD, "- See", "```\n<!-- sot: ignore SOT501 -- an example -->\n```\n\n- See")
    outcome = sot(workspace, "check")
    assert "SOT501" in outcome.out
    assert "SOT90" not in outcome.out


def test_a_comment_that_suppresses_nothing_is_reported(workspace: Path) -> None:
    edit(
        workspace,
        PRD,
        "- See `.sot/plans/LATER-PRD.md`.",
        "<!-- sot: ignore SOT501 -- written next week -->\n- See nothing.",
    )
    outcome = sot(workspace, "check")
    assert "SOT901 suppression of SOT501 suppresses nothing" in outcome.out
    assert outcome.code == 1


def test_a_waiver_by_path_needs_a_reason_and_a_use(workspace: Path) -> None:
    settings = "version: 1\nprofile: plain\nsuppress:\n  - code: SOT501\n    path: .sot/plans/*\n    reason: {}\n"
    write(workspace, ".sot/workspace.yaml", settings.format("short"))
    assert sot(workspace, "check").code == 2
    write(workspace, ".sot/workspace.yaml", settings.format("the release job writes it"))
    assert sot(workspace, "check").code == 0
    edit(workspace, PRD, "LATER-PRD", "FIRST-PLAN-PRD")
    outcome = sot(workspace, "check")
    assert ".sot/workspace.yaml:4:5 SOT901 `.sot/plans/*` has no SOT501 to suppress" in outcome.out


def test_a_baseline_knows_today_and_only_shrinks(workspace: Path) -> None:
    created = sot(workspace, "baseline", "--create")
    assert (created.code, created.out) == (0, ".sot/baseline.json knows 1 diagnostics\n")
    assert sot(workspace, "check").code == 0
    edit(
        workspace,
        PRD,
        "# First Plan PRD\n",
        "# First Plan PRD\n\nA new line above moves the fault.\n",
    )
    assert sot(workspace, "check").code == 0, "it is keyed by content, not by line"
    edit(
        workspace,
        PRD,
        "- See `.sot/plans/LATER-PRD.md`.",
        "- See `.sot/plans/LATER-PRD.md`.\n- See `.sot/plans/OTHER-PRD.md`.",
    )
    assert "OTHER-PRD.md` does not exist" in sot(workspace, "check").out
    assert sot(workspace, "check", "--no-baseline").out.count("SOT501") == 2
    refused = sot(workspace, "baseline", "--create")
    assert (refused.code, refused.err) == (
        1,
        "sot: .sot/baseline.json exists; a baseline only shrinks (`sot baseline --shrink`)\n",
    )
    edit(
        workspace,
        PRD,
        "- See `.sot/plans/LATER-PRD.md`.\n- See `.sot/plans/OTHER-PRD.md`.",
        "- See nothing.",
    )
    outcome = sot(workspace, "check")
    assert (
        ".sot/baseline.json:4:5 SOT903 SOT501 in .sot/plans/FIRST-PLAN-PRD.md is no longer found"
        in outcome.out
    )
    assert (
        sot(workspace, "baseline", "--shrink").out
        == ".sot/baseline.json lost 1 entries that are no longer found\n"
    )
    assert json.loads((workspace / ".sot/baseline.json").read_text())["entries"] == []
    assert sot(workspace, "check").code == 0


def test_the_same_fault_twice_needs_two_entries(workspace: Path) -> None:
    sot(workspace, "baseline", "--create")
    edit(
        workspace,
        PRD,
        "- See `.sot/plans/LATER-PRD.md`.",
        "- See `.sot/plans/LATER-PRD.md`.\n- See `.sot/plans/LATER-PRD.md`.",
    )
    outcome = sot(workspace, "check")
    assert outcome.out.count("SOT501") == 1


def test_a_forged_baseline_of_the_wrong_shape_is_refused(workspace: Path) -> None:
    write(workspace, ".sot/baseline.json", '{"version": 1, "entries": [{"code": "SOT501"}]}')
    outcome = sot(workspace, "check")
    assert outcome.code != 0
    assert "SOT501" in outcome.out + outcome.err
