"""Rules that compare documents see the order of lines and not their numbers."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from sot_tools.documents.document import parse
from sot_tools.documents.outline import HEADING, ITEM, PARAGRAPH, ROW
from sot_tools.project import settings
from sot_tools.rules.facts import collect
from sot_tools.rules.model import Facts
from sot_tools.rules.visible import visible
from tests.test_cases import CODES
from tests.workspaces import CASES, case, report, write

_APART = {HEADING, PARAGRAPH, ITEM, ROW}
"""Blocks between which a second blank line says what one says."""
_LINES = re.compile(r"\blines? [0-9]+")


def stretched(path: str, content: bytes, chance: random.Random) -> bytes:
    """A document with further blank lines wherever one stands, so that every line below moves."""
    document = parse(path, content)
    if not document.readable or document.format != "markdown":
        return content
    within = {
        number
        for block in document.blocks
        if block.kind not in _APART
        for number in range(block.line, block.end + 1)
    }
    made = []
    for number, line in enumerate(content.split(b"\n"), 1):
        made.append(line)
        if line == b"" and number > document.body and number not in within:
            made += [b""] * chance.randrange(4)
    return b"\n".join(made)


def stretch(root: Path, chance: random.Random) -> int:
    """Move the lines of all documents of a workspace; gives how many documents that changed."""
    changed = 0
    for file in sorted(root.rglob("*.md")):
        if file.is_file() and not file.is_symlink():
            before = file.read_bytes()
            file.write_bytes(stretched(file.name, before, chance))
            changed += file.read_bytes() != before
    return changed


def found(root: Path) -> Counter[tuple[object, ...]]:
    """What the rules find, wherever it stands: findings by comparison, and their second places."""
    return Counter(
        (
            each.fingerprint,
            _LINES.sub("line", each.step),
            tuple((other.path, other.label) for other in each.related),
        )
        for each in report(root).diagnostics
    )


SEALED = "SOT80"
"""Rules about files whose digest is recorded elsewhere: they see every byte, and no verdict of
theirs is remembered."""


@pytest.mark.parametrize("code", [code for code in CODES if not code.startswith(SEALED)])
def test_what_is_found_stays_when_lines_move(code: str, tmp_path: Path) -> None:
    root = case(tmp_path / "demo", CASES / code / "fail")
    before = found(root)
    stretch(root, random.Random(code))
    assert found(root) == before


def facts(root: Path, path: str) -> Facts:
    scene = settings.read(root, None).scene
    return collect(parse(path, (root / path).read_bytes()), scene.kinds.detect(path), scene)


PLAN = """# Plan

See WORK-001 and [notes](notes.md).

## WORK-001 - First Thing

Status: draft
Blocked by: WORK-002

- [ ] it works

WORK-002 is validated.
"""


def seen(root: Path, text: str) -> object:
    write(root, "plan.md", text)
    return visible(facts(root, "plan.md"))


def test_the_order_of_lines_is_seen_and_their_numbers_are_not(tmp_path: Path) -> None:
    before = seen(tmp_path, PLAN)
    assert seen(tmp_path, PLAN.replace("\n\n", "\n\n\n")) == before
    assert seen(tmp_path, PLAN.replace("See", "Then see")) == before
    for old, new in (
        ("WORK-001 and", "WORK-003 and"),
        ("draft", "validated"),
        ("Blocked by: WORK-002\n", ""),
        ("Status: draft\nBlocked by: WORK-002", "Blocked by: WORK-002\nStatus: draft"),
        ("- [ ]", "- [x]"),
        ("WORK-002 is validated.", ""),
    ):
        assert seen(tmp_path, PLAN.replace(old, new)) != before, new
