"""Names for the nodes of a drawing that are plain words in every drawing language."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sot_tools.views.graph import Node

_OTHER = re.compile(r"[^A-Za-z0-9]+")


def names(nodes: Iterable[Node]) -> dict[str, str]:
    """Key → a name of letters, digits and `_`, made from what the node stands for so that it stays
    when other nodes come and go; no two are equal, also where only case differs."""
    found: dict[str, str] = {}
    taken: dict[str, int] = {}
    for node in nodes:
        stem = f"{node.sort.value}_{_OTHER.sub('_', node.name)[:80]}".strip("_")
        number = taken.get(stem.lower(), 0) + 1
        name = stem if number == 1 else f"{stem}_{number}"
        while name.lower() in taken and number > 1:
            number += 1
            name = f"{stem}_{number}"
        taken[stem.lower()] = number
        taken.setdefault(name.lower(), 1)
        found[node.key] = name
    return found
