"""The Markdown papers of the consistent workspace that no family writes by rote."""

from __future__ import annotations

from tests.truth import records


def head(stem: str, title: str, status: str, reviewed: str) -> str:
    """Front matter and title."""
    return (
        f"---\nname: {stem.lower()}\nstatus: {status}\nowner: jp\ncreated: 2026-05-28\n"
        f"last_reviewed: {reviewed}\n---\n\n# {title}\n"
    )


CONTEXT = """# Context

## Work item

A piece of work that the board registers with an id, a status and its documents.

## Lathe

The engine that turns a task into a patch.
"""

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def run(
    label: str,
    run_id: str,
    status: str = "pass",
    changed: str = "src/turn.py",
    digest: str = "9" * 64,
    *more: str,
) -> str:
    """The facts of one run as an evidence document lists them."""
    passed = "true" if status == "pass" else "not run"
    lines = [
        f"- {label}: `/srv/runs/{run_id}/report.json`.",
        f"- Report status: `{status}`.",
        f"- Changed files: {changed}.",
        f"- Tests passed: `{passed}`.",
        f"- Patch digest: `{digest}`.",
        *(f"- {line}" for line in more),
    ]
    return "\n".join(lines)


ENGINE = (
    "case_process_started: `true`.",
    "case_model_provider: `local`.",
    "case_model: `m-1`.",
)
RUNS = {
    "wrapper": "20260529T140500Z-r1-lathe-101",
    "first": "20260530T120000Z-r1-lathe-200",
    "baseline": "20260530T131500Z-fake-lathe-201",
    "artificial": "20260530T132000Z-r1-lathe-202",
    "timeout": "20260530T140000Z-r1-lathe-203",
    "no diff": "20260530T141000Z-r1-lathe-204",
    "disallowed file": "20260530T142000Z-r1-lathe-205",
    "copied": "20260531T090000Z-r1-lathe-301",
    "sandbox": "20260601T013015Z-r1-lathe-401",
    "repeat one": "20260601T100000Z-r1-lathe-501",
    "repeat two": "20260601T110000Z-r1-lathe-502",
    "refused": "20260602T080000Z-r1-lathe-600",
    "governed": "20260602T101450Z-r1-lathe-601",
}
APPROVAL = "I approve WORK-114 against /srv/target for one governed run."
SOURCE = "operator note of 2026-06-02"
_FORBIDDEN = "\n".join(f"- {action}" for action in records.FORBIDDEN)

ISSUE_NOTES = {
    "ARTIFICIAL-FIXTURE": f"""## Probe - 2026-05-29

`WORK-105` remains blocked until the provider answers.

The active blocker is `WORK-104` until then.

## Evidence

- Pass report: `/srv/runs/{RUNS["artificial"]}/report.json`
- Fake baseline report: `/srv/runs/{RUNS["baseline"]}/report.json`
""",
    "GOVERNED-WORKFLOW": """## Governed Target Repository Admission Record - 2026-05-31

The current record is intentionally `not_admitted` and blocks the run.

## Governed Target Repository Admission

The record is `admitted`, and nothing beyond its paths may be written.
""",
    "NEXT-ENGINE": """## Rules Of The Trial

`WORK-117` remains blocked until `WORK-116` is proven.

If `WORK-116` is validated, tell the operator. Do not mark `WORK-116` as validated before.
`WORK-117` is not validated, and never becomes validated by wording alone.

## Required Phrases

- the operator reads the report

## Dependencies

- `WORK-114` is validated.
- Operator Notes Issues is validated.

Open questions for the operator, and a second blocker in prose: a licence note from the vendor.
""",
}
CLOSEOUT_NOTES = {
    "GOVERNED-WORKFLOW": f"""- `WORK-114`: one approved run consumed
- approval_source: {SOURCE}
- Harness report: `/srv/runs/{RUNS["governed"]}/report.json`
- process_started: true
- Operator outcome: accepted
- validation: passed""",
    "REPEATABILITY": f"""Both repeats agree with the run of the sandbox.

- Report: `/srv/runs/{RUNS["repeat two"]}/report.json`
- Report status: `pass`
- Changed files: src/turn.py""",
}


