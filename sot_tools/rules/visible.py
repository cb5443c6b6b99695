"""What rules that compare documents can see of one before they open it: what stands above what, but
not on which lines and columns.

Such a rule compares lines of one document with each other, and points to them; pointing opens the
document. So what it finds stays while the lines of documents that are not opened move.
"""

from collections.abc import Callable
from functools import cache
from itertools import chain
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from sot_tools.diagnostic import Column, LineNumber
from sot_tools.rules.model import Facts

Lists = list[list[int]]
Listed = Callable[[Any, Lists], Any]
"""Makes plain lists of a value, and adds those that hold line numbers to others."""


def visible(facts: Facts) -> Any:
    """Facts as plain lists, with the rank of each line in place of its number, and no columns."""
    lists: Lists = []
    seen = (_made(Facts) or _same)(facts, lists)
    ranks = {line: rank for rank, line in enumerate(sorted({0, *chain.from_iterable(lists)}))}
    for lines in lists:
        lines[:] = map(ranks.__getitem__, lines)
    return seen


def _same(value: Any, _: Lists) -> Any:
    return value


@cache
def _made(kind: Any) -> Listed | None:
    """What makes lists of the values of a type; None where they hold no number of a line."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        made = next(filter(None, map(_made, inside)), None)
        return made and (lambda value, lists: None if value is None else made(value, lists))
    if origin is tuple and inside[1:] == (...,):
        return _many(inside[0])
    return _one(kind) if isinstance(kind, type) and issubclass(kind, tuple) else None


def _one(kind: Any) -> Listed | None:
    many = _many(kind)
    return many and (lambda value, lists: many((value,), lists))


def _many(kind: Any) -> Listed | None:
    """The same for many values: made into a list for each field, it takes less time."""
    if not (isinstance(kind, type) and issubclass(kind, tuple)):
        return None
    hints = list(get_type_hints(kind, include_extras=True).values())
    lines = [index for index, hint in enumerate(hints) if hint == LineNumber]
    columns = [index for index, hint in enumerate(hints) if hint == Column]
    inner = [(index, made) for index, hint in enumerate(hints) if (made := _made(hint))]

    def listed(values: Any, lists: Lists) -> Any:
        if not values:
            return values
        fields: list[Any] = list(zip(*values, strict=True))
        for index in lines:
            fields[index] = list(fields[index])
            lists.append(fields[index])
        for index in columns:
            fields[index] = 0
        for index, made in inner:
            fields[index] = [made(each, lists) for each in fields[index]]
        return fields

    return listed if lines or columns or inner else None
