"""`sot check --fix` mends what is certain, in the files that were asked for, or says why not."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from sot_tools import replacing
from sot_tools.diagnostic import Edit
from sot_tools.documents.edits import apply
from sot_tools.errors import SotError
from sot_tools.project.settings import read
from sot_tools.report.patch import patch
from tests.cli.command import SOT, sot
from tests.workspaces import begin, edit, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
ISSUES = ".sot/plans/FIRST-PLAN-ISSUES.md"
ALL_MENDED = "9 files checked, nothing to report (profile plain)\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with a wrong name and, in another file, CR LF line ends and a byte order mark."""
    root = begin(tmp_path / "demo")
    edit(root, PRD, "name: first-plan-prd", "name: other-plan-prd")
    content = (root / ISSUES).read_bytes()
    write(root, ISSUES, b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n").removesuffix(b"\r\n"))
    return root


def tree(root: Path) -> dict[str, bytes]:
    """Every file of a workspace, git's own left out."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def git(root: Path, *arguments: str, stdin: bytes = b"") -> None:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    subprocess.run(command, cwd=root, input=stdin, check=True, capture_output=True)


def test_what_is_fixable_is_mended_and_nothing_else_changes(workspace: Path) -> None:
    clean = begin(workspace.parent / "clean")
    expected = {**tree(clean), ISSUES: tree(clean)[ISSUES].removesuffix(b"\n")}
    (workspace / PRD).chmod(0o640)
    outcome = sot(workspace, "check", "--fix")
    assert outcome == (0, ALL_MENDED, f"sot: mended {ISSUES}\nsot: mended {PRD}\n")
    assert tree(workspace) == expected
    assert stat.S_IMODE((workspace / PRD).stat().st_mode) == 0o640
    again = sot(workspace, "check", "--fix")
    assert again == (0, ALL_MENDED, "sot: nothing was mended\n")


def test_what_a_person_must_judge_remains_and_fails(workspace: Path) -> None:
    edit(workspace, PRD, "status: draft", "status: finished")
    outcome = sot(workspace, "check", "--fix")
    assert outcome.code == 1
    assert "SOT204" in outcome.out
    assert "status: finished" in (workspace / PRD).read_text(encoding="utf-8")
    assert "can be mended" not in outcome.out


def test_a_report_says_how_much_can_be_mended(workspace: Path) -> None:
    edit(workspace, PRD, "status: draft", "status: finished")
    out = sot(workspace, "check").out
    assert out.endswith("(profile plain); 3 of 4 can be mended by `sot check --fix`\n")


def test_a_diff_writes_nothing_and_git_applies_it(workspace: Path) -> None:
    git(workspace, "init", "-q")
    before = tree(workspace)
    command = ["check", "--fix", "--diff"]
    shown = sot(workspace, *command)
    assert shown.code == 1
    assert shown.err == "sot: 2 files would change; then: " + ALL_MENDED
    assert tree(workspace) == before
    assert r"\ No newline at end of file" in shown.out
    fixed = workspace.parent / "fixed"
    for path, content in before.items():
        write(fixed, path, content)
    assert sot(fixed, "check", "--fix").code == 0
    content = b"".join(
        patch(path, before[path], after)
        for path, after in tree(fixed).items()
        if after != before[path]
    )
    git(workspace, "apply", "-", stdin=content)
    assert tree(workspace) == tree(fixed)
    assert sot(workspace, *command) == (0, "", "sot: 0 files would change; then: " + ALL_MENDED)


@pytest.mark.parametrize("name", ["a b.md", 'say "a".md', "back\\slash.md", "plän 計.md", "a.md"])
@pytest.mark.parametrize(
    "content", [b"a\r\nb", b"\r\n" * 9, b"a\n\r\nb\r\n", b"\\ No\r\n--- a\r\n"]
)
def test_git_applies_the_diff_of_any_name_and_any_end(
    tmp_path: Path, name: str, content: bytes
) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, name, content)
    after = content.replace(b"\r\n", b"\n")
    git(tmp_path, "apply", "-", stdin=patch(name, content, after))
    assert (tmp_path / name).read_bytes() == after
    assert patch(name, after, after) == b""


def test_only_the_files_that_are_named_are_mended(workspace: Path) -> None:
    before = tree(workspace)
    assert sot(workspace, "check", "--fix", PRD).err == f"sot: mended {PRD}\n"
    assert tree(workspace)[ISSUES] == before[ISSUES]


def test_only_changed_files_are_mended(workspace: Path) -> None:
    git(workspace, "init", "-q")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-qm", "first")
    edit(workspace, PRD, "# First Plan PRD\n", "# First Plan PRD\n\nMore.\n")
    assert sot(workspace, "check", "--fix", "--changed").err == f"sot: mended {PRD}\n"


def test_only_the_rules_that_are_selected_are_mended(workspace: Path) -> None:
    assert sot(workspace, "check", "--fix", "--select", "SOT103").code == 0
    content = (workspace / ISSUES).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert b"other-plan-prd" in (workspace / PRD).read_bytes()


def test_an_unknown_rule_stops_before_anything_is_written(workspace: Path) -> None:
    before = tree(workspace)
    assert sot(workspace, "check", "--fix", "--select", "SOT999").code == 2
    assert tree(workspace) == before


@pytest.mark.parametrize("how", ["waiver", "comment", "baseline"])
def test_what_is_knowingly_wrong_stays(workspace: Path, how: str) -> None:
    if how == "waiver":
        lines = "version: 1\nprofile: plain\nsuppress:\n"
        for code in ("SOT208", "SOT103", "SOT101"):
            lines += f"  - code: {code}\n    path: '**'\n    reason: another tool writes these\n"
        write(workspace, ".sot/workspace.yaml", lines)
    elif how == "comment":
        write(workspace, ISSUES, tree(begin(workspace.parent / "other"))[ISSUES])
        mark = "# sot: ignore SOT208 -- the old name is in use\nname: other"
        edit(workspace, PRD, "name: other", mark)
    else:
        assert sot(workspace, "baseline", "--create").code == 0
    before = tree(workspace)
    for extra in ([], ["--no-baseline"]):
        assert "nothing was mended" in sot(workspace, "check", "--fix", *extra).err
    assert tree(workspace) == before


@pytest.mark.parametrize(
    ("hinder", "reason"),
    [
        ("link", "is a symbolic link; mend the file that it leads to"),
        ("folder-link", "is reached through a symbolic link; mend the file that it leads to"),
        ("second-name", "has a second name (a hard link), which would keep the old content"),
        ("read-only", "is read-only; make it writable first"),
        ("read-only-folder", "stands in a read-only folder; make it writable first"),
    ],
)
def test_a_file_that_must_not_be_replaced_is_named_and_stays(
    workspace: Path, hinder: str, reason: str
) -> None:
    full = workspace / PRD
    folder = full.parent
    if hinder == "link":
        write(workspace, "elsewhere.md", full.read_bytes())
        full.unlink()
        full.symlink_to("../../elsewhere.md")
    elif hinder == "folder-link":
        folder.rename(workspace / "plans")
        folder.symlink_to("../plans")
        assert replacing.unwritable(workspace, PRD) == reason
        return
    elif hinder == "second-name":
        os.link(full, workspace / "second.md")
    elif hinder == "read-only":
        full.chmod(0o444)
    else:
        folder.chmod(0o555)
    content = full.read_bytes()
    outcome = sot(workspace, "check", "--fix")
    folder.chmod(0o755)
    assert outcome.code == 1
    assert f"sot: {PRD}: {reason}\n" in outcome.err
    assert full.read_bytes() == content
    written = hinder != "read-only-folder"
    assert (f"sot: mended {ISSUES}\n" in outcome.err) is written
    assert sorted(path.name for path in folder.iterdir()) == [Path(ISSUES).name, Path(PRD).name]


def test_a_file_that_changed_meanwhile_is_not_written(workspace: Path) -> None:
    before = (workspace / PRD).read_bytes()
    edit(workspace, PRD, "# First Plan PRD\n", "# First Plan PRD\n\nSomebody typed this.\n")
    now = tree(workspace)
    with pytest.raises(SotError) as refused:
        replacing.exchange(workspace, PRD, before, b"mended")
    assert str(refused.value) == f"{PRD}: changed while it was mended, so it stays; run it again"
    assert tree(workspace) == now


def test_a_file_whose_digest_is_recorded_stays(workspace: Path) -> None:
    digest = sha256((workspace / PRD).read_bytes()).hexdigest()
    text = f"---\nstatus: draft\nowner: jp\ncreated: 2026-06-01\nlast_reviewed: 2026-06-01\n---\n# Run\n\nReviewed: {digest.upper()}\n"
    write(workspace, ".sot/notes/RUN.md", text)
    reason = "its SHA-256 is recorded in .sot/notes/RUN.md, which would no longer hold"
    assert f"sot: {PRD}: {reason}\n" in sot(workspace, "check", "--fix").err
    assert sha256((workspace / PRD).read_bytes()).hexdigest() == digest


def test_a_file_with_a_secret_is_left_and_the_secret_is_never_shown(workspace: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    edit(workspace, PRD, "name: other", f"# {secret}\nname: other")
    for arguments in (["--fix", "--diff"], ["--fix", "--diff", "--select", "SOT208"], ["--fix"]):
        outcome = sot(workspace, "check", *arguments)
        assert outcome.code == 1
        assert secret not in outcome.out + outcome.err
        assert PRD not in outcome.err
    assert secret in (workspace / PRD).read_text(encoding="utf-8")


def test_an_unused_suppression_stays_while_a_document_cannot_be_read(workspace: Path) -> None:
    comment = "<!-- sot: ignore SOT503 -- registered next week -->\n"
    edit(workspace, PRD, "# First Plan PRD\n", f"# First Plan PRD\n\n{comment}")
    board = (workspace / "WORKBOARD.yaml").read_bytes()
    write(workspace, "WORKBOARD.yaml", board + b"\n  - broken: [")
    assert sot(workspace, "check", "--fix").code == 1
    assert comment in (workspace / PRD).read_text(encoding="utf-8")
    write(workspace, "WORKBOARD.yaml", board)
    assert sot(workspace, "check", "--fix").code == 0
    assert comment not in (workspace / PRD).read_text(encoding="utf-8")


def test_an_evidence_document_keeps_every_byte(workspace: Path) -> None:
    path = ".sot/evidence/FIRST-PLAN-EVIDENCE.md"
    front = b"---\r\nname: copied\r\nstatus: candidate\r\nowner: jp\r\ncreated: 2026-06-01\r\n"
    front += b"last_reviewed: 2026-06-01\r\n---\r\n"
    content = front + b"# First Plan Evidence\r\n\r\n## Result\r\n\r\nNothing ran.\r\n"
    write(workspace, path, content)
    outcome = sot(workspace, "check", "--fix")
    assert f"{path}:1:4 SOT103" in outcome.out
    assert (workspace / path).read_bytes() == content


def test_programs_get_the_edits_and_can_apply_them(workspace: Path) -> None:
    value = json.loads(sot(workspace, "check", "--format", "json").out)
    made = {}
    for each in value["diagnostics"]:
        assert each["fixable"] is True
    for path in (PRD, ISSUES):
        edits = [
            Edit(**one)
            for each in value["diagnostics"]
            if each["path"] == path
            for one in each["edits"]
        ]
        made[path] = apply((workspace / path).read_bytes(), edits)
    sarif = json.loads(sot(workspace, "check", "--format", "sarif").out)
    assert all(result["fixes"] for result in sarif["runs"][0]["results"])
    assert sot(workspace, "check", "--fix").code == 0
    assert made == {path: (workspace / path).read_bytes() for path in made}


@pytest.mark.parametrize("arguments", [["--diff"], ["--fix", "--stdin-filename", PRD]])
def test_a_diff_needs_a_fix_and_a_fix_needs_files(workspace: Path, arguments: list[str]) -> None:
    outcome = sot(workspace, "check", *arguments)
    assert outcome.code == 2
    said = "--diff goes with --fix, and --fix with files, not with standard input"
    assert outcome.err == f"sot: {said}\n"


def test_the_gate_has_no_fix(workspace: Path) -> None:
    before = tree(workspace)
    tool = Path(__file__).resolve().parents[2] / "tools" / "validate_cto_child.py"
    for arguments in (["--fix"], [str(workspace)]):
        done = subprocess.run(
            [sys.executable, str(tool), *arguments], cwd=workspace, capture_output=True, check=False
        )
        assert done.returncode == 2
    assert tree(workspace) == before


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal to talk to")
def test_a_diff_on_a_terminal_obeys_no_document(workspace: Path) -> None:
    edit(workspace, PRD, "name: other-plan-prd", "name: other-plan-prd # \u202ered")
    ours, theirs = os.openpty()
    subprocess.run(
        [*SOT, "check", "--fix", "--diff", PRD],
        cwd=workspace,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "+name: first-plan-prd # \\u202ered" in shown
    assert "\u202e" not in shown


def test_explain_says_whether_and_how(workspace: Path) -> None:
    assert "Fixable:  yes - Removes the byte order mark." in sot(workspace, "explain", "SOT101").out
    assert "Fixable:  no - a person has to judge\n" in sot(workspace, "explain", "SOT204").out


ROW = """rules:
  - code: TEAM101
    title: a phrase is missing
    check: {check}
    severity: error
    parameters:
      {parameters}
    why: People must see at once what the plan is.
    fix: Write it.
    bad: nothing
    good: the phrase
    fixable: Adds it below the title.
"""


@pytest.mark.parametrize(
    ("check", "parameters", "said"),
    [
        ("phrases", "phrases: [All tests have passed.]", "phrases[0]"),
        ("phrases", "phrases: [No gate is open.]", "phrases[0]"),
        ("items", "need: status", "check `items` mends nothing"),
    ],
)
def test_a_row_of_a_workspace_cannot_make_a_fix_out_of_a_claim(
    workspace: Path, check: str, parameters: str, said: str
) -> None:
    write(workspace, ".sot/rules.yaml", ROW.format(check=check, parameters=parameters))
    with pytest.raises(SotError, match=r"rules\.yaml") as refused:
        read(workspace, None)
    assert said in str(refused.value)


def test_a_row_of_a_workspace_may_add_what_forbids(workspace: Path) -> None:
    row = ROW.format(check="phrases\n    kinds: [prd]", parameters="phrases: [Do not deploy.]")
    write(workspace, ".sot/rules.yaml", row)
    sot(workspace, "check", "--fix")
    text = (workspace / PRD).read_text(encoding="utf-8")
    assert "\n# First Plan PRD\n\nDo not deploy.\n\n" in text
