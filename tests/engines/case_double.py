#!/usr/bin/env python3
"""A double of the case engine's command line, used in tests and never counted as its proof.

Shape and misbehaviour are those that were measured on the real program: `run --task <file> --mode
unattended`, CASE_DATA_DIR, PI_CODING_AGENT_DIR, an event log below `.case/`, the AGENT_RESULT
envelope, exit code 0 for every outcome of its pipeline, agents' shells in sessions of their own, a
closer that runs although the reviewer rejected, and `completed` whatever an agent claims.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

TOOLS = [
    {
        "type": "function",
        "function": {"name": name, "parameters": {"type": "object", "properties": properties}},
    }
    for name, properties in (
        ("edit", {"path": {}, "oldText": {}, "newText": {}}),
        ("write", {"path": {}, "content": {}}),
        ("bash", {"command": {}}),
    )
]
START, END = "<<<AGENT_RESULT", "AGENT_RESULT>>>"
PHASES = (
    ("implement", "implementer"),
    ("review", "reviewer"),
    ("close", "closer"),
    ("retrospective", "retrospective"),
)


class Pipeline:
    """One task from its first phase to its last."""

    def __init__(self, task: Path) -> None:
        self.task = json.loads(task.read_text())
        self.prompt = task.with_name(task.name.replace(".task.json", ".md")).read_text()
        self.root = Path.cwd()
        data = Path(os.environ["CASE_DATA_DIR"])
        self.model = json.loads((data / "config.json").read_text())["models"]["default"]
        agent = Path(os.environ["PI_CODING_AGENT_DIR"])
        known = json.loads((agent / "models.json").read_text())["providers"]
        self.provider = known.get(self.model["provider"], {})
        (agent / "auth.json").write_text("{}")
        self.run_id = str(uuid.uuid4())
        log = self.root / ".case" / self.task["id"] / "events" / f"run-{self.run_id}.jsonl"
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log.open("a")
        self.sequence = 0

    def event(self, name: str, **value: Any) -> None:
        self.sequence += 1
        entry = {"event": name, "ts": time.time(), "sequence": self.sequence, **value}
        self.log.write(json.dumps({**entry, "runId": self.run_id}) + "\n")
        self.log.flush()

    def run(self) -> None:
        plan = " > ".join(phase for phase, _ in PHASES)
        self.event("pipeline_start", plan=plan)
        failed = None
        for phase, agent in PHASES:
            self.event("phase_start", phase=phase, agent=agent)
            result = self.agent(agent)
            if result is None and agent == "implementer":
                result = self.agent(agent)
            if result is None:
                why = "AGENT_RESULT start delimiter not found"
                entry = {"level": "warn", "class": "agent-protocol-error", "message": why}
                sys.stderr.write(json.dumps(entry) + "\n")
                result = {"status": "failed", "error": why}
            outcome = result.get("status", "failed")
            self.event("phase_end", phase=phase, agent=agent, outcome=outcome, result=result)
            critical = result.get("findings", {}).get("critical", 0)
            if outcome != "completed" or critical:
                failed = failed or agent
                if agent == "implementer":
                    break
        if failed == "implementer":
            self.agent("retrospective")
        self.event("pipeline_end", outcome="failed" if failed else "completed", failedAgent=failed)
        print(f"[unattended] pipeline {'failed at ' + failed if failed else 'completed'}")

    def agent(self, name: str) -> dict[str, Any] | None:
        """One conversation; None where it ends without an envelope."""
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": f"You are the {name}."},
            {"role": "user", "content": self.prompt},
        ]
        while True:
            try:
                text, calls = self.ask(messages)
            except (OSError, ValueError, KeyError):
                return None
            if not calls:
                return envelope(text)
            messages.append({"role": "assistant", "content": text, "tool_calls": calls})
            for call in calls:
                result = tool(call["function"]["name"], call["function"]["arguments"])
                self.event("tool_end", tool=call["function"]["name"], result=result[:500])
                answer = {"role": "tool", "tool_call_id": call["id"], "content": result}
                messages.append(answer)

    def ask(self, messages: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
        body = {"model": self.model["model"], "messages": messages, "tools": TOOLS, "stream": True}
        key = os.environ.get("OPENAI_API_KEY", "")
        request = urllib.request.Request(
            self.provider["baseUrl"] + "/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        text, calls, ended = "", [], False
        with urllib.request.urlopen(request, timeout=600) as answer:
            for line in answer:
                if not line.startswith(b"data: {"):
                    ended = ended or line.startswith(b"data: [DONE]")
                    continue
                for choice in json.loads(line[6:])["choices"]:
                    text += choice["delta"].get("content") or ""
                    calls += choice["delta"].get("tool_calls") or []
        if not ended:
            raise OSError("the stream broke off")
        return text, calls


def envelope(text: str) -> dict[str, Any] | None:
    start, end = text.rfind(START), text.rfind(END)
    if start < 0 or end < start:
        return None
    found = json.loads(text[start + len(START) : end])
    return found if isinstance(found, dict) else None


def tool(name: str, arguments: str) -> str:
    try:
        given = json.loads(arguments)
        if name == "bash":
            done = subprocess.run(
                ["bash", "-c", given["command"]],
                capture_output=True,
                text=True,
                start_new_session=True,
                check=False,
            )
            return done.stdout + done.stderr
        path = Path(given["path"])
        if name == "write":
            path.write_text(given["content"])
        else:
            before = path.read_text()
            if given["oldText"] not in before:
                return "error: oldText not found"
            path.write_text(before.replace(given["oldText"], given["newText"], 1))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"error: {error}"
    return "ok"


def main(argv: list[str]) -> int:
    if argv[:2] != ["run", "--task"] or argv[3:] != ["--mode", "unattended"]:
        sys.stderr.write("usage: ca run --task <file> --mode unattended\n")
        return 1
    if not Path(argv[2]).is_file():
        sys.stderr.write("task file not found\n")
        return 1
    Pipeline(Path(argv[2])).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
