"""The wire schemas, asked in words: what a report, manifest, event or decision must be."""

from __future__ import annotations

from functools import cache
from typing import Any

from sot_tools.project import data
from sot_tools.rules.accept import Predicate, predicate


def fault(name: str, value: Any) -> str:
    """What is wrong with a value of the wire schema `name`; empty where nothing is."""
    if _predicate(name)(value):
        return ""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(_schema(name)).iter_errors(value))
    if error is None:
        return ""
    where = error.json_path.removeprefix("$").removeprefix(".") or "the whole"
    return f"{where}: {error.message[:200]}"


@cache
def _schema(name: str) -> Any:
    where = f"schemas/wire/{name}.schema.json"
    return data.load(data.shipped() / "wire" / f"{name}.schema.json", where).data


@cache
def _predicate(name: str) -> Predicate:
    return predicate(_schema(name), {})
