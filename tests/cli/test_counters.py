"""What a check costs, in counts that no load on the machine disturbs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.command import sot
from tests.cli.test_changed import git
from tests.workspaces import begin, edit, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
ISSUES = ".sot/plans/FIRST-PLAN-ISSUES.md"
_WATCH = """
import atexit, json, os, sys
opened, compiled = [], []
def note(event, given):
    if event == "open" and not (given[2] or 0) & os.O_DIRECTORY:
        opened.append(str(given[0]))
    if event == "compile" and "sot_tools" in asking(sys._getframe(1)):
        compiled.append(str(given[0]))
def asking(frame):
    while frame and frame.f_code.co_filename.endswith(("typing.py", "collections/__init__.py")):
        frame = frame.f_back
    return frame.f_code.co_filename if frame else ""
sys.addaudithook(note)
def tell():
    with os.fdopen(int(sys.argv.pop()), "w") as stream:
        json.dump({"opened": opened, "compiled": compiled, "modules": sorted(sys.modules)}, stream)
atexit.register(tell)
from sot_tools.cli.main import run, sot
arguments, sys.argv[1:] = sys.argv[1:-1], sys.argv[-1:]
kept, sys.argv = sys.argv, ["sot", *arguments]
code = run(sot)
sys.argv = kept
sys.exit(code)
"""


class Count(NamedTuple):
    """What a run of the command did."""

    code: int
    opened: list[str]
    """Files of the workspace, in the order of opening."""
    modules: frozenset[str]
    compiled: list[str]
    """Texts that modules of the program had compiled: one for each class of values, and one for
    each of its types that is named in quotes."""


def count(root: Path, *arguments: str) -> Count:
    """Run the real command and count."""
    import os

    reading, writing = os.pipe()
    done = subprocess.run(
        [sys.executable, "-c", _WATCH, *arguments, str(writing)],
        cwd=root,
        capture_output=True,
        check=False,
        pass_fds=[writing],
    )
    os.close(writing)
    with os.fdopen(reading) as stream:
        told = json.load(stream)
    inside = [each.removeprefix(f"{root}/") for each in told["opened"] if str(root) in each]
    return Count(done.returncode, inside, frozenset(told["modules"]), told["compiled"])


def own(found: Count) -> set[str]:
    """The modules of this program that a run loaded."""
    return {name for name in found.modules if name.startswith("sot_tools.")}


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A workspace that was checked once its files had been left alone for a while."""
    root = begin(tmp_path.resolve() / "demo")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "begin")
    time.sleep(0.11)
    assert sot(root, "check").code == 0
    return root


HEAVY = {"yaml", "jsonschema", "markdown_it", "frontmatter", "referencing", "platformdirs", "rich"}


def test_nothing_changed_opens_nothing_and_loads_no_rule(known: Path) -> None:
    found = count(known, "check")
    assert found.code == 0
    assert found.opened == []
    rooms = {name.split(".")[1] for name in own(found)}
    assert not rooms & {"rules", "documents", "board"}
    assert len(own(found)) <= 25
    assert not found.modules & (HEAVY | {"re2", "_re2", "hashlib", "subprocess", "tempfile"})


def test_an_index_that_is_what_it_was_opens_nothing_and_loads_no_rule(known: Path) -> None:
    assert sot(known, "check", "--staged").code == 0
    found = count(known, "check", "--staged")
    assert (found.code, found.opened) == (0, [])
    rooms = {name.split(".")[1] for name in own(found)}
    assert not rooms & {"rules", "documents", "board"}
    assert not found.modules & (HEAVY | {"re2", "_re2", "hashlib", "tempfile"})


def test_one_changed_document_is_the_only_one_that_is_read(known: Path) -> None:
    edit(known, PRD, "status: draft", "status: candidate")
    found = count(known, "check", PRD)
    assert found.code == 0
    assert set(found.opened) == {PRD}
    assert found.opened.count(PRD) <= 2  # its digest, and itself
    assert not found.modules & HEAVY


COMPARING = "sot_tools.rules.truth."


@pytest.mark.parametrize("named", [(PRD,), ("--changed",)])
def test_a_line_that_no_rule_can_see_loads_no_rule_that_compares(
    named: tuple[str, ...], known: Path
) -> None:
    with (known / PRD).open("a") as stream:
        stream.write("\nNobody states anything here.\n")
    found = count(known, "check", *named)
    assert (found.code, set(found.opened)) == (0, {PRD})
    comparing = {name for name in found.modules if name.startswith(COMPARING)}
    assert comparing == {f"{COMPARING}{name}" for name in ("housekeeping", "runs")}
    assert len(own(found)) <= 76
    assert not found.modules & {*HEAVY, "dataclasses", "tempfile", "hashlib", "heapq", "re2"}
    named = [each for each in found.compiled if "lambda _cls" not in each]
    assert len(named) <= 2
    assert len(found.compiled) - len(named) <= 58


def test_a_touched_document_is_hashed_once_and_then_known_again(known: Path) -> None:
    (known / PRD).touch()
    time.sleep(0.11)
    first = count(known, "check")
    assert first.opened == [PRD]
    assert count(known, "check").opened == []


def test_a_check_without_cache_loads_no_reference_reader(known: Path) -> None:
    found = count(known, "check", "--no-cache")
    assert not found.modules & (HEAVY | {"hashlib"})
    assert all(found.opened.count(path) == 1 for path in (PRD, ISSUES, "WORKBOARD.yaml"))


def test_the_version_needs_no_room_but_cli(known: Path) -> None:
    found = count(known, "--version")
    assert own(found) == {"sot_tools.cli", "sot_tools.cli.main", "sot_tools.errors"}


@pytest.mark.parametrize("variable", ["CI", "SOT_NO_CACHE"])
def test_a_variable_forbids_to_remember(variable: str, tmp_path: Path) -> None:
    root = begin(tmp_path / "demo")
    caches = tmp_path / "caches"
    assert sot(root, "check", XDG_CACHE_HOME=str(caches), **{variable: "true"}).code == 0
    assert not caches.exists()
    assert sot(root, "check", XDG_CACHE_HOME=str(caches), **{variable: "false"}).code == 0
    assert caches.exists()


def test_the_validator_of_child_workspaces_remembers_nothing(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo", "cto-child")
    caches = tmp_path / "caches"
    code = "from sot_tools.cli.child import main; main()"
    import os

    subprocess.run(
        [sys.executable, "-c", code, str(root)],
        check=False,
        capture_output=True,
        env={**os.environ, "XDG_CACHE_HOME": str(caches)},
    )
    assert not caches.exists()


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/home/a"},
        {"HOME": "/home/a", "XDG_CACHE_HOME": "/var/c"},
        {"HOME": "/home/a", "XDG_CACHE_HOME": "  "},
    ],
)
def test_caches_stand_where_platformdirs_puts_them(environment: dict[str, str]) -> None:
    from sot_tools.cli.cache import folder

    code = "import platformdirs; print(platformdirs.user_cache_path('sot-tools'))"
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True
    )
    assert str(folder(environment, sys.platform)) == said.stdout.strip()


def test_without_a_place_for_caches_nothing_is_remembered(tmp_path: Path) -> None:
    from sot_tools.cli.cache import folder

    assert folder({}, "linux") is None
    assert folder({"XDG_CACHE_HOME": "relative"}, "linux") is None
    root = begin(tmp_path / "demo")
    write(root, PRD, (root / PRD).read_text())
    assert sot(root, "check", XDG_CACHE_HOME="relative").code == 0
    assert not (root / "relative").exists()
