"""`--staged`: what git's index holds is checked, and nothing of the working tree counts."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from sot_tools.cli.check import command
from tests.cli.command import sot
from tests.cli.test_changed import git
from tests.workspaces import begin, edit, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
ISSUES = ".sot/plans/FIRST-PLAN-ISSUES.md"
SETTINGS = ".sot/workspace.yaml"
CLEAN = "of git's index checked, nothing to report (profile plain)\n"
RULE = """rules:
  - code: OWN101
    title: a plan must say a sentence
    check: phrases
    severity: error
    kinds: [prd]
    parameters: {phrases: [abc]}
    why: The team agreed on it.
    fix: Say it.
    bad: "x"
    good: "y"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace, committed."""
    made = begin(tmp_path.resolve() / "demo")
    git(made, "init", "-q", "-b", "main")
    git(made, "add", "-A")
    git(made, "commit", "-qm", "begin")
    return made


def staged(root: Path, *options: str) -> list[str]:
    """The first lines of the diagnostics of what is staged, advice left out; the same with and
    without what was remembered."""
    told = [asked(root, *options), asked(root, *options), asked(root, *options, "--no-cache")]
    assert set(told) == {told[0]}
    found = json.loads(told[0][1])["diagnostics"]
    assert told[0][0] == bool(found)
    return [
        f"{each['path']}:{each['span']['line']} {each['code']} {each['message']}" for each in found
    ]


def asked(root: Path, *options: str) -> tuple[int, str]:
    """Exit code and output of the verb in this process, about what is staged."""
    before = Path.cwd()
    os.chdir(root)
    try:
        arguments = ["--staged", "--format", "json", *options]
        done = CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False)
    finally:
        os.chdir(before)
    return int(done.return_value), done.output


def refused(root: Path, *options: str, **environment: str) -> str:
    """Why nothing could be checked."""
    outcome = sot(root, "check", "--staged", *options, **environment)
    assert (outcome.code, outcome.out) == (2, "")
    return outcome.err.removeprefix("sot: ").strip()


def test_good_is_staged_and_bad_stands_in_the_folder(root: Path) -> None:
    edit(root, PRD, "status: draft", "status: drat")
    assert sot(root, "check").code == 1
    outcome = sot(root, "check", "--staged")
    assert (outcome.code, outcome.out) == (0, f"9 files {CLEAN}")


def test_bad_is_staged_and_good_stands_in_the_folder(root: Path) -> None:
    edit(root, PRD, "status: draft", "status: drat")
    git(root, "add", "-A")
    write(root, PRD, "# Nothing of this is shown\n")
    outcome = sot(root, "check", "--staged", "--select", "SOT204")
    assert outcome.code == 1
    assert f"{PRD}:3:9 SOT204 `status` is `drat`" in outcome.out
    assert "3 | status: drat\n" in outcome.out, "the excerpt is of what was checked"
    assert outcome.out.endswith("1 error in 9 files of git's index (profile plain)\n")


def test_only_one_hunk_of_a_file_is_staged(root: Path) -> None:
    edit(root, PRD, "status: draft", "status: drat")
    git(root, "add", PRD)
    edit(root, PRD, "status: drat", "status: draft")
    with (root / PRD).open("a") as stream:
        stream.write("\nSee .sot/plans/NONE.md today.\n")
    assert staged(root) == [
        f"{PRD}:3 SOT204 `status` is `drat`; allowed: `draft`, `candidate`, `validated` or "
        "`blocked`"
    ]
    assert "NONE" in sot(root, "check").out


def test_a_file_that_is_staged_as_deleted_is_gone_though_it_is_there(root: Path) -> None:
    git(root, "rm", "-q", "--cached", PRD)
    assert (root / PRD).is_file()
    assert staged(root) == [f"{ISSUES}:5 SOT501 `{PRD}` does not exist"]


def test_a_file_that_is_only_gone_from_the_folder_is_there_and_can_be_named(root: Path) -> None:
    (root / PRD).unlink()
    assert staged(root) == []
    assert sot(root, "check", "--staged", PRD).out == f"1 file {CLEAN}"


def test_a_renamed_file_is_found_under_its_new_name(root: Path) -> None:
    git(root, "mv", PRD, ".sot/plans/OTHER-PRD.md")
    assert f"{ISSUES}:5 SOT501 `{PRD}` does not exist" in staged(root)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (SETTINGS, "version: 1\n"),
        (".sot/rules.yaml", RULE),
        (".sot/kinds/prd.schema.json", "{}"),
        ("WORKBOARD.yaml", "version: [\n"),
        ("CONTEXT.md", "no heading\n"),
        (".sot/baseline.json", '{"version": 1, "entries": [{"code": "X"}]}'),
    ],
)
def test_what_decides_is_staged_too(path: str, content: str, root: Path) -> None:
    write(root, path, content)
    before = sot(root, "check")
    assert before.code
    assert staged(root) == []
    git(root, "add", "-A")
    after = sot(root, "check", "--staged")
    assert after.code == before.code
    plain = f"{after.out}{after.err}".replace(" of git's index", "").replace(" in git's index", "")
    assert plain.split("; ")[0] == f"{before.out}{before.err}".split("; ")[0]
    git(root, "rm", "-rqf", "--cached", ".")
    git(root, "checkout", "-q", "HEAD", "--", ".")
    git(root, "read-tree", "HEAD")
    assert staged(root) == []


def test_existence_is_asked_of_the_index(root: Path) -> None:
    with (root / PRD).open("a") as stream:
        stream.write("\nSee [n](../../docs/n.md) and [f](../../docs/deep).\n")
    git(root, "add", "-A")
    write(root, "docs/n.md", "x")
    write(root, "docs/deep/er/m.md", "x")
    assert sot(root, "check").code == 0
    assert [line.split(" ", 2)[2] for line in staged(root)] == [
        "`../../docs/n.md` does not exist",
        "`../../docs/deep` does not exist",
    ]
    git(root, "add", "docs")
    (root / "docs/n.md").unlink()
    assert staged(root) == []


def test_changed_means_staged_against_the_commit(root: Path) -> None:
    text = (root / PRD).read_text().replace("first-plan", "other").replace("First Plan", "Other")
    write(root, ".sot/plans/OTHER-PRD.md", text.replace("status: draft", "status: x"))
    git(root, "add", "-A")
    git(root, "commit", "-qm", "more")
    assert sot(root, "check", "--staged").code == 1
    assert sot(root, "check", "--staged", "--changed").out == f"0 files {CLEAN}"
    edit(root, PRD, "status: draft", "status: y")
    assert sot(root, "check", "--staged", "--changed").code == 0, "it is not staged"
    git(root, "add", "-A")
    outcome = sot(root, "check", "--staged", "--changed")
    assert PRD in outcome.out
    assert "OTHER" not in outcome.out
    assert "OTHER" in sot(root, "check", "--staged", "--changed", "HEAD~1").out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--fix",), "--staged writes nothing: mend with `sot check --fix`, then `git add`"),
        (
            ("--fix", "--diff"),
            "--staged writes nothing: mend with `sot check --fix`, then `git add`",
        ),
        (
            ("--stdin-filename", PRD),
            "--staged and --stdin-filename exclude each other",
        ),
    ],
)
def test_what_cannot_go_together_is_refused(
    options: tuple[str, ...], says: str, root: Path
) -> None:
    assert refused(root, *options) == says


def test_a_path_that_is_not_staged_is_refused(root: Path) -> None:
    write(root, ".sot/plans/NEW-PRD.md", "# New\n")
    said = refused(root, ".sot/plans/NEW-PRD.md")
    assert said == (
        f".sot/plans/NEW-PRD.md holds no governed document of the workspace {root} in git's index"
    )
    assert refused(root, ".sot/none.md") == ".sot/none.md: no such file or folder"


def test_an_empty_index_is_not_green(root: Path) -> None:
    git(root, "rm", "-rq", "--cached", ".")
    assert refused(root) == (
        f"{root}: no governed document below .sot/ in git's index; `git add` puts files there"
    )


def test_outside_a_repository_and_in_a_bare_one_it_says_so(tmp_path: Path, root: Path) -> None:
    alone = begin(tmp_path.resolve() / "alone")
    assert refused(alone, GIT_CEILING_DIRECTORIES=str(tmp_path), LANGUAGE="de") == (
        f"--staged: git has no index of a working tree for {alone}: fatal: not a git repository "
        "(or any of the parent directories): .git"
    )
    inner = begin(root / "inner")
    git(root, "config", "core.bare", "true")
    assert refused(inner) == (
        f"--staged: git has no index of a working tree for {inner}: "
        f"it is no folder in the working tree of {root}/.git"
    )
    bare = tmp_path.resolve() / "bare"
    git(root, "clone", "-q", "--bare", ".", str(bare))
    assert refused(bare, "--root", ".").startswith("--staged: git has no index of a working tree")


def test_without_git_it_says_so(root: Path, tmp_path: Path) -> None:
    assert refused(root, PATH=str(tmp_path)) == "--staged needs git, which is not on the PATH"


def test_a_damaged_index_is_not_green(root: Path) -> None:
    (root / ".git/index").write_bytes(b"damaged")
    assert refused(root).startswith("--staged: git has no index of a working tree for ")


def conflict(root: Path) -> None:
    git(root, "checkout", "-qb", "other")
    edit(root, PRD, "status: draft", "status: candidate")
    git(root, "commit", "-qam", "theirs")
    git(root, "checkout", "-q", "main")
    edit(root, PRD, "status: draft", "status: blocked")
    git(root, "commit", "-qam", "ours")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "other")


def test_an_unmerged_index_is_no_commit(root: Path) -> None:
    conflict(root)
    assert refused(root) == (
        f"--staged: {PRD} is unmerged in git's index, so no commit can be made of it; "
        "resolve the conflict and `git add` the file"
    )
    git(root, "checkout", "--ours", PRD)
    git(root, "add", PRD)
    assert staged(root) == []


def test_a_file_that_is_only_going_to_be_added_is_not_there(root: Path) -> None:
    write(root, ".sot/plans/NEW-PRD.md", "# New\n")
    git(root, "add", "-N", ".sot/plans/NEW-PRD.md")
    assert staged(root) == []
    write(root, ".sot/plans/NEW-PRD.md", "")
    git(root, "add", ".sot/plans/NEW-PRD.md")
    assert any("NEW-PRD.md" in line for line in staged(root)), "now it is there, and empty"
    write(root, ".sot/plans/LATER-PRD.md", "")
    git(root, "add", "-N", ".sot/plans/LATER-PRD.md")
    assert not any("LATER" in line for line in staged(root))


def test_a_repository_with_longer_ids(tmp_path: Path) -> None:
    root = begin(tmp_path.resolve() / "demo")
    git(root, "init", "-q", "--object-format=sha256")
    git(root, "add", "-A")
    write(root, ".sot/plans/LATER-PRD.md", "# Later\n")
    git(root, "add", "-N", ".")
    assert staged(root) == []
    edit(root, PRD, "status: draft", "status: drat")
    git(root, "add", PRD)
    assert [line.split(" ")[:2] for line in staged(root)] == [[f"{PRD}:3", "SOT204"]]


def test_a_submodule_is_told_and_not_entered(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    write(other, "X-PRD.md", "# X\n")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "x")
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), ".sot/sub")
    assert staged(root) == [
        ".sot/sub:1 SOT110 file is a submodule, whose files belong to another repository"
    ]


LINKS: dict[str, str] = {
    "FIRST-PLAN-PRD.md": "",
    "../plans/./FIRST-PLAN-PRD.md": "",
    "../../docs/PLAN-PRD.md": "",
    "../../away/PLAN-PRD.md": "",
    "../../docs": "is a symbolic link to a folder, which no check follows",
    "../../../outside.md": "is a symbolic link that leaves the workspace or leads nowhere",
    "/etc/hostname": "is a symbolic link that leaves the workspace or leads nowhere",
    "NONE.md": "is a symbolic link that leaves the workspace or leads nowhere",
    "LINK-PRD.md": "is a symbolic link that leaves the workspace or leads nowhere",
    "FIRST-PLAN-PRD.md/../NONE.md": (
        "is a symbolic link that leaves the workspace or leads nowhere"
    ),
}


@pytest.mark.parametrize(("target", "trouble"), LINKS.items())
def test_a_link_is_what_it_is_in_a_checkout(target: str, trouble: str, root: Path) -> None:
    """Except for absolute ones, which are told even where they lead back."""
    write(root, "docs/PLAN-PRD.md", (root / PRD).read_bytes())
    (root / "away").symlink_to("docs")
    write(root.parent, "outside.md", "# Outside\n")
    (root / ".sot/plans/LINK-PRD.md").symlink_to(target)
    git(root, "add", "-A")
    plain = json.loads(sot(root, "check", "--format", "json").out)
    (root / ".sot/plans/LINK-PRD.md").unlink()
    found = staged(root)
    assert len(found) == len(plain["diagnostics"])
    told = f".sot/plans/LINK-PRD.md:1 SOT110 file {trouble}"
    assert (told in found) == bool(trouble)


def test_an_absolute_link_back_into_the_workspace_is_told(root: Path) -> None:
    (root / ".sot/plans/LINK-PRD.md").symlink_to(root / PRD)
    git(root, "add", "-A")
    assert staged(root) == [
        ".sot/plans/LINK-PRD.md:1 SOT110 file is a symbolic link that leaves the workspace or "
        "leads nowhere"
    ]


def test_settings_that_are_a_link_out_are_not_passed_over(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "rules.yaml", "rules: []\n")
    (root / ".sot/rules.yaml").symlink_to("../../rules.yaml")
    git(root, "add", "-A")
    assert refused(root) == (
        ".sot/rules.yaml: cannot be read: leads to no regular file in git's index"
    )


def test_what_a_sparse_checkout_leaves_out_is_checked(root: Path) -> None:
    edit(root, PRD, "status: draft", "status: drat")
    write(root, "code/a.py", "x = 1\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "bad")
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "code")
    assert not (root / ".sot").exists()
    assert [line.split(" ")[1] for line in staged(root, "--root", str(root))] == ["SOT204"]


def test_a_workspace_below_the_top_of_the_repository(root: Path) -> None:
    inner = begin(root / "packages" / "inner")
    edit(inner, PRD, "status: draft", "status: drat")
    git(root, "add", "-A")
    write(inner, PRD, "# x\n")
    assert [line.split(" ")[:2] for line in staged(inner)] == [[f"{PRD}:3", "SOT204"]]
    assert staged(root) == []
    changed = sot(inner, "check", "--staged", "--changed").out
    assert changed.startswith(f"{PRD}:3:9 SOT204")


@pytest.mark.parametrize("name", [b"A\nB-PRD.md", b"\xff\xfe-PRD.md", b"A\tB-PRD.md"])
def test_a_name_that_cannot_be_printed_is_told_as_in_a_folder(name: bytes, root: Path) -> None:
    folder = os.fsencode(root / ".sot/plans")
    with open(folder + b"/" + name, "wb") as stream:  # noqa: PTH123  a name of bytes
        stream.write(b"# A\n")
    git(root, "add", "-A")
    plain = sot(root, "check", "--format", "json")
    os.unlink(folder + b"/" + name)  # noqa: PTH108
    found = staged(root)
    assert sot(root, "check", "--staged", "--format", "json").out == plain.out
    assert len(found) == 1
    assert "has a name with characters that cannot be printed" in found[0]


def test_a_file_above_the_limit_is_told_and_the_next_is_read(root: Path) -> None:
    write(root, ".sot/plans/BIG-PRD.md", b"x" * (1 << 23))
    git(root, "add", "-A")
    plain = sot(root, "check", "--format", "json")
    (root / ".sot/plans/BIG-PRD.md").unlink()
    assert any("BIG-PRD.md" in line for line in staged(root))
    assert sot(root, "check", "--staged", "--format", "json").out == plain.out


def test_a_content_that_the_repository_lacks_is_told(root: Path) -> None:
    edit(root, PRD, "status: draft", "status: candidate")
    git(root, "add", "-A")
    said = subprocess.run(
        ["git", "rev-parse", f":{PRD}"], cwd=root, check=True, capture_output=True, text=True
    )
    blob = said.stdout.strip()
    (root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert staged(root) == [
        f"{PRD}:1 SOT110 file cannot be read: git has no content for the object {blob}"
    ]


def evil(tmp_path: Path) -> tuple[Path, Path]:
    """A program, and the file that says that it ran."""
    mark = tmp_path / "ran"
    script = write(tmp_path, "evil.sh", f"#!/bin/sh\ntouch {mark}\ncat\n")
    script.chmod(0o755)
    return script, mark


def test_a_hostile_repository_runs_nothing(root: Path, tmp_path: Path) -> None:
    script, mark = evil(tmp_path)
    keys = ("core.fsmonitor", "diff.external", "core.pager", "core.sshCommand", "core.editor")
    drivers = ("diff.evil.textconv", "diff.evil.command", "filter.evil.smudge")
    write(root, ".gitattributes", "*.md diff=evil filter=evil\n")
    git(root, "add", "-A")
    for key in (*keys, *drivers, "filter.evil.clean", "filter.evil.process"):
        git(root, "config", key, str(script))
    edit(root, PRD, "status: draft", "status: y")
    assert staged(root) == []
    assert sot(root, "check", "--staged", "--changed").code == 0
    assert not mark.exists()


def test_a_missing_content_is_not_fetched_by_what_the_repository_names(
    root: Path, tmp_path: Path
) -> None:
    script, mark = evil(tmp_path)
    git(root, "config", "core.repositoryFormatVersion", "1")
    git(root, "config", "extensions.partialClone", "origin")
    git(root, "config", "remote.origin.url", f"ext::{script}")
    git(root, "config", "remote.origin.promisor", "true")
    git(root, "config", "protocol.ext.allow", "always")
    blob = "1234567890123456789012345678901234567890"
    git(root, "update-index", "--add", "--cacheinfo", f"100644,{blob},.sot/plans/X-PRD.md")
    found = staged(root)
    assert found[0].endswith(f"cannot be read: git has no content for the object {blob}")
    assert not mark.exists()


def test_no_object_stands_in_for_another(root: Path) -> None:
    edit(root, PRD, "status: draft", "status: drat")
    git(root, "add", "-A")
    bad = f":{PRD}"
    git(root, "replace", bad, f"HEAD:{PRD}")
    assert [line.split(" ")[1] for line in staged(root)] == ["SOT204"]


def hooked(root: Path, below: str) -> None:
    """Make the example of the documentation, started in a folder, the hook of a repository."""
    call = f"{shlex.quote(sys.executable)} -c 'from sot_tools.cli.main import main; main()'"
    page = (Path(__file__).resolve().parents[2] / "docs/ci.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```sh\n(#!.*?exec )sot( check --staged\n)```", page, re.DOTALL)
    hook = call.join(shown).replace("exec", f"cd {below} && exec")
    write(root, ".git/hooks/pre-commit", hook).chmod(0o755)


def commits(root: Path, *arguments: str) -> bool:
    """Whether git makes a commit."""
    try:
        git(root, "commit", "-qm", "x", *arguments)
    except subprocess.CalledProcessError as error:
        assert "of git's index" in error.stdout.decode() + error.stderr.decode()
        return False
    return True


@pytest.mark.parametrize("below", [".", "packages/inner"])
def test_a_hook_sees_what_is_committed(below: str, root: Path) -> None:
    """Also where git makes the commit of another index: `-a`, or paths."""
    if below != ".":
        begin(root / below)
        git(root, "add", "-A")
        git(root, "commit", "-qm", "inner")
    hooked(root, below)
    workspace = root / below
    edit(workspace, PRD, "status: draft", "status: drat")
    assert commits(root, "--allow-empty"), "what is not staged does not matter"
    assert not commits(root, "-a")
    git(root, "add", "-A")
    assert not commits(root)
    with (workspace / "CONTEXT.md").open("a") as stream:
        stream.write("\nOne more line.\n")
    assert commits(root, "--", str(workspace / "CONTEXT.md")), "only that file is committed"
    assert not commits(root)


@pytest.mark.parametrize("below", [".", "packages/inner"])
def test_a_hook_in_a_linked_working_tree_sees_what_is_committed(below: str, root: Path) -> None:
    """Git names the repository to it, and not where the working tree begins."""
    begin(root / "packages" / "inner")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "inner")
    hooked(root, below)
    linked = root.parent / "linked"
    git(root, "worktree", "add", "-q", str(linked))
    edit(linked / below, PRD, "status: draft", "status: drat")
    git(linked, "add", "-A")
    assert not commits(linked)
    git(linked, "reset", "-q", "--hard")
    assert commits(linked, "--allow-empty")


def test_a_repository_that_is_named_and_not_found_is_refused(root: Path, tmp_path: Path) -> None:
    other = tmp_path.resolve() / "other"
    other.mkdir()
    git(other, "init", "-q")
    assert refused(root, GIT_DIR=str(other / ".git")) == (
        f"--staged: git has no index of a working tree for {root}: GIT_DIR names {other}/.git, "
        f"and the folder belongs to {root}/.git; set GIT_WORK_TREE, too"
    )
    assert sot(root, "check", "--staged", GIT_DIR=".git").code == 0
    both = {"GIT_DIR": str(root / ".git"), "GIT_WORK_TREE": "."}
    assert sot(root, "check", "--staged", **both).out == f"9 files {CLEAN}"


def test_the_index_and_the_folder_are_remembered_apart(root: Path, tmp_path: Path) -> None:
    edit(root, PRD, "status: draft", "status: drat")
    caches = {"XDG_CACHE_HOME": str(tmp_path / "caches")}
    ask: Callable[..., int] = lambda *options: sot(root, "check", *options, **caches).code  # noqa: E731
    assert [ask(), ask("--staged"), ask(), ask("--staged")] == [1, 0, 1, 0]
    git(root, "add", "-A")
    edit(root, PRD, "status: drat", "status: draft")
    assert [ask(), ask("--staged"), ask(), ask("--staged")] == [0, 1, 0, 1]
    assert len(list((tmp_path / "caches/sot-tools").iterdir())) == 2
