"""Drawings: every item once, whatever the edges and titles are, in each of the three languages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from functools import cache
from html import unescape
from pathlib import Path

import pydot
import pytest
from hypothesis import HealthCheck, given, settings

from sot_tools.report import graph_dot, graph_mermaid, graph_text
from sot_tools.report.visible import visible
from sot_tools.rules.loops import on_one_ring, rings
from sot_tools.views.graph import Graph, Options, Relation, Sort, graph
from tests.views.workspaces import HOSTILE, Entry, View, bare, board, boards, small, view
from tests.workspaces import edit

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare(tmp_path_factory.mktemp("workspace"))


def drawn(found: View, item: str = "", documents: bool = False) -> Graph:
    kinds = found.settings.scene.kinds
    return graph(found.snapshot, kinds, found.work, found.faults, Options(item, documents))


def of(root: Path, entries: tuple[Entry, ...], documents: bool = False) -> Graph:
    return drawn(view(root, {"WORKBOARD.yaml": board(entries)}), documents=documents)


NODE = re.compile(r"[│├└─ ]*(?:evidence )?(WORK-\d+)  ")
REFERENCE = re.compile(r"[│├└─ ]*(WORK-\d+) \((above|below|loop)\)")


@QUICK
@given(boards())
def test_the_text_tree_draws_each_item_once_and_each_blocker_as_a_line(
    root: Path, entries: tuple[Entry, ...]
) -> None:
    found = of(root, entries)
    lines = graph_text.render(found).partition("\n\n")[0].split("\n")
    nodes = Counter(match.group(1) for line in lines if (match := NODE.match(line)))
    wanted = {node.name for node in found.nodes if node.sort in {Sort.ITEM, Sort.UNKNOWN}}
    assert nodes == dict.fromkeys(wanted, 1)
    again = sum(REFERENCE.match(line) is not None for line in lines)
    below = [line for line in lines if line.startswith(("│", "├", "└", " "))]
    blockers = sum(edge.relation is Relation.BLOCKS for edge in found.edges)
    evidence = sum("─ evidence " in line for line in below)
    assert len(below) - evidence == blockers
    assert again >= blockers - len(wanted)


MERMAID = [
    re.compile(pattern)
    for pattern in (
        r"flowchart LR",
        r"%% [0-9]+ edges: Mermaid draws 500, more with maxEdges",
        r"  (?P<node>\w+)(?:\[|\{\{|\(\[)\"(?P<label>(?:[A-Za-z0-9 _.,/-]|#[0-9]+;|<br/>)*)\"(?:\]|\}\}|\]\)):::\w+",
        r"  (?P<start>\w+) (?:-->|-\.->|---|==>)(?:\|\"! (?:[A-Za-z0-9 _.,/-]|#[0-9]+;)*\"\|)? (?P<end>\w+)",
        r"  classDef \w+ [a-z#0-9:,-]+",
        r"  class \w+(?:,\w+)* wrong",
        r"  linkStyle \d+(?:,\d+)* stroke:#c62828,stroke-width:3px",
    )
]


def mermaid(text: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Labels by node and edges of a flowchart; a line outside our strict grammar is an error."""
    nodes: dict[str, str] = {}
    edges = []
    for line in text.rstrip("\n").split("\n"):
        match = next((found for each in MERMAID if (found := each.fullmatch(line))), None)
        assert match is not None, line
        part = match.groupdict()
        if "node" in part:
            assert part["node"] not in nodes
            nodes[part["node"]] = unescape(re.sub(r"#(\d+);", r"&#\1;", part["label"]))
        elif "start" in part:
            edges.append((part["start"], part["end"]))
    return nodes, edges


def label(node: object, join: str) -> str:
    name, title, status, faults = (
        getattr(node, key) for key in ("name", "title", "status", "faults")
    )
    wrong = f"! {', '.join(faults)}" if faults else ""
    return join.join(visible(part) for part in (name, title, status, wrong) if part)