def _evidence(
    stem: str, title: str, reviewed: str, items: str, body: str, status: str = "validated"
) -> str:
    return (
        head(f"{stem}-EVIDENCE", f"{title} Evidence", status, reviewed)
        + f"""
## Scope

Status: {status}.

Work item: {items}

## Result

{body}
"""
    )


_WRAPPER = f"""{run("Run artifact directory", RUNS["wrapper"], "pass", "none", EMPTY)}

`WORK-101`, `WORK-102` and `WORK-103` are validated because the wrapper refused what it had to.
"""
_FIRST = f"""{run("Run", RUNS["first"], "blocked", "none", EMPTY, "Failure reason: `timeout`.")}

`WORK-105` remains blocked until the provider answers. Do not mark `WORK-105` validated.
"""
_ARTIFICIAL = f"""### Fake Baseline

{run("Fake baseline report", RUNS["baseline"])}

### Pass

{
    run(
        "Run artifact directory",
        RUNS["artificial"],
        "pass",
        "src/turn.py",
        "9" * 64,
        *ENGINE,
        "eligibility_decision: `eligible`.",
        "Approval record: none needed for a fixture.",
        "Operator outcome: accepted.",
    )
}
- Result: `WORK-105` is validated against the baseline.

### Failure: Timeout

{
    run(
        "Failure report",
        RUNS["timeout"],
        "blocked",
        "none",
        EMPTY,
        "Failure reason: `timeout`.",
        "Result: the timeout is not validated work.",
    )
}

### Failure: No Diff

{run("Failure report", RUNS["no diff"], "fail", "none", EMPTY, "Failure reason: `no_diff`.")}

### Failure: Disallowed File

{
    run(
        "Failure report",
        RUNS["disallowed file"],
        "blocked",
        "none",
        EMPTY,
        "Failure reason: `disallowed_file`.",
    )
}
"""
_COPIED = run(
    "Run artifact directory",
    RUNS["copied"],
    "pass",
    "src/turn.py, tests/test_turn.py",
    "8" * 64,
    *ENGINE,
)
_SANDBOX = f"""### Sandbox Run - 2026-05-31

{run("Run artifact directory", RUNS["sandbox"], "pass", "src/turn.py", "7" * 64, *ENGINE)}

The clock of the harness is UTC; here it was still the evening of 2026-05-31.
"""
_REPEAT = f"""### First Repeat - 2026-06-01

{run("Run artifact directory", RUNS["repeat one"], "pass", "src/turn.py", "6" * 64, *ENGINE)}

### Second Repeat - 2026-06-01

{run("Run artifact directory", RUNS["repeat two"], "pass", "src/turn.py", "6" * 64, *ENGINE)}

### What Was Compared

- The two patches are equal.
- Both emit the event `run.completed`.
"""
_GOVERNED = f"""### Refused Attempt

The approval was missing, and the harness refused.

- Report: `/srv/runs/{RUNS["refused"]}/report.json`.
- Report status: `blocked`.
- Failure reason: `approval_missing`.
- case_process_started: `false`.

### Approved Run

{run("Harness report", RUNS["governed"], "pass", "src/turn.py", "5" * 64, *ENGINE)}
- approval_source: {SOURCE}
- Target commit: `0a1b2c3d4e5f60718293a4b5c6d7e8f901234567`.
- Operator outcome: accepted.
"""

