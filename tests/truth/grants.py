"""Contradictions of admissions and approvals: SOT720 … SOT734, CTO713, CTO714."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from tests.truth.change import Change, Changes, added, made, plan, texts
from tests.truth.papers import APPROVAL, RUNS, SOURCE
from tests.truth.records import FORBIDDEN
from tests.truth.states import GATES, first_word_of

SOURCES = plan("LATHE-SOURCE-ADMISSION-RECORD.md")
DECISION = plan("LATHE-PROVIDER-DECISION-RECORD.md")
MODEL = plan("LATHE-MODEL-PROVIDER-ADMISSION.local-m-1.json")
OTHER = plan("LATHE-MODEL-PROVIDER-ADMISSION.local-m-2.json")
TARGET = plan("GOVERNED-TARGET-REPOSITORY-ADMISSION.json")
PACKET = plan("GOVERNED-WORKFLOW-APPROVAL-PACKET.md")
REQUEST = plan("GOVERNED-WORKFLOW-REQUEST-RECORD.md")
APPROVED = plan("GOVERNED-WORKFLOW-APPROVAL-RECORD.md")
CLOSEOUT = plan("GOVERNED-WORKFLOW-CLOSEOUT.md")
EVIDENCE = plan("GOVERNED-WORKFLOW-EVIDENCE.md")
CONSUMED = "- execution_state: consumed by run 601 on 2026-06-02\n"
MODES = {
    1: ("wrapper boundary run", "any wrapper use"),
    2: ("artificial fixture run", "artificial run"),
    3: ("copied repository run", "copied repo fixture use"),
    4: ("disposable sandbox run", "any sandbox use"),
    5: ("repeatability run", "repeatability of a pass"),
    6: ("governed workflow run", "workflow under governance"),
}


def modes() -> Iterator[Change]:
    """SOT720: a mode of a finished stage is blocked, in the record or in a document of its own."""
    old = "- unattended release to customers."
    for number, phrases in MODES.items():
        for phrase in phrases:
            where = first_word_of(f"Stage {number}")
            edits = made((SOURCES, old, f"{old}\n- {phrase};"))
            yield Change(edits, (SOURCES, f"customers.\n- {phrase};"), where)
            text = f"## Modes\n\nBlocked modes:\n\n- {phrase}"
            edits = added(plan("OPERATOR-HANDBOOK.md"), text)
            yield Change(edits, (plan("OPERATOR-HANDBOOK.md"), text), where)


def scope() -> Iterator[Change]:
    """SOT721: a review is due before the stage, or the admission leaves the stage out."""
    for number in range(1, 6):
        for phrase in MODES[number]:
            limit = phrase.removesuffix(" run").removesuffix(" use")
            new = f"before promotion beyond {limit}."
            edits = made((MODEL, "before promotion beyond governed workflow.", new))
            yield Change(edits, (MODEL, new), first_word_of(f"Stage {number + 1}"))
    old = "- This admission does not approve unattended release or customer data."
    for number, phrases in MODES.items():
        for path, verb in ((DECISION, "approve"), (DECISION, "cover"), (SOURCES, "admit")):
            line = f"- It does not {verb} {phrases[0]} or customer data."
            edits = made((DECISION, old, line)) if path == DECISION else added(SOURCES, line)
            yield Change(edits, (path, line), first_word_of(f"Stage {number}"))


def admitted_late() -> Iterator[Change]:
    """SOT722: the admission is younger than runs that were made under it."""
    old = '"admission_timestamp": "2026-05-29T10:00:00-04:00"'
    told = (
        ("2026-05-30T09:20:01-04:00", "artificial", "ARTIFICIAL-FIXTURE"),
        ("2026-05-30T15:20:01+02:00", "artificial", "ARTIFICIAL-FIXTURE"),
        ("2026-06-01", "artificial", "ARTIFICIAL-FIXTURE"),
        ("2026-05-31T09:00:01Z", "copied", "COPIED-REPO"),
        ("2026-06-01T01:30:16Z", "sandbox", "DISPOSABLE-SANDBOX"),
        ("2026-06-01T10:59:59Z", "repeat one", "REPEATABILITY"),
        ("2026-06-02T10:14:49Z", "repeat two", "REPEATABILITY"),
        ("2026-06-03T00:00:00Z", "governed", "GOVERNED-WORKFLOW"),
        ("2026-06-04", "governed", "GOVERNED-WORKFLOW"),
    )
    for instant, run, family in told:
        new = f'"admission_timestamp": "{instant}"'
        path = plan(f"{family}-EVIDENCE.md")
        also = frozenset() if "T" in instant else frozenset({"SOT206"})
        yield Change(made((MODEL, old, new)), (MODEL, new), (path, RUNS[run]), also)


def two_admitted() -> Iterator[Change]:
    """SOT723: a second record of one kind is in force."""
    edits = made((OTHER, '"status": "not_admitted"', '"status": "admitted"'))
    where = (MODEL, '"status": "admitted"')
    yield Change(edits, (OTHER, '"status": "admitted"'), where)


def repeated_fields() -> Iterator[Change]:
    """SOT724: a field that the decision, or the packet, repeats from its record, in either."""
    fields = {"credential_source_class": "none", "allowed_network_class": "loopback"}
    for field, value in fields.items():
        here, there = f"- {field}: `{value}`", f'"{field}": "{value}"'
        for other in ("any", "operator-keychain", "tailnet"):
            new = f"- {field}: `{other}`"
            yield Change(made((DECISION, here, new)), (DECISION, new), (MODEL, there))
            new = f'"{field}": "{other}"'
            yield Change(made((MODEL, there, new)), (DECISION, here), (MODEL, new))
    here = "- approval_source: operator note of 2026-05-29"
    there = '"approval_source": "operator note of 2026-05-29"'
    new = '"approval_source": "chat of 2026-05-27"'
    yield Change(made((MODEL, there, new)), (DECISION, here), (MODEL, new))
    here = "- admission_status: `admitted`"
    there = '"admission_status": "admitted"'
    new = "- admission_status: `not_admitted`"
    yield Change(made((PACKET, here, new)), (PACKET, new), (TARGET, there))
    new = '"admission_status": "not_admitted"'
    also = frozenset({"SOT726"})
    emptied = (TARGET, '"target_repository_path": "/srv/target"', '"target_repository_path": ""')
    edits = made((TARGET, there, new), emptied)
    yield Change(edits, (PACKET, here), (TARGET, new), also | {"SOT207", "SOT206", "SOT204"})


def lists() -> Iterator[Change]:
    """SOT725: the packet forbids less, or allows more, than the record that it cites."""
    for entry in ("- `.env`\n", "- `vendor/`\n"):
        head = "Forbidden paths:\n\n"
        edits = made((PACKET, entry, ""))
        first = "- `vendor/`" if "env" in entry else "- `.env`"
        yield Change(edits, (PACKET, head + first), (TARGET, '"forbidden_paths": ['))
    for action in FORBIDDEN:
        edits = made((PACKET, f"\n- {action}\n", "\n"))
        first = FORBIDDEN[1] if action == FORBIDDEN[0] else FORBIDDEN[0]
        where = (PACKET, f"Forbidden actions:\n\n- {first}")
        yield Change(edits, where, (TARGET, '"forbidden_actions": ['))
    for path in ("tests/", "sr", "srcs/turn.py", "docs/README.md", "/etc/hosts", "README.md.bak"):
        old = "- `README.md`"
        new = f"{old}\n- `{path}`"
        yield Change(made((PACKET, old, new)), (PACKET, new), (TARGET, '"allowed_paths": ['))
    for kept in ("src/", "README.md"):
        here = "- `src/turn.py`" if kept == "src/" else "- `README.md`"
        edits = made((TARGET, f'"{kept}"', '"lib/"'))
        yield Change(edits, (PACKET, here), (TARGET, '"allowed_paths": ['))


def called() -> Iterator[Change]:
    """SOT726: an undated sentence gives the target record another state."""
    path = plan("GOVERNED-WORKFLOW-ISSUES.md")
    where = (TARGET, '"admission_status": "admitted"')
    for sentence in (
        "The current record is intentionally `not_admitted` and blocks the run.",
        "The record remains `not_admitted`.",
        "The admission record is not admitted until the operator signs.",
        "- The record is still not_admitted.",
    ):
        new = f"## Governed Target Repository Admission Today\n\n{sentence}"
        yield Change(added(path, new), (path, new), where)
    old = "The record is `admitted`, and nothing"
    edits = made((TARGET, '"admission_status": "admitted"', '"admission_status": "not_admitted"'))
    where = (TARGET, '"admission_status": "not_admitted"')
    yield Change(edits, (path, old), where, frozenset({"SOT724", "SOT204", "SOT206", "SOT207"}))


def roles() -> Iterator[Change]:
    """SOT728: the fallback of the decision is called primary in another document."""
    where = (DECISION, "- fallback_model: `m-2`")
    forms = ("The `m-2` primary path.", "- Use the `m-2` primary model.", "A `m-2` / `x` primary.")
    papers = [path for path in texts() if path.endswith(("-PRD.md", "-CONTRACT.md", "K.md"))]
    for path, form in zip(papers, cycle(forms), strict=False):
        yield Change(added(path, form), (path, form), where)
    new = "- fallback_model: `m-1`"
    handbook = (plan("OPERATOR-HANDBOOK.md"), "- The `m-1` primary model")
    yield Change(made((*where, new)), handbook, (DECISION, new))


def denied() -> Iterator[Change]:
    """SOT727: the source admission is called current and its record denies it."""
    old = "Status: admitted for local runs."
    for refusal in ("not admitted for execution", "not admitted"):
        new = f"Status: {refusal}."
        where = (SOURCES, new)
        yield Change(
            made((SOURCES, old, new)), (DECISION, "- source admission freshness: current"), where
        )
        for name in ("OPERATOR-HANDBOOK.md", "COPIED-REPO-EVIDENCE.md", "LATHE-EVENT-CONTRACT.md"):
            for claim in (
                "- source admission status: admitted",
                "Source admission is current.",
                "- The source admission remains `validated`.",
            ):
                text = f"## On Sources\n\n{claim}"
                edits = {**made((SOURCES, old, new)), **added(plan(name), text)}
                yield Change(edits, (plan(name), text), where)
        gate = "- Source license note is resolved."
        edits = made((SOURCES, old, new), (GATES, gate, f"{gate}\n- Source admission is current."))
        yield Change(edits, (GATES, "- Source admission is current."), where)


def still_open() -> Iterator[Change]:
    """SOT730: the approval was consumed and its record does not say so."""
    where = (CLOSEOUT, "- `WORK-114`: one approved run consumed")
    for new in ("", "- execution_state: open\n", "- execution_state: good for one run\n"):
        edits = made((APPROVED, CONSUMED, new))
        yield Change(edits, (APPROVED, "- execution_allowed: true"), where)


def backwards() -> Iterator[Change]:
    """SOT731: the request cites the run that it asks for."""
    old = f"- Earlier report: `/srv/runs/{RUNS['repeat two']}/report.json`"
    where = (CLOSEOUT, "- `WORK-114`: one approved run consumed")
    for label in ("Earlier report", "Report", "Run artifact directory", "Evidence"):
        for tail in ("/report.json", "", "/patch.diff"):
            new = f"- {label}: `/srv/runs/{RUNS['governed']}{tail}`"
            edits = made((REQUEST, old, new))
            yield Change(edits, (REQUEST, new), where)
            yield Change(edits, (APPROVED, "- execution_allowed: true"), (REQUEST, new))


def too_many() -> Iterator[Change]:
    """SOT732: a second run was started under an approval for one."""
    for name in ("OPERATOR-HANDBOOK.md", "GOVERNED-WORKFLOW-EXECUTION-ATTEMPT.md"):
        for run in ("20260602T111111Z-r1-lathe-602", "20260602T235959Z-r2-lathe-9"):
            text = (
                f"## One More\n\n- Run: `/srv/runs/{run}`.\n- case_process_started: `true`.\n"
                "- case_model_provider: `local`.\n- case_model: `m-1`.\n- Work item: `WORK-114`."
            )
            edits = added(plan(name), text)
            yield Change(
                edits, (APPROVED, "- execution_scope: one approved run only"), (plan(name), run)
            )
    old = "case_process_started: `false`"
    edits = made((EVIDENCE, old, "case_process_started: `true`"))
    also = frozenset({"CTO711"})
    where = (EVIDENCE, f"- Report: `/srv/runs/{RUNS['refused']}")
    yield Change(edits, (APPROVED, "- execution_scope: one approved run only"), where, also)


def two_sources() -> Iterator[Change]:
    """SOT733: the approval of one run has another source or date in another document."""
    here = f"- approval_source: {SOURCE}"
    run = RUNS["governed"]
    for other in ("operator note of 2026-06-01", "chat of 2026-06-02", "nobody"):
        new = f"- approval_source: {other}"
        yield Change(made((EVIDENCE, here, new)), (EVIDENCE, new), (CLOSEOUT, here))
        for name in ("OPERATOR-HANDBOOK.md", "LATHE-ENGINE-CONTRACT.md", "RELEASE-GUARD.md"):
            for note in (f"approval_source as `{other}`", f"`approval source` is `{other}`"):
                text = f"- Cited: `/srv/runs/{run}/report.json`\n\nThe report records {note}."
                edits = added(plan(name), text)
                yield Change(edits, (plan(name), text), (CLOSEOUT, here))


def two_meanings() -> Iterator[Change]:
    """SOT734: the command that checks is given as the command that runs."""
    old = "- Harness command: `lathe run --item WORK-114`"
    for path in (REQUEST, APPROVED):
        new = "- Harness command: `pytest -q`"
        yield Change(
            made((path, old, new)), (path, new), (PACKET, "- Validation command: `pytest -q`")
        )
        for label in ("Verification command", "Target command"):
            edits = made((PACKET, "- Validation command: `pytest -q`", f"- {label}: `make test`"))
            edits |= made((path, old, "- Harness command: `make test`"))
            yield Change(
                edits, (path, "- Harness command: `make test`"), (PACKET, f"- {label}: `make test`")
            )


def nameless_approval() -> Iterator[Change]:
    """CTO713: the approval has no actor, no time or no end."""
    lines = [
        line
        for line in texts()[APPROVED].split("\n")
        if line.startswith(("- approver:", "- approved_at:", "- expires:"))
    ]
    for line in lines:
        edits = made((APPROVED, f"{line}\n", ""))
        yield Change(edits, (APPROVED, "- approval_granted: true"))
    edits = made(*((APPROVED, f"{line}\n", "") for line in lines))
    yield Change(edits, (APPROVED, "- approval_granted: true"))
    assert APPROVAL in texts()[APPROVED]


def nameless_decision() -> Iterator[Change]:
    """CTO714: the decision has no source."""
    line = "- approval_source: operator note of 2026-05-29\n"
    for state in ("decided", "core_promotion_requested"):
        old = "- decision_status: decided\n"
        edits = made((DECISION, line, ""), (DECISION, old, f"- decision_status: {state}\n"))
        yield Change(edits, (DECISION, f"- decision_status: {state}"))


GRANTS: dict[str, Changes] = {
    "SOT720": modes,
    "SOT721": scope,
    "SOT722": admitted_late,
    "SOT723": two_admitted,
    "SOT724": repeated_fields,
    "SOT725": lists,
    "SOT726": called,
    "SOT727": denied,
    "SOT728": roles,
    "SOT730": still_open,
    "SOT731": backwards,
    "SOT732": too_many,
    "SOT733": two_sources,
    "SOT734": two_meanings,
    "CTO713": nameless_approval,
    "CTO714": nameless_decision,
}
