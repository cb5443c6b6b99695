"""Contradictions of evidence and contracts: SOT740 … SOT751, CTO701 … CTO715."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle

from tests.truth.change import Change, Changes, added, made, plan, texts
from tests.truth.papers import EMPTY, RUNS, SHOWN
from tests.truth.states import BOARD, FINISHED, GATES, first_word_of, on_board

ARTIFICIAL = plan("ARTIFICIAL-FIXTURE-EVIDENCE.md")
FIRST = plan("ARTIFICIAL-FIXTURE-FIRST-EVIDENCE.md")
BLOCKER = plan("LATHE-PROVIDER-BLOCKER.md")
REPEAT = plan("REPEATABILITY-EVIDENCE.md")
GOVERNED = plan("GOVERNED-WORKFLOW-EVIDENCE.md")
MATRIX = plan("LATHE-FAILURE-MATRIX.md")
EVENTS = plan("LATHE-EVENT-CONTRACT.md")
RECORDED = {
    "wrapper": plan("LATHE-WRAPPER-EVIDENCE.md"),
    "first": FIRST,
    "baseline": ARTIFICIAL,
    "artificial": ARTIFICIAL,
    "timeout": ARTIFICIAL,
    "no diff": ARTIFICIAL,
    "disallowed file": ARTIFICIAL,
    "copied": plan("COPIED-REPO-EVIDENCE.md"),
    "sandbox": plan("DISPOSABLE-SANDBOX-EVIDENCE.md"),
    "repeat one": REPEAT,
    "repeat two": REPEAT,
    "refused": GOVERNED,
    "governed": GOVERNED,
}
"""Run → the evidence document that records its facts."""


def facts(path: str, run: str) -> str:
    """The lines that state the facts of a run in a document."""
    text = texts()[path]
    begin = text.rindex("\n", 0, text.index(f"/srv/runs/{run}")) + 1
    end = re.search(r"\n(?!- )", text[begin:])
    return text[begin : begin + end.start()] if end else text[begin:]


def swapped(path: str, run: str, old: str, new: str) -> tuple[dict[str, str], str]:
    """A document with another fact of a run, and the facts up to the changed line."""
    before = facts(path, run)
    assert before.count(old) == 1, f"{run} states {before.count(old)} times {old!r}"
    after = before.replace(old, new)
    upto = after[: after.index(new) + len(new)]
    return made((path, before, after)), upto


def two_accounts() -> Iterator[Change]:
    """SOT740: a document states a fact of a run that its evidence states otherwise."""
    papers = cycle(
        plan(name)
        for name in ("OPERATOR-HANDBOOK.md", "LATHE-ENGINE-CONTRACT.md", "RELEASE-GUARD.md")
    )
    twofold = {("wrapper", "Report status"), ("governed", "Operator outcome")}
    for name, path in RECORDED.items():
        run = RUNS[name]
        stated = facts(path, run)
        others = {
            "Report status": "fail" if "`fail`" not in stated else "pass",
            "Changed files": "src/else.py",
            "Patch digest": "1" * 64,
            "case_model": "m-9",
            "Target commit": "f" * 40,
            "Operator outcome": "rejected",
        }
        for key, other in others.items():
            if f"- {key}: " not in stated or (name, key) in twofold:
                continue
            line = next(line for line in stated.split("\n") if line.startswith(f"- {key}: "))
            paper = next(papers)
            new = f"- {key}: {other}"
            text = f"## As Told\n\n- Run: `/srv/runs/{run}`.\n{new}"
            upto = stated[: stated.index(line) + len(line)]
            one, two = (path, upto), (paper, text)
            place, related = (two, one) if path < paper else (one, two)
            yield Change(added(paper, text), place, related, frozenset({"SOT741", "CTO712"}))
    for key, old, new in (
        ("artificial", "Changed files: src/turn.py", "Changed files: none"),
        ("artificial", "Report status: `pass`", "Report status: `blocked`"),
        ("artificial", "Tests passed: `true`", "Tests passed: `false`"),
        ("wrapper", "Report status: `pass`", "Report status: `fail`"),
        ("first", "Report status: `blocked`", "Report status: `pass`"),
        ("first", "Changed files: none", "Changed files: src/turn.py"),
    ):
        edits, upto = swapped(BLOCKER, RUNS[key], old, new)
        there = RECORDED[key]
        fact = old.split(":")[0]
        stated = facts(there, RUNS[key])
        line = next(each for each in stated.split("\n") if each.startswith(f"- {fact}: "))
        where = (there, stated[: stated.index(line) + len(line)])
        one, two = (BLOCKER, upto), where
        place, related = (one, two) if there < BLOCKER else (two, one)
        yield Change(edits, place, related, frozenset({"SOT741", "SOT742"}))


def impossible() -> Iterator[Change]:
    """SOT741: a pass of failed tests, a patch without bytes, bytes without a patch."""
    for name, path in RECORDED.items():
        run = RUNS[name]
        stated = facts(path, run)
        also = frozenset({"SOT740", "SOT742"})
        digest = "" if "Patch digest" not in stated else stated.split("Patch digest: `")[1][:64]
        if "Report status: `pass`" in stated:
            for key in ("Tests passed", "Required events passed", "Allowed paths passed"):
                new = f"- {key}: `false`"
                if key == "Tests passed":
                    edits, upto = swapped(path, run, "- Tests passed: `true`", new)
                else:
                    edits = made((path, stated, f"{stated}\n{new}."))
                    upto = f"{stated}\n{new}"
                head = upto[: upto.index("`pass`") + 1]
                yield Change(edits, (path, head), (path, upto), also)
        if digest == EMPTY:
            edits, upto = swapped(path, run, "Changed files: none", "Changed files: src/a.py")
            yield Change(edits, (path, upto_digest(upto, stated)), (path, upto), also)
            edits, upto = swapped(path, run, EMPTY, "4" * 64)
            yield Change(edits, (path, upto), (path, stated.split("none")[0]), also)
        elif digest:
            edits, upto = swapped(path, run, digest, EMPTY)
            yield Change(edits, (path, upto), (path, upto.split("\n- Tests")[0]), also)


def upto_digest(upto: str, stated: str) -> str:
    """The changed facts down to the digest."""
    rest = stated.split("Changed files: none")[1]
    return upto + rest[: rest.index("Patch digest: `") + len("Patch digest: `")]


def on_failure() -> Iterator[Change]:
    """SOT742: a result rests on a run that failed or was blocked."""
    failed = ("first", "timeout", "no diff", "disallowed file", "refused")
    for name in failed:
        for result in (
            "`WORK-105` is validated.",
            "the fixture is proven by this run.",
            "both repeats are validated",
            "the work is complete",
        ):
            path = RECORDED[name]
            stated = facts(path, RUNS[name])
            new = f"{stated}\n- Result: {result}"
            head = stated[: re.search(r"Report status: `[a-z]", stated).end()]  # type: ignore[union-attr]
            yield Change(made((path, stated, new)), (path, new), (path, head))


def demanded() -> Iterator[Change]:
    """SOT743: a closeout, or evidence, says what is required where its result belongs."""
    for path, text in texts().items():
        old = "- validation: passed"
        if path.endswith("-CLOSEOUT.md") and old in text:
            for word in ("required", "pending", "TODO", "required before the merge", "tbd"):
                new = f"- validation: {word}"
                yield Change(made((path, old, new)), (path, new))
        if path.endswith("-EVIDENCE.md"):
            new = "- lint: required."
            yield Change(added(path, new), (path, new))


def unshown_classes() -> Iterator[Change]:
    """SOT744: a failure class of a finished stage is shown nowhere."""
    for number, (failures, shown) in enumerate(SHOWN.items(), 1):
        first = failures.split(";")[0]
        where = f"Required failure classes:\n\n- {first}"
        for instead in ("The operator looked at it.", "A report exists."):
            edits = made((GATES, f"- {shown}", f"- {instead}"))
            yield Change(edits, (GATES, where), first_word_of(f"Stage {number}"))
        old = f"- {failures}."
        new = f"- {failures};\n- vanished credential."
        yield Change(made((GATES, old, new)), (GATES, new), first_word_of(f"Stage {number}"))


def unshown_artifacts() -> Iterator[Change]:
    """SOT746: an artifact that a finished stage requires is mentioned nowhere."""
    text = texts()[GATES]
    for number, part in enumerate(text.split("Required artifacts:\n\n- ")[1:], 1):
        artifact = part.split(".")[0]
        old = f"Required artifacts:\n\n- {artifact}."
        for other in ("signed ledger", "notarised telegram"):
            new = f"Required artifacts:\n\n- {artifact};\n- {other}."
            yield Change(made((GATES, old, new)), (GATES, new), first_word_of(f"Stage {number}"))


def strays() -> Iterator[Change]:
    """SOT745: facts of a run below a heading that names none."""
    told = (
        "- Report status: `fail`.\n- Changed files: none.\n- Failure reason: `timeout`.",
        "- Failure reason: `no_diff`.\n- Tests passed: `false`.\n- Process started: `true`.",
        "- Marker: `x`.\n- Protocol marker: `y`.\n- Backend exit code: 3.",
    )
    for path in (BLOCKER, ARTIFICIAL, REPEAT, GOVERNED):
        for text in told:
            part = f"## Cut Off\n\n{text}"
            yield Change(
                added(path, part),
                (
                    path,
                    part.split("\n- ", maxsplit=1)[0]
                    + "\n- "
                    + text.split("\n")[0].removeprefix("- "),
                ),
            )


def unkept() -> Iterator[Change]:
    """SOT747: a criterion promises a field that the evidence of the family does not hold."""
    for family, piece in FINISHED:
        path = family.path("ISSUES")
        old = f"- [x] {piece.criteria[0]}"
        for pair in ("default_eligible: true", "second_look: done"):
            new = f"{old}\n- [x] The summary holds `{pair}`."
            edits = made((path, old, new))
            yield Change(edits, (path, new), (family.path("CLOSEOUT"), ""))


def unlisted_events() -> Iterator[Change]:
    """SOT750: an event that the closed list does not have, or no longer has."""
    where = (EVENTS, "## Required Normalized Events")
    forms = ("Then the event `{}` follows.", "- The gate emits `{}`.", "It will emit `{}` last.")
    names = ("run.complete", "backend.gate.blocked", "approval.given", "run.vanished")
    papers = [path for path in texts() if path.endswith(("-EVIDENCE.md", "-CONTRACT.md", "K.md"))]
    number = 0
    for path in papers:
        for form in forms if path != EVENTS else ():
            line = form.format(names[number % 4])
            number += 1
            yield Change(added(path, line), (path, line), where)
    edits = made((EVENTS, "1. `run.started`\n", "1. `run.queued`\n"))
    yield Change(edits, (plan("LATHE-ENGINE-CONTRACT.md"), "emits the event `run.started`"), where)
    edits = made((EVENTS, "4. `run.completed`\n", "4. `run.closed`\n"))
    yield Change(edits, (REPEAT, "- Both emit the event `run.completed`"), where)


def unlisted_classes() -> Iterator[Change]:
    """SOT751: a failure reason outside the closed column."""
    where = (MATRIX, "| Fixture | Expected blocker reason |")
    for name, old in (
        ("first", "timeout"),
        ("timeout", "timeout"),
        ("no diff", "no_diff"),
        ("disallowed file", "disallowed_file"),
        ("refused", "approval_missing"),
    ):
        for other in ("engine exploded", "Timeout.", "no-diff", "unknown"):
            path = RECORDED[name]
            edits, upto = swapped(
                path, RUNS[name], f"Failure reason: `{old}`", f"Failure reason: `{other}`"
            )
            yield Change(edits, (path, upto), where)
    edits = made((MATRIX, "| `no_diff` |", "| `nothing_changed` |"))
    stated = facts(ARTIFICIAL, RUNS["no diff"])
    yield Change(edits, (ARTIFICIAL, stated[: stated.index("no_diff") + 7]), where)


def _item(number: str) -> tuple[str, str]:
    return BOARD, on_board(next(each for _, each in FINISHED if each.id == number), "validated")


def no_baseline() -> Iterator[Change]:
    """CTO701: the pass stands alone."""
    issues = plan("ARTIFICIAL-FIXTURE-ISSUES.md")
    evidence = texts()[ARTIFICIAL]
    lone = evidence.replace("### Fake Baseline", "### Before").replace("Fake baseline", "Earlier")
    edits = made((issues, "- Fake baseline report: ", "- Earlier report: "))
    edits[ARTIFICIAL] = lone
    where = "- [x] A pass stands beside its same-run fake baseline."
    also = frozenset({"SOT746"})
    yield Change(edits, (issues, where), _item("WORK-105"), also)
    for family, piece in FINISHED:
        path = family.path("ISSUES")
        if family.stem == "ARTIFICIAL-FIXTURE":
            continue
        old = f"- [x] {piece.criteria[0]}"
        new = f"{old}\n- [x] A same-run fake baseline is shown."
        yield Change(made((path, old, new)), (path, new), _item(piece.id))


def no_fixtures() -> Iterator[Change]:
    """CTO702: more failure fixtures asked for than reports cited."""
    issues = plan("ARTIFICIAL-FIXTURE-ISSUES.md")
    asked = "- [x] Failure fixtures exist for timeout, no diff and disallowed file."
    for name in ("timeout", "no diff", "disallowed file"):
        run = RUNS[name]
        edits = made(
            (ARTIFICIAL, f"- Failure report: `/srv/runs/{run}", f"- Report: `/srv/runs/{run}")
        )
        yield Change(edits, (issues, asked), _item("WORK-106"))
    longer = asked.replace("timeout,", "timeout, provider loss,")
    yield Change(made((issues, asked, longer)), (issues, longer), _item("WORK-106"))
    for family, piece in FINISHED[6:]:
        path = family.path("ISSUES")
        old = f"- [x] {piece.criteria[0]}"
        new = f"{old}\n- [x] Failure fixtures exist for timeout and dirty tree."
        yield Change(made((path, old, new)), (path, new), _item(piece.id))


def no_outcome() -> Iterator[Change]:
    """CTO703: the operator's outcome is ticked and stands nowhere."""
    issues = plan("ARTIFICIAL-FIXTURE-ISSUES.md")
    edits = made((ARTIFICIAL, "- Operator outcome: accepted.\n", ""))
    where = "- [x] Operator outcome is recorded by the operator."
    yield Change(edits, (issues, where), _item("WORK-105"))
    for family, piece in FINISHED:
        if family.stem in {"ARTIFICIAL-FIXTURE", "GOVERNED-WORKFLOW"}:
            continue
        path = family.path("ISSUES")
        old = f"- [x] {piece.criteria[0]}"
        new = f"{old}\n- [x] Operator acceptance is on file."
        yield Change(made((path, old, new)), (path, new), _item(piece.id))


