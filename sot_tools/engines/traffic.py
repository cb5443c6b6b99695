"""What passed between an engine and its model: counted, and never its content."""

from __future__ import annotations

import json
import threading
from typing import Any

_LINE = 1 << 20
_USAGE = {
    "prompt_tokens": "input_tokens",
    "input_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "output_tokens": "output_tokens",
}


class Traffic:
    """The count of a run's requests; many threads write, the harness reads at the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        """Requests that reached the provider."""
        self.open = 0
        """Requests that are under way."""
        self.refused: list[str] = []
        self.asked: set[str] = set()
        self.answered: set[str] = set()
        self.actions: set[str] = set()
        """What the model's calls of tools would do that contracts may forbid."""
        self.usage = {"input_tokens": 0, "output_tokens": 0}

    def begin(self) -> None:
        """A request goes to the provider."""
        with self._lock:
            self.requests += 1
            self.open += 1

    def end(self) -> None:
        """A request is over."""
        with self._lock:
            self.open -= 1

    def ask(self, model: str) -> None:
        """A request names a model."""
        with self._lock:
            self.asked.add(model[:200])

    def call(self, actions: list[str]) -> None:
        """A request tells of a call of a tool."""
        with self._lock:
            self.actions.update(actions)

    def refuse(self, why: str) -> None:
        """A request did not get an answer."""
        with self._lock:
            self.refused.append(why)

    def answer(self, value: Any) -> None:
        """One object of an answer: whose it is, and what it used."""
        if not isinstance(value, dict):
            return
        inner = value.get("response")
        if isinstance(inner, dict):
            self.answer(inner)
        with self._lock:
            if isinstance(value.get("model"), str) and value["model"]:
                self.answered.add(value["model"][:200])
            found = value.get("usage")
            usage = found if isinstance(found, dict) else {}
            for name, target in _USAGE.items():
                if isinstance(usage.get(name), int):
                    self.usage[target] += usage[name]

    def foreign(self, model: str) -> list[str]:
        """Models other than the admitted one that were asked for or answered."""
        return sorted((self.asked | self.answered) - {model})

    def record(self) -> dict[str, Any]:
        """The count as the report holds it."""
        return {
            "requests": self.requests,
            "refused": len(self.refused),
            "models_asked": sorted(self.asked),
            "models_answered": sorted(self.answered),
            **self.usage,
        }


class Reader:
    """Finds the objects of an answer while it passes: one JSON body, or a stream of events."""

    def __init__(self, traffic: Traffic, stream: bool) -> None:
        self._traffic = traffic
        self._stream = stream
        self._rest = b""

    def feed(self, block: bytes) -> None:
        """Take the next bytes."""
        self._rest += block
        if not self._stream:
            self._rest = self._rest[: 4 * _LINE]
            return
        *lines, self._rest = self._rest.split(b"\n")
        self._rest = self._rest[-_LINE:]
        for line in lines:
            if line.startswith(b"data:"):
                self._take(line[5:])

    def end(self) -> None:
        """Take what is left."""
        self._take(self._rest.removeprefix(b"data:"))

    def _take(self, text: bytes) -> None:
        try:
            self._traffic.answer(json.loads(text))
        except (ValueError, RecursionError):
            return
