"""Changing a status: evidence hashed again, the gate, the ledger, the closeout, then the board.

The board comes last: whatever kills this on the way, nothing is called validated without an entry
of the ledger. Asked again, it goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from sot_tools import disk
from sot_tools.authority import closeout, gate
from sot_tools.authority.gate import ADVANCED, Ask
from sot_tools.authority.request import Desk, write
from sot_tools.authority.stages import rung
from sot_tools.board.board import Board, Proof
from sot_tools.board.splice import Edit, NoPlace, splice
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import authority, ledger, seals
from sot_tools.evidence.approval import ADVANCE, Signed, Terms
from sot_tools.evidence.authority import Authority
from sot_tools.evidence.instants import instant
from sot_tools.evidence.ledger import Entry, Ledger, Note
from sot_tools.evidence.verdict import Differences, Verified
from sot_tools.evidence.verify import verify
from sot_tools.project import wire
from sot_tools.runs import gates, registry

_LIMIT = 1 << 20


class Wish(NamedTuple):
    """What is to be advanced on which evidence."""

    subject: str
    """The work item, or `Stage N`."""
    stage: int
    """Number of the stage; 0 for a work item."""
    run: Path
    """The run directory."""
    harness: Path
    """Folder of the register of cases."""


def advance(desk: Desk, wish: Wish) -> tuple[Entry, str]:
    """Advance a status; returns the ledger's entry and the path of the closeout, or refuses."""
    verified = evidence(desk.root, wish.run)
    known = authority.load(desk.root)
    ask = asked(desk, wish, verified, known)
    made = done(known.ledger, wish.subject, verified)
    entry = _again(ask, made) if made else _enter(desk, ask)
    page = closeout.page(desk, verified, entry, ledger.load(desk.root))
    write(desk, page, wish.subject, "closeout.written")
    _write_board(desk, ask)
    return entry, page.path


def evidence(root: Path, run: Path) -> Verified:
    """The evidence of a run, hashed again; refuses where it is not what was recorded."""
    known = ledger.load(root)
    recorded = {}
    entry = gate.sealed(known, run.name)
    if entry is not None:
        recorded[ledger.FILE] = entry.text("manifest_digest")
    seal = seals.read(run.parent).by_run.get(run.name)
    if seal is not None:
        recorded[seals.FILE] = str(seal.get("manifest_sha256"))
    verdict = verify(run, recorded, wire.fault)
    if isinstance(verdict, Differences):
        first = verdict.found[0]
        more = f" and {len(verdict.found) - 1} more" if len(verdict.found) > 1 else ""
        raise Refused(f"{run.name} is not what was sealed: {first.path} {first.detail}{more}")
    if not isinstance(verdict, Verified):
        raise Refused(f"{run.name} was never sealed; an interrupted run is evidence of nothing")
    return verdict


def asked(desk: Desk, wish: Wish, verified: Verified, known: Authority) -> Ask:
    """The wish with everything that the gate looks at."""
    board = _board(desk)
    register = registry.read(wish.harness)
    case = registry.case(register, str(verified.report.get("case_id")))
    origin, before = _standing(board, wish)
    wanted = acceptance(wish.subject, verified, known.ledger)
    item = board.by_id.get(case.task.task_id)
    proof = rung(wish.stage).proof if wish.stage else "pass"
    compares = bool(wish.stage) and rung(wish.stage).compares
    return Ask(
        wish.subject,
        wish.stage,
        origin,
        "validated" if verified.report.get("status") == proof else "blocked",
        before,
        proof,
        not compares and (gates.needs_approval(case) or (item is not None and item.type == "HITL")),
        wanted,
        verified,
        case.contract_digest,
        known.ledger,
        known.trust,
        tuple(_acceptances(desk.root, known, wish.subject)),
        instant(desk.clock()),
    )


def acceptance(subject: str, verified: Verified, known: Ledger) -> Terms:
    """What an acceptance of this evidence is bound to."""
    begun = gate.started(known, verified.run_id)
    if begun is None:
        raise Refused(f"the ledger does not know that {verified.run_id} began")
    stage = begun.about.get("stage")
    return Terms(
        ADVANCE,
        subject,
        begun.text("case_id"),
        begun.text("contract_digest"),
        begun.text("target_repository"),
        begun.text("from_commit"),
        tuple(str(each) for each in verified.report.get("changed_files", ())),
        begun.text("engine"),
        stage if isinstance(stage, int) else 0,
        begun.text("mutation_mode"),
        verified.run_id,
        verified.manifest_digest,
    )


def done(known: Ledger, subject: str, verified: Verified) -> Entry | None:
    """The entry that advanced the same subject on the same evidence before."""
    return next(
        (
            entry
            for entry in known.of(ADVANCED)
            if entry.text("subject") == subject
            and entry.text("manifest_digest") == verified.manifest_digest
        ),
        None,
    )


