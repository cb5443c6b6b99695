"""A consistent workspace: eight families, seventeen items, six stages, runs, records, approvals.

What it says is true of itself, and it says much that looks untrue: negations, conditions,
acceptance criteria, non-goals, dated history, blocked attempts before the pass, guards that are
meant to be blocked, UTC run ids beside local dates. `sot check` must be silent on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tests.truth import papers, records

PLANS = ".sot/plans"
SETTINGS = """version: 1
profile: plain
name: Lathe
rules:
  SOT801: "off"   # no ledger here: what documents say of each other is all there is
  SOT809: "off"
"""


class Piece(NamedTuple):
    """A work item as the board and its issue sequence state it."""

    id: str
    title: str
    status: str
    blocked_by: tuple[str, ...]
    criteria: tuple[str, ...]


class Family(NamedTuple):
    """A plan with its issue sequence; what is proven has evidence and a closeout as well."""

    stem: str
    title: str
    pieces: tuple[Piece, ...]
    reviewed: str
    has_prd: bool = True

    @property
    def done(self) -> bool:
        """Whether every piece of it is proven."""
        return all(piece.status == "validated" for piece in self.pieces)

    def path(self, kind: str) -> str:
        """The path of its document of a kind."""
        return f"{PLANS}/{self.stem}-{kind}.md"


def _done(number: int, title: str, *criteria: str, after: tuple[int, ...] = ()) -> Piece:
    blockers = tuple(f"WORK-{each}" for each in after)
    return Piece(f"WORK-{number}", title, "validated", blockers, criteria)


FAMILIES = (
    Family(
        "LATHE-WRAPPER",
        "Lathe Wrapper",
        (
            _done(101, "Wrapper Boundary", "The wrapper refuses a write outside the fixture."),
            _done(
                102,
                "Wrapper Report",
                "Each run leaves a report with `report_status: pass`.",
                after=(101,),
            ),
            _done(103, "Wrapper Refusals", "A refusal names its class.", after=(101, 102)),
        ),
        "2026-05-29",
    ),
    Family(
        "ARTIFICIAL-FIXTURE",
        "Artificial Fixture",
        (
            _done(104, "Artificial Fixture PRD", "The PRD names the fixture.", after=(103,)),
            _done(
                105,
                "Artificial Fixture Pass",
                "A pass stands beside its same-run fake baseline.",
                "Operator outcome is recorded by the operator.",
                after=(104,),
            ),
            _done(
                106,
                "Artificial Fixture Failures",
                "Failure fixtures exist for timeout, no diff and disallowed file.",
                after=(105,),
            ),
        ),
        "2026-05-30",
    ),
    Family(
        "COPIED-REPO",
        "Copied Repo",
        (
            _done(107, "Copied Repo PRD", "The PRD names the copied tree.", after=(106,)),
            _done(108, "Copied Repo Pass", "A pass on the copy is recorded.", after=(107,)),
        ),
        "2026-05-31",
    ),
    Family(
        "DISPOSABLE-SANDBOX",
        "Disposable Sandbox",
        (
            _done(109, "Sandbox Boundary", "The sandbox is thrown away.", after=(108,)),
            _done(110, "Sandbox Pass", "A pass in the sandbox is recorded.", after=(109,)),
        ),
        "2026-05-31",
    ),
    Family(
        "REPEATABILITY",
        "Repeatability",
        (
            _done(111, "First Repeat", "The first repeat passes.", after=(110,)),
            _done(112, "Second Repeat", "The second repeat passes.", after=(111,)),
        ),
        "2026-06-01",
    ),
    Family(
        "GOVERNED-WORKFLOW",
        "Governed Workflow",
        (
            _done(113, "Governed Target Repository Admission Record", "A target is admitted."),
            _done(114, "Governed Run", "One approved run is recorded.", after=(112, 113)),
        ),
        "2026-06-02",
    ),
    Family(
        "OPERATOR-NOTES",
        "Operator Notes",
        (_done(115, "Operator Handbook", "The handbook names each command."),),
        "2026-06-02",
        has_prd=False,
    ),
    Family(
        "NEXT-ENGINE",
        "Next Engine",
        (
            Piece("WORK-116", "Engine Shortlist", "candidate", ("WORK-114",), ("Two engines.",)),
            Piece("WORK-117", "Engine Trial", "blocked", ("WORK-116",), ("A trial is recorded.",)),
        ),
        "2026-06-02",
    ),
)
PIECES = tuple((family, piece) for family in FAMILIES for piece in family.pieces)


def texts() -> dict[str, str]:
    """Path → text of every file of the workspace."""
    found = {
        ".sot/workspace.yaml": SETTINGS,
        "CONTEXT.md": papers.CONTEXT,
        "WORKBOARD.yaml": board(),
        **{f"{PLANS}/{name}": text for name, text in records.RECORDS.items()},
        **{f"{PLANS}/{name}": text for name, text in papers.PAPERS.items()},
    }
    for family in FAMILIES:
        found[family.path("ISSUES")] = issues(family)
        if family.has_prd:
            found[family.path("PRD")] = prd(family)
        if family.done:
            found[family.path("CLOSEOUT")] = closeout(family)
    return found


def build(root: Path, without_board: bool = False) -> Path:
    """Write the workspace; the rows that only one profile ships come along as rows of its own."""
    written = {**texts(), ".sot/rules.yaml": records.child_rows()}
    if without_board:
        del written["WORKBOARD.yaml"]
    for path, text in written.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return root


def board() -> str:
    """The board with every piece."""
    lines = ["version: 1", "items:"]
    for family, piece in PIECES:
        lines += [
            f"  - id: {piece.id}",
            f"    title: {piece.title}",
            "    type: AFK",
            f"    status: {piece.status}",
            f"    blocked_by: [{', '.join(piece.blocked_by)}]",
            "    blocked_by_prose: []",
            f"    documents: [{family.path('ISSUES')}]",
            f"    evidence: [{family.path('EVIDENCE')}]" if family.done else "    evidence: []",
        ]
    return "\n".join(lines) + "\n"


def issues(family: Family) -> str:
    """The issue sequence of a family."""
    count = {1: "one slice", 2: "two slices", 3: "three slices"}[len(family.pieces)]
    status = "validated" if family.done else "draft"
    body = [
        papers.head(f"{family.stem}-ISSUES", f"{family.title} Issues", status, family.reviewed),
        f"Parent plan: {family.path('PRD')}\n" if family.has_prd else "Parent plan: none\n",
        f"This is intentionally {count}; each is proven before the next begins.\n",
    ]
    for piece in family.pieces:
        tick = "x" if piece.status == "validated" else " "
        body += [
            f"## {piece.id} - {piece.title}\n",
            "Type: AFK\n",
            f"Status: {piece.status}.\n",
            f"Blocked by: {', '.join(piece.blocked_by) or 'None'}\n",
            "Acceptance:\n",
            "\n".join(f"- [{tick}] {criterion}" for criterion in piece.criteria) + "\n",
        ]
    return "\n".join([*body, papers.ISSUE_NOTES.get(family.stem, "")]).rstrip() + "\n"


def prd(family: Family) -> str:
    """The plan of a family."""
    tick, status = ("x", "validated") if family.done else (" ", "draft")
    ids = " and ".join(f"`{piece.id}`" for piece in family.pieces)
    return (
        papers.head(f"{family.stem}-PRD", f"{family.title} PRD", status, family.reviewed)
        + f"""
## Problem Statement

Nobody can say whether {family.title.lower()} holds before {ids} are validated.

## Solution

The harness shows it, and the operator reads the report.

## Scope

- {family.title} and nothing else.

## Non-Goals

- Stage 7 is validated.
- `WORK-117` is validated by this plan.

## Acceptance Criteria

- [{tick}] {family.title} is shown by a run of the harness.
- [{tick}] Each criterion of the issue sequence is ticked.

## Validation

- `sot check`

## Risks

- `WORK-101` remains blocked if the fixture is lost.

## Success Definition

The operator can repeat it. Do not mark `WORK-117` validated on the ground of this plan.
"""
    )


def closeout(family: Family) -> str:
    """The closeout of a proven family."""
    listed = "\n".join(f"- `{piece.id}`" for piece in family.pieces)
    return (
        papers.head(
            f"{family.stem}-CLOSEOUT", f"{family.title} Closeout", "validated", family.reviewed
        )
        + f"""
## Workboard

Status: validated.

{listed}

## Result

The work is done. Must not be read as: `WORK-117` is validated.

{papers.CLOSEOUT_NOTES.get(family.stem, "- validation: passed")}
"""
    )
