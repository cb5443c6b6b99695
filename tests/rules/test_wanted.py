"""What no rule asks for is not kept, and no rule misses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sot_tools.diagnostic import Severity
from sot_tools.project import settings
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection
from sot_tools.project.snapshot import Snapshot
from sot_tools.rules.model import Rule
from sot_tools.rules.table import CHECKS
from tests.workspaces import CASES, begin, case, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
ISSUES = ".sot/plans/FIRST-PLAN-ISSUES.md"


def _rules() -> dict[str, Rule]:
    root = Path(__file__).parent
    return {
        rule.code: rule
        for profile in ("plain", "cto-child")
        for rule in settings.read(root, profile).rules
    }


COMPARING = sorted(
    code
    for code, rule in _rules().items()
    if CHECKS[rule.check].workspace and (CASES / code / "fail").is_dir()
)


@pytest.mark.parametrize("code", COMPARING)
def test_a_check_finds_the_same_in_all_that_documents_say(code: str, tmp_path: Path) -> None:
    root = case(tmp_path / "demo", CASES / code / "fail")
    read = settings.read(root.resolve(), None)
    wanted = Selection(severity=Severity.ADVICE)
    whole = check(read, wanted, opened=Snapshot(read, {}, whole=True))
    assert check(read, wanted) == whole


def test_prose_that_no_rule_asks_for_leaves_nothing_behind(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo")
    more = "\n## A Part\n\n- build: the nightly one\n- It was stopped by hand.\n"
    read = settings.read(root.resolve(), None)

    def kept() -> object:
        snapshot = Snapshot(read, {})
        check(read, Selection(), opened=snapshot)
        return snapshot.facts[PRD]._replace(
            said=snapshot.facts[PRD].said._replace(parts=(), lists=frozenset())
        )

    before = kept()
    write(root, PRD, (root / PRD).read_text() + more)
    assert kept() == before
    write(root, PRD, (root / PRD).read_text() + "- report status: pass\n")
    assert kept() != before
