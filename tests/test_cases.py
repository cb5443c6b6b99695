"""Every rule has a case that it finds and one that it passes, on disk under tests/cases/<CODE>/."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sot_tools.diagnostic import Severity
from sot_tools.errors import SotError
from sot_tools.project import data, settings
from sot_tools.project.mend import Mended, mend
from sot_tools.project.outcome import Selection
from tests.workspaces import CASES, case, lines, report, write


def all_codes() -> list[str]:
    """Codes of every rule that ships, of all profiles."""
    codes: set[str] = set()
    for name in data.profile_names():
        profile = data.profile(name)
        codes |= {
            rule.code for rule in data.load_rules(profile, None, data.load_kinds(profile, None))
        }
    return sorted(codes)


CODES = all_codes()
FIXABLE = sorted(
    {
        rule.code
        for name in data.profile_names()
        for rule in data.load_rules(
            data.profile(name), None, data.load_kinds(data.profile(name), None)
        )
        if rule.fixable
    }
)
STATED = re.compile(
    rb"^\W*(?:\[[ xX]\].*|\"?[a-z_ ]*(?:status|type|blocked.by|approv|evidence|created|reviewed|date)"
    rb"[a-z_ ]*\"?:.*)$",
    re.IGNORECASE | re.MULTILINE,
)
"""Lines that state a status, a box, a blocker, an approval, evidence or a date."""


def mended(root: Path, *codes: str) -> dict[str, Mended]:
    """What mending these rules comes to in a workspace, all rules without codes."""
    chosen = Selection(severity=Severity.ADVICE, select=codes)
    return {each.path: each for each in mend(settings.read(root, None), chosen).mended}


def stated(content: bytes) -> set[bytes]:
    """The lines of a file that no tool may touch."""
    return set(STATED.findall(content.replace(b"\r\n", b"\n").removeprefix(b"\xef\xbb\xbf")))


def found(folder: Path, tmp_path: Path) -> list[str]:
    """What the rule of a case finds in it."""
    return lines(report(case(tmp_path / "demo", folder)), folder.parent.name)


@pytest.mark.parametrize("code", CODES)
def test_every_rule_finds_its_failing_case_and_nothing_else_of_its_own(
    code: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = CASES / code / "fail"
    seen = "\n".join(found(folder, tmp_path)) + "\n"
    expected = folder / "expected.txt"
    if request.config.getoption("--update-cases") and folder.is_dir():
        expected.write_text(seen, encoding="utf-8")
    assert seen.strip(), f"{code} finds nothing in its failing case"
    assert seen == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CODES)
def test_every_rule_passes_its_passing_case(code: str, tmp_path: Path) -> None:
    folder = CASES / code / "pass"
    assert folder.is_dir(), f"{code} has no passing case"
    assert found(folder, tmp_path) == []


@pytest.mark.parametrize("code", FIXABLE)
def test_every_fixable_rule_mends_its_failing_case_to_what_stands_beside_it(
    code: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root = case(tmp_path / "demo", CASES / code / "fail")
    folder = CASES / code / "fixed"
    found = mended(root, code)
    if request.config.getoption("--update-cases"):
        shutil.rmtree(folder, ignore_errors=True)
        for path, each in found.items():
            write(folder, path.replace(".sot/", "dot-sot/"), each.after)
    expected = {
        path.relative_to(folder).as_posix().replace("dot-sot/", ".sot/"): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert expected, f"{code} is fixable and mends nothing in its failing case"
    assert {path: each.after for path, each in found.items()} == expected
    for path, content in expected.items():
        write(root, path, content)
    assert mended(root, code) == {}
    assert not any(each.fixable for each in report(root).diagnostics if each.code == code)


@pytest.mark.parametrize("code", CODES)
def test_mending_states_nothing_and_leaves_records_alone(code: str, tmp_path: Path) -> None:
    root = case(tmp_path / "demo", CASES / code / "fail")
    try:
        opened = settings.read(root, None)
        found = mended(root)
    except SotError:
        return
    for path, each in found.items():
        assert stated(each.before) == stated(each.after), path
        kind = opened.scene.kinds.detect(path)
        assert kind is None or not kind.record, path


def test_what_no_person_may_leave_to_a_tool_is_a_record() -> None:
    kinds = data.load_kinds(data.profile("cto-child"), None).by_name
    proving = re.compile("evidence|closeout|approval|admission|decision|request|attempt")
    records = {name for name, kind in kinds.items() if kind.record}
    assert {name for name in kinds if proving.search(name)} - records == {"admission-template"}


def test_no_case_speaks_of_a_rule_that_does_not_exist() -> None:
    assert sorted(path.name for path in CASES.iterdir()) == CODES
