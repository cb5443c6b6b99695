"""The toolkit works away from its checkout: as a wheel, and as a pre-commit hook."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workspaces import begin, edit

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow
PRD = ".sot/plans/FIRST-PLAN-PRD.md"


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the commands of an empty environment that holds the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    done = run(folder / "bin" / "pip", "install", "--quiet", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    yield folder / "bin"


def test_the_wheel_carries_every_data_file_and_no_test(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "schemas").rglob("*"):
        if path.is_file():
            assert f"sot_tools/{path.relative_to(ROOT).as_posix()}" in names
    assert not [name for name in names if "tests/" in name or name.startswith(("bench", "tools"))]


def test_the_wheel_runs_on_a_workspace_outside_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    root = tmp_path / "demo"
    root.mkdir()
    assert run(installed / "sot", "init", "--owner", "jp", cwd=root).returncode == 0
    done = run(installed / "sot", "check", cwd=root)
    assert (done.returncode, done.stderr) == (0, "")
    edit(root, PRD, "status: draft", "status: drat")
    done = run(installed / "sot", "check", "--format", "sarif", cwd=root)
    assert done.returncode == 1
    assert "SOT204" in done.stdout
    edit(root, PRD, "status: drat", "status: draft")
    runs = ("--runs-dir", str(tmp_path / "runs"))
    done = run(installed / "sot", "run", "first-case", *runs, cwd=root)
    assert (done.returncode, done.stderr) == (0, "")
    done = run(installed / "sot", "evidence", "verify", "latest", *runs, cwd=root)
    assert (done.returncode, done.stdout.split()[0]) == (0, "verified")
    child = tmp_path / "child"
    child.mkdir()
    assert run(installed / "sot", "init", "--profile", "cto-child", cwd=child).returncode == 0
    done = run(installed / "validate-cto-child", cwd=child)
    assert (done.returncode, done.stdout.startswith('{"ok":true,')) == (0, True)


def test_pre_commit_passes_a_good_commit_and_refuses_a_bad_one(tmp_path: Path) -> None:
    """The real pre-commit installs the hook from a clone of this repository and runs it."""
    hooks = tmp_path / "hooks"
    tree = run(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT
    ).stdout
    for name in filter(None, tree.split("\0")):
        source = ROOT / name
        if source.is_file() and not source.is_symlink() and not name.startswith("tests/"):
            target = hooks / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    commit(hooks)
    revision = run("git", "rev-parse", "HEAD", cwd=hooks).stdout.strip()
    root = begin(tmp_path / "demo", "cto-child")
    plan = next(root.glob(".sot/**/*.md")).relative_to(root).as_posix()
    config = f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n"
    config += "  - id: sot-check\n  - id: validate-cto-child\n"
    (root / ".pre-commit-config.yaml").write_text(config)
    run("git", "init", "-q", cwd=root)
    tool = [sys.executable, "-m", "pre_commit"]
    home = str(tmp_path / "cache")
    done = run(*tool, "install", cwd=root, PRE_COMMIT_HOME=home)
    assert done.returncode == 0, done.stderr
    good = commit(root, PRE_COMMIT_HOME=home)
    assert good.returncode == 0, good.stdout + good.stderr
    said = good.stdout + good.stderr
    assert "check governed documents" in said
    assert "validate the CTO child workspace" in said
    status = next(
        line for line in (root / plan).read_text().split("\n") if line.startswith("status:")
    )
    edit(root, plan, f"\n{status}\n", "\nstatus: drat\n")
    bad = commit(root, PRE_COMMIT_HOME=home)
    assert bad.returncode == 1
    assert f"{plan}:" in bad.stdout + bad.stderr
    assert (bad.stdout + bad.stderr).count("SOT204") >= 2, "both hooks refuse it"
    assert run("git", "log", "--oneline", cwd=root).stdout.count("\n") == 1


def commit(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    run("git", "init", "-q", cwd=folder)
    run("git", "add", "-A", cwd=folder)
    return run("git", *identity, "commit", "-m", "change", cwd=folder, **environment)
