"""The reference YAML reader: PyYAML's event stream, built into a value that knows every place.

Working on events keeps nesting bounded before anything recurses, and lets duplicate keys, anchors,
aliases and tags be named where they stand; PyYAML's own constructors accept them silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from sot_tools.diagnostic import Span
from sot_tools.documents.problems import Problem, at, problem
from sot_tools.documents.scalars import ambiguous, resolve
from sot_tools.documents.tree import MAX_DEPTH, Path, Tree


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not been met."""

    path: Path
    value: dict[str, Any] | list[Any]
    key: str | None = None
    waiting: bool = False
    """A mapping has its key and waits for the value."""


def read(text: str, first_line: int = 1) -> Tree:
    """Read one YAML document whose first line is line `first_line` of its file; never raises."""
    tree = Tree()
    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = loader_class(text)
    except yaml.YAMLError as error:
        tree.problems.append(_syntax(error, first_line))
        return tree
    try:
        _build(loader, tree, first_line)
    except yaml.YAMLError as error:
        tree.problems.append(_syntax(error, first_line))
    except _Stop as stop:
        tree.problems.append(stop.problem)
    finally:
        loader.dispose()
    return tree


class _Stop(Exception):
    """Reading further is useless or dangerous."""

    def __init__(self, found: Problem) -> None:
        super().__init__(found.fault)
        self.problem = found


def _build(loader: Any, tree: Tree, first_line: int) -> None:
    stack: list[_Open] = []
    documents = 0
    while True:
        event = loader.get_event()
        if isinstance(event, yaml.StreamEndEvent):
            return
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Stop(
                    _one(
                        event,
                        first_line,
                        "syntax",
                        "a second YAML document starts here",
                        "keep one",
                    )
                )
            continue
        if isinstance(event, yaml.StreamStartEvent | yaml.DocumentEndEvent):
            continue
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop()
            continue
        _refuse(event, first_line)
        span = _span(event, first_line)
        if isinstance(event, yaml.ScalarEvent) and stack and _is_key(stack[-1]):
            _take_key(stack[-1], event, span, tree, first_line)
            continue
        if stack and _is_key(stack[-1]):
            raise _Stop(
                _one(
                    event,
                    first_line,
                    "syntax",
                    "a mapping key is not a plain word",
                    "use text keys",
                )
            )
        path = _next_path(stack)
        value = _value(event, tree, span)
        tree.values[path] = span
        _attach(stack, tree, value)
        if isinstance(value, dict | list) and not isinstance(event, yaml.ScalarEvent):
            if len(stack) >= MAX_DEPTH:
                detail = f"nested deeper than {MAX_DEPTH} levels"
                raise _Stop(_one(event, first_line, "depth", detail, "flatten the value"))
            stack.append(_Open(path, value))


def _is_key(parent: _Open) -> bool:
    return isinstance(parent.value, dict) and not parent.waiting


def _take_key(parent: _Open, event: Any, span: Span, tree: Tree, first_line: int) -> None:
    key = event.value
    path = (*parent.path, key)
    if not event.style and (ambiguous(key) or not isinstance(resolve(key), str)):
        detail = f"key `{key}` is not text for every YAML reader"
        tree.problems.append(Problem("ambiguous", _finding(span, detail, f'write "{key}"')))
    if path in tree.keys:
        first = tree.keys[path].line
        detail = f"key `{key}` is given twice, first on line {first}; YAML readers keep only one"
        tree.problems.append(
            Problem("duplicate-key", _finding(span, detail, "keep one of the two"))
        )
    else:
        tree.keys[path] = span
    parent.key = key
    parent.waiting = True


def _next_path(stack: list[_Open]) -> Path:
    if not stack:
        return ()
    parent = stack[-1]
    if isinstance(parent.value, list):
        return (*parent.path, len(parent.value))
    return (*parent.path, parent.key or "")


def _attach(stack: list[_Open], tree: Tree, value: Any) -> None:
    if not stack:
        tree.value = value
        return
    parent = stack[-1]
    if isinstance(parent.value, list):
        parent.value.append(value)
    else:
        parent.value[parent.key or ""] = value
        parent.waiting = False


def _value(event: Any, tree: Tree, span: Span) -> Any:
    if isinstance(event, yaml.MappingStartEvent):
        return {}
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    if event.style:
        return event.value
    text = event.value
    if ambiguous(text):
        detail = f"`{text}` without quotes is read differently by YAML 1.1 and YAML 1.2"
        tree.problems.append(Problem("ambiguous", _finding(span, detail, f'write "{text}"')))
        return text
    return resolve(text)


def _refuse(event: Any, first_line: int) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
        detail = f"`{sign}{event.anchor}`: anchors and aliases are not allowed here"
        raise _Stop(_one(event, first_line, "aliases", detail, "write the value out"))
    if event.tag is not None:
        shown = event.tag.replace("tag:yaml.org,2002:", "!!")
        detail = f"tag `{shown}` is not allowed here"
        raise _Stop(_one(event, first_line, "aliases", detail, "remove the tag"))


def _span(event: Any, first_line: int) -> Span:
    start, end = event.start_mark, event.end_mark
    line = start.line + first_line
    column = start.column + 1
    if not isinstance(event, yaml.ScalarEvent):
        return Span(line, column, column + 1)
    if end.line == start.line:
        return Span(line, column, max(end.column + 1, column + 1))
    return Span(line, column, column + max(len(event.value.split("\n", 1)[0]), 1))


def _finding(span: Span, detail: str, step: str) -> Any:
    return problem(
        "", at(span.line, span.column, span.end_column - span.column), detail, step
    ).finding


def _one(event: Any, first_line: int, fault: str, detail: str, step: str) -> Problem:
    span = _span(event, first_line)
    return problem(fault, at(span.line, span.column), detail, step)


def _syntax(error: yaml.YAMLError, first_line: int) -> Problem:
    mark = getattr(error, "problem_mark", None)
    if "quoted scalar" in (getattr(error, "context", None) or ""):
        mark = getattr(error, "context_mark", mark)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "is not YAML"
    context = getattr(error, "context", None)
    detail = f"not valid YAML: {what}" + (f" ({context})" if context else "")
    step = "quote the value if it holds a colon, a hash or a leading special character"
    if mark is None:
        return problem("syntax", at(first_line), detail, step)
    return problem("syntax", at(mark.line + first_line, mark.column + 1), detail, step)
