"""The graph as a text tree; its size is linear in nodes and edges, whatever the edges are.

Rule 1: each node is drawn once, below the first thing that it rests on.
Rule 2: every further edge to it is a line that refers to it: `(above)`, `(below)` or `(loop)`.
Rule 3: beyond a certain depth the tree goes on at the margin, so that indents stay short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sot_tools.report.visible import visible
from sot_tools.views.graph import Edge, Graph, Node, Relation, Sort

_DEEPEST = 16
"""Levels of indent."""
_BRANCH, _LAST, _PASSING, _OVER = "├─ ", "└─ ", "│  ", "   "


def render(graph: Graph) -> str:
    """The tree of items, the tree of documents where the graph has one, and a legend."""
    if not graph.nodes:
        return "nothing to draw: no work item\n"
    drawn = [_Tree(graph.nodes, graph.edges, _WORK).lines()]
    derived = {key for edge in graph.edges if edge.relation in _DERIVED for key in edge[:2]}
    if derived:
        nodes = [node for node in graph.nodes if node.key in derived and node.sort is Sort.DOCUMENT]
        tree = _Tree(nodes, graph.edges, {Relation.SOURCE}, _held(graph)).lines()
        drawn.append(iter(["", "Documents, each above what derives from it:"]))
        drawn.append(tree)
    lines = [line for part in drawn for line in part]
    return "\n".join([*lines, "", *_legend(graph)]) + "\n"


_WORK = {Relation.BLOCKS, Relation.EVIDENCE}
_DERIVED = {Relation.SOURCE, Relation.HOLDS}


def _held(graph: Graph) -> dict[str, list[str]]:
    """Document → the ids of the items that it opens."""
    names = {node.key: node.name for node in graph.nodes}
    found: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.relation is Relation.HOLDS:
            found.setdefault(edge.start, []).append(names[edge.end])
    return found


class _Tree:
    """One drawing of the nodes that the relations connect, and of the items alone."""

    def __init__(
        self,
        nodes: Sequence[Node],
        edges: Sequence[Edge],
        relations: set[Relation],
        held: dict[str, list[str]] | None = None,
    ) -> None:
        self.held = held or {}
        followed = [edge for edge in edges if edge.relation in relations]
        self.children: dict[str, list[Edge]] = {}
        for edge in followed:
            self.children.setdefault(edge.start, []).append(edge)
        for each in self.children.values():
            each.sort(key=lambda edge: edge.relation is not Relation.EVIDENCE)
        ends = {edge.end for edge in followed}
        starts = self.children.keys()
        own = [
            node
            for node in nodes
            if node.key in ends or node.key in starts or held is not None or node.sort is Sort.ITEM
        ]
        self.nodes = {node.key: node for node in own}
        self.roots = [
            *(node.key for node in own if node.key not in ends),
            *(node.key for node in own if node.key in ends),
        ]
        self.drawn: set[str] = set()
        self.trail: set[str] = set()
        self.later: list[str] = []

    def lines(self) -> Iterator[str]:
        for root in self.roots:
            self.later = [root]
            for key in self.later:  # grows while a deep tree is drawn
                if key not in self.drawn:
                    yield from self._from(key)

    def _from(self, root: str) -> Iterator[str]:
        stack = [self._open(root, "")]
        yield self._line(root, ())
        yield from self._holds(root, "")
        while stack:
            key, indent, pending = stack[-1]
            if not pending:
                self.trail.discard(key)
                stack.pop()
                continue
            edge = pending.pop()
            branch, under = (_BRANCH, _PASSING) if pending else (_LAST, _OVER)
            name = visible(self.nodes[edge.end].name)
            if edge.end in self.drawn:
                where = "loop" if edge.end in self.trail else "above"
                yield f"{indent}{branch}{_label(edge)}{name} ({where}){_wrong(edge.faults)}"
            elif len(stack) >= _DEEPEST and self.children.get(edge.end):
                self.later.append(edge.end)
                yield f"{indent}{branch}{_label(edge)}{name} (below){_wrong(edge.faults)}"
            else:
                yield f"{indent}{branch}{_label(edge)}{self._line(edge.end, edge.faults)}"
                stack.append(self._open(edge.end, indent + under))
                yield from self._holds(edge.end, indent + under)

    def _open(self, key: str, indent: str) -> tuple[str, str, list[Edge]]:
        """A node as an entry of the walk: its children that are still to be drawn, last first."""
        self.drawn.add(key)
        self.trail.add(key)
        return key, indent, self.children.get(key, [])[::-1]

    def _line(self, key: str, faults: Sequence[str]) -> str:
        node = self.nodes[key]
        parts = [node.name, node.status or ("-" if node.sort is Sort.ITEM else ""), node.title]
        shown = "  ".join(visible(part) for part in parts if part)
        return shown + _wrong(tuple(dict.fromkeys([*faults, *node.faults])))

    def _holds(self, key: str, indent: str) -> Iterator[str]:
        if key in self.held:
            passing = _PASSING if self.children.get(key) else _OVER
            yield f"{indent}{passing}opens {', '.join(map(visible, self.held[key]))}"


def _label(edge: Edge) -> str:
    return "evidence " if edge.relation is Relation.EVIDENCE else ""


def _wrong(faults: Sequence[str]) -> str:
    return f"  ! {', '.join(faults)}" if faults else ""


def _legend(graph: Graph) -> Iterator[str]:
    sorts = Counter(node.sort for node in graph.nodes)
    blockers = sum(edge.relation is Relation.BLOCKS for edge in graph.edges)
    yield (
        f"{_count(sorts[Sort.ITEM], 'item')}, {_count(blockers, 'blocker')}; "
        "below an item: its evidence, and the items that it blocks"
    )
    wrong = sum(bool(node.faults) for node in graph.nodes)
    edges = sum(bool(edge.faults) for edge in graph.edges)
    if wrong or edges:
        yield (
            f"! {_count(wrong, 'node')} and {_count(edges, 'edge')} inconsistent: "
            "`sot board show ID` tells why"
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