def no_decision() -> Iterator[Change]:
    """CTO704: no run records its eligibility decision."""
    old = "- eligibility_decision: `eligible`.\n"
    where = (plan("LATHE-ENGINE-CONTRACT.md"), "## Eligibility Decision")
    yield Change(made((ARTIFICIAL, old, "")), where)
    yield Change(made((ARTIFICIAL, old, "- decision: `yes`.\n")), where)


def no_model() -> Iterator[Change]:
    """CTO711: a run of the engine names no provider or no model."""
    for name, path in RECORDED.items():
        stated = facts(path, RUNS[name])
        if "case_process_started: `true`" not in stated:
            continue
        for line in ("- case_model_provider: `local`.\n", "- case_model: `m-1`."):
            after = stated.replace(line, "- Note: left out." + "\n" * line.endswith("\n"))
            upto = after[: after.index("case_process_started: `true`")]
            yield Change(made((path, stated, after)), (path, upto + "case_process_started"))


def no_digest() -> Iterator[Change]:
    """CTO712: a pass without the digest of its patch."""
    for name, path in RECORDED.items():
        stated = facts(path, RUNS[name])
        if "Report status: `pass`" not in stated:
            continue
        after = re.sub(r"- Patch digest: `[0-9a-f]+`", "- Note: left out", stated)
        upto = after[: after.index("`pass`") + 1]
        if name in {"wrapper", "artificial"}:
            continue  # stated in two documents: the richer one, which is this one, is named
        yield Change(made((path, stated, after)), (path, upto))