_STAGES = (
    ("Wrapper Boundary", "The wrapper stands.", "LATHE-WRAPPER", "refusal", "report"),
    (
        "Artificial Fixture",
        "`WORK-103` is validated.",
        "ARTIFICIAL-FIXTURE",
        "timeout;\n- no diff;\n- disallowed file",
        "fake baseline",
    ),
    ("Copied Repo", "`WORK-106` is validated.", "COPIED-REPO", "dirty tree", "copied tree"),
    (
        "Disposable Sandbox",
        "Copied Repo Issues is validated.",
        "DISPOSABLE-SANDBOX",
        "sandbox escape",
        "sandbox listing",
    ),
    (
        "Repeatability",
        "Sandbox review is resolved.",
        "REPEATABILITY",
        "flaky patch",
        "second patch",
    ),
    (
        "Governed Workflow",
        "Source license note is resolved.",
        "GOVERNED-WORKFLOW",
        "missing approval",
        "approval record",
    ),
)
SHOWN = {
    "refusal": "Refusal fixture blocked a write.",
    "timeout;\n- no diff;\n- disallowed file": "Timeout fixture, no diff fixture and disallowed file fixture each blocked.",
    "dirty tree": "Dirty tree fixture blocked the copy.",
    "sandbox escape": "Sandbox escape fixture blocked.",
    "flaky patch": "Flaky patch fixture failed as it had to.",
    "missing approval": "Missing approval fixture blocked the run.",
}


def _stage(number: int, name: str, gate: str, stem: str, failures: str, artifact: str) -> str:
    return f"""## Stage {number} - {name}

Status: validated on 2026-06-02.

Entry gates:

- {gate}

Required failure classes:

- {failures}.

Required artifacts:

- {artifact}.

Validation evidence:

- {SHOWN[failures]}
- The {artifact} is kept: `.sot/plans/{stem}-EVIDENCE.md`.
"""


GATES = (
    head("LATHE-STAGED-GATES", "Lathe Staged Gates", "candidate", "2026-06-02")
    + """
## Purpose

Six stages, each on top of the one before.

## Gate Rules

- Stage 6 is validated only by an approved run.
- Stage 2 remains blocked until the wrapper stands.

## Stage Summary

| Stage | Name |
| --- | --- |
"""
    + "".join(f"| {number} | {stage[0]} |\n" for number, stage in enumerate(_STAGES, 1))
    + "\n"
    + "\n".join(_stage(number, *stage) for number, stage in enumerate(_STAGES, 1))
    + """
## Stage 7 - Unattended Release

Entry gates:

- Next Engine PRD is validated.
- `WORK-117` is validated.
"""
)

BLOCKER = (
    head("LATHE-PROVIDER-BLOCKER", "Lathe Provider Blocker", "validated", "2026-05-31")
    + f"""
## First Probe - 2026-05-29

- Run artifact directory: `/srv/runs/{RUNS["wrapper"]}`.
- Report status: `pass`.

`WORK-105` remains blocked by the provider.

## Second Probe - 2026-05-30

- Run artifact directory: `/srv/runs/{RUNS["first"]}`.
- Report status: `blocked`.
- Failure reason: `timeout`.
- Changed files: none.

`WORK-105` is still blocked because the provider is silent.

## Third Probe - 2026-05-30

- Run artifact directory: `/srv/runs/{RUNS["artificial"]}`.
- Report status: `pass`.
- Changed files: src/turn.py.
- Tests passed: `true`.

`WORK-105` is validated since the third probe.

## What Is Left

- Nothing is left open.
- The sentence `WORK-105 remains blocked` must not come back.
"""
)

EVENTS = (
    head("LATHE-EVENT-CONTRACT", "Lathe Event Contract", "validated", "2026-05-30")
    + """
## Purpose

The events of a run, a closed list.

## Required Normalized Events

1. `run.started`
2. `approval.granted` or `approval.denied`
3. `backend.gate.passed`
4. `run.completed`

## Validation Expectations

A run that emits anything else is refused.
"""
)

ENGINE_CONTRACT = (
    head("LATHE-ENGINE-CONTRACT", "Lathe Engine Contract", "validated", "2026-05-30")
    + """
## Purpose

What an engine may do.

## Eligibility Decision

The engine starts only after the decision is written.

## Validation Expectations

Each run emits the event `run.started` first and writes `report.json` and `events.jsonl`.
"""
)

MATRIX = (
    head("LATHE-FAILURE-MATRIX", "Lathe Failure Matrix", "validated", "2026-05-30")
    + """
## Purpose

The failures that are made to happen.

## Matrix Rules

- Each failure has one class.

## Required Failure Fixtures

| Fixture | Expected blocker reason |
| --- | --- |
| the provider is silent | `timeout` |
| nothing changed | `no_diff` |
| a file outside the list | `disallowed_file` |
| no approval | `approval_missing` |

## Acceptance Rule

- Each row has a report.
"""
)

