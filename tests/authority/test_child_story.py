"""The whole story in a child workspace: every document that a verb writes passes the check."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from sot_tools.cli.main import sot
from sot_tools.project import data
from tests.workspaces import begin, edit

ITEM = "CTO-WORK-900"
PATHS = (".env", "secrets/", "credentials/", "deploy/", "infra/", ".github/workflows/", ".git/")
ACTIONS = (
    "issue_close",
    "public_publication",
    "credential_change",
    "vendor_source_mutation",
    "cortex_core_mutation",
)
CODE = re.compile(r":\d+ (SOT|CTO)\d{3} ")
CASE = ".sot/harness/cases/approved-case"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A child workspace with one item and a case of its own; keys and runs stand apart."""
    for name, folder in (("SOT_RUNS_DIR", "runs"), ("SOT_KEYS_DIR", "keys")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = begin(tmp_path / "demo", "cto-child")
    starter = data.profile("plain").folder / "starter"
    shutil.copytree(starter / CASE.replace(".sot", "dot-sot"), made / CASE)
    place = f"{CASE}/case.yaml"
    edit(made, place, "task_id: WORK-001", f"task_id: {ITEM}")
    edit(made, place, "    - .env\n", "".join(f"    - {each}\n" for each in PATHS))
    actions = "".join(f"    - {each}\n" for each in ACTIONS)
    edit(made, place, "    - pr_open\n", f"    - pr_open\n{actions}")
    edit(made, place, ".sot/plans/FIRST-PLAN-PRD.md", ".sot/03-PROTOCOLS/CTO-FIRST-PRD.md")
    edit(
        made, ".sot/harness/harness.yaml", "  - first-case\n", "  - first-case\n  - approved-case\n"
    )
    return made


def test_a_packet_that_would_not_pass_is_not_written(root: Path) -> None:
    edit(root, f"{CASE}/case.yaml", "    - .git/\n", "")
    for given in (("prd", "FIRST"), ("issues", "FIRST", "--item", ITEM)):
        CliRunner().invoke(sot, ["new", *given, "--root", str(root)], standalone_mode=False)
    given = ["packet", ITEM, "--root", str(root)]
    refusal = CliRunner().invoke(sot, given, standalone_mode=False).exception
    path = f".sot/03-PROTOCOLS/{ITEM}-APPROVAL-PACKET.md"
    assert str(refusal) == (
        f"nothing was written: {path}:31 CTO471 section `Proposed Task Contract` does not list "
        "`.git/`; mend the task contract or the plan that it is made of"
    )
    assert not (root / path).exists()


def test_every_document_of_the_story_passes_the_check(root: Path, tmp_path: Path) -> None:
    def do(*given: str) -> str:
        done = CliRunner().invoke(sot, [*given, "--root", str(root)], standalone_mode=False)
        assert done.exception is None, (given, done.exception)
        assert done.return_value in (0, None), (given, done.output)
        return done.output

    def found() -> list[str]:
        done = CliRunner().invoke(sot, ["check", str(root)], standalone_mode=False)
        return [line for line in done.output.splitlines() if CODE.search(line)]

    new = ("--owner", "jp", "--item", ITEM, "--item-title", "Right Answer")
    do("new", "prd", "FIRST", "--owner", "jp")
    do("new", "issues", "FIRST", *new)
    do("keys", "init", "jp")
    do("request", ITEM)
    do("packet", ITEM)
    sentence = (
        f"I approve {ITEM} against a copy of approved-case for the give the right answer task."
    )
    do("approve", ITEM, "--sentence", sentence)
    assert found() == []
    (approval,) = (root / ".sot/approvals").glob("*run-granted*")
    do("run", "approved-case", "--approval", str(approval))
    (run,) = (tmp_path / "runs").glob("*-approved-case-*")
    do("record", "evidence", ITEM)
    assert found() == []
    do(
        "approve",
        ITEM,
        "--evidence",
        run.name,
        "--sentence",
        f"I accept {run.name} as evidence for {ITEM}.",
    )
    do("advance", ITEM, "--evidence", run.name)
    do("evidence", "keep", run.name)
    do("record", "evidence", ITEM)
    do("record", "closeout", ITEM, "--check")
    do("record", "decision")
    plan = ".sot/03-PROTOCOLS/CTO-FIRST-"
    edit(root, f"{plan}ISSUES.md", "Status: candidate.", "Status: validated.")
    for kind in ("PRD", "ISSUES"):
        edit(root, f"{plan}{kind}.md", "- [ ] What anybody", "- [x] What anybody")
    assert found() == []
    shutil.rmtree(run)
    assert found() == []
    do("closeout", ITEM, "--check")
