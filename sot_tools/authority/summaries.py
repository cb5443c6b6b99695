"""Documents about a whole workspace: audit, decision record, decision packet (CLOSE-05, CPD).

None states anything that was not hashed again, and none decides or promotes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools.authority import gate, pages, survey
from sot_tools.authority.gate import ADVANCED
from sot_tools.authority.pages import Page, bullets
from sot_tools.authority.request import Desk
from sot_tools.authority.survey import Row
from sot_tools.errors import Refused, SotError
from sot_tools.evidence.ledger import Ledger
from sot_tools.project import data, trail
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection
from sot_tools.rules.model import Trail

FILE = "records.yaml"
REQUIRED = 2
"""Governed passes that repeatability asks for (REF-06)."""


_STATES = {True: "validated", False: "open"}


class Plan(NamedTuple):
    """What a profile says of one document."""

    path: str
    value: Mapping[str, Any]


def audit(desk: Desk, runs: Path, known: Ledger) -> Page:
    """The audit of a workspace in which every requirement is proven; refuses another."""
    plan = _plan(desk, "audit")
    board = desk.snapshot.board
    if "needs" in plan.value:
        wanted = survey.needs(plan.value["needs"])
    else:
        wanted = survey.of_board(board) if board else ()
    found = survey.rows(wanted, board, _trail(desk, runs), _codes(desk, runs, plan.path))
    _require([f"{row.need.name}: {row.missing}" for row in found if not row.earned], "audit")
    words = {**_frame(desk, known, found), **audit_words(found)}
    return pages.of_workspace(desk.settings.profile, "audit", plan.path, words)


def decision(desk: Desk, runs: Path, known: Ledger) -> Page:
    """The state of the decision, as far as it is earned; nobody decides by it."""
    plan = _plan(desk, "decision")
    rows, passes = _standing(desk, runs, known, plan)
    advice = plan.value["advice"]
    words = {**_frame(desk, known, rows), **state_words(rows, passes, advice)}
    return pages.of_workspace(desk.settings.profile, "decision", plan.path, words)


def packet(desk: Desk, runs: Path, known: Ledger) -> Page:
    """The closeout of the decision packet, once all of its evidence is earned (CPD-03, CPD-07)."""
    plan, record = _plan(desk, "packet"), _plan(desk, "decision")
    rows, passes = _standing(desk, runs, known, record)
    missing = [f"{row.need.name}: {row.missing}" for row in rows if not row.earned]
    if len(passes) < REQUIRED:
        missing.append(f"repeatability: {len(passes)} of {REQUIRED} governed passes")
    _require(missing, "packet")
    words = {
        **_frame(desk, known, rows),
        **state_words(rows, passes, record.value["advice"]),
        **packet_words(rows, _trail(desk, runs)),
        "record": record.path,
    }
    return pages.of_workspace(desk.settings.profile, "packet", plan.path, words)


def audit_words(found: Sequence[Row]) -> dict[str, str]:
    """What the audit says of its requirements, all of them proven (CLOSE-05)."""
    return {
        "count": str(len(found)),
        "subjects": bullets(sorted({each for row in found for each in row.need.subjects})),
        "rows": "\n".join(f"| {row.need.name} | proven | {row.evidence} |" for row in found),
        "phrases": bullets([f"{row.need.phrase}: proven" for row in found], code=False),
    }


def state_words(
    rows: Sequence[Row], passes: Sequence[str], advice: Mapping[str, str]
) -> dict[str, str]:
    """The fields that follow from what is earned; `advice` counts once all of it is (CPD-02)."""
    repeated = len(passes) >= REQUIRED
    ready = repeated and all(row.earned for row in rows)
    standing = (f"| {row.need.name} | {_STATES[row.earned]} | {_pointer(row)} |" for row in rows)
    return {
        "ready": "true" if ready else "false",
        **(advice if ready else dict.fromkeys(advice, "none")),
        "eligible": "true" if repeated else "false",
        "repeat_count": str(min(len(passes), REQUIRED)),
        "repeat_status": "pass" if repeated else "blocked",
        "passes": bullets(list(passes), code=False),
        "standing": "\n".join(standing),
    }


def _pointer(row: Row) -> str:
    """What stands behind a row; a document names no item that the board does not have."""
    return row.evidence or (row.missing if row.registered else "the board has no such item")


def packet_words(rows: Sequence[Row], seen: Trail) -> dict[str, str]:
    """The map: work items, and for each the command that replays its proof (CPD-03, CPD-04)."""
    of = [(subject, seen.advanced[subject]) for row in rows for subject in row.need.subjects]
    return {
        "map": "\n".join(
            f"| {row.need.name} | validated | {', '.join(row.need.subjects)} |" for row in rows
        ),
        "replay": bullets(
            [
                f"`{subject}`: `sot evidence verify {each.run} --digest sha256:{each.digest}`"
                for subject, each in of
            ],
            code=False,
        ),
        "artifacts": bullets([f"{each.run}/report.json" for _, each in of]),
    }


def _standing(
    desk: Desk, runs: Path, known: Ledger, plan: Plan
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Each piece of evidence as it stands, and the governed passes."""
    seen = _trail(desk, runs)
    rows = survey.rows(survey.needs(plan.value["needs"]), desk.snapshot.board, seen, frozenset())
    return rows, tuple(_passes(known, int(plan.value["stage"]), seen))


