"""Edits change the bytes they speak of and no others, in any order, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot_tools.diagnostic import Edit, LineEnds, Replace, Value
from sot_tools.documents.document import parse
from sot_tools.documents.edits import Misfit, apply, settle, together, without_line

ENDS = st.sampled_from(["\n", "\r\n"])
TEXTS = st.text(st.sampled_from("ab -#:`é計\u200d😀"), max_size=6)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """The bytes of a file, and its lines with their ends."""
    lines = [text + draw(ENDS) for text in draw(st.lists(TEXTS, max_size=6))]
    lines.append(draw(TEXTS))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return (mark + "".join(lines)).encode(), lines


@st.composite
def edited(draw: st.DrawFn) -> tuple[bytes, list[Edit], str]:
    """A file, edits that do not overlap, and the text that a plain reading of them gives."""
    content, lines = draw(files())
    edits: list[Edit] = []
    made = ["\ufeff" if content.startswith(b"\xef\xbb\xbf") else ""]
    for number, line in enumerate(lines, 1):
        body = line.rstrip("\r\n")
        cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=4, unique=True)))
        after = 0
        for start, end in zip(cuts[::2], cuts[1::2], strict=False):
            text = draw(TEXTS)
            edits.append(Edit(number, start + 1, number, end + 1, text))
            made += [body[after:start], text]
            after = end
        made.append(line[after:])
    return content, edits, "".join(made)


@given(edited(), st.randoms(use_true_random=False))
def test_all_other_bytes_stay_whatever_the_order(
    case: tuple[bytes, list[Edit], str], dice: object
) -> None:
    content, edits, expected = case
    assert apply(content, edits) == expected.encode()
    dice.shuffle(edits)  # type: ignore[attr-defined]
    assert apply(content, edits) == expected.encode()


@given(edited())
def test_edits_one_after_the_other_from_the_end_come_to_the_same(
    case: tuple[bytes, list[Edit], str],
) -> None:
    content, edits, expected = case
    for edit in sorted(edits, reverse=True):
        content = apply(content, [edit])
    assert content == expected.encode()


@given(files())
def test_no_edit_changes_nothing(case: tuple[bytes, list[str]]) -> None:
    assert apply(case[0], []) == case[0]


@given(files(), st.data())
def test_any_edits_give_bytes_or_are_refused(
    case: tuple[bytes, list[str]], data: st.DataObject
) -> None:
    numbers = st.integers(-1, 8)
    edits = st.builds(Edit, numbers, numbers, numbers, numbers, TEXTS)
    wanted = data.draw(st.lists(edits, max_size=4))
    try:
        made = apply(case[0], wanted)
    except Misfit:
        return
    assert apply(case[0], reversed(wanted)) == made


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Edit(1, 1, 1, 3, "x"), Edit(1, 2, 1, 4, "y")),
        (Edit(1, 1, 2, 2, "x"), Edit(2, 1, 2, 1, "y")),
        (Edit(1, 2, 1, 2, "x"), Edit(1, 2, 1, 2, "y")),
        (Edit(1, 1, 1, 4, "x"), Edit(1, 2, 1, 2, "y")),
        (Edit(1, 1, 1, 2, "x"), Edit(1, 1, 1, 2, "x")),
    ],
)
def test_edits_that_overlap_are_refused_and_wait_for_the_next_round(
    first: Edit, second: Edit
) -> None:
    with pytest.raises(Misfit, match="two edits overlap"):
        apply(b"abcd\nefgh\n", [second, first])
    assert len(together([(first,), (second,)])) == 1
    assert together([(first,), (second,)]) == together([(second,), (first,)])


@given(st.lists(st.lists(st.builds(Edit, st.integers(1, 3), st.integers(1, 4), st.just(4), st.integers(1, 3), st.just("")), max_size=2).map(tuple), max_size=5))  # fmt: skip
def test_what_is_taken_together_never_overlaps(fixes: list[tuple[Edit, ...]]) -> None:
    taken = together(fixes)
    apply(b"abc\n" * 5, [edit for fix in taken for edit in fix])
    assert together(reversed(fixes)) == taken


def test_neighbours_do_not_overlap() -> None:
    edits = [Edit(1, 2, 1, 3, ""), Edit(1, 3, 1, 3, "-"), Edit(1, 3, 1, 4, "")]
    assert apply(b"abcd", edits) == b"a-d"
    assert len(together([(edit,) for edit in edits])) == 3


@pytest.mark.parametrize(
    "edit", [Edit(3, 1, 3, 1, ""), Edit(1, 9, 1, 9, ""), Edit(1, 0, 1, 1, ""), Edit(2, 1, 1, 1, "")]
)
def test_a_place_that_the_bytes_do_not_have_is_refused(edit: Edit) -> None:
    with pytest.raises(Misfit):
        apply(b"abc\nd", [edit])


def test_a_line_that_is_not_utf_8_is_refused_and_others_are_not() -> None:
    assert apply(b"\xff\nab\n", [Edit(2, 1, 2, 2, "x")]) == b"\xff\nxb\n"
    with pytest.raises(Misfit, match="line 1 is not UTF-8"):
        apply(b"\xff\nab\n", [Edit(1, 1, 1, 2, "x")])


def test_the_mark_and_the_returns_go_and_a_new_line_ends_like_its_neighbour() -> None:
    content = b"\xef\xbb\xbfa\r\n\xc3\xa9\r\nb"
    document = parse("A.md", content)
    gone = settle(document, (Edit(1, 0, 1, 1, ""), LineEnds((1, 2))))
    assert apply(content, gone) == b"a\n\xc3\xa9\nb"
    assert apply(content, [Edit(3, 2, 3, 2, "\nc")]) == content + b"\r\nc"
    assert apply(b"a", [Edit(1, 2, 1, 2, "\nc")]) == b"a\nc"


@given(files(), st.data())
def test_a_line_goes_with_its_end(case: tuple[bytes, list[str]], data: st.DataObject) -> None:
    content, lines = case
    number = data.draw(st.integers(1, len(lines)))
    left = lines[: number - 1] + lines[number:]
    if number == len(lines) and left:
        left[-1] = left[-1].rstrip("\r\n")
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    made = apply(content, [without_line(parse("A.md", content), number)])
    assert made == mark + "".join(left).encode()


def test_a_symbolic_place_is_settled_where_the_value_stands() -> None:
    content = b'---\nname:   "other"  # kept\n---\n# A\n'
    edits = settle(parse("A.md", content), (Replace(Value(("name",)), '"a"'),))
    assert apply(content, edits) == b'---\nname:   "a"  # kept\n---\n# A\n'
