"""An approval opens one run, once, and nothing else; every refusal says exactly why."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sot_tools import disk
from sot_tools.authority import approve, keys
from sot_tools.authority.approve import Answer, Question
from sot_tools.errors import Refused
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import authority, envelope, ledger
from sot_tools.evidence import keys as private_keys
from sot_tools.evidence.approval import Moment, Terms
from sot_tools.evidence.instants import instant
from tests.authority import story
from tests.authority.figures import figure
from tests.authority.story import SENTENCE, World
from tests.runs import harness

DAY = 86_400 * 10**9
EDITED = "the signature of `jp` does not hold: it was edited after signing"


@pytest.fixture(scope="module")
def granted(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A workspace with one approval that nothing used yet; copy it before use."""
    world = story.new(tmp_path_factory.mktemp("granted") / "m")
    story.answer(world, story.ask(world))
    return world


def fresh(granted: World, tmp_path: Path) -> tuple[World, Path]:
    world = granted.copied(tmp_path / "copy")
    return world, next((world.root / approvals.FOLDER).glob("*.json"))


def refusal(world: World, approval: Path | None, **differs: Any) -> str:
    """Why a run with this approval was blocked; no engine may have started."""
    done = story.perform(world, approval, **differs)
    assert done.report["status"] == "blocked"
    assert done.report["backend_exit_code"] is None
    assert "run.started" in [each["event"] for each in harness.events(done.path)]
    codes = {each["code"] for each in done.report["blockers"]}
    assert codes <= {"approval_missing", "approval_denied"}, done.report["blockers"]
    return "; ".join(each["message"] for each in done.report["blockers"])


def test_without_an_approval_the_run_is_blocked(granted: World, tmp_path: Path) -> None:
    world, _ = fresh(granted, tmp_path)
    assert refusal(world, None) == "mode `copied-fixture` needs an approval, and none is given"


