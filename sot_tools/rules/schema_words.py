"""What the jsonschema library finds, said so that a person understands it: place, found, allowed.

A choice of schemas (`oneOf`, `anyOf`) is explained by its nearest branch alone. The library's error
objects stay in here; what leaves is findings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sot_tools.diagnostic import Absent, Finding, Key, Place, Value
from sot_tools.documents.tree import Path
from sot_tools.rules.nearest import hint, listed
from sot_tools.rules.patterns import compiled

LibraryError = Any
"""A `jsonschema.ValidationError`; its attributes are as loosely typed as the schemas."""

Fault = tuple[str, Finding]
"""The sort of a fault, by which rules select, and the finding."""

FAULTS = {
    "required": "missing",
    "dependentRequired": "missing",
    "additionalProperties": "unknown",
    "unevaluatedProperties": "unknown",
    "propertyNames": "unknown",
    "const": "value",
    "enum": "value",
    "type": "type",
    "pattern": "form",
    "format": "form",
    "minLength": "form",
    "maxLength": "form",
}
"""JSON Schema keyword → the name that rules select by; every other keyword is `content`."""


def faults_of(error: LibraryError, reading: str) -> Iterator[Fault]:
    """Faults of one library error; `reading` is appended to each message."""
    if error.validator in {"oneOf", "anyOf"} and error.context:
        branch, label = _nearest_branch(error)
        for inner in branch:
            yield from faults_of(inner, reading or label)
        return
    keyword = str(error.validator)
    sort = FAULTS.get(keyword, "content")
    path = tuple(error.absolute_path)
    maker = _SAID.get(keyword, _said_otherwise)
    if keyword == "const" and _json_type(error.instance) not in _wanted_types(error):
        sort, maker = "type", _said_type
    for place, detail, step, insert in maker(error, path):
        yield sort, Finding(place, detail + reading, step, insert=insert)


def _nearest_branch(error: LibraryError) -> tuple[list[LibraryError], str]:
    """The branch with the fewest faults; wrong keys weigh more than wrong values."""
    branches: dict[int, list[LibraryError]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
    weights = {"required": 3, "additionalProperties": 3}

    def weight(index: int) -> tuple[int, int]:
        total = 0
        for inner in branches[index]:
            whole = inner.validator == "type" and not inner.relative_path
            total += 100 if whole else weights.get(str(inner.validator), 2) * _count(inner)
        return total, index

    best = min(branches, key=weight)
    schemas = error.validator_value
    title = schemas[best].get("title", "") if isinstance(schemas[best], dict) else ""
    label = f" (read as `{title}`, the closest of {len(schemas)} forms)" if title else ""
    return branches[best], label


def _count(error: LibraryError) -> int:
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        return len(_extra(error))
    return 1


Said = tuple[Place, str, str, str]


def _name(path: Path) -> str:
    if not path:
        return "the file"
    made = ""
    for step in path:
        made += f"[{step}]" if isinstance(step, int) else (f".{step}" if made else step)
    return f"`{made}`"


def _show(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{text[:57]}...`" if len(text) > 60 else f"`{text}`"


def _described(error: LibraryError) -> str:
    """What the schema says in words about the value."""
    schema = error.schema
    return str(schema.get("description", "")) if isinstance(schema, dict) else ""


def _said_missing(error: LibraryError, path: Path) -> Iterator[Said]:
    if not isinstance(error.instance, dict) or not isinstance(error.schema, dict):
        return
    known = error.schema.get("properties", {})
    missing = [key for key in error.validator_value if key not in error.instance]
    # the library reports each missing key as an error of its own; the message names it
    for key in missing:
        if repr(key) in error.message:
            about = known.get(key, {}) if isinstance(known, dict) else {}
            what = (
                f": {about['description']}"
                if isinstance(about, dict) and "description" in about
                else ""
            )
            where = f" in {_name(path)}" if path else ""
            insert = f"{key}: {_example(about)}"
            yield (
                Absent(path, key),
                f"key `{key}` is missing{where}{what}",
                f"add the line `{insert}`",
                insert,
            )


def _example(about: Any) -> str:
    if isinstance(about, dict):
        if "const" in about:
            value = about["const"]
            return value if isinstance(value, str) else json.dumps(value)
        if about.get("enum"):
            return str(about["enum"][0])
        if about.get("examples"):
            return str(about["examples"][0])
        if about.get("format") == "date":
            return "YYYY-MM-DD"
        if about.get("type") == "array":
            return "[]"
    return "..."


def _extra(error: LibraryError) -> list[str]:
    schema = error.schema if isinstance(error.schema, dict) else {}
    known = schema.get("properties", {})
    forms = schema.get("patternProperties", {})
    return [
        key
        for key in error.instance
        if key not in known and not any(compiled(form).search(key) for form in forms)
    ]


def _said_unknown(error: LibraryError, path: Path) -> Iterator[Said]:
    schema = error.schema if isinstance(error.schema, dict) else {}
    known = list(schema.get("properties", {}))
    for key in _extra(error):
        missing = [name for name in known if name not in error.instance]
        step = hint(key, missing) or (
            f"allowed: {listed(known, 14)}" if known else "remove the key"
        )
        where = f" in {_name(path)}" if path else ""
        yield Key((*path, key)), f"key `{key}` is not known{where}", step, ""


def _said_allowed(error: LibraryError, path: Path) -> Iterator[Said]:
    allowed = error.validator_value if error.validator == "enum" else [error.validator_value]
    shown = [entry if isinstance(entry, str) else json.dumps(entry) for entry in allowed]
    allowed_words = "an empty text" if shown == [""] else listed(shown)
    detail = f"{_name(path)} is {_show(error.instance)}; allowed: {allowed_words}"
    step = hint(str(error.instance), shown) if len(shown) > 1 else f"write `{shown[0]}`"
    yield Value(path), detail, step, ""


def _said_type(error: LibraryError, path: Path) -> Iterator[Said]:
    names = _wanted_types(error)
    found = _type_name(error.instance)
    detail = f"{_name(path)} is {found}; expected {listed(names)}"
    if error.instance is None:
        detail = f"{_name(path)} is empty; expected {listed(names)}"
    yield Value(path), detail, _described(error), ""


def _json_type(value: Any) -> str:
    """The JSON Schema name of a value's type."""
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _wanted_types(error: LibraryError) -> list[str]:
    """The types that a `type` or a `const` asks for."""
    wanted = error.validator_value
    if error.validator == "const":
        return [_json_type(wanted)]
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _type_name(value: Any) -> str:
    if isinstance(value, bool):
        return f"the boolean `{json.dumps(value)}`"
    if isinstance(value, int | float):
        return f"the number {_show(value)}"
    if isinstance(value, str):
        return f"the text {_show(value)}"
    return "a list" if isinstance(value, list) else "a mapping"


