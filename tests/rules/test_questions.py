"""What checks ask about documents stands in one table, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

import sot_tools
from sot_tools.documents.document import parse
from sot_tools.rules.table import QUESTIONS, function

PACKAGE = Path(sot_tools.__file__).parent
_ASKED = re.compile(r"\.answer\(\s*[a-z_.]+,\s*\"([^\"]+)\"")


def test_every_question_that_is_asked_has_a_row_and_every_row_is_asked() -> None:
    asked = {
        name for file in PACKAGE.rglob("*.py") for name in _ASKED.findall(file.read_text("utf-8"))
    }
    assert asked == set(QUESTIONS)


def test_an_answer_depends_on_the_document_and_on_what_is_asked_about_alone() -> None:
    text = b"# A\n\n## Acceptance Criteria\n\n- [ ] tokens_used: a number\n\n```\nI agree.\n```\n"
    for ask, about, expected in (
        ("promised fields", (), [(5, "tokens_used")]),
        ("one-line fences", (), ["I agree."]),
        ("holds", ("tokens_used",), True),
        ("holds", ("tokens_spent",), False),
        ("says", ("NUMBER|figure",), True),
        ("part has entries", (0,), False),
        ("part has entries", (1,), True),
        ("states", ("I agree",), True),
        ("states", ("I object",), False),
        ("called used", ("number",), (5, "number")),
        ("roles", ("primary",), []),
    ):
        first, again = (function(QUESTIONS[ask])(parse("A-PRD.md", text), *about) for _ in range(2))
        assert first == again == expected, ask
