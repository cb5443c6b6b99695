"""What is done by quick string methods is what the plain definition says."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from sot_tools.documents import assertions
from sot_tools.documents.decode import decode, position
from sot_tools.documents.document import parse
from sot_tools.documents.items import begun, mentioned
from sot_tools.documents.sections import named, plain, sections
from sot_tools.documents.statements import said
from tests.documents.strategies import texts

SPACES = st.sampled_from(
    [" ", "  ", "\n", "\t", "\xa0", "\u2028", "`", "*", "a", "B.", "é", "\x1f"]
)
LABELLED = re.compile(r"([A-Za-z][A-Za-z0-9_ ./-]{1,80}?)(?:: | was )(\S.*)")
PIECES = st.sampled_from(
    ["Key", "a", " ", ": ", ":", " was ", "was ", "x_y", "value", ".", ";", "9", "k" * 40]
)
WORDS = st.sampled_from(
    ["if", "If", "iffy", "do", "not", "do not", "so", "that", "in order", "-", "_", "must", "ſo", "İf", "record", "records", "x"]
)  # fmt: skip


@given(st.lists(SPACES).map("".join))
def test_plain_text_has_no_marks_and_single_spaces(text: str) -> None:
    assert plain(text) == " ".join(text.replace("`", "").replace("*", "").split())


@given(texts, st.lists(st.integers(0, 400), max_size=8))
def test_a_position_does_not_depend_on_what_was_asked_before(text: str, asked: list[int]) -> None:
    document = parse("a.md", text.encode())
    for offset in (min(each, len(document.text)) for each in asked):
        assert document.position(offset) == position(document.text, offset)


@given(st.lists(PIECES, max_size=8).map("".join))
@example("a was b: c")
@example("Xy was : z")
def test_a_label_is_the_shortest_key_with_a_value(text: str) -> None:
    text = text.strip()  # four blanks in front would make it code
    document = parse("a.md", f"# A\n\n{text}\n".encode())
    match = LABELLED.fullmatch(plain(text)) if ": " in text or " was " in text else None
    expected = []
    if match is not None:
        key, value = match.groups()
        key = " ".join(key.replace("_", " ").casefold().split())
        expected.append((key, value.removesuffix(".").removesuffix(";")))
    assert [each[:2] for each in said(document, r"W-\d", frozenset()).labels] == expected


@given(st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join))
def test_a_text_is_modal_where_the_pattern_occurs(spaced: str, joined: str) -> None:
    for text in (spaced, joined, f"{joined}, {spaced}."):
        assert assertions._is_modal(text) == (re.search(assertions._MODAL, text) is not None)


@given(st.lists(st.sampled_from(["W-", "1", "22", "x", "_", "-", " ", "é", "\n"])).map("".join))
def test_an_id_is_found_where_it_stands_alone(text: str) -> None:
    pattern = re.compile(r"W-\d{1,2}")
    assert [each.span() for each in begun("W-", pattern, text)] == [
        each.span() for each in pattern.finditer(text)
    ]
    alone = re.compile(r"(?<![\w-])W-\d{1,2}(?![A-Za-z0-9_])")
    assert [each.span() for each in mentioned(text, r"W-\d{1,2}")] == [
        each.span() for each in alone.finditer(text)
    ]


@given(st.text(), st.integers(0, 0x10FFFF).filter(lambda code: not 0xD800 <= code < 0xE000))
def test_a_hidden_character_is_told_among_any_others(text: str, code: int) -> None:
    hidden = "\u202e\u200b\u2028\u00ad"
    for sign in hidden:
        problems = decode(f"x{text}{chr(code)}{sign} y".encode("utf-8", "replace"))[1]
        assert "hidden" in {each.fault for each in problems}


@given(texts, st.lists(st.sampled_from(["a b", "`code`", "b", "box", "status"]), max_size=3))
def test_the_sections_of_a_title_come_in_reading_order(text: str, titles: list[str]) -> None:
    document = parse("a.md", f"# a b\n\n{text}\n\n## box\n\n# A  B\n".encode())
    wanted = {plain(title).casefold() for title in titles}
    assert named(document, titles) == [
        each
        for each in sections(document)
        if " ".join(plain(each.title).casefold().split()) in wanted
    ]


@given(texts)
def test_a_section_reaches_to_the_next_heading_of_its_level(text: str) -> None:
    document = parse("a.md", f"# a\n\n{text}\n".encode())
    for section in sections(document):
        assert list(section.blocks) == list(document.blocks_between(section.line, section.last))