def _said_form(error: LibraryError, path: Path) -> Iterator[Said]:
    about = _described(error)
    if error.validator == "minLength":
        size = len(error.instance)
        least = f"has {size} characters; at least {error.validator_value}"
        detail = f"{_name(path)} {least if size else 'is empty'}"
    elif error.validator == "maxLength":
        size = len(str(error.instance))
        detail = f"{_name(path)} has {size} characters; at most {error.validator_value}"
    elif error.validator == "format":
        detail = f"{_name(path)} is {_show(error.instance)}, which is no {error.validator_value}"
    else:
        detail = f"{_name(path)} is {_show(error.instance)}, which is not of the expected form"
        about = about or f"expected form: `{error.validator_value}`"
    yield Value(path), detail, about, ""


def _said_contains(error: LibraryError, path: Path) -> Iterator[Said]:
    wanted = error.validator_value
    if isinstance(wanted, dict) and "const" in wanted:
        detail = f"{_name(path)} lacks the entry {_show(wanted['const'])}"
        yield Value(path), detail, f"add {_show(wanted['const'])}", ""
    else:
        yield from _said_otherwise(error, path)


def _said_few(error: LibraryError, path: Path) -> Iterator[Said]:
    size = len(error.instance)
    detail = f"{_name(path)} has {size} entries; at least {error.validator_value}"
    yield (
        Value(path),
        "".join(f"{_name(path)} is an empty list" if not size else detail),
        _described(error),
        "",
    )


def _said_twice(error: LibraryError, path: Path) -> Iterator[Said]:
    seen: list[Any] = []
    for index, entry in enumerate(error.instance):
        if entry in seen:
            yield (
                Value((*path, index)),
                f"{_name(path)} lists {_show(entry)} twice",
                "remove one",
                "",
            )
        seen.append(entry)


def _said_otherwise(error: LibraryError, path: Path) -> Iterator[Said]:
    message = error.message if len(error.message) <= 200 else error.message[:197] + "..."
    yield Value(path), f"{_name(path)}: {message}", _described(error), ""


_SAID: dict[str, Callable[[LibraryError, Path], Iterator[Said]]] = {
    "required": _said_missing,
    "additionalProperties": _said_unknown,
    "const": _said_allowed,
    "enum": _said_allowed,
    "type": _said_type,
    "pattern": _said_form,
    "format": _said_form,
    "minLength": _said_form,
    "maxLength": _said_form,
    "contains": _said_contains,
    "minItems": _said_few,
    "uniqueItems": _said_twice,
}
