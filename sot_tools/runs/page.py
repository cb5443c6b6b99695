"""`report.md`: the result of a run for a person; it quotes no digest of `report.json`."""

from __future__ import annotations

from sot_tools.evidence.instants import instant
from sot_tools.evidence.rundir import RunDirectory
from sot_tools.runs.record import Record

_VERDICTS = {
    "pass": "Passed: the change is allowed and its verification succeeded.",
    "fail": "Failed.",
    "blocked": "Blocked.",
}


def render(record: Record, run: RunDirectory) -> str:
    """The page of a run whose other artifacts are closed."""
    blocks = [
        f"# {record.case.case_id}: {record.status}",
        _VERDICTS[record.status] + " " + record.case.title,
        "\n".join(_facts(record, run)),
    ]
    if record.decided:
        blocks.append("## Why it did not pass")
        blocks.append("\n".join(f"- `{each.code}`: {each.message}" for each in record.decided))
    blocks.append("## Changed files")
    changed = "\n".join(f"- `{path}`" for path in record.changed_files)
    blocks.append(changed or "None.")
    blocks.append("## Verification")
    blocks.append("\n".join(_verification(record)) or "None.")
    blocks.append("## Artifacts")
    head = "| artifact | bytes | SHA-256 |\n| --- | --- | --- |"
    rows = [
        f"| `{name}` | {each.size} | `{each.sha256}` |"
        for name, each in sorted(run.artifacts().items())
    ]
    blocks.append("\n".join([head, *rows]))
    blocks.append(
        f"`sot evidence verify {run.begun.run_id}` hashes all of it again; "
        "what this page says is no proof."
    )
    return "\n\n".join(blocks) + "\n"


def _facts(record: Record, run: RunDirectory) -> list[str]:
    return [
        "| | |",
        "| --- | --- |",
        f"| run | `{run.begun.run_id}` |",
        f"| task | {record.case.task.task_id} |",
        f"| engine | {record.engine}, exit code {_code(record.engine_exit_code)} |",
        f"| began | {instant(run.begun.started)} |",
        f"| ended | {instant(run.clock())} |",
        f"| allowed writes | {'respected' if record.allowed_writes_passed else 'violated'} |",
        f"| approval | {record.approval_status} |",
        f"| baseline | `{record.baseline_commit or 'none'}` |",
        f"| trees | {_trees(record)} |",
    ]


def _trees(record: Record) -> str:
    """How the trees of the run were made, and why where it was not the fast way."""
    made = record.facts.get("tree")
    if made is None:
        return "none"
    kinds = ", ".join(f"{made[name]} for the {name}" for name in ("engine", "verification"))
    return f"{kinds}, since {made['reason']}" if "reason" in made else kinds


def _verification(record: Record) -> list[str]:
    return [
        f"- `{each.command}`: {each.outcome}, exit code {_code(each.exit_code)}"
        for each in record.verification
    ]


def _code(code: int | None) -> str:
    return "none" if code is None else str(code)
