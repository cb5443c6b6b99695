"""Parsing does not fail: whatever the bytes, there is a document, and its problems are in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot_tools.documents.document import Document, parse
from sot_tools.documents.items import items, mentions
from sot_tools.documents.place import locate
from sot_tools.documents.sections import prose, sections
from tests.documents.strategies import mappings, texts

NAMES = st.sampled_from(["a-PRD.md", "a.json", "a.yaml"])


def check_answers(document: Document) -> None:
    """Ask a document everything that rules ask."""
    assert sections(document) is not None
    assert isinstance(prose(document), str)
    items(document, r"WORK-\d{3}")
    mentions(document, r"WORK-\d{3}")
    for _, finding in document.problems:
        span = locate(document, finding.place)
        assert 1 <= span.line <= len(document.lines) + 1
        assert 1 <= span.column < span.end_column
        assert finding.detail
    for path in document.tree().values:
        assert isinstance(path, tuple)


@given(NAMES, st.binary(max_size=400))
def test_no_bytes_make_reading_raise(name: str, content: bytes) -> None:
    check_answers(parse(name, content))


@given(NAMES, texts)
def test_no_text_makes_reading_raise(name: str, text: str) -> None:
    check_answers(parse(name, text.encode()))


@given(mappings(), texts)
def test_no_document_makes_reading_raise(front: str, body: str) -> None:
    check_answers(parse("a-PRD.md", f"---\n{front}\n---\n{body}".encode()))


@given(st.text(alphabet='{}[]",:01a\\ \n', max_size=80))
def test_no_json_like_text_makes_reading_raise(text: str) -> None:
    check_answers(parse("a.json", text.encode()))


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.yaml", b"[" * 25_000, "depth"),
        ("a.yaml", b"- " * 4_000 + b"x", "depth"),
        ("a.yaml", b"{a: " * 25_000, "depth"),
        ("a-PRD.md", b"---\nx: " + b"[" * 25_000 + b"\n---\n", "depth"),
        ("a.json", b"[" * 200_000, "depth"),
        ("a.json", b'{"a":' * 200_000, "depth"),
        ("a.yaml", b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "aliases"),
        ("a.yaml", b"a: !!python/object/apply:os.system [ls]\n", "aliases"),
        ("a-PRD.md", b"x" * (1 << 20) + b"y", "size"),
        ("a-PRD.md", b"# T\n" + b"x" * 20_000, "long-line"),
        ("a.json", b"NaN", "syntax"),
        ("a.json", b"1" * 5_000, "syntax"),
        ("a.json", b'{"a": 1, "a": 2}', "duplicate-key"),
        ("a.yaml", b"a: 1\na: 2\n", "duplicate-key"),
        ("a.yaml", b"d: 2026-02-30x: 1\n", "syntax"),
        ("a.yaml", b"a: 1\n---\nb: 2\n", "syntax"),
        ("a-PRD.md", b"\xef\xbb\xbf# T\n", "bom"),
        ("a-PRD.md", b"# T\r\n", "line-end"),
        ("a-PRD.md", b"# \xff\n", "encoding"),
        ("a-PRD.md", b"# \x00\n", "nul"),
        ("a-PRD.md", b"# \x1b[31m\n", "control"),
        ("a-PRD.md", "# a\u202eb\n".encode(), "hidden"),
        ("a-PRD.md", b"---\na: 1\n", "unclosed"),
    ],
)
def test_hostile_content_is_a_named_problem(name: str, content: bytes, fault: str) -> None:
    document = parse(name, content)
    assert fault in {found.fault for found in document.problems}
    check_answers(document)
