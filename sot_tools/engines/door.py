"""The one door between an engine and its model: counts, checks the model, and keeps the key."""

from __future__ import annotations

import http.client
import json
import secrets
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sot_tools.engines.actions import actions, called
from sot_tools.engines.scrub import MARK
from sot_tools.engines.stream_scrub import StreamScrub
from sot_tools.engines.traffic import Reader, Traffic

PATHS = ("/chat/completions", "/responses")
_LARGEST = 32 << 20
_BLOCK = 1 << 16
_PROBE_TOKENS = 1024
"""LOC-06: less is a false alarm with a model that thinks first."""
PROBE_SECONDS = 60.0
_ANSWER_SECONDS = 600.0


class Provider(NamedTuple):
    """The real model: where, which, and its key; only `model` is ever written down."""

    url: str
    model: str
    key: str = ""

    def connect(self, seconds: float) -> http.client.HTTPConnection:
        """A connection to it."""
        parts = urlsplit(self.url)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        return kind(parts.hostname or "", parts.port, timeout=seconds)

    def ask(self, connection: http.client.HTTPConnection, path: str, body: bytes) -> Any:
        """Send one request; the answer."""
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        connection.request("POST", urlsplit(self.url).path.rstrip("/") + path, body, headers)
        return connection.getresponse()


class Door:
    """Open from `with` to its end, on a loopback port and, where one is named, a socket file."""

    def __init__(self, provider: Provider, hidden: tuple[bytes, ...], file: str = "") -> None:
        self.provider = provider
        self.hidden = list(hidden)
        self.traffic = Traffic()
        self.key = "sot-" + secrets.token_hex(16)
        self.file = file
        self._servers: list[socketserver.BaseServer] = []
        self.port = 0

    def __enter__(self) -> Door:
        handler = type("Handler", (_Passage,), {"door": self})
        tcp = _Tcp(("127.0.0.1", 0), handler)
        self.port = int(tcp.server_address[1])
        self._servers = [tcp]
        if self.file:
            self._servers.append(_Unix(self.file, handler))
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Tcp(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        """Nothing: an engine that was ended leaves its connections behind."""


class _Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Nothing: as above."""


class _Passage(BaseHTTPRequestHandler):
    """One connection of an engine."""

    door: Door
    protocol_version = "HTTP/1.1"
    timeout = _ANSWER_SECONDS

    def address_string(self) -> str:
        """Nobody's: a socket file has no address."""
        return "engine"

    def log_message(self, *_: object) -> None:
        """Nothing: what passes is counted and not told."""

    def do_GET(self) -> None:
        """The list of models: the admitted one."""
        if not self._known() or not self.path.partition("?")[0].endswith("/models"):
            return self._say(404, "no such path")
        model = {"id": self.door.provider.model, "object": "model"}
        return self._send(200, json.dumps({"object": "list", "data": [model]}).encode())

    def do_POST(self) -> None:
        """A request to the model."""
        traffic = self.door.traffic
        path = self.path.partition("?")[0].removeprefix("/v1")
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size) if 0 <= size <= _LARGEST else b""
        try:
            asked = json.loads(body)
            model = asked["model"]
            for command in called(asked):
                traffic.call(actions(command))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            model = ""
        if not self._known() or path not in PATHS or not isinstance(model, str) or not model:
            return self._say(400, "this is not a request to the model")
        traffic.ask(model)
        if model != self.door.provider.model:
            traffic.refuse(f"the engine asked for the model `{model[:80]}`, which is not admitted")
            return self._say(403, "the model is not admitted")
        traffic.begin()
        try:
            return self._pass(path, body)
        finally:
            traffic.end()

    def _known(self) -> bool:
        given = self.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {self.door.key}".encode())

    def _pass(self, path: str, body: bytes) -> None:
        """To the provider and back, block by block."""
        door, begun = self.door, False
        connection = door.provider.connect(_ANSWER_SECONDS)
        try:
            answer = door.provider.ask(connection, path, body)
            if answer.status >= 400:
                door.traffic.refuse(f"the provider answered {answer.status}")
            kind = answer.getheader("Content-Type", "application/json")
            reader = Reader(door.traffic, "event-stream" in kind)
            scrub = StreamScrub(door.hidden, MARK)
            self.send_response(answer.status)
            self.send_header("Content-Type", kind)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            begun = True
            while block := answer.read1(_BLOCK):
                reader.feed(block)
                self._chunk(scrub.feed(block))
            reader.end()
            self._chunk(scrub.end())
            self.wfile.write(b"0\r\n\r\n")
        except (OSError, http.client.HTTPException) as error:
            door.traffic.refuse(f"the provider does not answer: {type(error).__name__}")
            self.close_connection = True
            if not begun:
                self._say(502, "the provider does not answer")
        finally:
            connection.close()

    def _chunk(self, block: bytes) -> None:
        if block:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
            self.wfile.flush()

    def _say(self, status: int, message: str) -> None:
        self._send(status, json.dumps({"error": {"message": message}}).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Probe(NamedTuple):
    """What the provider gave to one small question."""

    outcome: str
    """`content`, `reasoning-only`, `foreign-model` or `unavailable`."""
    detail: str = ""


def probe(provider: Provider, wire: str) -> Probe:
    """Ask for one word before anything starts (LOC-05); `wire` is chat or responses."""
    question: dict[str, Any] = {"model": provider.model, "stream": False}
    ask = "Reply with the word ready."
    if wire == "responses":
        question |= {"input": ask, "max_output_tokens": _PROBE_TOKENS}
    else:
        message = {"role": "user", "content": ask}
        question |= {"messages": [message], "max_tokens": _PROBE_TOKENS}
    connection = provider.connect(PROBE_SECONDS)
    try:
        answer = provider.ask(connection, PATHS[wire == "responses"], json.dumps(question).encode())
        body = answer.read(_LARGEST)
        if answer.status != 200:
            return Probe("unavailable", f"the provider answered {answer.status}")
        value = json.loads(body)
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        return Probe("unavailable", f"the provider does not answer: {type(error).__name__}")
    finally:
        connection.close()
    return _judged(value, provider.model, wire)


def _judged(value: Any, model: str, wire: str) -> Probe:
    try:
        named = value.get("model") or model
        said = _responses(value) if wire == "responses" else _chat(value)
    except (AttributeError, KeyError, IndexError, TypeError):
        return Probe("reasoning-only", "the answer has not the shape of a completion")
    if named != model:
        return Probe("foreign-model", str(named)[:80])
    if not said:
        return Probe("reasoning-only", "the answer has no content")
    return Probe("content")


def _chat(value: Any) -> bool:
    content = value["choices"][0]["message"].get("content")
    return isinstance(content, str) and bool(content.strip())


def _responses(value: Any) -> bool:
    return any(
        part.get("type") == "output_text" and bool(part.get("text", "").strip())
        for item in value["output"]
        if item.get("type") == "message"
        for part in item["content"]
    )