def _passes(known: Ledger, stage: int, seen: Trail) -> Iterator[str]:
    """Runs of a stage that used an approval, passed, and were accepted on their digest (REP)."""
    cases = set()
    for subject, earned in sorted(seen.advanced.items()):
        begun = gate.started(known, earned.run)
        end = gate.sealed(known, earned.run)
        counts = begun is not None and end is not None and end.text("status") == "pass"
        if not counts or earned.fault or earned.absent or gate.used(known, earned.run) is None:
            continue
        case = begun.text("case_id") if begun else ""
        if begun is not None and begun.about.get("stage") == stage and case not in cases:
            cases.add(case)
            yield f"`{subject}`: `{case}` in `{earned.run}`, `sha256:{earned.digest}`"


def _require(missing: Sequence[str], name: str) -> None:
    if missing:
        listed = "; ".join(missing)
        raise Refused(f"the {name} is not complete, so nothing is written; {listed}")


def _frame(desk: Desk, known: Ledger, rows: Sequence[Row]) -> dict[str, str]:
    """Day, owner and source: the day of the last change that the rows rest on."""
    subjects = {subject for row in rows for subject in row.need.subjects}
    days = [e.written.at[:10] for e in known.of(ADVANCED) if e.text("subject") in subjects]
    first = known.of()[:1]
    fallback = first[0].written.at[:10] if first else desk.today
    board = desk.snapshot.board
    first_item = board.items[0].id if board and board.items else ""
    return {
        "today": max(days, default=fallback),
        "owner": desk.home(first_item)[1],
        "source": f"{desk.settings.scene.board_path} as the ledger has it",
    }


def _plan(desk: Desk, name: str) -> Plan:
    profile = desk.settings.profile
    known = data.load(profile.folder / FILE, f"profiles/{profile.name}/{FILE}").data
    if name not in known:
        raise SotError(f"profile `{profile.name}` has no {name}")
    return Plan(str(known[name]["document"]), known[name])


def _trail(desk: Desk, runs: Path) -> Trail:
    found: Trail = desk.snapshot.once(("trail", runs), lambda: trail.read(desk.root, runs))
    return found


def _codes(desk: Desk, runs: Path, own: str) -> frozenset[str]:
    """The rules that find something, the document itself left out."""
    report = check(desk.settings._replace(runs=runs), Selection())
    return frozenset(each.code for each in report.diagnostics if each.path != own)
