"""Which of two contradicting places is newer: word for word, and the same whichever comes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot_tools.documents.document import parse
from sot_tools.documents.statements import said
from sot_tools.rules.model import Facts
from sot_tools.rules.newer import Dated, Newer, dated, newer

ISSUES = Dated("A-ISSUES.md", "issues", 12, reviewed="2026-06-01")

ANSWERS = [
    (
        Dated("A-EVIDENCE.md", "evidence", 3, reviewed="2026-06-02"),
        0,
        "`A-EVIDENCE.md` is newer: last_reviewed 2026-06-02 against 2026-06-01",
    ),
    (
        Dated("A-EVIDENCE.md", "evidence", 3, reviewed="2026-05-31"),
        1,
        "`A-ISSUES.md` is newer: last_reviewed 2026-06-01 against 2026-05-31",
    ),
    (
        Dated("A-EVIDENCE.md", "evidence", 3, created="2026-06-02"),
        0,
        "`A-EVIDENCE.md` is newer: created 2026-06-02 against last_reviewed 2026-06-01",
    ),
    (
        Dated("A-EVIDENCE.md", "evidence", 3, "2026-06-09", "", "2026-05-01"),
        1,
        "`A-ISSUES.md` is newer: last_reviewed 2026-06-01 against section dated 2026-05-01",
    ),
    (
        Dated("A-EVIDENCE.md", "evidence", 3, reviewed="2026-06-01", late=True),
        0,
        "`A-EVIDENCE.md` counts as newer: both are dated 2026-06-01, and evidence is written after "
        "what it is about",
    ),
    (
        Dated("A-PRD.md", "prd", 3, reviewed="2026-06-01"),
        None,
        "nothing tells which is newer: both are dated 2026-06-01",
    ),
    (
        Dated("WORKBOARD.yaml", "workboard", 3),
        None,
        "nothing tells which is newer: `WORKBOARD.yaml` carries no date",
    ),
    (
        Dated("A-PRD.md", "prd", 3, reviewed="last week"),
        None,
        "nothing tells which is newer: `A-PRD.md` carries no date",
    ),
    (
        Dated("A-ISSUES.md", "issues", 90, reviewed="2026-06-01"),
        0,
        "line 90 is newer: it stands after line 12",
    ),
]


@pytest.mark.parametrize(("one", "index", "reason"), ANSWERS)
def test_the_answer_names_the_newer_place_and_says_why(
    one: Dated, index: int | None, reason: str
) -> None:
    assert newer(one, ISSUES) == Newer(index, reason)


def test_two_undated_documents_are_both_named() -> None:
    found = newer(Dated("B.md", "prd"), Dated("C.md", "prd"))
    assert found == Newer(None, "nothing tells which is newer: `B.md` and `C.md` carry no date")


def test_dated_sections_of_one_document_go_before_reading_order() -> None:
    early = Dated("A.md", "guard", 40, section="2026-05-01")
    late = Dated("A.md", "guard", 10, section="2026-06-01")
    said = "line 10 is newer: section dated 2026-06-01 against 2026-05-01"
    assert newer(early, late) == Newer(1, said)
    undated = Dated("A.md", "guard", 50)
    assert newer(late, undated) == Newer(1, "line 50 is newer: it stands after line 10")


def test_the_place_knows_its_section_and_the_front_matter() -> None:
    text = (
        "---\ncreated: 2026-05-01\nlast_reviewed: 2026-05-02\n---\n# Log\n\n## 2026-05-30: tried\n\n"
        "### What failed\n\nA.\n\n## From 2026-05-30 to 2026-06-01\n\nB.\n\n## Later\n\nC.\n"
    )
    document = parse("L-EVIDENCE.md", text.encode())
    fields = {"created": "2026-05-01", "last_reviewed": "2026-05-02"}
    nothing: tuple[()] = ()
    facts = Facts(
        document.path,
        "evidence",
        True,
        "L",
        "Log",
        "",
        *[nothing] * 4,
        fields,
        said(document, "X-1", frozenset()),
    )
    found = [dated(facts, line).section for line in (5, 7, 11, 15, 19)]
    assert found == ["", "2026-05-30", "2026-05-30", "2026-06-01", ""]
    assert dated(facts, 19)[:5] == (
        "L-EVIDENCE.md", "evidence", 19, "2026-05-02", "2026-05-01",
    )  # fmt: skip


DATES = st.sampled_from(["", "2026-05-31", "2026-06-01", "2026-06-02", "soon", "2026-13-01"])
PLACES = st.builds(
    Dated,
    st.sampled_from(["A.md", "B.md"]),
    st.sampled_from(["issues", "evidence", "closeout", ""]),
    st.integers(1, 3),
    DATES,
    DATES,
    DATES,
    st.booleans(),
)


@given(PLACES, PLACES)
def test_the_order_of_the_question_changes_the_index_only(one: Dated, other: Dated) -> None:
    asked, turned = newer(one, other), newer(other, one)
    swapped = None if asked.which is None else 1 - asked.which
    assert turned.which == swapped
    if asked.which is not None:
        assert turned.reason == asked.reason


@given(PLACES)
def test_no_place_is_newer_than_itself(place: Dated) -> None:
    assert newer(place, place).which is None