SOURCE_ADMISSION = (
    head(
        "LATHE-SOURCE-ADMISSION-RECORD", "Lathe Source Admission Record", "validated", "2026-06-02"
    )
    + """
## Source Identity

- The lathe, from its own repository.

## License Note

License status is resolved. Sandbox review is resolved.

## Source Boundary

- Read only.

## Allowed Execution Mode

Allowed modes:

- artificial fixture run;
- copied repository run.

Blocked modes:

- unattended release to customers.

## Update Rule

- A new commit is a new admission. It does not approve unattended release.

## Admission Status

Status: admitted for local runs.
"""
)

PROVIDER_ISSUE_NOTE = (
    head(
        "LATHE-PROVIDER-DECISION-RECORD",
        "Lathe Provider Decision Record",
        "validated",
        "2026-05-30",
    )
    + """
## Decision State

- decision_status: decided
- approval_source: operator note of 2026-05-29
- provider: `local`
- model: `m-1`
- fallback_model: `m-2`
- credential_source_class: `none`
- allowed_network_class: `loopback`

## Limits

- This admission does not approve unattended release or customer data.
- source admission freshness: current
"""
)

GUARD = (
    head("RELEASE-GUARD", "Release Guard", "blocked", "2026-06-02")
    + """
## Guard State

Status: blocked.

The guard is blocked on purpose, and stays blocked until a release is asked for.

## Blocked Actions

- Unattended release.

## Decision

Stage 7 remains blocked. Never call Stage 7 validated.
"""
)

ATTEMPT = (
    head(
        "GOVERNED-WORKFLOW-EXECUTION-ATTEMPT",
        "Governed Workflow Execution Attempt",
        "blocked",
        "2026-06-01",
    )
    + """
## Scope

Work item: `WORK-114`

## Attempt

The harness asked for an approval and had none.

## Result

Status: blocked.

## Decision

`WORK-114` remains blocked until the approval is given. Do not mark `WORK-114` validated.
"""
)

PACKET = (
    head(
        "GOVERNED-WORKFLOW-APPROVAL-PACKET",
        "Governed Workflow Approval Packet",
        "validated",
        "2026-06-02",
    )
    + f"""
## Status

- approval_granted: false
- Validation command: `pytest -q`

## Proposed Target Repository

- Admission source: `.sot/plans/GOVERNED-TARGET-REPOSITORY-ADMISSION.json`
- admission_status: `admitted`

## Proposed Task Contract

Allowed paths:

- `src/turn.py`
- `README.md`

Forbidden paths:

- `.env`
- `vendor/`

Forbidden actions:

{_FORBIDDEN}

## Required Approval

```text
{APPROVAL}
```

## Execution Gate

Before an approval the run is blocked.

## Evidence Required After Execution

- report status: pass or fail, whatever it was
"""
)

REQUEST = (
    head(
        "GOVERNED-WORKFLOW-REQUEST-RECORD",
        "Governed Workflow Request Record",
        "validated",
        "2026-06-02",
    )
    + f"""
## Request State

- approval_granted: false
- execution_allowed: false

## Exact Approval Packet

```text
{APPROVAL}
```

## Admitted Target Repository

- `.sot/plans/GOVERNED-TARGET-REPOSITORY-ADMISSION.json`

## Allowed Paths

- `src/turn.py`

## Harness Command

- Harness command: `lathe run --item WORK-114`

## Required Evidence Pointers

- Earlier report: `/srv/runs/{RUNS["repeat two"]}/report.json`

## Blocked Actions

- push

## Next Allowed Action

- Ask the operator.
"""
)

