"""The case engine: a pipeline of agents behind one task file; exit code 0 whatever became of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sot_tools.engines import json_lines
from sot_tools.engines.order import Claim, Complaint, Engine, Launch, Told, WorkOrder
from sot_tools.engines.outcome import classify
from sot_tools.engines.pi import installation, models

_PROVIDER = "openai"
"""The one provider id of its agent library that takes a key and an address of ours (MOD-14)."""
_PROTOCOL = ("agent-protocol-error", "AGENT_RESULT start delimiter not found")
"""ENG-32: what its log says where an agent gave no result."""
_FAILED = {"fail", "failed", "reject", "rejected"}


def prepare(order: WorkOrder) -> Launch:
    """One task file and isolated state; never a prompt among the arguments (ENG-08, ENG-18)."""
    if order.endpoint is None:
        return Launch(unavailable="the case engine needs a model endpoint")
    name = re.sub(r"[^a-z0-9-]+", "-", order.task_id.lower()).strip("-") or "task"
    task = f".case/tasks/active/{name}"
    state = order.state / "case-data"
    chosen = {"default": {"provider": _PROVIDER, "model": order.endpoint.model}}
    settings = {"version": 1, "projects": "./projects.json", "models": chosen}
    return Launch(
        (
            *(order.executable, "run", "--task", str(order.tree / f"{task}.task.json")),
            *("--mode", "unattended"),
        ),
        environment={
            "CASE_DATA_DIR": str(state),
            "PI_CODING_AGENT_DIR": str(state / "pi-agent"),
            "PI_OFFLINE": "1",
            "OPENAI_API_KEY": order.endpoint.key,
        },
        files={
            "case-data/config.json": _json(settings),
            "case-data/projects.json": _json({"repos": [_project(order)]}),
            "case-data/pi-agent/models.json": models(_PROVIDER, order.endpoint, order.endpoint.key),
        },
        tree_files={
            f"{task}.task.json": _json(_task(name)),
            f"{task}.md": _prompt(order).encode(),
            ".case/active": name.encode() + b"\n",
        },
        private=(".case/", ".git/"),
        repository=True,
        reads=installation(order.executable),
        path=(str(Path(order.executable).parent),),
        stderr=True,
        logs=f".case/{name}/events/run-*.jsonl",
        keep={
            "case-data/config.json": "case-data/config.json",
            "case-data/pi-agent/auth.json": "case-data/pi-agent/auth.json",
        },
        supervised=True,
    )


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode() + b"\n"


def _project(order: WorkOrder) -> dict[str, Any]:
    return {
        "name": "fixture",
        "type": "library",
        "path": str(order.tree),
        "remote": "file:///dev/null",
        "description": "a copy that belongs to one run",
        "language": "python",
        "packageManager": "pip",
        "commands": {"setup": "true", "test": " && ".join(order.verification_commands) or "true"},
    }


def _task(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "status": "active",
        "created": "2026-01-01T00:00:00Z",
        "repo": "fixture",
        "issueType": "freeform",
        "mode": "unattended",
        "profile": "tiny",
        "agents": {},
        "tested": False,
        "manualTested": False,
        "prUrl": None,
        "prNumber": None,
    }


def _prompt(order: WorkOrder) -> str:
    """The task in words, and the envelope that every agent must end with (ENG-10, ENG-12)."""
    parts = (
        ("Allowed paths", order.allowed_paths),
        ("Forbidden actions", order.forbidden_actions),
        ("Verification", order.verification_commands),
        ("Evidence expectations", order.evidence_expectations),
    )
    lists = "\n\n".join(
        f"## {title}\n\n" + "\n".join(f"- {each}" for each in entries) for title, entries in parts
    )
    result = {
        "status": "completed",
        "summary": "one sentence",
        "artifacts": {"commit": None, "filesChanged": list(order.allowed_paths)},
        "error": None,
    }
    return f"""\
# Task

{order.prompt}

{lists}

Commit the change in this repository. Push nothing, open nothing, publish nothing.

## AGENT_RESULT

End your last message with exactly one envelope of this form; `status` is completed, failed or \
blocked:

<<<AGENT_RESULT
{json.dumps(result)}
AGENT_RESULT>>>
"""


def parse(line: bytes) -> Claim | None:
    """Its event log and its log lines; what an agent claims of itself is no event."""
    entry = json_lines.entry(line)
    if any(each.encode() in line for each in _PROTOCOL):
        return Claim("protocol", "an agent ended without its AGENT_RESULT envelope")
    kind = entry.get("event") or entry.get("type")
    if kind == "pipeline_start":
        return Claim("plan", json_lines.text(entry.get("plan", "")))
    if kind == "phase_end" and {entry.get("phase"), entry.get("agent")} & {"review", "reviewer"}:
        return _review(json_lines.mapping(entry.get("result")))
    if kind == "pipeline_end":
        if entry.get("outcome") == "completed":
            return Claim("done")
        return Claim("failed", f"the pipeline ended with `{entry.get('outcome')}`")
    return None


def _review(result: Mapping[str, Any]) -> Claim:
    critical = json_lines.mapping(result.get("findings")).get("critical", 0)
    categories = json_lines.mapping(result.get("rubric")).get("categories")
    failed = [
        json_lines.text(each.get("name", "rubric"))
        for each in (categories if isinstance(categories, list) else [])
        if isinstance(each, dict) and str(each.get("verdict", "")).lower() in _FAILED
    ]
    if critical not in (0, None):
        return Claim("review", f"the reviewer has {critical} critical findings", True)
    if failed:
        return Claim("review", f"the reviewer's rubric failed: {', '.join(failed)}", True)
    return Claim("review", json_lines.text(result.get("summary", "")))


def judge(told: Told) -> tuple[Complaint, ...]:
    """The last review counts, and there must be one, although the engine itself goes on."""
    reviews = [each for each in told.claims if each.event == "review"]
    rest = tuple(each for each in told.claims if each.event != "review")
    found = list(classify(told._replace(claims=(*rest, *reviews[-1:]))))
    if not reviews:
        found.append(Complaint("missing_required_event", "no review of the change is recorded"))
    return tuple(found)


ENGINE = Engine(prepare, parse, judge, "chat")
