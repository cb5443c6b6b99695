"""The codex engine: the Responses API, JSON events, contained by the harness and not by itself."""

from __future__ import annotations

import json
from pathlib import Path

from sot_tools.engines import json_lines
from sot_tools.engines.order import Claim, Engine, Launch, WorkOrder
from sot_tools.engines.outcome import classify
from sot_tools.engines.pi import installation

_FLAGS = (
    *("exec", "--strict-config", "--json", "--ephemeral", "--skip-git-repo-check"),
    *("--ignore-rules", "--color", "never", "-s", "danger-full-access"),
)
"""Its own sandbox cannot start inside the harness's, which is the stricter one."""


def prepare(order: WorkOrder) -> Launch:
    """codex with a configuration of its own, whatever the user has configured."""
    if order.endpoint is None:
        return Launch(unavailable="codex needs a model endpoint")
    settings = f"""\
model = {json.dumps(order.endpoint.model)}
model_provider = "sot"
model_context_window = 128000
approval_policy = "never"
check_for_update_on_startup = false
web_search = "disabled"

[model_providers.sot]
name = "sot"
base_url = {json.dumps(order.endpoint.url)}
wire_api = "responses"
env_key = "SOT_MODEL_KEY"
request_max_retries = 1
stream_max_retries = 1
stream_idle_timeout_ms = 20000

[shell_environment_policy]
inherit = "core"
ignore_default_excludes = false

[analytics]
enabled = false

[history]
persistence = "none"
"""
    return Launch(
        (binary(order.executable), *_FLAGS, "-C", str(order.tree), "--", order.prompt),
        environment={
            "CODEX_HOME": str(order.state / "codex"),
            "SOT_MODEL_KEY": order.endpoint.key,
        },
        files={"codex/config.toml": settings.encode()},
        reads=installation(order.executable),
    )


def binary(executable: str) -> str:
    """The native program, also where the package's start script is named."""
    path = Path(executable).resolve()
    if path.suffix == ".js":
        for folder in path.parents:
            found = sorted(folder.glob("@openai/codex-*/vendor/*/bin/codex"))
            if found:
                return str(found[0])
    return str(path)


def parse(line: bytes) -> Claim | None:
    """codex's events: a started turn is the plan, a failed one means the provider."""
    entry = json_lines.entry(line)
    kind = entry.get("type")
    if kind == "turn.started":
        return Claim("plan", "codex begins to work on the task")
    if kind == "turn.failed":
        error = json_lines.mapping(entry.get("error"))
        return Claim("provider-unavailable", json_lines.text(error.get("message", "")))
    return Claim("done") if kind == "turn.completed" else None


ENGINE = Engine(prepare, parse, classify, "responses")
