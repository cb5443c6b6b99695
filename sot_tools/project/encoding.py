"""Values as JSON and back: the way back is made from the types, so that a new field needs nothing.

JSON keeps a named tuple as the list of its fields, and an enum as its value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Decode = Callable[[Any], Any]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not kept as JSON")


encoded: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=True, separators=(",", ":"), default=_plain
).encode
"""A value as one line of JSON."""


def decoded(kind: Any, value: Any) -> Any:
    """A value of a type from what JSON made of it; raises ValueError, TypeError or KeyError where
    it cannot have been one."""
    decode = decoder(kind)
    return value if decode is None else decode(value)


@cache
def decoder(kind: Any, text: Decode | None = None) -> Decode | None:
    """What turns JSON's form of a type's values back into them; None where it is the same.

    `text` is done to every text: `sys.intern` keeps equal ones of many values once.
    """
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return _optional(kind, text)
    if origin is tuple:
        return _tuple(get_args(kind), text)
    if origin is Mapping:
        return _mapping(kind, text)
    if origin is not None or not isinstance(kind, type):
        return _SIMPLE.get(origin)
    return text if kind is str else _plain_type(kind, text)


def _plain_type(kind: type, text: Decode | None) -> Decode | None:
    if issubclass(kind, Enum):
        return {each.value: each for each in kind}.__getitem__
    return _named_tuple(kind, text) if issubclass(kind, tuple) else _SIMPLE.get(kind)


_SIMPLE: dict[Any, Decode] = {frozenset: frozenset, Path: Path}


def _mapping(kind: Any, text: Decode | None) -> Decode | None:
    if get_args(kind)[0] is not str:
        raise TypeError(f"{kind} is not kept as JSON")
    named = text or str
    decode = decoder(get_args(kind)[1], text)
    return decode and (lambda value: {named(name): decode(each) for name, each in value.items()})


def _optional(kind: Any, text: Decode | None) -> Decode | None:
    """Of the kinds of a union at most one needs decoding, and it is not None then."""
    made = [found for each in get_args(kind) if (found := decoder(each, text)) is not None]
    if not made:
        return None
    if len(made) > 1 or NoneType not in get_args(kind):
        raise TypeError(f"{kind} cannot be told apart in JSON")
    decode = made[0]
    return lambda value: None if value is None else decode(value)


def _tuple(kinds: Sequence[Any], text: Decode | None) -> Decode:
    if kinds[1:] == (...,):
        decode = decoder(kinds[0], text)
        return tuple if decode is None else lambda value: tuple(map(decode, value))
    parts = [(index, found) for index, each in enumerate(kinds) if (found := decoder(each, text))]
    size = len(kinds)

    def fixed(value: Any) -> Any:
        if len(value) != size:
            raise ValueError("a tuple has another length")
        for index, decode in parts:
            value[index] = decode(value[index])
        return tuple(value)

    return fixed


def _named_tuple(kind: Any, text: Decode | None) -> Decode:
    hints = get_type_hints(kind)
    parts = [
        (index, found)
        for index, name in enumerate(kind._fields)
        if (found := decoder(hints[name], text)) is not None
    ]
    make: Decode = kind._make
    if not parts:
        return make

    def decode(value: Any) -> Any:
        for index, part in parts:
            value[index] = part(value[index])
        return make(value)

    return decode
