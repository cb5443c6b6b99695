"""The pi engine: chat completions, JSON events, no sandbox of its own, exit code 0 on any fault."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sot_tools.engines import json_lines
from sot_tools.engines.order import (
    Claim,
    Complaint,
    Endpoint,
    Engine,
    Launch,
    Told,
    WorkOrder,
)
from sot_tools.engines.outcome import classify

_PROVIDER = "sot"
"""The name under which pi knows the harness's door."""
_SETTINGS = b'{"retry": {"maxRetries": 1, "baseDelayMs": 250}}'
"""One more try: a provider that is gone is told within a second, not within fifteen."""
_FLAGS = (
    *("--print", "--mode", "json", "--no-session", "--no-extensions", "--no-skills"),
    *("--no-prompt-templates", "--no-themes", "--no-context-files", "--no-approve", "--offline"),
)


def prepare(order: WorkOrder) -> Launch:
    """pi with a model list of its own, whatever the user has configured."""
    if order.endpoint is None:
        return Launch(unavailable="pi needs a model endpoint")
    agent = order.state / "pi-agent"
    argv = (
        *interpreter(order.executable),
        *_FLAGS,
        *("--provider", _PROVIDER, "--model", order.endpoint.model, "--", order.prompt),
    )
    return Launch(
        argv,
        environment={
            "PI_CODING_AGENT_DIR": str(agent),
            "PI_OFFLINE": "1",
            "PI_TELEMETRY": "0",
            "SOT_MODEL_KEY": order.endpoint.key,
        },
        files={
            "pi-agent/models.json": models(_PROVIDER, order.endpoint, "$SOT_MODEL_KEY"),
            "pi-agent/settings.json": _SETTINGS,
        },
        reads=installation(order.executable),
    )


def models(provider: str, endpoint: Endpoint, key: str) -> bytes:
    """pi's list of models: one provider with one model, reached through the door."""
    compatible = {"supportsDeveloperRole": False, "supportsReasoningEffort": False}
    compatible["supportsStore"] = False
    model: dict[str, Any] = {
        "id": endpoint.model,
        "name": endpoint.model,
        "reasoning": False,
        "input": ["text"],
        "contextWindow": 128000,
        "maxTokens": 4096,
        "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
        "compat": compatible,
    }
    door = {"baseUrl": endpoint.url, "api": "openai-completions", "apiKey": key}
    known = {provider: {**door, "compat": compatible, "models": [model]}}
    return json.dumps({"providers": known}, indent=1).encode()


def interpreter(executable: str) -> tuple[str, ...]:
    """How a program is started: a script by the node that is installed beside it, if any."""
    path = Path(executable).resolve()
    if not re.search(r"\.[cm]?js$", path.name):
        return (executable,)
    for folder in path.parents:
        beside = folder / "node" / "bin" / "node"
        if folder.name == "node_modules" and beside.is_file():
            return (str(beside), str(path))
    return ("node", str(path))


def installation(executable: str) -> tuple[str, ...]:
    """What an installed program must be able to read of itself."""
    path = Path(executable).resolve()
    whole = [folder for folder in path.parents if folder.name == "node_modules"]
    return (str(whole[-1] if whole else path.parent),)


def parse(line: bytes) -> Claim | None:
    """pi's events: the first turn is the plan, an error ends the hope, `agent_settled` closes."""
    entry = json_lines.entry(line)
    kind = entry.get("type")
    if kind == "turn_start":
        return Claim("plan", "pi begins to work on the task")
    if kind == "auto_retry_end" and entry.get("success") is False:
        return Claim("provider-unavailable", json_lines.text(entry.get("finalError", "")))
    if kind == "message_end":
        message = json_lines.mapping(entry.get("message"))
        if message.get("stopReason") == "error":
            return Claim("provider-error", json_lines.text(message.get("errorMessage", "")))
        if message.get("role") == "assistant":
            return Claim("answer")
    return Claim("done") if kind == "agent_settled" else None


def judge(told: Told) -> tuple[Complaint, ...]:
    """As every engine; an error that no answer follows means that the provider is gone."""
    last = next(
        (each for each in reversed(told.claims) if each.event in {"provider-error", "answer"}), None
    )
    if last is not None and last.event == "provider-error":
        gone = Claim("provider-unavailable", last.detail)
        told = told._replace(claims=(*told.claims, gone))
    return classify(told)


ENGINE = Engine(prepare, parse, judge, "chat")
