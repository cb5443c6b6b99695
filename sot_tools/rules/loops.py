"""Loops in a graph of names, found in linear time and without recursion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def rings(edges: Mapping[str, Sequence[str]]) -> Mapping[str, int]:
    """Name → number of the ring it lies on: two names with the same number reach each other
    (Tarjan's strongly connected components; a name alone only where it leads to itself)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    trail: list[str] = []
    done: set[str] = set()
    found: dict[str, int] = {}
    for root in edges:
        if root in order:
            continue
        stack: list[tuple[str, Iterator[str]]] = [(root, iter(edges[root]))]
        order[root] = low[root] = len(order)
        trail.append(root)
        while stack:
            name, pending = stack[-1]
            following = next(pending, None)
            if following is None:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[name])
                if low[name] == order[name]:
                    _close(name, trail, done, edges, found)
            elif following in order:
                if following not in done:
                    low[name] = min(low[name], order[following])
            elif following in edges:
                order[following] = low[following] = len(order)
                trail.append(following)
                stack.append((following, iter(edges[following])))
    return found


def on_one_ring(ring: Mapping[str, int], one: str, other: str) -> bool:
    """Whether two names reach each other."""
    return one in ring and ring[one] == ring.get(other)


def _close(
    name: str,
    trail: list[str],
    done: set[str],
    edges: Mapping[str, Sequence[str]],
    found: dict[str, int],
) -> None:
    """Take the component that `name` began off the trail; number it if it is a ring."""
    component = [trail.pop()]
    while component[-1] != name:
        component.append(trail.pop())
    done.update(component)
    if len(component) > 1 or name in edges[name]:
        found.update(dict.fromkeys(component, len(found) + 1))


def loops(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """One shortest loop through the first name of every ring, in the order of `edges`."""
    ring = rings(edges)
    seen: set[int] = set()
    found: list[list[str]] = []
    for name in edges:
        if name in ring and ring[name] not in seen:
            seen.add(ring[name])
            found.append(_around(name, edges, ring))
    return found


def _around(start: str, edges: Mapping[str, Sequence[str]], ring: Mapping[str, int]) -> list[str]:
    """The names of a shortest way from a name of a ring back to it."""
    came: dict[str, str] = {}
    border = [start]
    while border:
        following: list[str] = []
        for name in border:
            for other in edges[name]:
                if other == start:
                    way = [name]
                    while way[-1] != start:
                        way.append(came[way[-1]])
                    return way[::-1]
                if other not in came and on_one_ring(ring, start, other):
                    came[other] = name
                    following.append(other)
        border = following
    return [start]


def chain(loop: Sequence[str]) -> str:
    """A loop as a message shows it: long ones without their middle."""
    names = [*loop, loop[0]]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN - 2], f"{len(names) - _SHOWN + 1} more", names[-1]]
    return " → ".join(names)


_SHOWN = 12
