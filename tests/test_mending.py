"""Mending undoes every mixture of mechanical faults, byte for byte, and then finds nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from sot_tools.diagnostic import Severity
from sot_tools.project import settings
from sot_tools.project.mend import ROUNDS, mend
from sot_tools.project.outcome import Selection
from tests.workspaces import begin, report, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
COMMENT = b"<!-- sot: ignore SOT503, SOT602, SOT501 -- the reason is gone -->"
FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "name": lambda it: it.replace(b"name: first-plan-prd", b"name: other-plan"),
    "twice": lambda it: it.replace(b"\nowner: jp\n", b"\nowner: jp\nowner: jp\n"),
    "trailing": lambda it: it.replace(b"\n\n## Non", b" " + COMMENT + b"\n\n## Non", 1),
    "comment": lambda it: it.replace(b"\n## Non", b"\n" + COMMENT + b"\n## Non", 1),
    "ends": lambda it: it.replace(b"\n", b"\r\n"),
    "mark": lambda it: b"\xef\xbb\xbf" + it,
}
MIXTURES = [mix for size in range(1, len(FAULTS) + 1) for mix in combinations(FAULTS, size)]


@pytest.mark.parametrize("mixture", MIXTURES, ids="+".join)
def test_every_mixture_of_faults_is_undone(tmp_path: Path, mixture: tuple[str, ...]) -> None:
    root = begin(tmp_path / "demo")
    clean = content = (root / PRD).read_bytes()
    for fault in mixture:
        broken = FAULTS[fault](content)
        assert broken != content, fault
        content = broken
    write(root, PRD, content)
    opened = settings.read(root, None)
    outcome = mend(opened, Selection(severity=Severity.ADVICE))
    assert outcome.left == {}
    assert [(each.path, each.before, each.after) for each in outcome.mended] == [
        (PRD, content, clean)
    ]
    write(root, PRD, clean)
    assert not any(each.fixable for each in report(root).diagnostics)


def test_more_conflicts_than_rounds_still_settle(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo")
    clean = (root / PRD).read_bytes()
    lines = b"".join(COMMENT + b"\n" for _ in range(2 * ROUNDS))
    write(root, PRD, clean.replace(b"\n## Non", b"\n" + lines + b"\n## Non", 1))
    (each,) = mend(settings.read(root, None), Selection()).mended
    assert b"sot: ignore" not in each.after
    assert [line for line in each.after.split(b"\n") if line] == [
        line for line in clean.split(b"\n") if line
    ]