@QUICK
@given(boards())
def test_mermaid_holds_every_node_once_under_its_own_words(
    root: Path, entries: tuple[Entry, ...]
) -> None:
    found = of(root, entries, documents=True)
    nodes, edges = mermaid(graph_mermaid.render(found))
    assert sorted(nodes.values()) == sorted(label(node, "<br/>") for node in found.nodes)
    assert len(edges) == len(found.edges)
    assert {name for edge in edges for name in edge} <= nodes.keys()


def dot(text: str) -> tuple[list[str], int]:
    """Labels of the nodes and the number of edges, as pydot reads them."""
    parsed = pydot.graph_from_dot_data(text)
    assert parsed is not None
    assert len(parsed) == 1
    labels = [
        re.sub(
            r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1), each.get("label")[1:-1]
        )
        for each in parsed[0].get_nodes()
        if each.get_name() != "node"
    ]
    return [unescape(each) for each in labels], len(parsed[0].get_edges())


@settings(QUICK, max_examples=25)
@given(boards())
def test_dot_holds_every_node_once_under_its_own_words(
    root: Path, entries: tuple[Entry, ...]
) -> None:
    found = of(root, entries, documents=True)
    labels, edges = dot(graph_dot.render(found))
    assert sorted(labels) == sorted(label(node, "\n") for node in found.nodes)
    assert edges == len(found.edges)


def hostile(root: Path) -> Graph:
    ids = [f"WORK-{number:03d}" for number in range(len(HOSTILE))]
    entries = [
        Entry(each, title, blocked_by=(ids[number - 1],), evidence=(title or "run",))
        for number, (each, title) in enumerate(zip(ids, HOSTILE, strict=True))
    ]
    return of(root, (*entries, Entry('A"] --> B', "x"), Entry("end", "x"), Entry("END", "y")))


def test_real_graphviz_draws_hostile_titles(root: Path) -> None:
    program = shutil.which("dot")
    if program is None:
        pytest.skip("no `dot` on this machine")
    found = hostile(root)
    text = graph_dot.render(found).encode()
    done = subprocess.run([program, "-Tsvg"], input=text, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b'class="node"') == len(found.nodes)


def test_real_mermaid_reads_hostile_titles(root: Path) -> None:
    node, modules = shutil.which("node"), os.environ.get("SOT_NODE_MODULES", "")
    if node is None or not (Path(modules) / "mermaid").is_dir():
        pytest.skip("no node with SOT_NODE_MODULES, a folder that holds mermaid and jsdom")
    script = Path(__file__).with_name("mermaid_parse.mjs")
    text = graph_mermaid.render(hostile(root)).encode()
    done = subprocess.run([node, script, modules], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"flowchart-v2\n")


def test_our_own_readers_read_hostile_titles(root: Path) -> None:
    found = hostile(root)
    assert len(mermaid(graph_mermaid.render(found))[0]) == len(found.nodes)
    assert len(dot(graph_dot.render(found))[0]) == len(found.nodes)


def layers(count: int, width: int) -> tuple[Entry, ...]:
    """Each item of a layer is blocked by every item of the layer before: width ** count paths."""
    return tuple(
        Entry(
            f"WORK-{layer * width + place:03d}",
            blocked_by=tuple(
                f"WORK-{(layer - 1) * width + other:03d}" for other in range(width if layer else 0)
            ),
        )
        for layer in range(count)
        for place in range(width)
    )


def test_shared_blockers_do_not_multiply_the_tree(root: Path) -> None:
    for count in (10, 20, 40):
        found = of(root, layers(count, 4))
        assert len(graph_text.render(found).split("\n")) <= len(found.nodes) + len(found.edges) + 3


@pytest.mark.parametrize("backward", [False, True])
def test_a_chain_of_thousands_grows_the_output_linearly(root: Path, backward: bool) -> None:
    sizes = []
    for count in (1000, 4000):
        order = range(count, 0, -1) if backward else range(1, count + 1)
        found = of(
            root, tuple(Entry(f"WORK-{n:06d}", blocked_by=(f"WORK-{n - 1:06d}",)) for n in order)
        )
        text = graph_text.render(found)
        assert len(found.nodes) == count + 1
        sizes.append(len(text))
    assert sizes[1] < 4.5 * sizes[0]


