"""Loops in a graph of names, found without recursion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def loops(edges: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    """Each elementary loop that a depth-first walk meets, once, without recursion."""
    state: dict[str, int] = {}
    found: list[list[str]] = []
    for start in edges:
        if start in state:
            continue
        trail: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(edges[start]))]
        state[start] = 1
        trail.append(start)
        while stack:
            _, pending = stack[-1]
            following = next(pending, None)
            if following is None:
                state[trail.pop()] = 2
                stack.pop()
            elif state.get(following) == 1:
                found.append(trail[trail.index(following) :])
            elif following in edges and following not in state:
                state[following] = 1
                trail.append(following)
                stack.append((following, iter(edges[following])))
    return found
