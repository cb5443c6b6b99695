"""Workspaces for the views: made by program in memory, or a small one written to disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from sot_tools.project import settings
from sot_tools.project.check import check
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Selection
from sot_tools.project.snapshot import Snapshot
from sot_tools.views.faults import Faults
from sot_tools.views.work import Work, collect
from tests.workspaces import begin, write

HOSTILE = (
    'a "quoted" \\ title',
    "\\",
    "`code` #35; #quot; &amp; &lt;b&gt;",
    "<script>alert(1)</script>",
    "]]; A --> B",
    'x"]:::validated\nclick x "https://example.org"',
    "%% comment %%{init: {}}%%",
    "end subgraph graph style a:#f9f;",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "\\N \\G \\l \\",
    "=cmd|' /C calc'!A0",
    "表 計画 🎯",
    "tab\tand\r\nlines",
    "|yes| -.-> ((no))",
    "",
)
MARKING = ("SOT412", "SOT50", "SOT701")
titles = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
statuses = st.sampled_from(["candidate", "validated", "blocked"])


class View(NamedTuple):
    """A workspace as the verbs see it."""

    settings: Settings
    snapshot: Snapshot
    work: Work
    faults: Faults


class Entry(NamedTuple):
    """One board entry to be written."""

    id: str
    title: str = "Title"
    status: str = "candidate"
    blocked_by: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    type: str = "AFK"
    prose: tuple[str, ...] = ()


def quoted(text: str) -> str:
    """A text as a double-quoted YAML scalar, whatever it holds."""
    plain = [
        c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}"
        for c in text
    ]
    return '"' + "".join(plain) + '"'


def board(entries: Iterable[Entry]) -> bytes:
    """A board file."""
    lines = ["version: 1", "items:"]
    for entry in entries:
        lines += [
            f"  - id: {quoted(entry.id)}",
            f"    title: {quoted(entry.title)}",
            f"    type: {entry.type}",
            f"    status: {entry.status}",
        ]
        for key, values in (
            ("blocked_by", entry.blocked_by),
            ("blocked_by_prose", entry.prose),
            ("evidence", entry.evidence),
        ):
            lines.append(f"    {key}: [{', '.join(map(quoted, values))}]")
    if len(lines) == 2:
        lines[1] = "items: []"
    return ("\n".join(lines) + "\n").encode()


@st.composite
def boards(draw: st.DrawFn, most: int = 12) -> tuple[Entry, ...]:
    """Items with any blockers at all: themselves, loops, shared ones, unknown ones."""
    count = draw(st.integers(0, most))
    ids = [f"WORK-{number:03d}" for number in range(1, count + 1)]
    known = st.sampled_from([*ids, "WORK-901", "WORK-902"])
    evidence = st.lists(st.sampled_from(["run-1", "run-2", ".sot/x-EVIDENCE.md"]), max_size=2)
    return tuple(
        Entry(
            each,
            draw(titles),
            draw(statuses),
            tuple(draw(st.lists(known, max_size=4, unique=True))),
            tuple(dict.fromkeys(draw(evidence))),
        )
        for each in ids
    )


def view(root: Path, replaced: Mapping[str, bytes] | None = None) -> View:
    """A workspace with contents that stand in for its files, opened and checked by the rules
    whose marks these tests expect: other rules may find more one day."""
    found = settings.read(root.resolve(), None)
    snapshot = Snapshot(found, replaced or {}, whole=True)
    report = check(found, Selection(select=MARKING), None, snapshot)
    work = collect(snapshot, found.scene)
    return View(found, snapshot, work, Faults(snapshot, report.diagnostics))


FRONT = """---
name: {name}
title: {title}
status: {status}
owner: jp
source: {source}
created: 2026-06-01
last_reviewed: 2026-06-01
description: One document of the example.
---

# {title}

"""


def document(name: str, title: str, body: str, source: str = "conversation") -> str:
    """A document with the front matter that the plain profile wants."""
    return FRONT.format(name=name, title=title, status="candidate", source=source) + body


PRD = """## Problem

Nobody can log in.

## Acceptance Criteria

- [ ] WORK-001 is done first.
- [ ] A wrong password is refused.
- [ ] Every login is recorded.

## User Stories

1. As a user, I want to log in.
2. As an auditor, I want =SUM(A1) to be text.

## Non-Goals

- None.
"""
ISSUES = """## WORK-001 - Login form

Type: AFK

Status: validated.

Blocked by: none

Acceptance:

- [x] The form is shown.
- [x] A wrong password is refused.

## WORK-002 - Audit log

Type: HITL

Status: candidate.

Blocked by:

- WORK-001
- The auditor agrees.

User stories covered: 2.

Acceptance:

- [ ] An entry is written.
"""
EVIDENCE = """## Result

`WORK-001` is done: the form is shown.
"""
BOARD = """version: 1
items:
  - id: WORK-001
    title: Login form
    type: AFK
    status: candidate
    blocked_by: []
    documents:
      - .sot/plans/LOGIN-ISSUES.md
    evidence: []

  - id: WORK-002
    title: Audit log
    type: HITL
    status: candidate
    blocked_by:
      - WORK-001
    blocked_by_prose:
      - The auditor agrees.
    documents:
      - .sot/plans/LOGIN-ISSUES.md
    evidence: []
"""


def bare(root: Path) -> Path:
    """A workspace without plans."""
    begin(root)
    for name in ("FIRST-PLAN-PRD.md", "FIRST-PLAN-ISSUES.md"):
        (root / ".sot/plans" / name).unlink()
    write(root, "WORKBOARD.yaml", board(()))
    return root


def small(root: Path) -> Path:
    """A workspace whose board and documents disagree about the status of WORK-001."""
    bare(root)
    write(root, "WORKBOARD.yaml", BOARD)
    write(root, ".sot/plans/LOGIN-PRD.md", document("login-prd", "Login PRD", PRD))
    source = ".sot/plans/LOGIN-PRD.md"
    issues = document("login-issues", "Login Issues", ISSUES, source)
    write(root, ".sot/plans/LOGIN-ISSUES.md", issues)
    proof = document("login-evidence", "Login Evidence", EVIDENCE, ".sot/plans/LOGIN-ISSUES.md")
    write(root, ".sot/plans/LOGIN-EVIDENCE.md", proof)
    return root
