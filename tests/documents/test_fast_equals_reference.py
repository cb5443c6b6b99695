"""The fast readers give what the reference libraries give, or hand over to them."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import frontmatter
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sot_tools.documents import (
    json_tree,
    outline,
    outline_reference,
    yaml_reference,
    yaml_subset,
)
from sot_tools.documents.document import parse
from sot_tools.documents.scalars import ambiguous, resolve
from sot_tools.documents.sections import sections
from tests.documents.strategies import mappings, plain, scalars, tables, texts

BEYOND = object()


def subset(text: str) -> Any:
    """What the fast reader says; BEYOND where it hands over."""
    try:
        return yaml_subset.read(text)
    except yaml_subset.Beyond:
        return BEYOND


@settings(max_examples=1500)
@given(st.one_of(mappings(), texts))
def test_the_yaml_subset_reads_what_the_reference_reads(text: str) -> None:
    fast = subset(text)
    if fast is BEYOND:
        return
    tree = yaml_reference.read(text)
    assert not tree.problems
    assert typed(tree.value) == typed(fast)


@settings(max_examples=600)
@given(mappings())
def test_values_are_those_of_pyyaml_dates_excepted(text: str) -> None:
    fast = subset(text)
    if fast is BEYOND:
        return
    assert typed(undated(yaml.safe_load(text))) == typed(fast)


@settings(max_examples=600)
@given(st.one_of(scalars, st.text(alphabet="0123456789+-._:eExXoOabnytrufsl", max_size=10)))
def test_a_scalar_that_is_not_ambiguous_means_the_same_to_pyyaml(text: str) -> None:
    try:
        node = yaml.compose(text)
    except yaml.YAMLError:
        return
    plain = isinstance(node, yaml.ScalarNode) and not node.style and node.value == text
    if not plain or ambiguous(text):
        return
    try:
        value = yaml.safe_load(text)
    except ValueError:  # a date that no calendar has
        return
    assert typed(undated(value)) == typed(resolve(text))


@settings(max_examples=1500)
@example("#  |\n---")
@given(st.one_of(plain, texts, tables))
def test_the_outline_is_that_of_markdown_it(text: str) -> None:
    lines = text.split("\n")
    fast = outline.scan(lines, 0)
    whole = outline_reference.scan(lines, 0)
    assert fast is None or fast == whole


@settings(max_examples=400)
@given(mappings(), texts)
def test_front_matter_is_split_where_python_frontmatter_splits(front: str, body: str) -> None:
    text = f"---\n{front}\n---\n{body}"
    document = parse("a-PRD.md", text.encode())
    if document.problems or not isinstance(document.data, dict):
        return
    try:
        metadata, content = frontmatter.parse(text)
    except (ValueError, yaml.YAMLError):  # a date that no calendar has
        return
    assert "\n".join(document.lines[document.body :]).strip() == content
    assert typed(undated(metadata)) == typed(document.data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.sampled_from([None, 0, 2]), st.booleans())
def test_json_values_and_places_are_those_of_the_text(
    value: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    read, problems = json_tree.read(text)
    assert (typed(read), problems) == (typed(value), [])
    tree = json_tree.locate(text)
    assert typed(tree.value) == typed(value)
    lines = text.split("\n")
    for path, span in tree.values.items():
        here = value
        for step in path:
            here = here[step]
        if not isinstance(here, list | dict):
            piece = lines[span.line - 1][span.column - 1 : span.end_column - 1]
            assert typed(json.loads(piece)) == typed(here)


def typed(value: Any) -> Any:
    """A value in which true and 1 differ."""
    if isinstance(value, dict):
        return {key: typed(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [typed(entry) for entry in value]
    return (type(value).__name__, value)


def undated(value: Any) -> Any:
    """PyYAML's dates as the text that they were."""
    if isinstance(value, dict):
        return {key: undated(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [undated(entry) for entry in value]
    return (
        value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
    )


def test_the_fast_readers_do_hand_over_seldom_on_plain_documents() -> None:
    lines = [
        "# T",
        "",
        "Text",
        "more",
        "",
        "- [ ] a",
        "  b",
        "  - c",
        "",
        "| a | b |",
        "| --- | --- |",
        "| c | d |",
    ]
    assert outline.scan(lines, 0) is not None
    assert subset('a: b\nc:\n  - d: 1\n    e: [f, "g, h"]\n# x\ni: |\n  j\n') == {
        "a": "b",
        "c": [{"d": 1, "e": ["f", "g, h"]}],
        "i": "j\n",
    }


@settings(max_examples=600)
@given(st.lists(st.one_of(plain, texts, tables), min_size=1, max_size=3).map("\n## H\n".join))
def test_a_section_read_alone_has_the_blocks_that_it_has_in_the_whole(text: str) -> None:
    alone, whole = (parse("a-PRD.md", f"# T\n{text}".encode()) for _ in range(2))
    assert whole.blocks is not None
    for mine, other in zip(sections(alone), sections(whole), strict=True):
        assert (mine.title, mine.line) == (other.title, other.line)
        assert list(mine.blocks) == list(other.blocks)
