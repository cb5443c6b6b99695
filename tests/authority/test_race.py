"""N processes want to use one approval: exactly one of them does."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sot_tools.authority.witness import LedgerWitness
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import ledger
from tests.authority import story
from tests.authority.figures import figure
from tests.authority.story import World

PROCESSES = int(os.environ.get("SOT_RACE_PROCESSES", "16"))
ROUNDS = int(os.environ.get("SOT_RACE_ROUNDS", "12"))


def contend(world: World, approval: Path, number: int, gate: int) -> bool:
    """One process: begin a run, wait for the starting shot, try to use the approval."""
    signed = story.signed(world, approval)
    heard = LedgerWitness(world.root, world.used, time.time_ns, signed.approval.terms, signed)
    run, nonce = f"20260601T000000Z-approved-case-{number}", f"{number:032x}"
    heard.began(run, nonce)
    os.read(gate, 1)
    return heard.use(run, nonce) == ""


def race(world: World, approval: Path) -> int:
    """How many of the processes won."""
    reading, writing = os.pipe()
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if child == 0:
            code = 2
            try:
                os.close(writing)
                code = 0 if contend(world, approval, number, reading) else 1
            finally:
                os._exit(code)
        children.append(child)
    os.close(reading)
    os.close(writing)  # the starting shot: every read returns at once
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert set(codes) <= {0, 1}, codes
    return codes.count(0)


def test_exactly_one_of_many_processes_uses_an_approval(tmp_path: Path) -> None:
    first = story.new(tmp_path / "m")
    approval = story.answer(first, story.ask(first))
    before = (first.root / ledger.FILE).read_bytes()
    for _ in range(ROUNDS):
        assert race(first, approval) == 1
        known = ledger.load(first.root)
        assert known.faults == ()
        assert len(known.of(approvals.CONSUMED)) == 1
        assert len(known.of("run.started")) == PROCESSES
        (first.root / ledger.FILE).write_bytes(before)
        for used in first.used.iterdir():
            used.unlink()
    figure("processes race for one approval", f"{PROCESSES} x {ROUNDS} rounds: 1 winner each")


def test_two_copies_of_a_workspace_on_one_machine_share_one_use(tmp_path: Path) -> None:
    """The file outside the workspace decides where two ledgers know nothing of each other."""
    one = story.new(tmp_path / "m")
    approval = story.answer(one, story.ask(one))
    other = one.copied(tmp_path / "other")._replace(used=one.used)
    won = []
    for world in (one, other):
        signed = story.signed(world, approval)
        heard = LedgerWitness(world.root, world.used, time.time_ns, signed.approval.terms, signed)
        heard.began("20260601T000000Z-approved-case-1", "0" * 32)
        won.append(heard.use("20260601T000000Z-approved-case-1", "0" * 32))
    assert won[0] == ""
    assert won[1].startswith("it was used before on this machine; ")
