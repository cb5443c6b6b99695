"""The fast half of JSON Schema: a schema becomes a predicate that says "nothing wrong here".

A predicate answers True only where the jsonschema library finds no error; False means "ask the
library", which alone says what is wrong. A keyword this module does not know makes the predicate
answer False always, so an unknown schema costs time and never a verdict. A property test holds
the two equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sized
from datetime import date
from typing import Any

Predicate = Callable[[Any], bool]
Schemas = Mapping[str, Any]
"""`$id` → schema."""

_ANNOTATIONS = frozenset(
    {"$schema", "$id", "$defs", "$comment", "title", "description", "examples", "default", "x-sot"}
)


def predicate(schema: Any, schemas: Schemas) -> Predicate:
    """The predicate of a schema; `$ref` finds other schemas by `$id` in `schemas`."""
    return _Compiler(schemas).compile(schema, schema)


def _conjunction(tests: list[Predicate]) -> Predicate:
    if len(tests) == 1:
        return tests[0]

    def test(value: Any) -> bool:
        for each in tests:  # noqa: SIM110  a generator would cost as much as the tests
            if not each(value):
                return False
        return True

    return test


def _never(_: Any) -> bool:
    return False


def _always(_: Any) -> bool:
    return True


class _Compiler:
    """Compiles each schema once, also where schemas refer to each other."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.known: dict[int, Predicate] = {}

    def compile(self, schema: Any, root: Any) -> Predicate:
        if schema is True:
            return _always
        if not isinstance(schema, dict):
            return _never
        if id(schema) in self.known:
            return self.known[id(schema)]
        later: list[Predicate] = []
        self.known[id(schema)] = lambda value: later[0](value)  # noqa: PLW0108  known later
        made = self.build(schema, root)
        later.append(made)
        self.known[id(schema)] = made
        return made

    def build(self, schema: dict[str, Any], root: Any) -> Predicate:
        tests: list[Predicate] = []
        for keyword, argument in schema.items():
            if keyword in _ANNOTATIONS or keyword in _TOGETHER:
                continue
            maker = _MAKERS.get(keyword)
            if maker is None:
                return _never
            tests.append(maker(self, argument, root))
        if not _TOGETHER.isdisjoint(schema):
            tests.append(self.object(schema, root))
        if "if" in schema:
            tests.append(self.condition(schema, root))
        return _conjunction(tests)

    def object(self, schema: dict[str, Any], root: Any) -> Predicate:
        """`required`, `properties` and `additionalProperties`, which know of each other."""
        required = tuple(schema.get("required", ()))
        known = {
            name: self.compile(sub, root) for name, sub in schema.get("properties", {}).items()
        }
        rest = self.compile(schema.get("additionalProperties", True), root)
        named = [
            (_pattern(self, pattern, root), self.compile(sub, root))
            for pattern, sub in schema.get("patternProperties", {}).items()
        ]

        def test(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            for name in required:
                if name not in value:
                    return False
            for name, entry in value.items():
                if name in known:
                    if not known[name](entry):
                        return False
                    continue
                other = next((sub for matches, sub in named if matches(name)), rest)
                if not other(entry):
                    return False
            return True

        return test

    def condition(self, schema: dict[str, Any], root: Any) -> Predicate:
        when = self.exact(schema["if"], root)
        then = self.compile(schema.get("then", True), root)
        other = self.compile(schema.get("else", True), root)
        if when is None:
            return _never
        return lambda value: then(value) if when(value) else other(value)

    def exact(self, schema: Any, root: Any) -> Predicate | None:
        """A predicate whose False also means "not valid"; None where this cannot be promised."""
        exact = {"const", "enum", "required", "properties", "type", *_ANNOTATIONS}
        if not isinstance(schema, dict) or not exact.issuperset(schema):
            return None
        for sub in schema.get("properties", {}).values():
            if self.exact(sub, root) is None:
                return None
        return self.compile(schema, root)

    def refer(self, target: str, root: Any) -> Predicate:
        base, _, fragment = target.partition("#")
        schema = self.schemas.get(base) if base else root
        for step in fragment.split("/")[1:] if fragment else ():
            schema = schema.get(step) if isinstance(schema, dict) else None
        if schema is None:
            return _never
        return self.compile(schema, self.schemas[base] if base else root)


_TOGETHER = frozenset(
    {"required", "properties", "additionalProperties", "patternProperties", "if", "then", "else"}
)
_TYPES: dict[str, Predicate] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}


def _type(_: _Compiler, argument: Any, root: Any) -> Predicate:
    if isinstance(argument, str):
        return _TYPES.get(argument, _never)
    tests = [_TYPES.get(name, _never) for name in argument]
    return lambda value: any(test(value) for test in tests)


def _const(_: _Compiler, argument: Any, root: Any) -> Predicate:
    kind = type(argument)
    if kind not in (str, bool, int, type(None)):
        return _never
    return lambda value: type(value) is kind and value == argument


def _enum(_: _Compiler, argument: Any, root: Any) -> Predicate:
    if not all(isinstance(entry, str) for entry in argument):
        return _never
    allowed = frozenset(argument)
    return lambda value: isinstance(value, str) and value in allowed


