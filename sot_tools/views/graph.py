"""Work items, blockers, evidence and documents as a graph that says where it is inconsistent."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sot_tools.rules.kinds import Kinds
from sot_tools.rules.loops import on_one_ring, rings
from sot_tools.rules.model import Library
from sot_tools.views.faults import Faults, codes
from sot_tools.views.lineage import Evidence, Parent, evidence, parents
from sot_tools.views.ready import edges as blocking
from sot_tools.views.work import Work, WorkItem


class Sort(enum.Enum):
    """What a node stands for."""

    ITEM = "item"
    UNKNOWN = "unknown"
    """A blocker that nothing registers or opens."""
    DOCUMENT = "document"
    RUN = "run"


class Relation(enum.Enum):
    """What an edge says; it runs from what comes first to what rests on it."""

    BLOCKS = "blocks"
    EVIDENCE = "evidence"
    """From an item to what shows that it is done."""
    HOLDS = "holds"
    """From a document to an item that it opens."""
    SOURCE = "source"
    """From a document to one that derives from it."""


class Node(NamedTuple):
    """One node; `faults` are rule codes and words, empty where nothing is wrong."""

    key: str
    sort: Sort
    name: str
    """The id, path or run id."""
    title: str
    status: str
    faults: tuple[str, ...]


class Edge(NamedTuple):
    """One edge between the keys of two nodes."""

    start: str
    end: str
    relation: Relation
    faults: tuple[str, ...] = ()


class Graph(NamedTuple):
    """Nodes in reading order, and the edges between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class Options(NamedTuple):
    """What of the workspace the graph shows."""

    item: str = ""
    """Only this item, what it rests on and what rests on it; empty for all."""
    documents: bool = False


def graph(library: Library, kinds: Kinds, work: Work, faults: Faults, options: Options) -> Graph:
    """The graph of a workspace; `options.item` is an item that exists."""
    derived = parents(library, kinds)
    shown = evidence(library, kinds, work, derived)
    nodes = {node.key: node for node in _items(work, faults)}
    made = [*_blockers(work, faults)]
    for edge in made:
        if edge.start not in nodes:
            name = edge.start.partition(" ")[2]
            nodes[edge.start] = Node(edge.start, Sort.UNKNOWN, name, "", "", (_unknown(work),))
    for item in work.items.values():
        for each in shown.get(item.id, ()):
            if each.form != "statement":
                node = _evidence(library, faults, each)
                nodes[node.key] = node
                made.append(Edge(_item_key(item.id), node.key, Relation.EVIDENCE))
    if options.documents:
        documents = list(_documents(library, work, derived))
        made += documents
        for path in dict.fromkeys(
            key.partition(" ")[2] for edge in documents for key in edge[:2] if key[0] == "d"
        ):
            nodes.setdefault(_path_key(path), _document(library, faults, path))
    found = Graph(tuple(nodes.values()), tuple(made))
    return _around(found, _item_key(options.item)) if options.item else found


def _item_key(identifier: str) -> str:
    return f"item {identifier}"


def _path_key(path: str) -> str:
    return f"document {path}"


def _unknown(work: Work) -> str:
    return "not registered" if work.board else "opened nowhere"


def _items(work: Work, faults: Faults) -> Iterator[Node]:
    for item in work.items.values():
        wrong = codes(faults.of_item(item.id))
        if work.board and not item.registered:
            wrong = (_unknown(work), *wrong)
        yield Node(_item_key(item.id), Sort.ITEM, item.id, item.title, item.status, wrong)


def _blockers(work: Work, faults: Faults) -> Iterator[Edge]:
    ring = rings(blocking(work))
    for item in work.items.values():
        for blocker in item.blocked_by:
            wrong = _edge_faults(work, faults, item, blocker, ring)
            yield Edge(_item_key(blocker), _item_key(item.id), Relation.BLOCKS, wrong)


def _edge_faults(
    work: Work, faults: Faults, item: WorkItem, blocker: str, ring: Mapping[str, int]
) -> tuple[str, ...]:
    known = work.items.get(blocker)
    if known is None:
        return (_unknown(work),)
    wrong = ["loop"] if on_one_ring(ring, item.id, blocker) else []
    if item.finished and not known.finished:
        wrong.append("not validated first")
    return (*wrong, *(codes(faults.between(item.id, blocker)) if item.id != blocker else ()))


def _evidence(library: Library, faults: Faults, shown: Evidence) -> Node:
    if shown.form == "run":
        return Node(f"run {shown.label}", Sort.RUN, shown.label, "", "", ())
    node = _document(library, faults, shown.spot.path)
    return node._replace(faults=("does not exist",)) if shown.form == "missing" else node


def _document(library: Library, faults: Faults, path: str) -> Node:
    facts, document = library.facts.get(path), library.document(path)
    front = document.data if document is not None and isinstance(document.data, dict) else {}
    status = front.get("status")
    return Node(
        _path_key(path),
        Sort.DOCUMENT,
        path,
        facts.title if facts else "",
        status if isinstance(status, str) else "",
        codes(faults.of_document(path)),
    )


def _documents(library: Library, work: Work, derived: Mapping[str, Parent]) -> Iterator[Edge]:
    """From each document to those that derive from it, and to the items that it opens."""
    for facts in library.facts.values():
        parent = derived.get(facts.path)
        if parent is not None:
            yield Edge(_path_key(parent.path), _path_key(facts.path), Relation.SOURCE)
    for item in work.items.values():
        for path in dict.fromkeys(each.spot.path for each in item.stated):
            yield Edge(_path_key(path), _item_key(item.id), Relation.HOLDS)


def _around(whole: Graph, key: str) -> Graph:
    """The part of a graph that leads to a node or comes from it."""
    kept = _reached(key, ((edge.start, edge.end) for edge in whole.edges))
    kept |= _reached(key, ((edge.end, edge.start) for edge in whole.edges))
    return Graph(
        tuple(node for node in whole.nodes if node.key in kept),
        tuple(edge for edge in whole.edges if edge.start in kept and edge.end in kept),
    )


def _reached(start: str, edges: Iterable[tuple[str, str]]) -> set[str]:
    following: dict[str, list[str]] = {}
    for begin, end in edges:
        following.setdefault(begin, []).append(end)
    found = {start}
    pending = [start]
    while pending:
        for name in following.get(pending.pop(), ()):
            if name not in found:
                found.add(name)
                pending.append(name)
    return found
