"""Changing one value of a YAML text; every other byte stays, comments and layout included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml


class NoPlace(Exception):
    """The text has no such value, or writes it in a form that cannot be changed alone."""


class Edit(NamedTuple):
    """A value and where it goes."""

    place: tuple[str | int, ...]
    """Keys and positions from the root; the last may be new in its mapping, or follow its list."""
    value: Any
    after: str = ""
    """Key after which a new key stands; at the end of the mapping where empty."""


def splice(text: str, edits: Sequence[Edit]) -> str:
    """The text with the values put in, one after the other; raises NoPlace."""
    for edit in edits:
        wanted = _with(yaml.safe_load(text), edit)
        text = _one(text, edit)
        if yaml.safe_load(text) != wanted:
            raise NoPlace(f"{_shown(edit.place)} cannot be changed alone; write it in block style")
    return text


def _with(data: Any, edit: Edit) -> Any:
    *way, last = edit.place
    target = data
    try:
        for step in way:
            target = target[step]
        if isinstance(target, list) and last == len(target):
            target.append(edit.value)
        else:
            target[last] = edit.value
    except (KeyError, IndexError, TypeError):
        raise NoPlace(f"{_shown(edit.place)} is not there") from None
    return data


def _one(text: str, edit: Edit) -> str:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    *way, last = edit.place
    for step in way:
        node = _child(node, step)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and last == len(node.value):
        return _appended(text, node, edit.value)
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        raise NoPlace(f"{_shown(tuple(way))} is not written in block style")
    column = node.start_mark.column
    for key, value in node.value:
        if key.value == last:
            start, end = value.start_mark.index, _end(text, value)
            return text[:start].rstrip(" \n") + _written(edit.value, column) + text[end:]
    named = [key.value for key, _ in node.value]
    _, before = node.value[named.index(edit.after) if edit.after in named else -1]
    end = _line_end(text, _end(text, before))
    line = f"{' ' * column}{last}:{_written(edit.value, column)}\n"
    return text[:end] + ("" if text[:end].endswith("\n") else "\n") + line + text[end:]


def _appended(text: str, node: Any, value: Any) -> str:
    """The text with one more entry at the end of a list."""
    shown = _written([value], node.start_mark.column - 2).removeprefix("\n") + "\n"
    end = _line_end(text, _end(text, node))
    return text[:end] + ("" if text[:end].endswith("\n") else "\n") + shown + text[end:]


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step]
    if isinstance(node, yaml.MappingNode):
        return next(value for key, value in node.value if key.value == step)
    raise NoPlace(f"`{step}` is not there")


def _end(text: str, node: Any) -> int:
    """Where a value ends; a block value ends with its last leaf, not where the next key begins."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(text, last[1] if isinstance(last, tuple) else last)


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _written(value: Any, column: int) -> str:
    """A value as it stands behind its key's colon."""
    if isinstance(value, list | dict) and value:
        shown = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10**6)
        pad = " " * (column + 2)
        return "\n" + "\n".join(pad + line for line in shown.rstrip("\n").split("\n"))
    shown = yaml.safe_dump(value, allow_unicode=True, width=10**6)
    return " " + shown.removesuffix("\n").removesuffix("\n...")


def _shown(place: Sequence[str | int]) -> str:
    return "`" + ".".join(str(step) for step in place) + "`"
