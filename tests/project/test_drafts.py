"""What a person begins with passes the check; what follows from facts is not begun by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sot_tools.cli.main import sot
from sot_tools.project import data, drafts
from tests.workspaces import begin, write

EVERY = [
    (profile, kind)
    for profile in data.profile_names()
    for kind in drafts.startable(
        data.profile(profile), data.load_kinds(data.profile(profile), None)
    )
]


def new(root: Path, *given: str) -> tuple[int, str]:
    """Exit code and output of `sot new`, or the refusal."""
    done = CliRunner().invoke(sot, ["new", *given, "--owner", "jp", "--root", str(root)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return 1, str(done.exception)
    return done.exit_code, done.output


def found(root: Path) -> list[str]:
    done = CliRunner().invoke(sot, ["check", str(root), "--no-cache"], standalone_mode=False)
    return [line for line in done.output.splitlines() if " SOT" in line or " CTO" in line]


@pytest.mark.parametrize(("profile", "kind"), EVERY)
def test_every_first_form_passes_the_check_of_its_profile(
    profile: str, kind: str, tmp_path: Path
) -> None:
    root = begin(tmp_path, profile)
    item = "CTO-WORK-900" if profile == "cto-child" else "WORK-002"
    before = found(root)
    given = ("--item", item, "--provider", "local", "--model", "tiny-1b")
    code, said = new(root, kind, "SEARCH-INDEX", *given)
    assert code == 0, said
    assert found(root) == before == []
    path = said.splitlines()[0].removeprefix("wrote ")
    content = (root / path).read_bytes()
    assert new(root, kind, "SEARCH-INDEX", *given) == (
        1,
        f"{path} exists; `sot new` overwrites nothing",
    )
    assert (root / path).read_bytes() == content


def test_an_issue_sequence_puts_its_item_onto_the_board_and_keeps_every_other_byte(
    tmp_path: Path,
) -> None:
    root = begin(tmp_path)
    board = root / "WORKBOARD.yaml"
    write(root, "WORKBOARD.yaml", "# ours\n" + board.read_text())
    before = board.read_text()
    assert new(root, "prd", "SEARCH")[0] == 0
    code, said = new(root, "issues", "SEARCH", "--item", "WORK-002", "--item-title", "Find Words")
    assert (code, said) == (
        0,
        "wrote .sot/plans/SEARCH-ISSUES.md\nwrote WORKBOARD.yaml: `WORK-002`\n"
        "next: say what it has to say, then `sot check`\n",
    )
    assert board.read_text().startswith(before)
    assert "  - id: WORK-002\n    title: Find Words\n" in board.read_text()
    assert "source: .sot/plans/SEARCH-PRD.md" in (root / ".sot/plans/SEARCH-ISSUES.md").read_text()
    assert found(root) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ("closeout", "SEARCH"),
            "`closeout` is never begun by hand: `sot record closeout ITEM` writes it from facts",
        ),
        (("pdr", "SEARCH"), "kind `pdr` has no first form; did you mean `prd`?"),
        (
            ("prd", "search"),
            "name `search`: use capitals, digits and hyphens, such as SEARCH-INDEX",
        ),
        (("model-admission", "SEARCH"), "`--provider` is missing; this kind cannot do without it"),
        (("issues", "SEARCH"), "`--item` is missing; this kind cannot do without it"),
        (
            ("prd", "SEARCH", "--title", "a\n---"),
            "title `a\n---`: use letters, digits, spaces and ",
        ),
        (("prd", "SEARCH", "--source", ".sot/none.md"), "nothing was written: .sot/plans/SEARCH-P"),
    ],
)
def test_what_is_not_written_says_why(given: tuple[str, ...], said: str, tmp_path: Path) -> None:
    root = begin(tmp_path)
    files = sorted(tmp_path.rglob("*"))
    code, output = new(root, *given)
    assert code == 1
    assert output.startswith(said)
    assert sorted(tmp_path.rglob("*")) == files


def test_records_are_begun_where_nothing_is_admitted(tmp_path: Path) -> None:
    root = begin(tmp_path)
    code, said = new(root, "model-admission", "X", "--provider", "local", "--model", "tiny-1b")
    assert code == 0, said
    path = ".sot/plans/X-MODEL-PROVIDER-ADMISSION.local-tiny-1b.json"
    assert said.startswith(f"wrote {path}\n")
    record = json.loads((root / path).read_text())
    assert (record["status"], record["model"]) == ("not_admitted", "tiny-1b")
    assert new(root, "target-admission", "X")[0] == 0
    record = json.loads((root / ".sot/plans/X-TARGET-REPOSITORY-ADMISSION.json").read_text())
    assert record["admission_status"] == "not_admitted"
    assert len(record["forbidden_actions"]) == 10
