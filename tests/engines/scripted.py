"""A model that plays a script: OpenAI-compatible, on loopback, chat completions and Responses.

A script is a tuple of actions, one per answer; after its last action the model says that it is
done. Which action comes next is what the conversation itself shows, so retries repeat the action.
"""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "scripted-1"
DONE = "The change is done."

Action = tuple[str, ...]
"""`edit path old new`, `write path text`, `shell command`, `say text`, `reason text`, `bad`,
`hang`, `drop` or `status number`."""
Script = tuple[Action, ...]


class Model:
    """Open from `with` to its end; counts what it was asked."""

    def __init__(
        self,
        script: Script | Mapping[str, Script] = (),
        answers_as: str = MODEL,
        later_as: str = "",
        probe: Action = ("say", "ready"),
        delay: float = 0.0,
    ) -> None:
        self.script = script
        self.answers_as = answers_as
        self.later_as = later_as or answers_as
        """The model that answers once it was asked for work."""
        self.probe = probe
        self.delay = delay
        self.requests: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.stopping = threading.Event()

    def __enter__(self) -> Model:
        handler = type("Handler", (_Answer,), {"model": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        socketserver.TCPServer.server_close(self._server)

    def outputs(self) -> list[str]:
        """What the engine's tools gave back, as the longest conversation told the model."""
        found: list[str] = []
        for body in self.requests:
            if "input" in body:
                items = [each for each in body["input"] if "output" in each]
                said = [json.dumps(each["output"]) for each in items]
            else:
                items = [each for each in body["messages"] if each.get("role") == "tool"]
                said = [json.dumps(each["content"]) for each in items]
            found = max(found, said, key=len)
        return found

    def turns(self, body: Mapping[str, Any]) -> Script:
        """The script of a conversation; a mapping is looked up by a word of its first message."""
        if not isinstance(self.script, Mapping):
            return self.script
        first = json.dumps((body.get("messages") or [{}])[0])
        return next((each for word, each in self.script.items() if word in first), ())


class _Answer(BaseHTTPRequestHandler):
    model: Model
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.model.keys.add(self.headers.get("Authorization", ""))
        if not body.get("stream"):
            return self._probed(body)
        self.model.requests.append(body)
        responses = self.path.endswith("/responses")
        action = self._next(body, responses)
        kind = action[0]
        if kind == "status":
            error = {"error": {"message": f"scripted {action[1]} {''.join(action[2:])}"}}
            return self._whole(int(action[1]), error)
        if kind == "hang":
            self.model.stopping.wait(600)
            self.close_connection = True
            return None
        time.sleep(self.model.delay)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        events = _responses if responses else _chat
        for number, event in enumerate(events(action, self.model.later_as, body)):
            if kind == "drop" and number == 1:
                self.close_connection = True
                return None
            self._chunk(event)
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _next(self, body: Mapping[str, Any], responses: bool) -> Action:
        turns = self.model.turns(body)
        if responses:
            done = [each for each in body["input"] if str(each.get("type", "")).endswith("_output")]
        else:
            done = [each for each in body["messages"] if each.get("role") == "tool"]
        return turns[len(done)] if len(done) < len(turns) else ("say", DONE)

    def _probed(self, body: Mapping[str, Any]) -> None:
        kind, text = self.model.probe[0], "".join(self.model.probe[1:])
        if kind == "status":
            return self._whole(int(text), {"error": {"message": "scripted"}})
        content = text if kind == "say" else None
        reasoning = None if kind == "say" else text
        if self.path.endswith("/responses"):
            part = {"type": "output_text", "text": content or ""}
            item = {"type": "message", "content": [part]} if content else {"type": "reasoning"}
            return self._whole(200, {"model": self.model.answers_as, "output": [item]})
        message = {"role": "assistant", "content": content, "reasoning_content": reasoning}
        value = {"model": self.model.answers_as, "choices": [{"message": message}]}
        return self._whole(200, value)

    def _whole(self, status: int, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))
        self.wfile.flush()


def _flat(body: Mapping[str, Any]) -> bool:
    """Whether the edit tool takes one replacement instead of a list."""
    for each in body.get("tools", ()):
        function = each.get("function", {})
        if function.get("name") == "edit":
            return "edits" not in function.get("parameters", {}).get("properties", {})
    return False


def _tool(action: Action, body: Mapping[str, Any]) -> tuple[str, str]:
    kind, rest = action[0], action[1:]
    if kind == "edit":
        change = {"oldText": rest[1], "newText": rest[2]}
        arguments = {"path": rest[0], **(change if _flat(body) else {"edits": [change]})}
        return "edit", json.dumps(arguments)
    if kind == "write":
        return "write", json.dumps({"path": rest[0], "content": rest[1]})
    if kind == "shell":
        return "bash", json.dumps({"command": rest[0]})
    return "edit", '{"path": 7, "edits": "no"'


def _chat(action: Action, model: str, body: Mapping[str, Any]) -> Iterator[bytes]:
    def chunk(delta: Any, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        value = {"id": "c", "object": "chat.completion.chunk", "model": model, "choices": [choice]}
        return b"data: " + json.dumps(value).encode() + b"\n\n"

    yield chunk({"role": "assistant", "content": ""})
    if action[0] in {"say", "drop"}:
        yield chunk({"content": "".join(action[1:]) or "half an"})
        yield chunk({}, "stop")
    elif action[0] == "reason":
        yield chunk({"reasoning_content": action[1]})
        yield chunk({}, "stop")
    else:
        name, arguments = _tool(action, body)
        number = sum(each.get("role") == "tool" for each in body["messages"])
        function = {"name": name, "arguments": arguments}
        call = {"index": 0, "id": f"call_{number}", "type": "function", "function": function}
        yield chunk({"tool_calls": [call]})
        yield chunk({}, "tool_calls")
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    last = {"id": "c", "model": model, "choices": [], "usage": usage}
    yield b"data: " + json.dumps(last).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


def _responses(action: Action, model: str, body: Mapping[str, Any]) -> Iterator[bytes]:
    def event(kind: str, **value: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **value})}\n\n".encode()

    number = len(body["input"])
    yield event("response.created", response={"id": f"r{number}", "model": model})
    if action[0] in {"say", "drop"}:
        part = {"type": "output_text", "text": "".join(action[1:]), "annotations": []}
        item: dict[str, Any] = {"type": "message", "role": "assistant", "content": [part]}
    elif action[0] == "reason":
        item = {"type": "reasoning", "summary": [{"type": "summary_text", "text": action[1]}]}
    else:
        arguments = json.dumps({"cmd": _command(action), "login": False})
        if action[0] == "bad":
            arguments = '{"cmd": 7'
        item = {"type": "function_call", "name": "exec_command", "arguments": arguments}
        item["call_id"] = f"call_{number}"
    item["id"] = f"i{number}"
    yield event("response.output_item.added", output_index=0, item=item)
    yield event("response.output_item.done", output_index=0, item=item)
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    done = {"id": f"r{number}", "model": model, "usage": usage, "output": [item]}
    yield event("response.completed", response=done)


def _command(action: Action) -> str:
    kind, rest = action[0], action[1:]
    if kind == "edit":
        old = "".join(f"-{line}\n" for line in rest[1].splitlines())
        new = "".join(f"+{line}\n" for line in rest[2].splitlines())
        patch = f"*** Begin Patch\n*** Update File: {rest[0]}\n@@\n{old}{new}*** End Patch"
        return f"apply_patch <<'EOF'\n{patch}\nEOF"
    if kind == "write":
        return f"cat > {rest[0]} <<'EOF'\n{rest[1]}\nEOF"
    return rest[0] if rest else "true"
