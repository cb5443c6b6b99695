"""Twice as much hostile input is at most twice as much work, for every truth rule.

Work is counted in executed lines of the code that looks for contradictions, not in seconds.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from sot_tools.diagnostic import Severity
from sot_tools.documents import assertions, sections, statements
from sot_tools.project import settings
from sot_tools.project.check import check
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Selection
from tests.truth import workspace
from tests.truth.papers import head

SMALL = 55
WATCHED = ("rules/truth/", "documents/statements", "documents/assertions", "rules/pointing")
Files = dict[str, str]
Shape = Callable[[int], Files]


def paper(name: str, body: str, status: str = "validated") -> Files:
    """One document."""
    stem = name.removesuffix(".md")
    title = stem.replace("-", " ").title()
    return {f".sot/plans/{name}": head(stem, title, status, "2026-06-01") + "\n" + body + "\n"}


def ident(number: int) -> str:
    return f"WORK-{100 + number}"


def run(number: int) -> str:
    return f"/srv/runs/20260601T{number // 3600:02}{number // 60 % 60:02}{number % 60:02}Z-r1-l-{number}"


def board(count: int, state: str = "validated") -> Files:
    rows = "".join(
        f"  - id: {ident(each)}\n    title: T {each}\n    type: AFK\n    status: {state}\n"
        f"    blocked_by: []\n    documents: []\n    evidence: []\n"
        for each in range(count)
    )
    return {"WORKBOARD.yaml": f"version: 1\nitems:\n{rows}"}


def ids_in_one_sentence(count: int) -> Files:
    ids = ",\n".join(ident(each) for each in range(count))
    text = f"## Now\n\n{ids} are blocked until\n{ids}\nare blocked by {ids}."
    return paper("A-ISSUES.md", text) | board(count)


def ids_without_a_verb(count: int) -> Files:
    return paper(
        "A-ISSUES.md", "## Now\n\n" + "\nand ".join(ident(n) for n in range(count)) + " is"
    )


def assertions_in_one_sentence(count: int) -> Files:
    text = ",\n".join(f"{ident(each)} is blocked by {ident(each + 1)}" for each in range(count))
    return paper("A-ISSUES.md", f"## Now\n\n{text}") | board(count + 1)


def assertions_in_one_paragraph(count: int) -> Files:
    text = "\n".join(f"`{ident(each)}` remains blocked." for each in range(count))
    return paper("A-ISSUES.md", f"## Now\n\n{text}") | board(count)


def one_subject(count: int) -> Files:
    text = "\n\n".join(
        f"## At {n} - 2026-06-01\n\n`WORK-100` is validated.\n\n`WORK-100` is blocked."
        for n in range(count)
    )
    gates = "\n".join("- `WORK-100` is validated." for _ in range(count))
    return (
        paper("A-ISSUES.md", text)
        | paper("B-PRD.md", f"## Dependencies\n\n{gates}")
        | paper("B-EVIDENCE.md", f"## Result\n\nStatus: validated.\n\n{gates}")
        | board(1)
    )


def facts_of(number: int, part: str = "") -> str:
    return (
        f"{part}- Run: `{run(number)}/report.json`\n- Report status: fail\n- Changed files: none\n"
        f"- Tests passed: false\n- Patch digest: {number:064}\n- case_process_started: true\n"
        f"- Failure reason: odd\n- Result: it is validated\n- Approval source: somebody\n"
        f"- Work item: `WORK-100`\n- Operator outcome: accepted\n"
    )


def runs_in_one_list(count: int) -> Files:
    text = "\n".join(facts_of(n) for n in range(count)).replace("\n\n", "\n")
    return paper("A-EVIDENCE.md", f"## Result\n\n{text}") | board(1)


def runs_in_parts(count: int) -> Files:
    text = "\n".join(facts_of(count - n, f"## Run {n} - 2026-06-01\n\n") for n in range(count))
    strays = "\n".join(
        f"## Stray {n}\n\n- Report status: fail\n- Marker: x\n- Failure reason: y\n"
        for n in range(count)
    )
    return paper("A-BLOCKER.md", f"{text}\n{strays}") | board(1)


def runs_everywhere(count: int) -> Files:
    found: Files = {}
    for number in range(count):
        found |= paper(f"R{number}-EVIDENCE.md", f"## Result\n\n{facts_of(number % 7)}")
    return found | approvals(3)


def one_run_of_many_facts(count: int) -> Files:
    keys = ("Report status", "Changed files", "Patch digest", "Target commit")
    text = "\n".join(f"- {keys[n % 4]}: v{n}" for n in range(count))
    again = "\n".join(f"- {keys[n % 4]}: w{n}" for n in range(count))
    return paper("A-EVIDENCE.md", f"## Result\n\n- Run: `{run(1)}`\n{text}") | paper(
        "B-EVIDENCE.md", f"## Result\n\n- Run: `{run(1)}`\n{again}"
    )


def many_stages(count: int) -> Files:
    text = "\n".join(
        f"## Stage {n} - Name{n:04}\n\nStatus: {'validated' if n % 3 else 'candidate'}.\n\n"
        f"Entry gates:\n\n- Stage {n - 1} is validated.\n- Vendor paper{n} is resolved.\n\n"
        f"Required failure classes:\n\n- failure{n};\n- other thing{n}.\n\n"
        f"Required artifacts:\n\n- artifact{n}.\n\nValidation evidence:\n\n- seen it {n}.\n"
        for n in range(1, count)
    )
    modes = "\n".join(f"- does not approve name{n:04}\n" for n in range(count))
    blocked = "\n".join(f"- name{n:04} run" for n in range(count))
    stale = "\n".join(f"Stage {n} is blocked." for n in range(count))
    return (
        paper("A-GATES.md", text)
        | paper("A-SOURCE-ADMISSION-RECORD.md", f"## M\n\nBlocked modes:\n\n{blocked}\n\n{modes}")
        | paper("B-ISSUES.md", f"## Now\n\n{stale}")
    )


def approvals(count: int) -> Files:
    found: Files = {}
    for n in range(count):
        fence = f"```text\nI approve {ident(n)} for run {n}.\n```"
        state = "- approval_granted: {}\n- execution_allowed: true\n- execution_scope: one run"
        command = "- Harness command: `x`\n- Validation command: `x`"
        found |= paper(
            f"F{n}-APPROVAL-RECORD.md",
            f"## State\n\n{state.format('true')}\n{command}\n\n## Packet\n\n{fence}",
        )
        found |= paper(
            f"F{n}-REQUEST-RECORD.md",
            f"## State\n\n{state.format('false')}\n{command}\n- Report: `{run(n)}`\n\n"
            f"## Packet\n\n{fence}",
        )
        found |= paper(
            f"F{n}-CLOSEOUT.md",
            f"## Workboard\n\n- {ident(n)}\n\n## Result\n\n- one run consumed\n- Report: `{run(n)}`\n"
            f"- process started: true\n- Work item: {ident(n)}\n- approval source: a{n}",
        )
        found |= paper(
            f"G{n}-EVIDENCE.md",
            f"## Result\n\n- Report: `{run(n)}`\n- approval source: b{n}\n- Work item: {ident(n)}",
        )
    return found | board(count)


def one_fence_for_all(count: int) -> Files:
    found: Files = {}
    for path, text in approvals(count).items():
        lines = text.split("\n")
        found[path] = "\n".join(
            "I approve WORK-100." if "I approve" in each else each for each in lines
        )
    return found


def records(count: int) -> Files:
    found: Files = {}
    for n in range(count):
        found[f".sot/plans/M{n}-TARGET-REPOSITORY-ADMISSION.json"] = (
            f'{{"admission_status": "admitted", "provider": "p{n}", "model": "m",\n'
            f'"allowed_paths": ["a{n}/"], "forbidden_paths": ["b{n}"], "owner": "x",\n'
            f'"admission_timestamp": "2026-06-0{n % 9 + 1}"}}\n'
        )
    parts = "\n".join(
        f"## M{n} Target Repository Admission\n\n- provider: p{n}\n- model: m\n- owner: y{n}\n\n"
        f"The record is not_admitted, see `.sot/plans/M{n}-TARGET-REPOSITORY-ADMISSION.json`.\n\n"
        f"Allowed paths:\n\n- c{n}\n\nForbidden paths:\n\n- d{n}\n"
        for n in range(count)
    )
    return found | paper("A-PRD.md", parts)


def families(count: int) -> Files:
    found: Files = {}
    for n in range(count):
        found |= paper(
            f"F{n}-ISSUES.md",
            f"This is five items.\n\n## {ident(n)} - Work {n} PRD\n\nType: AFK\n\n"
            f"Status: validated.\n\nBlocked by: {ident(n + 1)}\n\nAcceptance:\n\n"
            "- [ ] A same-run fake baseline.\n- [x] Failure fixtures for a, b and c.\n"
            f"- [x] Operator acceptance.\n- [x] `some_field: {n}`",
        )
        found |= paper(f"F{n}-PRD.md", "## Acceptance Criteria\n\n- [ ] It holds.", "draft")
        found |= paper(
            f"F{n}-EVIDENCE.md",
            f"## Result\n\nStatus: blocked.\n\nWork item: `{ident(n)}`\n\n{ident(n)} is blocked.",
        )
    return found | board(count)


def items_in_one_document(count: int) -> Files:
    parts = "\n".join(
        f"## {ident(n)} - Work {n} PRD\n\nType: AFK\n\nStatus: candidate.\n\n"
        f"Blocked by: {ident(n + 1)}\n\nAcceptance:\n\n- [ ] A same-run fake baseline.\n"
        f"- [x] Failure fixtures for a, b and c.\n"
        for n in range(count)
    )
    said = "\n".join(f"- Fake baseline {n}: `{run(n)}`" for n in range(count))
    return (
        paper("A-ISSUES.md", parts)
        | paper("A-PRD.md", "## Acceptance Criteria\n\n- [ ] It holds.")
        | paper("A-EVIDENCE.md", f"## Result\n\n{said}\n\n{ident(1)} is validated.")
        | board(count)
    )


def unknown_ids(count: int) -> Files:
    found: Files = {}
    for n in range(count):
        found |= paper(f"F{n}-PRD.md", f"## Now\n\nWORK-{5000 + n} and WORK-{6000 + n // 2}.")
    return found


def gates_and_titles(count: int) -> Files:
    found: Files = {}
    for n in range(count):
        found |= paper(f"TITLE-{n}-CONTRACT.md", f"## Purpose\n\nPaper{n} is unresolved.", "draft")
    gates = "\n".join(
        f"- Title {n} Contract is validated.\n- Vendor Paper{n} is resolved." for n in range(count)
    )
    return found | paper("A-PRD.md", f"## Dependencies\n\n{gates}")


def one_title_for_all(count: int) -> Files:
    found: Files = {}
    for n in range(count):
        found |= paper(f"T{n}-CONTRACT.md", "## Purpose\n\nText.", "draft")
    gates = "\n".join(f"- Vendor T{n} contract is validated." for n in range(count))
    return found | paper("A-PRD.md", f"## Dependencies\n\n{gates}")


def closed_lists(count: int) -> Files:
    found: Files = {}
    for n in range(count):
        found |= paper(
            f"E{n}-CONTRACT.md",
            f"## Required Normalized Events\n\n1. `run.a{chr(97 + n % 26)}`\n\n"
            f"## Eligibility Decision\n\nIt emits `run.b` and the event `run.c`.",
        )
        found |= paper(
            f"E{n}-MATRIX.md",
            f"## Matrix\n\n| F | Expected blocker reason |\n| --- | --- |\n| a | `c{n}` |",
        )
        found |= paper(
            f"E{n}-BLOCKER.md",
            f"## Now\n\n- Run: `{run(n)}`\n- Failure reason: d{n}\n- fallback_model: m{n}\n\n"
            f"It emits `run.b{'x' * (n % 5)}`, and `m{n}` primary.",
        )
    return found


def workboard_parts(count: int) -> Files:
    parts = "\n".join(f"## Workboard\n\n- {ident(n)}\n" for n in range(count))
    return paper(
        "A-CLOSEOUT.md",
        f"Status: validated.\n\nAnd `Status: x`.\n\n## S\n\nStatus: done.\n\n{parts}",
    )


SHAPES: tuple[Shape, ...] = (
    ids_in_one_sentence,
    ids_without_a_verb,
    assertions_in_one_sentence,
    assertions_in_one_paragraph,
    one_subject,
    runs_in_one_list,
    runs_in_parts,
    runs_everywhere,
    one_run_of_many_facts,
    many_stages,
    approvals,
    one_fence_for_all,
    records,
    families,
    items_in_one_document,
    unknown_ids,
    gates_and_titles,
    one_title_for_all,
    closed_lists,
    workboard_parts,
)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with nothing in it but the rows of the child profile."""
    root = tmp_path_factory.mktemp("growth")
    built = workspace.build(root)
    for path in workspace.texts():
        if path not in {"CONTEXT.md", ".sot/workspace.yaml"}:
            (built / path).unlink()
    return built


@cache
def opened(root: Path) -> Settings:
    return settings.read(root, None)


def work(root: Path, files: Files) -> Counter[CodeType]:
    """Executed lines by function, from caches that are empty."""
    lines: Counter[CodeType] = Counter()
    for module in (assertions, sections, statements):
        for each in vars(module).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        lines[frame.f_code] += 1
        return local

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        return local if any(name in frame.f_code.co_filename for name in WATCHED) else None

    replaced = {path: text.encode() for path, text in files.items()}
    chosen = Selection(severity=Severity.ADVICE, select=("SOT7", "CTO7"), replaced=replaced)
    rules = opened(root)
    before = sys.gettrace()
    sys.settrace(watch)
    try:
        check(rules, chosen)
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_work_grows_with_the_input(shape: Shape, root: Path) -> None:
    small, double, fourfold = (work(root, shape(SMALL * times)) for times in (1, 2, 4))
    steep = []
    for code in fourfold:
        first, second = double[code] - small[code], fourfold[code] - double[code]
        if second > 2.5 * first + 400:
            steep.append(f"{code.co_filename.rpartition('/')[2]}:{code.co_name} +{first} +{second}")
    assert steep == []
    assert sum(fourfold.values()) > SMALL
