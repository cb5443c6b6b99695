"""Lines of JSON that an engine prints, read without trusting them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_LONGEST = 1 << 20
_SHOWN = 400


def entry(line: bytes) -> Mapping[str, Any]:
    """The object of a line; empty for anything else, and for a line that is far too long."""
    if not line.startswith(b"{") or len(line) > _LONGEST:
        return {}
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str:
    """A value as one short line for a person."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(shown.split())[:_SHOWN]


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}
