"""The graph as a Mermaid flowchart.

Whatever a title holds, a label consists of letters, digits, spaces, `-`, `_`, `.`, `/`, `,` and
entity codes (`#34;`), which Mermaid turns into characters only when the drawing is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sot_tools.report.graph_names import names
from sot_tools.report.visible import visible
from sot_tools.views.graph import Graph, Node, Relation, Sort

_UNSAFE = re.compile(r"[^A-Za-z0-9 _.,/-]")
_MOST_EDGES = 500
"""Edges above which Mermaid refuses to draw unless its configuration allows it."""
_ARROWS = {
    Relation.BLOCKS: "-->",
    Relation.EVIDENCE: "-.->",
    Relation.HOLDS: "---",
    Relation.SOURCE: "==>",
}
_SHAPES = {
    Sort.ITEM: ("[", "]"),
    Sort.UNKNOWN: ("{{", "}}"),
    Sort.DOCUMENT: ("([", "])"),
    Sort.RUN: ("([", "])"),
}
_CLASSES = {
    "validated": "fill:#d4edda,stroke:#2e7d32,color:#102a13",
    "candidate": "fill:#e3ecf8,stroke:#4a6fa5,color:#10203a",
    "blocked": "fill:#f6e3c5,stroke:#a86a00,color:#3a2500",
    "other": "fill:#eeeeee,stroke:#777777,color:#222222",
    "wrong": "stroke:#c62828,stroke-width:3px",
}


def render(graph: Graph) -> str:
    """The flowchart; inconsistent nodes and edges say what is wrong and are red."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    known = names(graph.nodes)
    yield "flowchart LR"
    if len(graph.edges) > _MOST_EDGES:
        yield f"%% {len(graph.edges)} edges: Mermaid draws {_MOST_EDGES}, more with maxEdges"
    for node in graph.nodes:
        begin, end = _SHAPES[node.sort]
        status = node.status if node.status in _CLASSES else "other"
        yield f'  {known[node.key]}{begin}"{_label(node)}"{end}:::{status}'
    wrong = []
    for number, edge in enumerate(graph.edges):
        note = f'|"! {_escaped(", ".join(edge.faults))}"|' if edge.faults else ""
        yield f"  {known[edge.start]} {_ARROWS[edge.relation]}{note} {known[edge.end]}"
        if edge.faults:
            wrong.append(str(number))
    for name, style in _CLASSES.items():
        yield f"  classDef {name} {style}"
    marked = [known[node.key] for node in graph.nodes if node.faults]
    if marked:
        yield f"  class {','.join(marked)} wrong"
    if wrong:
        yield f"  linkStyle {','.join(wrong)} stroke:#c62828,stroke-width:3px"


def _label(node: Node) -> str:
    lines = [node.name, node.title, node.status]
    if node.faults:
        lines.append("! " + ", ".join(node.faults))
    return "<br/>".join(_escaped(line) for line in lines if line)


def _escaped(text: str) -> str:
    return _UNSAFE.sub(lambda match: f"#{ord(match.group())};", visible(text))
