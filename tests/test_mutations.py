"""Break this repository's own documents in every way the rules speak of: each break is found where
it was made, and the unbroken workspace is silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sot_tools.diagnostic import Report, Severity
from sot_tools.documents.document import parse
from sot_tools.documents.sections import sections
from sot_tools.project import settings
from sot_tools.project.check import check
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Selection

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(".sot/0*/*.md"))
Mutation = tuple[str, str, int]
"""Mutated text, code of the rule that must find it, and the line; 0 for any line."""


@cache
def opened() -> Settings:
    return settings.read(ROOT, None)


def checked(path: str, text: str) -> Report:
    replaced = {path: text.encode("utf-8", "surrogateescape")}
    return check(opened(), Selection(severity=Severity.ADVICE, replaced=replaced))


def mutations(path: str) -> Iterator[Mutation]:
    """Every mutation of one document."""
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = text.split("\n")
    end = lines.index("---", 1)
    yield from front_matter(lines, end)
    yield "\ufeff" + text, "SOT101", 1
    yield text + "x\x00\n", "SOT101", len(lines)
    yield text.replace("\n", "\r\n"), "SOT103", 1
    yield text + "a\u202eb\n", "SOT102", len(lines)
    yield "\n".join(lines[:end] + lines[end + 1 :]), "SOT105", 1
    yield text + "# Another title\n", "SOT403", len(lines)
    yield text + "Token ghp_" + "a1B2c3D4e5F6" * 3 + "\n", "SOT602", len(lines)
    yield text + "See CTO-WORK-777.\n", "SOT503", len(lines)
    yield text + "See `.sot/03-PROTOCOLS/CTO-GONE-PRD.md`.\n", "SOT501", len(lines)
    closing = "\n## Closing Words\n\nCase is the default backend.\n"
    yield text + closing, "CTO303", len(lines) + 3
    for number, line in enumerate(lines, 1):
        broken = re.sub(r"(\.sot/[A-Za-z0-9/_-]+)\.(md|json)", r"\1-GONE.\2", line, count=1)
        if broken != line:
            yield swapped(lines, number, broken), "SOT501", number
        if line.startswith("Local planning SOT only."):
            yield swapped(lines, number, "Planning."), "CTO301", 0
        if line.startswith("Status: candidate") and "ISSUES" in path:
            yield swapped(lines, number, "Status: done."), "SOT414", number
            yield swapped(lines, number, "Status: validated."), "SOT701", number


def front_matter(lines: list[str], end: int) -> Iterator[Mutation]:
    for number in range(2, end + 1):
        line = lines[number - 1]
        key = line.partition(":")[0]
        if key not in {"source", "description"} or "tier: local" in lines[:end]:
            yield "\n".join(lines[: number - 1] + lines[number:]), "SOT202", 0
        yield swapped(lines, number, f"{line}\n{line}"), "SOT107", number + 1
        yield swapped(lines, number, f"x{line}"), "SOT203", number
        yield swapped(lines, number, f"{key}: &a {line.partition(': ')[2]}"), "SOT108", number
        yield swapped(lines, number, f"{key}: [a, b"), "SOT106", 0
        yield swapped(lines, number, f"{key}: no"), "SOT109", number
        listed = "SOT204" if key == "status" else "SOT205"
        yield swapped(lines, number, f"{key}: [a]"), listed, number
        if key in {"status", "owner", "core_promotion_status", "lifecycle_classification", "tier"}:
            yield swapped(lines, number, f"{key}: finished"), "SOT204", number
        if key in {"created", "last_reviewed"}:
            yield swapped(lines, number, f"{key}: 31 May 2026"), "SOT206", number
            yield swapped(lines, number, f"{key}: 2026-02-30"), "SOT206", number
        if key == "last_reviewed":
            yield swapped(lines, number, f"{key}: 2020-01-01"), "SOT209", number
        if key in {"name", "title"}:
            other = "cto-other" if line.islower() else "CTO Other"
            yield swapped(lines, number, f"{key}: {other}"), "SOT208", number


def swapped(lines: list[str], number: int, line: str) -> str:
    """The text with another line `number`."""
    return "\n".join([*lines[: number - 1], line, *lines[number:]])


def test_the_unbroken_workspace_is_silent() -> None:
    assert check(opened(), Selection(severity=Severity.ADVICE)).diagnostics == ()


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_break_is_found_where_it_was_made(path: str) -> None:
    missed = []
    count = 0
    for text, code, line in mutations(path):
        count += 1
        found = [(each.code, each.path, each.span.line) for each in checked(path, text).diagnostics]
        if not any(hit[0] == code and hit[1] == path and line in {0, hit[2]} for hit in found):
            missed.append((code, line, found[:3]))
    assert missed == []
    assert count > 40


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_required_section_is_missed_when_it_goes(path: str) -> None:
    document = parse(path, (ROOT / path).read_bytes())
    kind = opened().scene.kinds.detect(path)
    assert kind is not None
    for alternatives in kind.sections:
        here = [each for each in sections(document) if each.title in alternatives]
        text = "\n".join(
            "Text." if number in {each.line for each in here} else line
            for number, line in enumerate(document.lines, 1)
        )
        found = [each for each in checked(path, text).diagnostics if each.code == "SOT401"]
        assert [each for each in found if f"`{alternatives[0]}`" in each.message], alternatives
