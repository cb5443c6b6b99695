"""Every rule has a case that it finds and one that it passes, on disk under tests/cases/<CODE>/."""

from __future__ import annotations

from pathlib import Path

import pytest

from sot_tools.project import data
from tests.workspaces import CASES, case, lines, report


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


def test_no_case_speaks_of_a_rule_that_does_not_exist() -> None:
    assert sorted(path.name for path in CASES.iterdir()) == CODES
