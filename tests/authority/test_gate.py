"""The gate before a status: every question has an answer that closes it, and only all open it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sot_tools.authority import gate
from sot_tools.authority.gate import Ask
from sot_tools.board.moves import MOVES, move
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import ledger, verdict
from sot_tools.evidence.approval import Approval, Signed, Terms
from sot_tools.evidence.ledger import ROOT, Ledger
from sot_tools.evidence.trust import Trust, TrustedKey
from tests.authority.figures import figure

RUN, NONCE = "20260601T000000Z-demo-1", "1" * 32
MANIFEST, CONTRACT = "a" * 64, "b" * 64
YES_RUN, YES = "c" * 64, "d" * 64
AT, LATER = "2026-06-01T00:00:00.000000Z", "2026-06-02T00:00:00.000000Z"
KEY = TrustedKey("jp", "operator", "e" * 64, b"\0" * 32)
TERMS = Terms(
    "advance", "WORK-001", "demo", CONTRACT, "", "f" * 64, ("a.txt",), "fake", 2, "copied-fixture",
    RUN, MANIFEST,
)  # fmt: skip

STARTED = {
    "run_id": RUN, "nonce": NONCE, "contract_digest": CONTRACT, "engine": "fake", "stage": 2,
}  # fmt: skip
GRANTED_RUN = {"approval": YES_RUN, "item": "WORK-001", "purpose": "run", "subject": CONTRACT}
USED = {"approval": YES_RUN, "run_id": RUN}
SEALED = {"run_id": RUN, "manifest_digest": MANIFEST}
GRANTED = {"approval": YES, "item": "WORK-001", "purpose": "advance", "subject": MANIFEST}
ENTRIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("approval.granted", GRANTED_RUN),
    ("run.started", STARTED),
    ("approval.consumed", USED),
    ("run.sealed", SEALED),
    ("approval.granted", GRANTED),
)
REPORT = {
    "status": "pass",
    "backend": "fake",
    "harness": {"task_id": "WORK-001", "nonce": NONCE, "contract_digest": CONTRACT},
}


def chained(*entries: tuple[str, Mapping[str, Any]]) -> Ledger:
    made, head = [], ROOT
    for number, (kind, about) in enumerate(entries, 1):
        line = ledger.line(number, head, kind, AT, about)
        head = line[-67:-3].decode()
        made.append(line)
    return ledger.read(b"".join(made))


def acceptance(**differs: Any) -> Signed:
    made = Approval(
        TERMS, "granted", "jp", AT, "2026-07-01T00:00:00Z", "0" * 32, "I accept.", "", {}
    )
    return Signed(made._replace(**differs), YES, KEY.keyid)


def proven(**differs: Any) -> verdict.Verified:
    return verdict.Verified(RUN, MANIFEST, {**REPORT, **differs}, 8, 1000, "ledger")


def ask(**differs: Any) -> Ask:
    """A wish that the gate grants, with what differs."""
    given: dict[str, Any] = {
        "subject": "WORK-001",
        "stage": 0,
        "origin": "candidate",
        "target": "validated",
        "before": {},
        "proof": "pass",
        "needs_approval": True,
        "terms": TERMS,
        "verified": proven(),
        "contract_digest": CONTRACT,
        "ledger": chained(*ENTRIES),
        "trust": Trust({KEY.keyid: KEY}, {}, ()),
        "acceptances": (acceptance(),),
        "now": LATER,
        **differs,
    }
    return Ask(**given)


def first_stage(**differs: Any) -> Ask:
    """A wish for stage 1, which a closed gate proves."""
    report = {"status": "blocked", "backend_exit_code": None, **differs}
    known = changed("run.started", stage=1)
    return ask(stage=1, proof="blocked", ledger=known, verified=proven(**report))


def without(kind: str, number: int = 0) -> Ledger:
    """The ledger without the n-th entry of a kind."""
    places = [index for index, (name, _) in enumerate(ENTRIES) if name == kind]
    kept = [each for index, each in enumerate(ENTRIES) if index != places[number]]
    return chained(*kept)


def changed(kind: str, number: int = 0, **about: Any) -> Ledger:
    """The ledger with the n-th entry of a kind differing."""
    places = [index for index, (name, _) in enumerate(ENTRIES) if name == kind]
    entries = list(ENTRIES)
    entries[places[number]] = (kind, {**entries[places[number]][1], **about})
    return chained(*entries)


def ordered(*order: int) -> Ledger:
    return chained(*(ENTRIES[index] for index in order))


HARNESS = REPORT["harness"]
assert isinstance(HARNESS, dict)
ADVANCED = {"subject": "WORK-002", "stage": 0, "manifest_digest": MANIFEST}
REFUSED: dict[str, tuple[Callable[[], Ask], list[str]]] = {
    "a broken ledger": (
        lambda: ask(ledger=chained(*ENTRIES)._replace(faults=("line 9 is odd",))),
        ["the ledger is broken: line 9 is odd"],
    ),
    "no such move": (
        lambda: ask(origin="validated"),
        ["`WORK-001` is `validated`, and no move leads from there to `validated`"],
    ),
    "an open blocker": (
        lambda: ask(before={"WORK-002": "validated", "WORK-003": "candidate"}),
        ["what comes first is not validated: `WORK-003` is `candidate`"],
    ),
    "a run that failed": (
        lambda: ask(verified=proven(status="fail")),
        ["the run ended with `fail`; `validated` needs `pass`"],
    ),
    "a pass that the operator rejected": (
        lambda: ask(verified=proven(operator_outcome="rejected")),
        ["the operator's outcome of the run is `rejected`, not `accepted`"],
    ),
    "a pass of which the operator said nothing": (
        lambda: ask(verified=proven(operator_outcome=None)),
        ["the operator's outcome of the run is `None`, not `accepted`"],
    ),
    "a pass that should block": (
        lambda: ask(target="blocked"),
        ["the run ended with `pass`; `blocked` needs `blocked`"],
    ),
    "a first stage proven by something else than a gate": (
        lambda: first_stage(blockers=[{"code": "gate_not_passed"}, {"code": "timeout"}]),
        ["the run was not stopped by a gate alone: gate_not_passed, timeout"],
    ),
    "a first stage that nothing stopped": (
        lambda: first_stage(blockers=[]),
        ["the run was not stopped by a gate alone: its report names no blocker"],
    ),
    "a ledger that is broken twice": (
        lambda: ask(ledger=chained(*ENTRIES)._replace(faults=("line 3 is odd", "line 9 is odd"))),
        ["the ledger is broken: line 3 is odd"],
    ),
    "a target that stands behind all others": (
        lambda: ask(target="waived"),
        [
            "`WORK-001` is `candidate`, and no move leads from there to `waived`",
            "the run ended with `pass`; `waived` needs `blocked`",
        ],
    ),
    "a first stage with an engine that started": (
        lambda: first_stage(blockers=[{"code": "gate_not_passed"}], backend_exit_code=0),
        ["the run was not stopped by a gate alone: gate_not_passed"],
    ),
    "a first stage proven by a pass": (
        lambda: first_stage(status="pass", blockers=[{"code": "gate_not_passed"}]),
        ["the run ended with `pass`; `validated` needs `blocked`"],
    ),
    "a run of another item": (
        lambda: ask(verified=proven(harness={**HARNESS, "task_id": "WORK-002"})),
        ["the run is of `WORK-002`, not of `WORK-001`"],
    ),
    "a report without a harness": (
        lambda: ask(verified=proven(harness=None)),
        [
            "the run is of `None`, not of `WORK-001`",
            "the task contract was changed since the run; run again on the contract as it is",
            "the run's nonce is not that of entry 2 of the ledger",
        ],
    ),
    "a changed contract": (
        lambda: ask(contract_digest="0" * 64),
        ["the task contract was changed since the run; run again on the contract as it is"],
    ),
    "a run that the ledger does not know": (
        lambda: ask(ledger=without("run.started"), needs_approval=False),
        ["the ledger does not know that the run began"],
    ),
    "another nonce": (
        lambda: ask(ledger=changed("run.started", nonce="2" * 32)),
        ["the run's nonce is not that of entry 2 of the ledger"],
    ),
    "another contract in the ledger": (
        lambda: ask(ledger=changed("run.started", contract_digest="0" * 64)),
        ["the run's task contract is not that of entry 2 of the ledger"],
    ),
    "another engine in the ledger": (
        lambda: ask(ledger=changed("run.started", engine="case")),
        ["the run's engine is not that of entry 2 of the ledger"],
    ),
    "a seal that the ledger does not know": (
        lambda: ask(ledger=without("run.sealed"), needs_approval=False),
        ["the ledger does not know the digest of the run's evidence"],
    ),
    "another seal": (
        lambda: ask(ledger=changed("run.sealed", manifest_digest="0" * 64)),
        ["the evidence is not what was sealed: entry 4 has another digest"],
    ),
    "a run without an approval": (
        lambda: ask(ledger=without("approval.consumed")),
        ["a person had to approve this run, and it used no approval"],
    ),
    "an approval that nobody granted": (
        lambda: ask(ledger=without("approval.granted")),
        ["entry 2 uses an approval that the ledger does not grant"],
    ),
    "an approval of a run that never began": (
        lambda: ask(ledger=without("run.started")),
        [
            "the ledger does not know that the run began",
            "entry 2 uses an approval that the ledger does not grant",
        ],
    ),
    "an approval of a run that was never sealed": (
        lambda: ask(ledger=without("run.sealed")),
        [
            "the ledger does not know the digest of the run's evidence",
            "entry 3 uses an approval that the ledger does not grant",
        ],
    ),
    "an approval granted after the run began": (
        lambda: ask(ledger=ordered(1, 0, 2, 3, 4)),
        [
            "the approval was granted by entry 2 and used by entry 3, "
            "but the run lasted from entry 1 to entry 4"
        ],
    ),
    "an approval used before the run began": (
        lambda: ask(ledger=ordered(0, 2, 1, 3, 4)),
        [
            "the approval was granted by entry 1 and used by entry 2, "
            "but the run lasted from entry 3 to entry 4"
        ],
    ),
    "an approval used after the seal": (
        lambda: ask(ledger=ordered(0, 1, 3, 2, 4)),
        [
            "the approval was granted by entry 1 and used by entry 4, "
            "but the run lasted from entry 2 to entry 3"
        ],
    ),
    "evidence that advanced another item": (
        lambda: ask(ledger=chained(*ENTRIES, ("status.advanced", ADVANCED))),
        ["this evidence advanced `WORK-002`: entry 6"],
    ),
    "no acceptance": (
        lambda: ask(acceptances=()),
        [f"nobody accepted this evidence; `sot approve WORK-001 --evidence {RUN}` asks a person"],
    ),
    "an acceptance of something else": (
        lambda: ask(acceptances=(acceptance(terms=TERMS._replace(manifest_digest="0" * 64)),)),
        [
            f"no acceptance counts: it is for the manifest with digest `{'0' * 64}`, not `{MANIFEST}`"
        ],
    ),
    "an acceptance before there was evidence": (
        lambda: ask(ledger=ordered(0, 1, 2, 4, 3)),
        ["no acceptance counts: it was granted by entry 4, before there was evidence"],
    ),
    "an acceptance that expired": (
        lambda: ask(acceptances=(acceptance(expires_at=AT),)),
        [f"no acceptance counts: it expired at {AT}; now is {LATER}"],
    ),
    "an acceptance that is a rejection": (
        lambda: ask(acceptances=(acceptance(decision="denied", reason="not good"),)),
        ["no acceptance counts: jp denied: not good"],
    ),
    "an acceptance that the ledger does not grant": (
        lambda: ask(ledger=without("approval.granted", 1)),
        ["no acceptance counts: the ledger has no entry that grants it"],
    ),
    "an acceptance that was used": (
        lambda: ask(
            ledger=chained(
                *ENTRIES, ("approval.consumed", {**USED, "approval": YES, "subject": "x"})
            )
        ),
        [f"no acceptance counts: it was used by the run {RUN}: entry 6"],
    ),
    "a run of another stage": (
        lambda: ask(subject="Stage 3", stage=3),
        ["the run is evidence for stage 2, not for stage 3"],
    ),
    "a stage out of order": (
        lambda: ask(subject="Stage 2", stage=2, before={"Stage 1": "candidate"}),
        ["what comes first is not validated: `Stage 1` is `candidate`"],
    ),
}


def test_the_gate_opens_where_nothing_is_missing() -> None:
    assert gate.reasons(ask()) == []
    assert gate.accepted(ask()) == acceptance()
    assert gate.reasons(ask(needs_approval=False, ledger=without("approval.consumed"))) == []
    assert gate.reasons(ask(before={"WORK-002": "validated"})) == []
    assert gate.reasons(ask(verified=proven(operator_outcome="accepted"))) == []
    blocked = ask(target="blocked", verified=proven(status="blocked", operator_outcome=None))
    assert gate.reasons(blocked) == []


def test_the_gate_opens_for_a_stage_on_evidence_of_its_own_that_advanced_an_item() -> None:
    entries = chained(*ENTRIES, ("status.advanced", ADVANCED))
    assert gate.reasons(ask(subject="Stage 2", stage=2, ledger=entries)) == []


def test_the_gate_opens_for_the_first_stage_on_a_run_that_a_gate_stopped() -> None:
    assert gate.reasons(first_stage(blockers=[{"code": "gate_not_passed"}])) == []


def test_the_gate_lets_a_blocked_run_block_its_item() -> None:
    assert gate.reasons(ask(target="blocked", verified=proven(status="blocked"))) == []


def test_evidence_of_another_digest_that_advanced_an_item_is_in_nobodys_way() -> None:
    other = {**ADVANCED, "manifest_digest": "0" * 64}
    assert gate.reasons(ask(ledger=chained(*ENTRIES, ("status.advanced", other)))) == []


def test_one_acceptance_that_counts_is_enough() -> None:
    expired = acceptance(expires_at=AT)
    found = ask(acceptances=(expired, acceptance(), expired))
    assert gate.reasons(found) == []
    assert gate.accepted(found) == acceptance()


def foreign(low: bool) -> tuple[tuple[str, dict[str, Any]], ...]:
    """What another run left, its names and digests before or behind all others in order."""
    run, mark = ("10000101T000000Z-demo-1", "0") if low else ("99991231T000000Z-demo-1", "f")
    digest, yes_run, yes = mark * 64, mark * 63 + "1", mark * 63 + "2"
    return (
        ("approval.granted", {**GRANTED_RUN, "approval": yes_run}),
        ("run.started", {**STARTED, "run_id": run, "nonce": mark * 32, "stage": 9}),
        ("approval.consumed", {"approval": yes_run, "run_id": run}),
        ("run.sealed", {"run_id": run, "manifest_digest": digest}),
        ("approval.granted", {**GRANTED, "approval": yes, "subject": digest}),
        ("status.advanced", {**ADVANCED, "manifest_digest": digest}),
    )


@pytest.mark.parametrize("low", [True, False])
def test_what_other_runs_left_neither_opens_nor_closes_the_gate(low: bool) -> None:
    for around in (
        (*foreign(low), *ENTRIES, *foreign(not low)),
        (*foreign(low), *foreign(not low), *ENTRIES),
        (*ENTRIES, *foreign(low), *foreign(not low)),
    ):
        known = chained(*around)
        assert gate.reasons(ask(ledger=known)) == []
        found = (gate.started(known, RUN), gate.used(known, RUN), gate.sealed(known, RUN))
        assert [entry and entry.text("run_id") for entry in found] == [RUN, RUN, RUN]
    reasons = gate.reasons(ask(ledger=chained(*foreign(low), *foreign(not low))))
    assert reasons == [
        "the ledger does not know that the run began",
        "the ledger does not know the digest of the run's evidence",
        "a person had to approve this run, and it used no approval",
        "no acceptance counts: the ledger has no entry that grants it",
    ]
    for missing in range(len(ENTRIES)):
        own = tuple(each for index, each in enumerate(ENTRIES) if index != missing)
        assert gate.reasons(ask(ledger=chained(*foreign(low), *own, *foreign(not low))))


@pytest.mark.parametrize("mark", ["0", "f"])
def test_every_equality_that_the_gate_asks_for_is_one(mark: str) -> None:
    """Whether the other value stands before or behind in order."""
    digest = mark * 64
    other = "!" if mark == "0" else "~"
    for wrong in (
        ask(contract_digest=digest),
        ask(verified=proven(status=other)),
        ask(verified=proven(operator_outcome=other)),
        ask(verified=proven(backend=other)),
        *(ask(verified=proven(harness={**HARNESS, name: other})) for name in HARNESS),
        *(
            ask(ledger=changed("run.started", **{name: other}))
            for name in STARTED
            if name != "stage"
        ),
        ask(ledger=changed("run.sealed", manifest_digest=digest)),
        ask(ledger=changed("approval.granted", approval=digest)),
        ask(ledger=changed("approval.granted", 1, approval=digest)),
        ask(ledger=changed("approval.consumed", approval=digest)),
        ask(ledger=changed("approval.consumed", run_id=other)),
        ask(before={"WORK-002": other}),
        ask(subject=other),
        first_stage(blockers=[{"code": other}]),
        ask(subject="Stage 1", stage=1),
        ask(subject="Stage 3", stage=3),
    ):
        assert gate.reasons(wrong)


def test_an_equal_value_counts_whatever_object_holds_it() -> None:
    """What was read from files is never the same object as a word of the program."""

    def anew(value: str) -> str:
        return "".join(list(value))

    report = {
        "status": anew("pass"),
        "backend": anew("fake"),
        "operator_outcome": anew("accepted"),
        "harness": {name: anew(value) for name, value in HARNESS.items()},
    }
    verified = verdict.Verified(anew(RUN), anew(MANIFEST), report, 8, 1000, "ledger")
    found = ask(
        verified=verified,
        contract_digest=anew(CONTRACT),
        target=anew("validated"),
        proof=anew("pass"),
        before={"WORK-002": anew("validated")},
    )
    assert gate.reasons(found) == []
    stopped = first_stage(status=anew("blocked"), blockers=[{"code": anew("gate_not_passed")}])
    assert gate.reasons(stopped) == []


def test_the_last_of_several_acceptances_tells_why_none_counts() -> None:
    first, last = acceptance(expires_at=AT), acceptance(decision="denied", reason="not good")
    assert gate.reasons(ask(acceptances=(first, last))) == [
        "no acceptance counts: jp denied: not good"
    ]
    assert gate.reasons(ask(acceptances=(last, first, last))) == [
        "no acceptance counts: jp denied: not good"
    ]


@pytest.mark.parametrize("name", REFUSED)
def test_the_gate_refuses(name: str) -> None:
    make, expected = REFUSED[name]
    assert gate.reasons(make()) == expected


def test_every_question_closes_the_gate_somewhere() -> None:
    closing = {
        question.__name__
        for make, _ in REFUSED.values()
        for question in gate.QUESTIONS
        if question(make())
    }
    assert closing == {question.__name__ for question in gate.QUESTIONS}


def test_the_use_of_an_approval_by_another_run_or_for_a_status_is_not_this_runs() -> None:
    for about in ({**USED, "run_id": "another"}, {**USED, "subject": "WORK-001"}):
        assert gate.used(chained(("approval.consumed", about)), RUN) is None
    assert gate.used(chained(("approval.consumed", USED)), RUN) is not None


def test_a_denial_after_a_grant_closes_the_gate() -> None:
    denied = {"item": "WORK-001", "purpose": "advance", "subject": MANIFEST, "actor": "jp"}
    found = gate.reasons(ask(ledger=chained(*ENTRIES, (approvals.DENIED, denied))))
    assert re.search(r"no acceptance counts: jp denied it at .* a denial is terminal", found[0])
    for name, other in (("item", "X"), ("purpose", "run"), ("subject", "0" * 64)):
        about = {**denied, name: other}
        assert gate.reasons(ask(ledger=chained(*ENTRIES, (approvals.DENIED, about)))) == []


def test_no_move_leaves_validated_and_every_move_begins_as_a_candidate() -> None:
    """Written apart from the table: what was proven stays proven."""
    states = ("candidate", "validated", "blocked")
    assert {(a, b) for a in states for b in states if move(a, b)} == {
        ("candidate", "validated"),
        ("candidate", "blocked"),
    }
    assert len(MOVES) == 2


@pytest.mark.slow
def test_every_branch_of_the_gate_is_taken(tmp_path: Path) -> None:
    here = Path(__file__).resolve()
    source = here.parents[2] / "sot_tools" / "authority" / "gate.py"
    base = [sys.executable, "-m", "coverage"]
    data = f"--data-file={tmp_path / 'data'}"
    inner = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", str(here)]
    run = [*base, "run", "--branch", f"--include={source}", data, *inner]
    subprocess.run(run, cwd=here.parents[2], check=True, capture_output=True)
    report = [*base, "report", "--fail-under=100", "--show-missing", data]
    done = subprocess.run(report, cwd=here.parents[2], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    figure("branches of the gate", "100 % taken")