def _pattern(_: _Compiler, argument: Any, root: Any) -> Predicate:
    """A pattern that cannot backtrack is searched by `re`, every other one by RE2."""
    if _PLAIN_PATTERN.fullmatch(argument):
        search = re.compile(argument.replace(r"\d", "[0-9]")).search
        return lambda value: (
            not isinstance(value, str) or (search(value) is not None and "\n" not in value)
        )

    def test(value: Any) -> bool:
        from sot_tools.rules.patterns import compiled

        return not isinstance(value, str) or bool(compiled(argument).search(value))

    return test


_PLAIN_PATTERN = re.compile(
    r"\^(?:[A-Za-z0-9_/: -]|\\[.d]|\[[^\[\]\\]+\]|\{[0-9]+(?:,[0-9]*)?\})+(?:[+*]\$|\$?)"
)
"""Anchored sequences of characters and classes; only the very last may repeat without bound."""


def _length(test: Callable[[int, int], bool], kind: type[Sized]) -> Callable[..., Predicate]:
    def make(_: _Compiler, argument: Any, root: Any) -> Predicate:
        return lambda value: not isinstance(value, kind) or test(len(value), argument)

    return make


def _bound(test: Callable[[float, float], bool]) -> Callable[..., Predicate]:
    def make(_: _Compiler, argument: Any, root: Any) -> Predicate:
        number = _TYPES["number"]
        return lambda value: not number(value) or test(value, argument)

    return make


def _names(compiler: _Compiler, argument: Any, root: Any) -> Predicate:
    each = compiler.compile(argument, root)
    return lambda value: not isinstance(value, dict) or all(map(each, value))


def _items(compiler: _Compiler, argument: Any, root: Any) -> Predicate:
    test = compiler.compile(argument, root)
    return lambda value: not isinstance(value, list) or all(test(entry) for entry in value)


def _contains(compiler: _Compiler, argument: Any, root: Any) -> Predicate:
    test = compiler.compile(argument, root)
    return lambda value: not isinstance(value, list) or any(test(entry) for entry in value)


def _unique(_: _Compiler, argument: Any, root: Any) -> Predicate:
    if argument is not True:
        return _always
    return lambda value: (
        not isinstance(value, list)
        or (all(isinstance(entry, str) for entry in value) and len(set(value)) == len(value))
    )


def _all(compiler: _Compiler, argument: Any, root: Any) -> Predicate:
    return _conjunction([compiler.compile(schema, root) for schema in argument])


def _any(compiler: _Compiler, argument: Any, root: Any) -> Predicate:
    tests = [compiler.compile(schema, root) for schema in argument]
    return lambda value: any(test(value) for test in tests)


def _one(compiler: _Compiler, argument: Any, root: Any) -> Predicate:
    """True where exactly one branch can accept: the others must be told apart by an exact test."""
    tests = [compiler.compile(schema, root) for schema in argument]
    keys = [_discriminators(schema) for schema in argument]
    for index, mine in enumerate(keys):
        for other in keys[index + 1 :]:
            if not _disjoint(mine, other):
                return _never
    return lambda value: any(test(value) for test in tests)


def _discriminators(schema: Any) -> tuple[dict[str, Any], frozenset[str], frozenset[str] | None]:
    if not isinstance(schema, dict):
        return {}, frozenset(), None
    properties = schema.get("properties", {})
    required = frozenset(schema.get("required", ()))
    consts = {
        name: sub["const"]
        for name, sub in properties.items()
        if name in required and isinstance(sub, dict) and "const" in sub
    }
    closed = frozenset(properties) if schema.get("additionalProperties") is False else None
    return consts, required, closed


def _disjoint(mine: Any, other: Any) -> bool:
    """Nothing satisfies both: a required constant differs, or one forbids what the other needs."""
    if any(name in other[0] and other[0][name] != value for name, value in mine[0].items()):
        return True
    return any(
        closed is not None and not required <= closed
        for required, closed in ((mine[1], other[2]), (other[1], mine[2]))
    )


def _format(_: _Compiler, argument: Any, root: Any) -> Predicate:
    if argument != "date":
        return _never
    return lambda value: not isinstance(value, str) or _is_date(value)


def _is_date(text: str) -> bool:
    """Whether a text is a day of the calendar, as `2025-06-19` (RFC 3339)."""
    if len(text) != len("2025-06-19") or text[4] != "-" or text[7] != "-":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _ref(compiler: _Compiler, argument: Any, root: Any) -> Predicate:
    return compiler.refer(argument, root)


_MAKERS: dict[str, Callable[[_Compiler, Any, Any], Predicate]] = {
    "$ref": _ref,
    "allOf": _all,
    "anyOf": _any,
    "const": _const,
    "contains": _contains,
    "enum": _enum,
    "format": _format,
    "items": _items,
    "maxItems": _length(lambda length, limit: length <= limit, list),
    "maxLength": _length(lambda length, limit: length <= limit, str),
    "maxProperties": _length(lambda length, limit: length <= limit, dict),
    "maximum": _bound(lambda value, limit: value <= limit),
    "minItems": _length(lambda length, limit: length >= limit, list),
    "minProperties": _length(lambda length, limit: length >= limit, dict),
    "minimum": _bound(lambda value, limit: value >= limit),
    "propertyNames": _names,
    "minLength": _length(lambda length, limit: length >= limit, str),
    "oneOf": _one,
    "pattern": _pattern,
    "type": _type,
    "uniqueItems": _unique,
}