APPROVAL_RECORD = (
    head(
        "GOVERNED-WORKFLOW-APPROVAL-RECORD",
        "Governed Workflow Approval Record",
        "validated",
        "2026-06-02",
    )
    + f"""
## Approval State

- approval_granted: true
- execution_allowed: true
- execution_scope: one approved run only
- execution_state: consumed by run 601 on 2026-06-02
- approver: jp
- approved_at: 2026-06-02T09:00:00Z
- expires: 2026-06-03T09:00:00Z

## Exact Approval Packet

```text
{APPROVAL}
```

## Admitted Target Repository

- `.sot/plans/GOVERNED-TARGET-REPOSITORY-ADMISSION.json`

## Allowed Paths

- `src/turn.py`

## Harness Command

- Harness command: `lathe run --item WORK-114`

## Guardrails

- Push is refused.

## Next Allowed Action

- None; the approval is used.
"""
)

HANDBOOK = (
    head("OPERATOR-HANDBOOK", "Operator Handbook", "validated", "2026-06-02")
    + """
## Purpose

How the operator reads a report. When `WORK-116` is validated, a chapter on engines follows.

## Open Questions

None.

## Commands

- `sot check` before each commit.
- `sot explain` for a code.
- The `m-1` primary model, with `m-2` fallback only.
- The next candidate of the workspace is a faster lathe.
"""
)

PAPERS = {
    "LATHE-WRAPPER-EVIDENCE.md": _evidence(
        "LATHE-WRAPPER", "Lathe Wrapper", "2026-05-29", "`WORK-101`", _WRAPPER
    ),
    "ARTIFICIAL-FIXTURE-FIRST-EVIDENCE.md": _evidence(
        "ARTIFICIAL-FIXTURE-FIRST",
        "Artificial Fixture First",
        "2026-05-29",
        "`WORK-105`",
        _FIRST,
        "blocked",
    ),
    "ARTIFICIAL-FIXTURE-EVIDENCE.md": _evidence(
        "ARTIFICIAL-FIXTURE",
        "Artificial Fixture",
        "2026-05-30",
        "`WORK-104`, `WORK-105`, `WORK-106`",
        _ARTIFICIAL,
    ),
    "COPIED-REPO-EVIDENCE.md": _evidence(
        "COPIED-REPO", "Copied Repo", "2026-05-31", "`WORK-107`, `WORK-108`", _COPIED
    ),
    "DISPOSABLE-SANDBOX-EVIDENCE.md": _evidence(
        "DISPOSABLE-SANDBOX", "Disposable Sandbox", "2026-05-31", "`WORK-109`, `WORK-110`", _SANDBOX
    ),
    "REPEATABILITY-EVIDENCE.md": _evidence(
        "REPEATABILITY", "Repeatability", "2026-06-01", "`WORK-111`, `WORK-112`", _REPEAT
    ),
    "GOVERNED-WORKFLOW-EVIDENCE.md": _evidence(
        "GOVERNED-WORKFLOW", "Governed Workflow", "2026-06-02", "`WORK-113`, `WORK-114`", _GOVERNED
    ),
    "OPERATOR-NOTES-EVIDENCE.md": _evidence(
        "OPERATOR-NOTES",
        "Operator Notes",
        "2026-06-02",
        "`WORK-115`",
        "`WORK-115` is validated: `.sot/plans/OPERATOR-HANDBOOK.md`.",
    ),
    "LATHE-STAGED-GATES.md": GATES,
    "LATHE-PROVIDER-BLOCKER.md": BLOCKER,
    "LATHE-EVENT-CONTRACT.md": EVENTS,
    "LATHE-ENGINE-CONTRACT.md": ENGINE_CONTRACT,
    "LATHE-FAILURE-MATRIX.md": MATRIX,
    "LATHE-SOURCE-ADMISSION-RECORD.md": SOURCE_ADMISSION,
    "LATHE-PROVIDER-DECISION-RECORD.md": PROVIDER_ISSUE_NOTE,
    "RELEASE-GUARD.md": GUARD,
    "GOVERNED-WORKFLOW-EXECUTION-ATTEMPT.md": ATTEMPT,
    "GOVERNED-WORKFLOW-APPROVAL-PACKET.md": PACKET,
    "GOVERNED-WORKFLOW-REQUEST-RECORD.md": REQUEST,
    "GOVERNED-WORKFLOW-APPROVAL-RECORD.md": APPROVAL_RECORD,
    "OPERATOR-HANDBOOK.md": HANDBOOK,
}
