"""Documents about a whole workspace: audit, decision record, decision packet (CLOSE-05, CPD).

None states anything that was not hashed again, and none decides or promotes anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools.authority import pages, passes, survey
from sot_tools.authority.gate import ADVANCED
from sot_tools.authority.pages import Page, bullets
from sot_tools.authority.request import Desk
from sot_tools.authority.survey import Row
from sot_tools.errors import Refused, SotError
from sot_tools.evidence.ledger import Ledger
from sot_tools.evidence.verify import REFRESH
from sot_tools.project import data, trail
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection
from sot_tools.rules.trail import Trail

FILE = "records.yaml"


_STATES = {True: "validated", False: "open"}


class Plan(NamedTuple):
    """What a profile says of one document."""

    path: str
    value: Mapping[str, Any]


def audit(desk: Desk, runs: Path, known: Ledger) -> Page:
    """The audit of a workspace in which every requirement is proven; refuses another."""
    return _proven(desk, runs, known, "audit")


def brief(desk: Desk, runs: Path, known: Ledger) -> Page:
    """The closeout of the architecture brief, once its gates are proven (CLOSE-07)."""
    return _proven(desk, runs, known, "brief")


def _proven(desk: Desk, runs: Path, known: Ledger, name: str) -> Page:
    plan = _plan(desk, name)
    board = desk.snapshot.board
    if "needs" in plan.value:
        wanted = survey.needs(plan.value["needs"])
    else:
        wanted = survey.of_board(board) if board else ()
    found = survey.rows(wanted, board, _trail(desk, runs), _codes(desk, runs, plan.path))
    _require([f"{row.need.name}: {row.missing}" for row in found if not row.earned], name)
    words = {**_frame(desk, known, found), **audit_words(found)}
    return pages.of_workspace(desk.settings.profile, name, plan.path, words)


def decision(desk: Desk, runs: Path, known: Ledger) -> Page:
    """The state of the decision, as far as it is earned; nobody decides by it."""
    plan = _plan(desk, "decision")
    rows, refreshed = _standing(desk, runs, plan)
    advice = plan.value["advice"]
    words = {**_frame(desk, known, rows), **state_words(rows, refreshed, advice)}
    return pages.of_workspace(desk.settings.profile, "decision", plan.path, words)


def packet(desk: Desk, runs: Path, known: Ledger) -> Page:
    """The closeout of the decision packet, once all of its evidence is earned (CPD-03, CPD-07)."""
    plan, record = _plan(desk, "packet"), _plan(desk, "decision")
    rows, refreshed = _standing(desk, runs, record)
    missing = [f"{row.need.name}: {row.missing}" for row in rows if not row.earned]
    if refreshed.get("status") != "pass":
        missing.append("no sealed refresh says that two governed passes hold; `sot stage refresh`")
    _require(missing, "packet")
    words = {
        **_frame(desk, known, rows),
        **state_words(rows, refreshed, record.value["advice"]),
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
    rows: Sequence[Row], refreshed: Mapping[str, Any], advice: Mapping[str, str]
) -> dict[str, str]:
    """The fields that follow from what is earned; `advice` counts once all of it is (CPD-02).

    Repeatability is the word of the sealed refresh (REF-07), and `blocked` without one.
    """
    eligible = refreshed.get("candidate_default_repeatability_eligible") is True
    ready = eligible and all(row.earned for row in rows)
    standing = (f"| {row.need.name} | {_STATES[row.earned]} | {_pointer(row)} |" for row in rows)
    judged = [
        f"{each['role']}: `{each['run_id']}`" for each in refreshed.get("real_stage5_passes", ())
    ]
    place = f"{Path(str(refreshed['path'])).parent.name}/{REFRESH}" if refreshed else "none"
    return {
        "ready": "true" if ready else "false",
        **(advice if ready else dict.fromkeys(advice, "none")),
        "eligible": "true" if eligible else "false",
        "repeat_count": str(refreshed.get("repeatability_count", 0)),
        "repeat_status": str(refreshed.get("repeatability_status", "blocked")),
        "passes": bullets([*judged, f"comparison: `{place}`"], code=False),
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


def _standing(desk: Desk, runs: Path, plan: Plan) -> tuple[tuple[Row, ...], Mapping[str, Any]]:
    """Each piece of evidence as it stands, and the newest refresh that is what was sealed."""
    seen = _trail(desk, runs)
    rows = survey.rows(survey.needs(plan.value["needs"]), desk.snapshot.board, seen, frozenset())
    return rows, passes.latest(runs)


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
    found: Trail = desk.snapshot.once(
        ("trail", runs), lambda: trail.read(desk.settings.source, runs)
    )
    return found


def _codes(desk: Desk, runs: Path, own: str) -> frozenset[str]:
    """The rules that find something, the document itself left out."""
    report = check(desk.settings._replace(runs=runs), Selection())
    return frozenset(each.code for each in report.diagnostics if each.path != own)
