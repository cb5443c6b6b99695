"""`sot init`, `explain`, `rules`, `completion`, `--version`, `--help`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import sot_tools
from sot_tools.project import data
from tests.cli.command import SOT, sot
from tests.workspaces import begin


@pytest.mark.parametrize("profile", data.profile_names())
def test_a_new_workspace_passes_from_the_first_minute_advice_included(
    tmp_path: Path, profile: str
) -> None:
    outcome = sot(tmp_path, "init", "--profile", profile, "--owner", "jp")
    assert outcome.code == 0
    assert "wrote .sot/workspace.yaml" in outcome.out
    assert sot(tmp_path, "check", "--severity", "advice").code == 0


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "CONTEXT.md").write_text("mine\n")
    outcome = sot(tmp_path, "init")
    assert "kept  CONTEXT.md (it exists)" in outcome.out
    assert (tmp_path / "CONTEXT.md").read_text() == "mine\n"


def test_init_refuses_inside_a_workspace_and_unsafe_words(tmp_path: Path) -> None:
    begin(tmp_path)
    (tmp_path / "inner").mkdir()
    assert "lies inside the workspace" in sot(tmp_path / "inner", "init").err
    outcome = sot(tmp_path, "init", "--owner", "a: b")
    assert (outcome.code, outcome.err) == (
        2,
        "sot: owner `a: b`: use letters, digits, spaces, dots, hyphens\n",
    )


def test_explain_tells_why_bad_good_fix_and_the_effective_setting(tmp_path: Path) -> None:
    begin(tmp_path)
    (tmp_path / ".sot/workspace.yaml").write_text(
        'version: 1\nprofile: plain\nrules:\n  SOT204: warning\n  SOT203: "off"\n'
    )
    out = sot(tmp_path, "explain", "sot204").out
    for part in (
        "SOT204 a value is outside",
        "Why:",
        "Fix:",
        "Bad:\n    status: finished",
        "Good:\n    status: validated",
    ):
        assert part in out
    assert "Setting:  warning (set in .sot/workspace.yaml; otherwise error)" in out
    assert "Setting:  off" in sot(tmp_path, "explain", "SOT203").out


def test_every_rule_is_explained(tmp_path: Path) -> None:
    begin(tmp_path, "cto-child")
    listed = sot(tmp_path, "rules").out.splitlines()
    assert len(listed) > 100
    for line in listed[::25]:
        assert line.split()[0] in sot(tmp_path, "explain", line.split()[0]).out


def test_rules_lists_kinds_and_profiles(tmp_path: Path) -> None:
    begin(tmp_path)
    assert "prd                  *-PRD.md\n" in sot(tmp_path, "rules", "--kinds").out
    assert "cto-child" in sot(tmp_path, "rules", "--profiles").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_offers_verbs(tmp_path: Path, shell: str) -> None:
    assert "_SOT_COMPLETE" in sot(tmp_path, "completion", shell).out


def test_completion_offers_the_verbs(tmp_path: Path) -> None:
    outcome = sot(tmp_path, _SOT_COMPLETE="bash_complete", COMP_WORDS="sot ch", COMP_CWORD="1")
    assert "check" in outcome.out


def test_version_and_help(tmp_path: Path) -> None:
    assert sot(tmp_path, "--version").out == f"sot {sot_tools.__version__}\n"
    out = sot(tmp_path, "--help").out
    for verb in ("check", "explain", "rules", "init", "baseline", "completion"):
        assert f"\n  {verb} " in out
    assert "Exit codes: 0 nothing to report, 1 diagnostics, 2 could not run." in out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
@pytest.mark.parametrize(
    "given", [["check"], ["check", "--format", "json"], ["rules"], ["--version"], ["--help"]]
)
def test_an_answer_that_nobody_can_keep_is_no_success(tmp_path: Path, given: list[str]) -> None:
    begin(tmp_path)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*SOT, *given], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (2, b"sot: the output: No space left on device\n")
