"""The map of the house is true: paths resolve, imports run one way, absences are absent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sot_tools.project import files

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "sot_tools"

RANK = {
    "diagnostic": 0,
    "digest": 0,
    "errors": 0,
    "globs": 0,
    "disk": 1,
    "tree": 1,
    "journal": 1,
    "locked": 1.5,
    "replacing": 1.5,
    "marks": 1.5,
    "layer": 1.5,
    "source": 1.5,
    "documents": 2,
    "evidence": 2,
    "board": 3,
    "rules": 4,
    "views": 5,
    "engines": 4,
    "project": 5,
    "runs": 6,
    "authority": 7,
    "report": 7,
    "cli": 8,
}
"""Room → height; a room imports lower rooms only. `documents` is pure: it does not import `disk`."""
FORBIDDEN = {
    "documents": {"disk", "tree", "journal", "locked", "replacing"},
    "board": {"disk", "tree", "journal", "locked", "replacing"},
    "views": {"disk", "tree", "journal", "locked", "replacing"},
    "rules": {"disk", "tree", "journal", "locked", "replacing", "evidence"},
    "engines": {"documents", "board", "evidence"},
    "report": {
        "disk",
        "replacing",
        "tree",
        "journal",
        "documents",
        "board",
        "rules",
        "engines",
        "project",
        "runs",
    },
}
PURE = ("documents", "board", "rules", "views", "report")
PURE_MODULES = {
    f"runs/{name}.py"
    for name in (
        "admitted",
        "approval",
        "classes",
        "contract",
        "engine_gates",
        "gates",
        "order",
        "paths",
        "target_gates",
    )
}
PURE_MODULES |= {
    f"evidence/{name}.py"
    for name in ("approval", "chain", "envelope", "manifest", "statement", "trust", "verdict")
}
PURE_MODULES |= {f"engines/{name}.py" for name in ("order", "outcome", "scrub", "traffic")}
PURE_MODULES |= {"authority/gate.py", "authority/stages.py"}
"""Single modules of impure rooms that must stay pure: no gate looks at disk, clock, environment."""
IMPURE = {
    "os",
    "pathlib",
    "subprocess",
    "socket",
    "time",
    "datetime",
    "tempfile",
    "shutil",
    "sys",
    "random",
}
"""Modules through which files, processes, the clock or the environment come in."""


def modules() -> Iterator[tuple[Path, str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, room(path), ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module name that a file imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the direction"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_room_is_on_the_map() -> None:
    rooms = {name for _, name, _ in modules()} - {"__init__"}
    assert rooms == set(RANK)


def test_imports_run_one_way() -> None:
    wrong = []
    for path, mine, tree in modules():
        for name in imported(tree):
            parts = name.split(".")
            if parts[0] != "sot_tools" or len(parts) < 2 or parts[1] not in RANK:
                continue
            upward = parts[1] != mine and RANK[parts[1]] >= RANK.get(mine, 99)
            if upward or parts[1] in FORBIDDEN.get(mine, set()):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_what_a_check_found_does_not_depend_on_the_rooms_that_no_check_can_import() -> None:
    above = {name for name, height in RANK.items() if height >= RANK["project"]}
    assert above - {"project"} == files.ABOVE


def test_a_verdict_depends_on_every_other_module_and_schema() -> None:
    told = {each.path for each in files.program() if each.mark}
    for path, mine, _ in modules():
        assert (path.relative_to(ROOT).as_posix() in told) is (mine not in files.ABOVE), path
    schemas = {
        path.relative_to(ROOT).as_posix()
        for ending in ("yaml", "json")
        for path in (ROOT / "schemas").rglob(f"*.{ending}")
    }
    assert schemas <= told


def test_pure_rooms_touch_neither_files_nor_processes_nor_clock_nor_environment() -> None:
    wrong = []
    for path, mine, tree in modules():
        single = path.relative_to(PACKAGE).as_posix() in PURE_MODULES
        if mine not in PURE and not single:
            continue
        for name in imported(tree):
            top = name.split(".")[0]
            if single and (
                name == "pathlib.Path"
                or name.startswith(("sot_tools.disk", "sot_tools.journal", "sot_tools.replacing"))
            ):
                wrong += [f"{path.relative_to(ROOT)} imports disk"] * ("sot_tools" in name)
            elif top in IMPURE and name != "datetime.date":
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"open", "print", "input"}
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} calls {node.func.id}")
    assert wrong == []


def test_three_doors_open_files_and_named_modules_start_processes() -> None:
    opens = re.compile(
        r"(?<!archive\.)\bopen\(|\.read_text\(|\.read_bytes\(|\.write_text\(|\.write_bytes\(|os\.open\("
    )
    starts = re.compile(r"\bsubprocess\.|os\.(?:system|popen|exec|spawn|fork)")
    doors = {"disk.py", "locked.py", "tree.py", "marks.py", "journal.py"}
    doors |= {"play.py", "warden.py", "confine.py", "mounts.py"}
    starters = {"git.py", "workers.py", "supervise.py", "play.py", "warden.py"}
    starters |= {"confine.py", "isolation.py"}
    for path, mine, _ in modules():
        text = path.read_text(encoding="utf-8")
        if path.name not in doors and mine != "cli":
            assert not opens.search(text), f"{path.relative_to(ROOT)} opens files"
        if path.name not in starters:
            assert not starts.search(text), f"{path.relative_to(ROOT)} starts processes"
        assert "shell=True" not in text
        assert not re.search(r"\b(?:pickle|marshal|shelve)\b", text)


def test_verified_is_made_in_one_place() -> None:
    makers = [
        path.relative_to(PACKAGE).as_posix()
        for path, _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Verified"
    ]
    assert makers == ["evidence/verify.py"]


def test_rooms_hold_one_sentence_and_no_code() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstring = ast.get_docstring(tree)
        assert docstring, f"{path.relative_to(ROOT)} says nothing"
        assert "\n" not in docstring
        if path.parent != PACKAGE:
            assert len(tree.body) == 1, f"{path.relative_to(ROOT)} holds code"


def test_no_module_outgrows_its_budget() -> None:
    for path, _, tree in modules():
        size = path.read_text(encoding="utf-8").count("\n")
        assert size <= 400, f"{path.relative_to(ROOT)} has {size} lines"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= 50, f"{path.relative_to(ROOT)} {node.name} has {length} lines"


def test_no_python_line_knows_a_sentence_of_one_family() -> None:
    """What belongs to one family of workspaces is data in its profile; the one entry point that
    carries its name, `cli/child.py`, names the profile and nothing else of it."""
    family = re.compile(r"CTO-|\bCase\b|Hermes|Cortex|\bJP\b|not-promoted")
    for path, _, _ in modules():
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            assert not family.search(line), f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


PATHS = re.compile(r"`([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*/?)`")
KNOWN_ENDINGS = (".py", ".md", ".yaml", ".json", ".toml", "/", ".schema.json")


@pytest.mark.parametrize(
    "name",
    [
        "ARCHITECTURE.md",
        "README.md",
        "CHANGELOG.md",
        "docs/writing-rules.md",
        "docs/evidence.md",
        "docs/cases.md",
    ],
)
def test_every_path_named_in_the_prose_exists(name: str) -> None:
    text = re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    named = {path for path in PATHS.findall(text) if path.endswith(KNOWN_ENDINGS) and "/" in path}
    assert named or name == "CHANGELOG.md"
    missing = [
        path
        for path in sorted(named)
        if not (ROOT / path).exists() and not (PACKAGE / path).exists()
    ]
    optional = {".sot/rules.yaml", ".sot/kinds/", ".sot/baseline.json"}
    optional |= {"fixture/", "recorded/", "backend/", ".work/"}  # parts of a case or a run
    assert [path for path in missing if path not in optional] == []
