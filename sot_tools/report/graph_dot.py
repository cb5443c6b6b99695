"""The graph in the DOT language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from sot_tools.report.graph_names import names
from sot_tools.report.visible import visible
from sot_tools.views.graph import Graph, Node, Relation, Sort

_FILLS = {"validated": "#d4edda", "candidate": "#e3ecf8", "blocked": "#f6e3c5"}
_SHAPES = {
    Sort.ITEM: "box",
    Sort.UNKNOWN: "octagon",
    Sort.DOCUMENT: "note",
    Sort.RUN: "cylinder",
}
_STYLES = {
    Relation.BLOCKS: "solid",
    Relation.EVIDENCE: "dashed",
    Relation.HOLDS: "dotted",
    Relation.SOURCE: "bold",
}
_RED = "#c62828"


def render(graph: Graph) -> str:
    """The digraph; inconsistent nodes and edges say what is wrong and are red."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    known = names(graph.nodes)
    yield "digraph work {"
    yield "  rankdir=LR;"
    yield '  node [style=filled, fillcolor="#eeeeee", fontname="sans-serif"];'
    for node in graph.nodes:
        yield f"  {known[node.key]} [{_attributes(node)}];"
    for edge in graph.edges:
        marks = f', color="{_RED}", label={_quoted("! " + ", ".join(edge.faults))}'
        style = f"style={_STYLES[edge.relation]}{marks if edge.faults else ''}"
        yield f"  {known[edge.start]} -> {known[edge.end]} [{style}];"
    yield "}"


def _attributes(node: Node) -> str:
    lines = [node.name, node.title, node.status]
    made = [f"shape={_SHAPES[node.sort]}"]
    if node.faults:
        lines.append("! " + ", ".join(node.faults))
        made += [f'color="{_RED}"', "penwidth=3"]
    if node.status in _FILLS:
        made.append(f'fillcolor="{_FILLS[node.status]}"')
    label = "\\n".join(_escaped(line) for line in lines if line)
    return f'label="{label}", {", ".join(made)}'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Text for a double-quoted label: backslashes begin escapes there, `&` an HTML entity."""
    shown = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return shown.replace("&", "&amp;")
