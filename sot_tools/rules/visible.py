"""What rules that compare documents can see of one before they open it: what stands above what, but
not on which lines and columns.

Such a rule compares lines of one document with each other, and points to them; pointing opens the
document. So what it finds stays while the lines of documents that are not opened move.
"""

from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from sot_tools.diagnostic import Column, LineNumber
from sot_tools.rules.model import Facts

See = Callable[[int], int]
"""What stands in for a line number."""
Renumber = Callable[[Any, See], Any]


def visible(facts: Facts) -> Any:
    """Facts as plain lists, with the rank of each line in place of its number, and no columns."""
    renumber = _made(Facts) or _same
    lines = {0}

    def note(line: int) -> int:
        lines.add(line)
        return line

    renumber(facts, note)
    return renumber(facts, {line: rank for rank, line in enumerate(sorted(lines))}.__getitem__)


def _same(value: Any, _: See) -> Any:
    return value


_MARKED: dict[Any, Renumber] = {
    LineNumber: lambda line, see: see(line),
    Column: lambda column, see: 0,
}


@cache
def _made(kind: Any) -> Renumber | None:
    """What renumbers the values of a type; None where they hold no number of a line."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _MARKED.get(kind)
    if origin in {Union, UnionType}:
        made = next(filter(None, map(_made, inside)), None)
        return made and (lambda value, see: None if value is None else made(value, see))
    if origin is tuple and inside[1:] == (...,):
        each = _made(inside[0])
        return each and (lambda value, see: [each(one, see) for one in value])
    return _named(kind) if isinstance(kind, type) and issubclass(kind, tuple) else None


def _named(kind: Any) -> Renumber | None:
    hints = get_type_hints(kind, include_extras=True)
    fields = enumerate(kind._fields)
    parts = [(index, made) for index, name in fields if (made := _made(hints[name]))]

    def renumbered(value: Any, see: See) -> Any:
        found = list(value)
        for index, made in parts:
            found[index] = made(found[index], see)
        return found

    return renumbered if parts else None
