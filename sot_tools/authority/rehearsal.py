"""A throwaway workspace with a key of its own, in which the stage validators run for real.

Repositories, approvals and ledger are real and nobody's: nothing that happens here counts for the
workspace whose cases are rehearsed, and nothing outside this folder and the run directories is
written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import disk, tree
from sot_tools.authority import approve, keys, repositories, terms
from sot_tools.authority.approve import Answer, Question
from sot_tools.authority.governed import Wants, governed, owned
from sot_tools.authority.keys import Place
from sot_tools.evidence.instants import Clock
from sot_tools.project import data
from sot_tools.runs import admissions, registry
from sot_tools.runs.admitted import ACTIONS
from sot_tools.runs.contract import FIXTURE, RECORDED, Register, RegisteredCase, speaker
from sot_tools.runs.gates import OWNED
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order, Surroundings

KEY = "rehearsal"
SENTENCE = "This approval is rehearsed and opens nothing outside its own folder."
_STAGE_3 = 3
"""The last stage that no person approves."""
Open = Callable[[Register, str, Mapping[str, str]], Surroundings]
"""Makes the surroundings of a run for an engine in an environment."""


class Attempt(NamedTuple):
    """One run to be tried."""

    case: str
    stage: int
    mode: str
    engine: str = "fake"
    environment: Mapping[str, str] = {}
    outcome: str = "accepted"
    record: Mapping[str, Any] = {}
    """What differs in the record that admits the repository."""
    approval: str = "granted"
    """`granted`, `denied`, or empty for none."""
    dirty: bool = False
    """Whether somebody leaves a file in the repository before the run."""
    stale: bool = False
    """Whether the copy differs from what was recorded of it."""
    play: tuple[Mapping[str, Any], ...] = ()
    """Steps before those of the case."""


class Tried(NamedTuple):
    """What became of an attempt."""

    done: Finished
    before: str
    """The repository's commit before the run; empty where the stage has none of its own."""
    after: str


class Rehearsal:
    """The workspace; one at a time."""

    def __init__(self, folder: Path, runs: Path, register: Register, clock: Clock) -> None:
        """`folder` is empty and is removed by whoever made it."""
        self.folder = folder
        self.runs = runs
        self.register = register
        self.clock = clock
        self.root = folder / "workspace"
        self.count = 0
        (self.root / registry.PLACE).mkdir(parents=True)
        self.place = Place(self.root, folder / "keys", clock)
        keys.init(self.place, KEY)

    def perform(self, attempt: Attempt, around: Open) -> Finished:
        """Run an attempt to its end."""
        return self.tried(attempt, around).done

    def tried(self, attempt: Attempt, around: Open) -> Tried:
        """Run an attempt to its end, and say where its repository was before and after."""
        self.count += 1
        target = self.folder / f"repository-{self.count}"
        known = registry.case(self.register, attempt.case)
        repositories.create(target, known.fixture)
        register, case = self._case(attempt, known, target)
        wants = self._wants(attempt, register, target)
        wants = wants._replace(approval=self._approval(attempt, register, case, wants))
        if attempt.dirty:
            disk.write(target / "left-behind.txt", b"somebody was here\n")
        before = repositories.look(target).head
        made = around(register, attempt.engine, wants.environment)
        with governed(wants, case, attempt.engine) as of:
            ready = of.case._replace(fixture_digest="0" * 64) if attempt.stale else of.case
            done = run(Order(register, ready, attempt.engine, of.approval), of.around(made))
        return Tried(done, before, repositories.look(target).head)

    def _case(
        self, attempt: Attempt, known: RegisteredCase, target: Path
    ) -> tuple[Register, RegisteredCase]:
        """The case, in the mode of the stage, in a register that has no other."""
        root = self.root / registry.PLACE
        folder = root / "cases" / known.case_id
        tree.remove(folder)
        tree.copy(known.fixture, folder / FIXTURE)
        if known.recorded.is_dir():
            tree.copy(known.recorded, folder / RECORDED)
        path = self.register.root / "cases" / known.case_id / "case.yaml"
        value = dict(data.load(path, path.name).data)
        value.pop("fixture_of", None)
        value.pop("rehearsal", None)
        value["fixture_digest"] = tree.digest(tree.snapshot(known.fixture))
        value["task"] = {**value["task"], "mutation_mode": attempt.mode, "target_repository": ""}
        value["fake"] = {"play": [*attempt.play, *value["fake"]["play"]]}
        if attempt.mode == OWNED:
            value["task"]["target_repository"] = str(target)
            value["task"]["forbidden_actions"] = list(ACTIONS)
        _put(folder / "case.yaml", value)
        listed = data.load(self.register.root / registry.FILE, registry.FILE).data
        _put(root / registry.FILE, {**listed, "cases": [known.case_id]})
        register = registry.read(root)
        return register, registry.case(register, known.case_id)

    def _wants(self, attempt: Attempt, register: Register, target: Path) -> Wants:
        environment = dict(attempt.environment)
        found = speaker(register, attempt.engine)
        admission = ""
        if attempt.mode == OWNED:
            admission = str(self.folder / "record.json")
            _put(Path(admission), {**self._record(target), **attempt.record})
            if found:
                environment[found.variable(admissions.TARGET)] = admission
        return Wants(
            self.root,
            self.root / registry.PLACE,
            self.runs,
            self.folder / "used",
            self.clock,
            environment,
            attempt.stage,
            str(target) if attempt.stage == _STAGE_3 else "",
            admission=admission,
            outcome=attempt.outcome,
        )

    def _record(self, target: Path) -> dict[str, Any]:
        return {
            "admission_status": "admitted",
            "target_repository_path": str(target),
            "repository_owner": KEY,
            "ownership_evidence": "made by the rehearsal that uses it",
            "risk_classification": "low_risk_noncritical",
            "noncritical_rationale": "it is removed after the rehearsal",
            "allowed_paths": ["src/", "*"],
            "forbidden_paths": [".env", ".git/"],
            "forbidden_actions": list(ACTIONS),
            "approval_source": "rehearsed approval",
            "approval_timestamp": "2026-01-01",
            "operator_outcome_required": True,
            "review_trigger": "any change",
        }

    def _approval(
        self, attempt: Attempt, register: Register, case: RegisteredCase, wants: Wants
    ) -> str:
        """An approval that the rehearsal's own key signs; its path, or nothing."""
        if attempt.stage <= _STAGE_3 or not attempt.approval:
            return ""
        asked = terms.of_case(case, attempt.engine, attempt.stage)
        fixture = self.folder / f"look-{self.count}"
        repository = owned(register, case, attempt.engine, fixture, wants)
        if repository is not None:
            asked = repository.bound(asked)
        answer = Answer(attempt.approval, KEY, SENTENCE, "rehearsed", 1)
        return str(self.root / approve.sign(self.place, Question(asked, SENTENCE, {}), answer)[1])


def _put(path: Path, value: Mapping[str, Any]) -> None:
    disk.write(path, json.dumps(value, indent=1).encode())