def _again(ask: Ask, entry: Entry) -> Entry:
    """An entry that was made before counts only where the gate opens on what stood before it."""
    before = ask.ledger._replace(lines=ask.ledger.lines[: entry.number - 2])
    then = ask._replace(ledger=before, now=entry.written.at, origin=entry.text("from"))
    _require_open(then)
    return entry


def _require_open(ask: Ask) -> Signed:
    why = gate.reasons(ask)
    signed = gate.accepted(ask)
    if why or signed is None:
        raise Refused(f"`{ask.subject}` is not advanced: {'; '.join(why)}")
    return signed


def _enter(desk: Desk, ask: Ask) -> Entry:
    """Ask the gate with the ledger locked, and enter the change."""

    def entries(known: Ledger) -> list[Note]:
        now = ask._replace(ledger=known, trust=authority.load(desk.root, known).trust)
        signed = _require_open(now)
        verified = ask.verified
        used = {
            "approval": signed.digest,
            "subject": ask.subject,
            "run_id": verified.run_id,
        }
        advanced = {
            "subject": ask.subject,
            "stage": ask.stage,
            "from": ask.origin,
            "to": ask.target,
            "run_id": verified.run_id,
            "manifest_digest": verified.manifest_digest,
            "approval": signed.digest,
        }
        return [(approvals.CONSUMED, used), (ADVANCED, advanced)]

    return ledger.append(desk.root, desk.clock, entries)[-1]


def _board(desk: Desk) -> Board:
    path = desk.settings.scene.board_path
    document = desk.snapshot.document(path)
    if desk.snapshot.board is None or document is None or document.problems:
        raise SotError(f"{path} is missing or does not parse; `sot check` says what is wrong")
    return desk.snapshot.board


def _standing(board: Board, wish: Wish) -> tuple[str, Mapping[str, str]]:
    """The state of the subject, and of what comes before it."""
    if wish.stage:
        rung(wish.stage)
        states = {each.number: each.status for each in board.stages}
        below = {f"Stage {wish.stage - 1}": states.get(wish.stage - 1, "candidate")}
        return states.get(wish.stage, "candidate"), below if wish.stage > 1 else {}
    item = board.by_id.get(wish.subject)
    if item is None:
        raise Refused(f"`{wish.subject}` is not registered in {board.path}")
    states_of = {name: board.by_id.get(name) for name in item.blocked_by}
    return item.status, {
        name: each.status if each else "unknown" for name, each in states_of.items()
    }


def _acceptances(root: Path, known: Authority, subject: str) -> Iterator[Signed]:
    """The approvals of a subject that open a change of status, oldest first."""
    for entry in known.ledger.of(approvals.GRANTED):
        files = entry.about.get("files")
        mine = entry.text("item") == subject and entry.text("purpose") == ADVANCE
        for path in files if mine and isinstance(files, dict) else ():
            try:
                content = disk.read(root / path, _LIMIT)
            except OSError:
                continue
            signed = approvals.opened(content, known.trust)
            if isinstance(signed, Signed):
                yield signed


def _write_board(desk: Desk, ask: Ask) -> None:
    """Put state, evidence and the ledger's head into the board; every other byte stays."""
    path = desk.root / desk.settings.scene.board_path
    try:
        text = disk.read(path, 1 << 24).decode("utf-8")
        disk.write(path, splice(text, list(_edits(desk, ask))).encode())
    except (OSError, UnicodeDecodeError) as error:
        raise SotError(f"{path}: cannot be read: {error}") from error
    except NoPlace as why:
        raise SotError(f"{path}: {why}; write it, then run `sot advance` again") from None


def _edits(desk: Desk, ask: Ask) -> Iterator[Edit]:
    board = _board(desk)
    proof = Proof(ask.verified.run_id, f"sha256:{ask.verified.manifest_digest}")
    shown = {"run": proof.run, "digest": proof.digest}
    yield Edit(("ledger_head",), f"sha256:{ledger.load(desk.root).head}", "version")
    if not ask.stage:
        item = board.by_id[ask.subject]
        raw = _raw(desk, "items", item.position)
        if shown not in raw:
            yield Edit(("items", item.position, "evidence"), [*raw, shown], "status")
        yield Edit(("items", item.position, "status"), ask.target)
        return
    known = next((each for each in board.stages if each.number == ask.stage), None)
    if known is not None:
        raw = _raw(desk, "stages", known.position)
        if shown not in raw:
            yield Edit(("stages", known.position, "evidence"), [*raw, shown], "status")
        yield Edit(("stages", known.position, "status"), ask.target)
        return
    document = desk.snapshot.document(board.path)
    stages = document.data.get("stages", []) if document else []
    added = {"stage": ask.stage, "status": ask.target, "evidence": [shown]}
    yield Edit(("stages",), [*stages, added], "ledger_head")


def _raw(desk: Desk, name: str, position: int) -> list[object]:
    """The evidence that an entry of the board has now."""
    document = desk.snapshot.document(desk.settings.scene.board_path)
    found = document.data[name][position].get("evidence") if document else None
    return list(found or ())
