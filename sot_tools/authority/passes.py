"""Finds the passes that a refresh judges: from the board, the ledger and the run directories.

Only reads; the repositories that the passes changed are looked at and left as they are (REF-04).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import disk
from sot_tools.authority import advance, gate, pages, repositories
from sot_tools.authority.closeout import CLOSEOUT
from sot_tools.authority.owned import PROOF
from sot_tools.authority.refresh import Known, Pass, Target
from sot_tools.authority.request import Desk
from sot_tools.board.board import BoardItem
from sot_tools.documents.document import MAX_DOCUMENT
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import ledger, rundir, seals
from sot_tools.evidence.canonical import canonical
from sot_tools.evidence.ledger import Ledger
from sot_tools.evidence.rundir import TRACE
from sot_tools.evidence.verdict import Verified
from sot_tools.evidence.verify import REFRESH, verify
from sot_tools.project import data, wire
from sot_tools.runs.contract import Register
from sot_tools.runs.state import Finished, Surroundings

FILE = "refresh.yaml"
NAME = "stage6-real-governed-refresh"
_COMPARISONS = "*-stage6-candidate-default-*"
_LIMIT = 1 << 20
ROLES = ("first", "repeat")


class Words(NamedTuple):
    """What a profile says of the refresh."""

    items: tuple[str, ...]
    """The two work items whose evidence the passes are."""
    candidate: str
    promotion: str
    rationale: Mapping[str, str]


def words(desk: Desk) -> Words:
    """The words of the workspace's profile; raises SotError where it has none."""
    profile = desk.settings.profile
    found = data.load(profile.folder / FILE, f"profiles/{profile.name}/{FILE}").data
    rationale = {str(name): str(said) for name, said in found["rationale"].items()}
    items = tuple(str(each) for each in found["items"])
    return Words(items, str(found["candidate"]), str(found["core_promotion_status"]), rationale)


def find(desk: Desk, runs: Path, items: tuple[str, str]) -> tuple[Pass, ...]:
    """The two passes that the board pins, each looked at twice."""
    known = ledger.load(desk.root)
    found = tuple(
        _pass(desk, runs, known, role, item) for role, item in zip(ROLES, items, strict=True)
    )
    return tuple(_again(known, each) for each in found)


def known(
    desk: Desk, runs: Path, said: Words, register: Register, documents: Mapping[str, str]
) -> Known:
    """What stands around the passes; `documents` is what gates look at, with its values now."""
    engine = register.engines.get(said.candidate)
    source = [each for each in engine.gates if each.gate.startswith("source_")] if engine else []
    stale = [
        each.document
        for each in source
        if documents.get(f"{each.document}#{each.field}") != each.value
    ]
    return Known(
        said.candidate,
        register.default_engine,
        said.promotion,
        _comparison(runs),
        tuple(sorted(set(stale))),
        bool(engine and engine.staged),
        said.rationale,
    )


def _pass(desk: Desk, runs: Path, known: Ledger, role: str, item: str) -> Pass:
    board = desk.snapshot.board
    pinned = board.by_id.get(item) if board else None
    missing = _unpinned(item, pinned, runs)
    if missing or pinned is None:
        return Pass(role, item, missing)
    proof = pinned.proofs[-1]
    path = runs / proof.run
    begun = Pass(role, item, path=str(path))
    try:
        verified = advance.evidence(desk.root, path)
    except (Refused, SotError) as why:
        return begun._replace(differs=str(why))
    if verified.manifest_digest != proof.digest:
        return begun._replace(differs=f"{proof.run} is not what the board pins for `{item}`")
    if advance.done(known, item, verified) is None:
        return begun._replace(differs=f"the ledger did not advance `{item}` on {proof.run}")
    approval, granted = _approved(known, proof.run)
    stated = _json(path / PROOF)
    return begun._replace(
        verified=verified,
        files=frozenset(each.path.removeprefix("./") for each in disk.walk(path, ".")),
        proof=stated,
        approval=approval,
        granted=granted,
        target=_look(known, proof.run, stated),
        prose=_prose(desk, item, approval),
    )


