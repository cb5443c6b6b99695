"""What is called validated was earned: evidence, ledger, approvals and keys stand behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sot_tools.board.board import Board, Proof
from sot_tools.diagnostic import Finding, Place, Value, Whole
from sot_tools.documents.document import Document
from sot_tools.documents.problems import at
from sot_tools.rules.model import Found, Library, Parameters, Scene, WorkspaceCheck, texts

Applies = Callable[[str], bool]
_LEDGER = ".sot/ledger.jsonl"
_HEAD = re.compile(r"head `sha256:([0-9a-f]{64})`")


class _Claim(NamedTuple):
    """A subject of the board that is in a finished state."""

    subject: str
    status: str
    proofs: tuple[Proof, ...]
    place: Place
    old: bool
    """Whether it is grandfathered."""


def _claims(library: Library, board: Board) -> Sequence[_Claim]:
    claims: Sequence[_Claim] = library.once("claims", lambda: list(_claimed(board)))
    return claims


def _claimed(board: Board) -> Iterator[_Claim]:
    old = board.grandfathered
    items = frozenset(old.items)
    for item in board.items:
        place = Value(("items", item.position, "status"))
        yield _Claim(item.id, item.status, item.proofs, place, item.id in items)
    for stage in board.stages:
        place = Value(("stages", stage.position, "status"))
        name = f"Stage {stage.number}"
        yield _Claim(name, stage.status, stage.proofs, place, stage.number in old.stages)


def proven(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Validated items and stages whose proof is missing, unknown, broken or not here."""
    wanted = frozenset(texts(parameters, "fault"))
    finished = frozenset(texts(parameters, "finished"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        board = library.board
        if board is None or not applies(board.path):
            return
        for claim in _claims(library, board):
            if claim.status not in finished or claim.old:
                continue
            fault, detail, step = _weakness(library, claim)
            if fault in wanted:
                yield board.path, Finding(claim.place, detail, step)

    return check


def _weakness(library: Library, claim: _Claim) -> tuple[str, str, str]:
    """The kind of fault, what is wrong, and the next step."""
    name = f"`{claim.subject}` is `{claim.status}`"
    if not claim.proofs:
        step = "`sot advance` earns it; what predates the ledger belongs under `grandfathered`"
        return "missing", f"{name} and no run with its digest is its evidence", step
    earned = library.trail.advanced.get(claim.subject)
    step = f"take the state back to `candidate`, then `sot advance {claim.subject}`"
    if earned is None:
        return "unknown", f"{name} and the ledger has no entry that advanced it", step
    if Proof(earned.run, earned.digest) not in claim.proofs:
        detail = f"{name} on evidence that the ledger does not know; it advanced on {earned.run}"
        return "unknown", detail, f"write the run and the digest that {_LEDGER} has"
    if earned.fault:
        return "broken", f"{name} and its evidence no longer counts: {earned.fault}", step
    if earned.absent:
        detail = f"{name} and nothing was hashed: its run {earned.run} is not here and is not kept"
        step = f"`sot evidence keep {earned.run}` where it is; or name its folder with SOT_RUNS_DIR"
        return "absent", detail, step
    return "", "", ""


def board_follows(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Statuses that the ledger advanced and the board does not have."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        board = library.board
        if board is None or not applies(board.path):
            return
        for claim in _claims(library, board):
            earned = library.trail.advanced.get(claim.subject)
            if earned is not None and earned.status != claim.status:
                detail = f"`{claim.subject}` is `{claim.status}` and the ledger advanced it to"
                step = (
                    f"`sot advance {claim.subject} --evidence {earned.run}` writes what is missing"
                )
                yield board.path, Finding(claim.place, f"{detail} `{earned.status}`", step)

    return check


def ledger_sound(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """A ledger that was changed or cut off: its chain breaks, or it lacks a head that is pinned."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        trail, board = library.trail, library.board
        step = "compare it with the last commit that was sound; `sot ledger verify` tells more"
        for fault in trail.broken if applies(_LEDGER) else ():
            yield _LEDGER, Finding(Whole(), fault, step)
        if trail.broken:
            return
        if board is not None and board.head and board.head not in trail.heads:
            detail = f"the board pins the head {board.head[:16]}, which the ledger does not have"
            yield board.path, Finding(Value(("ledger_head",)), detail, step)
        for facts in library.facts.values():
            if facts.kind != "closeout":
                continue
            for head, line, column in library.answer(facts.path, "pinned heads") or ():
                if head not in trail.heads:
                    detail = f"pins the head {head[:16]}, which the ledger does not have"
                    yield facts.path, Finding(at(line, column, 64), detail, step)

    return check


def pinned_heads(document: Document) -> list[tuple[str, int, int]]:
    """Every head that a closeout pins, with its line and column."""
    found = _HEAD.finditer(document.text)
    return [(each.group(1), *document.position(each.start(1))) for each in found]


def records_kept(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Requests, packets, approvals and closeouts that are not what the ledger recorded."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        step = "restore it from the last commit; a new record is written by its verb"
        for path, detail in library.trail.changed:
            if applies(path):
                yield path, Finding(Whole(), f"the file {detail}", step)

    return check


def trust_holds(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Keys and approvals that do not count: unsigned, wrongly signed, unknown, revoked before."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        step = "restore it from the last commit, or remove it"
        for path, detail in library.trail.untrusted:
            if applies(path):
                yield path, Finding(Whole(), f"does not count: {detail}", step)

    return check


def grandfathered(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Entries of `grandfathered` that have no business there."""
    finished = frozenset(texts(parameters, "finished"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        board = library.board
        if board is None or not applies(board.path):
            return
        old, trail = board.grandfathered, library.trail
        if old.since and trail.begun and old.since > trail.begun:
            detail = f"the list is dated {old.since}, and the ledger began on {trail.begun}"
            step = "only what was validated before the ledger began is listed"
            yield board.path, Finding(Value(("grandfathered", "since")), detail, step)
        claims = {claim.subject: claim for claim in _claims(library, board)}
        places = [(name, ("grandfathered", "items", n)) for n, name in enumerate(old.items)]
        places += [
            (f"Stage {number}", ("grandfathered", "stages", n))
            for n, number in enumerate(old.stages)
        ]
        for subject, place in places:
            claim = claims.get(subject)
            state = f"is `{claim.status}`" if claim else "is not on the board"
            if claim is not None and claim.status in finished:
                if subject not in trail.advanced:
                    continue
                state = "was advanced on evidence"
            yield board.path, Finding(Value(place), f"`{subject}` {state}", "remove it here")

    return check