def test_a_loop_is_drawn_once_and_marked(root: Path) -> None:
    entries = (
        Entry("WORK-001", "A", blocked_by=("WORK-002",)),
        Entry("WORK-002", "B", blocked_by=("WORK-001",)),
    )
    assert graph_text.render(of(root, entries)) == (
        "WORK-001  candidate  A  ! SOT506\n"
        "└─ WORK-002  candidate  B  ! loop\n"
        "   └─ WORK-001 (loop)  ! loop\n"
        "\n"
        "2 items, 2 blockers; below an item: its evidence, and the items that it blocks\n"
        "! 1 node and 2 edges inconsistent: `sot board show ID` tells why\n"
    )


@cache
def reach(edges: tuple[tuple[str, tuple[str, ...]], ...], start: str) -> frozenset[str]:
    """What can be reached in one step or more; the slow, obvious way."""
    table, found, pending = dict(edges), set(), [start]
    while pending:
        for name in table.get(pending.pop(), ()):
            if name not in found:
                found.add(name)
                pending.append(name)
    return frozenset(found)


@QUICK
@given(boards())
def test_two_items_lie_on_one_ring_exactly_where_each_reaches_the_other(
    entries: tuple[Entry, ...],
) -> None:
    edges = {entry.id: entry.blocked_by for entry in entries}
    frozen = tuple(edges.items())
    ring = rings(edges)
    for one in edges:
        for other in edges:
            both = one in reach(frozen, other) and other in reach(frozen, one)
            assert on_one_ring(ring, one, other) == both


def test_one_item_shows_what_it_rests_on_and_what_rests_on_it(root: Path) -> None:
    entries = (
        Entry("WORK-001"),
        Entry("WORK-002", blocked_by=("WORK-001",)),
        Entry("WORK-003", blocked_by=("WORK-002",), evidence=("run-3",)),
        Entry("WORK-004", blocked_by=("WORK-001",)),
        Entry("WORK-005"),
    )
    found = drawn(view(root, {"WORKBOARD.yaml": board(entries)}), "WORK-002")
    assert [node.name for node in found.nodes] == ["WORK-001", "WORK-002", "WORK-003", "run-3"]


def test_contradictions_blockers_and_documents_are_marked(tmp_path: Path) -> None:
    small(tmp_path)
    edit(tmp_path, "WORKBOARD.yaml", "      - WORK-001\n", "      - WORK-001\n      - WORK-404\n")
    assert graph_text.render(drawn(view(tmp_path), documents=True)) == (
        "WORK-001  candidate  Login form  ! SOT701\n"
        "├─ evidence .sot/plans/LOGIN-EVIDENCE.md  candidate  Login Evidence\n"
        "└─ WORK-002  candidate  Audit log  ! SOT506\n"
        "WORK-404  ! not registered\n"
        "└─ WORK-002 (above)  ! not registered\n"
        "\n"
        "Documents, each above what derives from it:\n"
        ".sot/plans/LOGIN-PRD.md  candidate  Login PRD\n"
        "└─ .sot/plans/LOGIN-ISSUES.md  candidate  Login Issues  ! SOT701\n"
        "   │  opens WORK-001, WORK-002\n"
        "   └─ .sot/plans/LOGIN-EVIDENCE.md  candidate  Login Evidence\n"
        "\n"
        "2 items, 2 blockers; below an item: its evidence, and the items that it blocks\n"
        "! 4 nodes and 1 edge inconsistent: `sot board show ID` tells why\n"
    )


def test_documents_without_a_source_follow_the_kind_before_theirs_by_name(tmp_path: Path) -> None:
    small(tmp_path)
    for name in ("ISSUES", "EVIDENCE"):
        path = tmp_path / f".sot/plans/LOGIN-{name}.md"
        path.write_text(re.sub(r"source: \S+", "source: conversation", path.read_text()))
    found = drawn(view(tmp_path), documents=True)
    sources = {
        (edge.start.rpartition("-")[2], edge.end.rpartition("-")[2])
        for edge in found.edges
        if edge.relation is Relation.SOURCE
    }
    assert sources == {("PRD.md", "ISSUES.md"), ("ISSUES.md", "EVIDENCE.md")}