def _unpinned(item: str, pinned: BoardItem | None, runs: Path) -> str:
    if pinned is None:
        return f"`{item}` is not registered on the board"
    if pinned.status != "validated":
        return f"`{item}` is `{pinned.status}`, not `validated`"
    if not pinned.proofs:
        return f"the board pins no evidence for `{item}`"
    run = pinned.proofs[-1].run
    if "/" in run or not (runs / run).is_dir():
        return f"{run or 'the evidence'} of `{item}` is not among the run directories here"
    return ""


def _approved(known: Ledger, run_id: str) -> tuple[str, bool]:
    """The approval that a run used, and whether it was granted before the run began."""
    use, begun = gate.used(known, run_id), gate.started(known, run_id)
    digest = use.text("approval") if use else ""
    granted = next(
        (each for each in known.of(approvals.GRANTED) if each.text("approval") == digest), None
    )
    good = bool(use and begun and granted and granted.number < begun.number < use.number)
    return digest, good


def _look(known: Ledger, run_id: str, proof: Mapping[str, Any]) -> Target:
    """The repository that a run changed, and what is wrong with it."""
    begun = gate.started(known, run_id)
    path = begun.text("target_repository") if begun else ""
    if not path:
        return Target(fault="the run changed no repository")
    try:
        seen = repositories.look(Path(path))
        held = repositories.holds(Path(path), str(proof.get("target_commit", "")))
    except Refused:
        return Target(fault="the target repository cannot be read")
    fault = "" if held else "the target repository does not hold the commit of the run"
    if seen.status:
        fault = f"the target repository is not clean: {', '.join(sorted(seen.status)[:3])}"
    return Target(repr(seen), fault)


def _again(known: Ledger, one: Pass) -> Pass:
    """A pass after a second look at its repository."""
    if one.verified is None:
        return one
    now = _look(known, one.verified.run_id, one.proof)
    return one._replace(target=now._replace(moved=now.mark != one.target.mark))


def _prose(desk: Desk, item: str, approval: str) -> bool:
    """Whether the closeout names the approval that the run used (REF-11)."""
    try:
        path = desk.root / pages.path_of(desk.settings.profile, CLOSEOUT, item)
        text = disk.read(path, MAX_DOCUMENT).decode("utf-8", "replace")
    except (OSError, SotError):
        return False
    return bool(approval) and approval in text


def _comparison(runs: Path) -> Mapping[str, Any]:
    """The newest comparison of lanes that is what was sealed."""
    known = seals.read(runs).by_run
    for path in sorted(runs.glob(_COMPARISONS), reverse=True):
        seal = known.get(path.name)
        if seal is None:
            continue
        digest = str(seal.get("manifest_sha256"))
        verdict = verify(path, {seals.FILE: digest}, wire.fault)
        if isinstance(verdict, Verified):
            return verdict.report
    return {}


def _json(path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(disk.read(path, _LIMIT))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def latest(runs: Path) -> Mapping[str, Any]:
    """The newest refresh that is what was sealed; empty where there is none."""
    known = seals.read(runs).by_run
    for path in sorted(runs.glob(f"*-{NAME}-*"), reverse=True):
        digest = str(known.get(path.name, {}).get("manifest_sha256"))
        verdict = verify(path, {seals.FILE: digest}, wire.fault)
        if isinstance(verdict, Verified):
            return {**verdict.report, "path": str(path / REFRESH)}
    return {}


def seal(value: Mapping[str, Any], around: Surroundings) -> Finished:
    """Write the refresh into a sealed directory of its own; no proof is written again."""
    about = {"kind": "refresh", "case_id": NAME, "backend": value["backend"], "pid": around.pid}
    directory = rundir.begin(around.runs, NAME, around.pid, about, around.clock)
    try:
        for each in value["real_stage5_passes"]:
            outcome = "holds" if each["holds"] else "rejected"
            directory.trace("judge pass", outcome, role=each["role"], run_id=each["run_id"])
        directory.close(TRACE)
        directory.write(REFRESH, canonical(value) + b"\n")
        about = {"case_id": NAME, "backend": value["backend"], "status": value["status"]}
        digest = directory.seal(about)
    finally:
        directory.leave()
    return Finished(directory.begun.run_id, directory.path, value, digest)
