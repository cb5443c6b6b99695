"""The one door of the tests to authority: a workspace in which a person approves, runs, accepts."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools.authority import advance as advances
from sot_tools.authority import approve, keys, request, terms, witness
from sot_tools.authority.advance import Wish
from sot_tools.authority.approve import Answer, Question
from sot_tools.authority.keys import Place
from sot_tools.authority.request import Desk
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import authority
from sot_tools.evidence.approval import Moment, Signed
from sot_tools.evidence.instants import instant
from sot_tools.evidence.ledger import Entry
from sot_tools.project import settings
from sot_tools.project.snapshot import Snapshot
from sot_tools.runs import registry
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order
from tests.runs import harness
from tests.workspaces import begin, edit

ITEM, CASE = "WORK-001", "approved-case"
SENTENCE = f"I approve {ITEM} against a copy of {CASE} for the give the right answer task."


class World(NamedTuple):
    """A machine with one workspace."""

    root: Path
    keys: Path
    runs: Path
    used: Path

    @property
    def place(self) -> Place:
        """As the verbs about keys want it."""
        return Place(self.root, self.keys, time.time_ns)

    @property
    def harness(self) -> Path:
        """The register of cases."""
        return self.root / registry.PLACE

    def desk(self) -> Desk:
        """The workspace, opened now."""
        chosen = settings.read(self.root, None)
        return Desk(chosen, Snapshot(chosen, {}), time.time_ns)

    def check(self, severity: str = "warning") -> list[str]:
        """The diagnostics of the workspace, evidence hashed again."""
        from sot_tools.diagnostic import Severity
        from sot_tools.project.check import Selection, check
        from tests.workspaces import line

        chosen = settings.read(self.root, None)._replace(runs=self.runs)
        found = check(chosen, Selection(severity=Severity(severity)))
        return [line(each) for each in found.diagnostics]

    def copied(self, target: Path) -> World:
        """The same machine once more, elsewhere."""
        shutil.copytree(self.root.parent, target, symlinks=True)
        return at(target)


def at(folder: Path) -> World:
    """A machine in a folder."""
    folder = folder.resolve()
    return World(folder / "demo", folder / "keys", folder / "runs", folder / "used")


def new(folder: Path) -> World:
    """A workspace with one key, as `sot init` and `sot keys init` leave it."""
    folder.mkdir(parents=True, exist_ok=True)
    world = at(folder)
    world.root.mkdir()
    begin(world.root)
    keys.init(world.place, "jp")
    return world


def ask(world: World, **which: Any) -> terms.Task:
    """Request and packet, written; returns the task."""
    desk = world.desk()
    task = terms.task(world.harness, ITEM, which.get("case"), None, which.get("stage", 0))
    request.write(desk, request.request(desk, task), ITEM)
    request.write(desk, request.packet(desk, task), ITEM)
    return task


def answer(world: World, task: terms.Task, decision: str = "granted", **how: Any) -> Path:
    """A signed answer to the packet; returns its file."""
    desk = world.desk()
    question = Question(task.terms, request.sentence(desk, task), request.shown(desk, task))
    said = Answer(
        decision,
        how.get("key", "jp"),
        how.get("sentence", question.sentence),
        how.get("reason", ""),
        how.get("hours", 24),
    )
    return world.root / approve.sign(world.place, question, said)[1]


_PIDS = itertools.count(os.getpid())


def perform(world: World, approval: Path | None, **differs: Any) -> Finished:
    """Run the case as `sot run` does, with an approval file or without."""
    register = registry.read(world.harness)
    case = registry.case(register, differs.pop("case", CASE))
    wanted = terms.of_case(case, differs.pop("engine", "fake"), differs.pop("stage", 0))
    clock = differs.pop("clock", time.time_ns)
    known = authority.load(world.root)
    signed = approve.read(approval, known.trust) if approval else None
    given = None
    if isinstance(signed, str):
        given, signed = witness.unreadable(wanted, instant(clock()), signed), None
    elif signed is not None:
        when = Moment(instant(clock()), 0)
        why = approvals.faults(signed, wanted, known.ledger, known.trust, when)
        given = witness.event(signed, "; ".join(why))
    heard = witness.LedgerWitness(world.root, world.used, clock, wanted, signed)
    with harness.around(world.runs, witness=heard, pid=next(_PIDS), **differs) as around:
        return run(Order(register, case, wanted.engine, given), around)


def accept(world: World, done: Finished, subject: str = ITEM, decision: str = "granted") -> Path:
    """A person's answer to the result of a run."""
    verified = advances.evidence(world.root, done.path)
    wanted = advances.acceptance(subject, verified, authority.load(world.root).ledger)
    question = Question(wanted, f"I accept {done.run_id}.", {})
    said = Answer(decision, "jp", question.sentence, "", 24)
    return world.root / approve.sign(world.place, question, said)[1]


def advance(world: World, done: Finished, subject: str = ITEM, stage: int = 0) -> Entry:
    """Advance on the evidence of a run."""
    return advances.advance(world.desk(), Wish(subject, stage, done.path, world.harness))[0]


def finish_plan(world: World) -> None:
    """What a person edits by hand: the plan says that its item is done."""
    plans = ".sot/plans/FIRST-PLAN-"
    edit(world.root, f"{plans}ISSUES.md", "Status: candidate.", "Status: validated.")
    edit(world.root, f"{plans}ISSUES.md", "- [ ] What anybody", "- [x] What anybody")
    edit(world.root, f"{plans}PRD.md", "- [ ] What anybody", "- [x] What anybody")


class Told(NamedTuple):
    """The whole story, once told."""

    world: World
    approval: Path
    done: Finished
    acceptance: Path
    entry: Entry


def told(folder: Path) -> Told:
    """Request, packet, approval, run, acceptance, advance, and a plan that agrees."""
    world = new(folder)
    approval = answer(world, ask(world))
    done = perform(world, approval)
    acceptance = accept(world, done)
    entry = advance(world, done)
    finish_plan(world)
    return Told(world, approval, done, acceptance, entry)


def signed(world: World, path: Path) -> Signed:
    """An approval file whose signature holds."""
    found = approve.read(path, authority.load(world.root).trust)
    assert isinstance(found, Signed), found
    return found