def no_approval() -> Iterator[Change]:
    """CTO715: an accepted run names no approval."""
    old = "- Approval record: none needed for a fixture.\n"
    stated = facts(ARTIFICIAL, RUNS["artificial"]).replace(old, "")
    upto = stated[: stated.index("Operator outcome: accepted")]
    yield Change(made((ARTIFICIAL, old, "")), (ARTIFICIAL, upto + "Operator"))
    for name in ("copied", "sandbox", "repeat one", "repeat two"):
        path = RECORDED[name]
        stated = facts(path, RUNS[name])
        new = f"{stated}\n- Operator outcome: accepted."
        yield Change(made((path, stated, new)), (path, new))


PROOFS: dict[str, Changes] = {
    "SOT740": two_accounts,
    "SOT741": impossible,
    "SOT742": on_failure,
    "SOT743": demanded,
    "SOT744": unshown_classes,
    "SOT745": strays,
    "SOT746": unshown_artifacts,
    "SOT747": unkept,
    "SOT750": unlisted_events,
    "SOT751": unlisted_classes,
    "CTO701": no_baseline,
    "CTO702": no_fixtures,
    "CTO703": no_outcome,
    "CTO704": no_decision,
    "CTO711": no_model,
    "CTO712": no_digest,
    "CTO715": no_approval,
}