def test_an_approval_opens_one_run_and_no_second(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    first = story.perform(world, approval)
    assert first.report["status"] == "pass"
    assert refusal(world, approval) == f"it was used by the run {first.run_id}: entry 6"


def test_a_run_that_fails_uses_its_approval_too(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    done = story.perform(world, approval, stop=world.used.exists)  # somebody ends it right then
    assert done.report["status"] == "blocked"
    assert refusal(world, approval).startswith(f"it was used by the run {done.run_id}")


def test_setting_the_workspace_back_brings_no_approval_back(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    before = (world.root / ledger.FILE).read_bytes()
    assert story.perform(world, approval).report["status"] == "pass"
    (world.root / ledger.FILE).write_bytes(before)
    digest = story.signed(world, approval).digest
    assert refusal(world, approval) == (
        "the approval cannot be used: it was used before on this machine; "
        f"{world.used / digest}.json says by which run"
    )


def test_an_expired_approval_is_refused(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    expiry = story.signed(world, approval).approval.expires_at
    late = time.time_ns() + 2 * DAY
    assert refusal(world, approval, clock=lambda: late) == (
        f"it expired at {expiry}; now is {instant(late)}"
    )


def test_an_approval_from_the_future_is_refused(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    granted_at = story.signed(world, approval).approval.granted_at
    early = time.time_ns() - DAY
    found = refusal(world, approval, clock=lambda: early)
    assert f"it is dated {granted_at}, after now, {instant(early)}" in found


def test_an_approval_that_was_granted_after_the_run_began_is_refused(
    granted: World, tmp_path: Path
) -> None:
    world, approval = fresh(granted, tmp_path)
    early = story.signed(world, approval)
    run = {"run_id": "20260601T000000Z-approved-case-1", "nonce": "0" * 32}
    ledger.append(world.root, time.time_ns, lambda _: [("run.started", run)])
    late = story.signed(world, story.answer(world, story.ask(world)))
    known = authority.load(world.root)
    when = Moment(instant(time.time_ns()), 5)
    assert approvals.faults(late, late.approval.terms, known.ledger, known.trust, when) == [
        "it was granted after the run began: entry 6 of the ledger, the run is entry 5"
    ]
    assert approvals.faults(early, early.approval.terms, known.ledger, known.trust, when) == []


def test_an_edited_approval_is_refused(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    value = json.loads(approval.read_bytes())
    found = envelope.parse(approval.read_bytes())
    assert isinstance(found, envelope.Envelope)
    other = found._replace(payload=found.payload.replace(b"answer.txt", b"other.text"))
    approval.write_bytes(other.content())
    assert refusal(world, approval) == EDITED
    approval.write_text(json.dumps(value, indent=1))
    assert refusal(world, approval) == (
        "the file is not in canonical form: it was edited after signing"
    )


def test_an_approval_signed_by_a_stranger_is_refused(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    found = envelope.parse(approval.read_bytes())
    assert isinstance(found, envelope.Envelope)
    stranger = private_keys.create(tmp_path / "elsewhere", "jp")
    forged = envelope.sign(found.payload, stranger)
    approval.write_bytes(forged.content())
    named = forged.signatures[0][0][:16]
    assert refusal(world, approval) == f"no trusted key signed it; it names the key {named}"
    claimed = forged._replace(signatures=((found.signatures[0][0], forged.signatures[0][1]),))
    approval.write_bytes(claimed.content())
    assert refusal(world, approval) == EDITED


def test_a_true_signature_that_the_ledger_does_not_know_is_refused(
    granted: World, tmp_path: Path
) -> None:
    """The operator's own key, used behind the ledger's back."""
    world, approval = fresh(granted, tmp_path)
    given = story.signed(world, approval).approval._replace(nonce="f" * 32)
    private = private_keys.read(world.keys, "jp")
    approval.write_bytes(envelope.sign(given.statement().payload(), private).content())
    assert refusal(world, approval) == "the ledger has no entry that grants it"


def test_a_reviewers_key_and_a_revoked_key_open_nothing(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    keys.add(world.place, "ann", "reviewer", "jp", None)
    with pytest.raises(Refused, match="the key `ann` has the role `reviewer`; an operator decides"):
        story.answer(world, story.ask(world), key="ann")
    keys.revoke(world.place, "jp", "lost")
    assert refusal(world, approval) == "the key `jp` is revoked: entry 6 of the ledger"
    with pytest.raises(Refused, match="the key `jp` is revoked"):
        story.answer(world, story.ask(world))


def test_a_denial_is_terminal(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    task = story.ask(world)
    denial = story.answer(world, task, "denied", reason="too early")
    entry = ledger.load(world.root).of("approval.denied")[0]
    closed = (
        f"jp denied it at {entry.at} (entry 5); "
        "a denial is terminal: change the task contract, and request anew"
    )
    assert refusal(world, denial) == "jp denied: too early"
    assert refusal(world, approval) == closed
    with pytest.raises(Refused) as refused:
        story.answer(world, task)
    assert str(refused.value) == closed


def test_only_the_exact_sentence_approves(granted: World, tmp_path: Path) -> None:
    world, _ = fresh(granted, tmp_path)
    task = story.ask(world)
    for said in ("", "yes", SENTENCE.lower(), SENTENCE[:-1], f" {SENTENCE}", f"{SENTENCE}\n"):
        with pytest.raises(Refused) as refused:
            story.answer(world, task, sentence=said)
        assert str(refused.value) == (
            f"the sentence is not the exact one; nothing is approved. It is: {SENTENCE}"
        )


def test_a_packet_that_was_edited_or_is_stale_is_not_approved(
    granted: World, tmp_path: Path
) -> None:
    world, _ = fresh(granted, tmp_path)
    packet = world.root / ".sot/plans/WORK-001-APPROVAL-PACKET.md"
    packet.write_text(packet.read_text().replace("- `answer.txt`", "- `answer.txt`\n- `src/`"))
    task = story.terms.task(world.harness, story.ITEM, None, None, 0)
    with pytest.raises(Refused, match="is not what the ledger recorded; somebody edited it"):
        story.answer(world, task)
    packet.unlink()
    story.ask(world)
    case = world.harness / "cases" / story.CASE / "case.yaml"
    case.write_text(case.read_text().replace("- answer.txt", "- answer.txt\n    - src/"))
    task = story.terms.task(world.harness, story.ITEM, None, None, 0)
    with pytest.raises(Refused, match="no longer says what the task contract says"):
        story.answer(world, task)


def test_a_changed_task_contract_makes_the_approval_one_of_something_else(
    granted: World, tmp_path: Path
) -> None:
    world, approval = fresh(granted, tmp_path)
    case = world.harness / "cases" / story.CASE / "case.yaml"
    case.write_text(case.read_text().replace("- answer.txt", "- answer.txt\n    - src/"))
    found = refusal(world, approval)
    assert "it is for the task contract with digest `" in found
    assert "it is for the allowed paths `answer.txt`, not `answer.txt, src/`" in found


OTHER: dict[str, Any] = {
    "purpose": "advance",
    "item": "WORK-002",
    "case_id": "second-case",
    "contract_digest": "0" * 64,
    "target_repository": "elsewhere",
    "from_commit": "0" * 40,
    "allowed_paths": ("answer.txt", "src/"),
    "engine": "case",
    "stage": 3,
    "mutation_mode": "owned-noncritical-repo",
    "run_id": "20260601T000000Z-approved-case-1",
    "manifest_digest": "0" * 64,
    "admission_digest": "1" * 64,
}


def combinations() -> Iterator[tuple[str, ...]]:
    """Every way in which up to three of the terms differ, and all of them at once."""
    for size in (1, 2, 3):
        yield from itertools.combinations(OTHER, size)
    yield tuple(OTHER)


def test_an_approval_replayed_for_anything_else_is_refused(granted: World, tmp_path: Path) -> None:
    """The cross product of item, case, repository, commit, paths, engine, stage, mode and run."""
    world, approval = fresh(granted, tmp_path)
    signed = story.signed(world, approval)
    known = authority.load(world.root)
    when = Moment(instant(time.time_ns()), 0)
    tried = 0
    assert set(OTHER) == set(Terms._fields)
    for differing in combinations():
        wanted = signed.approval.terms._replace(**{name: OTHER[name] for name in differing})
        why = approvals.faults(signed, wanted, known.ledger, known.trust, when)
        assert len(why) == len(differing), (differing, why)
        tried += 1
    assert tried >= 150
    figure("an approval replayed for something else", f"{tried} combinations: 0 accepted")


def test_an_approval_of_another_workspace_is_refused(granted: World, tmp_path: Path) -> None:
    world, _ = fresh(granted, tmp_path)
    other = story.new(tmp_path / "other")
    foreign = story.answer(other, story.ask(other))
    assert refusal(world, foreign).startswith("no trusted key signed it; it names the key ")


def test_an_acceptance_opens_no_run(granted: World, tmp_path: Path) -> None:
    world, approval = fresh(granted, tmp_path)
    done = story.perform(world, approval)
    acceptance = story.accept(world, done)
    assert "it is for the purpose `advance`, not `run`" in refusal(world, acceptance)


def test_what_is_signed_twice_is_one_approval(granted: World, tmp_path: Path) -> None:
    """Another envelope around the same statement is not another approval."""
    world, approval = fresh(granted, tmp_path)
    first = story.perform(world, approval)
    found = envelope.parse(approval.read_bytes())
    assert isinstance(found, envelope.Envelope)
    twice = found._replace(signatures=found.signatures * 2)
    second = world.root.parent / "again.json"
    disk.write(second, twice.content())
    assert refusal(world, second).startswith(f"it was used by the run {first.run_id}")


def test_a_question_that_nobody_may_answer_is_not_signed(granted: World, tmp_path: Path) -> None:
    world, _ = fresh(granted, tmp_path)
    question = Question(story.ask(world).terms, "I approve.", {})
    with pytest.raises(Refused, match="no trusted key `ann`; `sot keys list` shows them"):
        approve.sign(world.place, question, Answer("granted", "ann", "I approve.", "", 1))
