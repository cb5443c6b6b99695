"""One value of the board is changed, and every other byte stays."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sot_tools.board import board as boards
from sot_tools.board.board import Proof
from sot_tools.board.splice import Edit, NoPlace, splice
from sot_tools.documents.document import parse

WORDS = st.text("abcdefgh -:#'\"é", max_size=12)
ITEM = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"WORK-[0-9]{3}", fullmatch=True),
        "title": WORDS.filter(bool),
        "status": st.sampled_from(["candidate", "blocked"]),
        "blocked_by": st.lists(WORDS, max_size=2),
        "evidence": st.lists(
            st.one_of(WORDS, st.fixed_dictionaries({"run": WORDS, "digest": WORDS})), max_size=2
        ),
    }
)
BOARD = st.fixed_dictionaries(
    {"version": st.just(1), "items": st.lists(ITEM, min_size=1, max_size=4)}
)


@given(BOARD, st.data(), st.booleans())
def test_a_value_is_put_in_and_the_rest_is_equal(
    value: Any, data: st.DataObject, flow: bool
) -> None:
    order = ("id", "title", "status", "blocked_by", "evidence")
    items = [{key: item[key] for key in order} for item in value["items"]]
    board = {"version": 1, "items": items}
    text = "# first\n" + yaml.safe_dump(board, sort_keys=False, allow_unicode=True)
    text = text.replace("evidence: []", "evidence: []   # none") if flow else text
    position = data.draw(st.integers(0, len(items) - 1))
    proofs = [*items[position]["evidence"], {"run": "r", "digest": "sha256:" + "0" * 64}]
    edits = [
        Edit(("ledger_head",), "sha256:" + "1" * 64, "version"),
        Edit(("items", position, "evidence"), proofs, "status"),
        Edit(("items", position, "status"), "validated"),
    ]
    made = splice(text, edits)
    changed = {**items[position], "evidence": proofs, "status": "validated"}
    wanted = [*items[:position], changed, *items[position + 1 :]]
    assert yaml.safe_load(made) == {**board, "ledger_head": "sha256:" + "1" * 64, "items": wanted}
    assert made.startswith("# first\nversion: 1\nledger_head: ")
    for line in text.splitlines():
        own = line.lstrip("- ").startswith(("id:", "title:", "blocked_by:"))
        if own or line.lstrip().startswith("#"):
            assert line in made.splitlines()


@pytest.mark.parametrize(
    "text",
    [
        "{version: 1, items: [{id: A, status: candidate}]}\n",
        "version: 1\nitems: [{id: A, status: candidate}]\n",
    ],
)
def test_a_value_in_flow_style_is_not_changed_alone(text: str) -> None:
    with pytest.raises(NoPlace, match="is not written in block style"):
        splice(text, [Edit(("items", 0, "status"), "validated")])


@pytest.mark.parametrize("place", [("items", 3, "status"), ("nothing", "there"), ("version", "x")])
def test_a_value_that_is_not_there_is_not_made_up(place: tuple[str | int, ...]) -> None:
    with pytest.raises(NoPlace, match="is not there"):
        splice("version: 1\nitems: []\n", [Edit(place, "x")])


def test_a_board_says_what_is_pinned_proven_and_grandfathered() -> None:
    text = f"""
version: 1
ledger_head: sha256:{"a" * 64}
grandfathered:
  since: "2026-06-01"
  reason: before there was a ledger
  items: [WORK-002]
  stages: [1]
stages:
  - stage: 2
    status: validated
    evidence:
      - run: r
        digest: sha256:{"b" * 64}
items:
  - id: WORK-001
    title: x
    type: AFK
    status: validated
    evidence:
      - .sot/plans/X-EVIDENCE.md
      - run: r
        digest: sha256:{"b" * 64}
"""
    found = boards.read("WORKBOARD.yaml", parse("WORKBOARD.yaml", text.encode()).data)
    assert found.head == "a" * 64
    assert found.grandfathered == ("2026-06-01", ("WORK-002",), (1,))
    assert found.stages[0].proofs == (Proof("r", "b" * 64),)
    assert found.items[0].proofs == (Proof("r", "b" * 64),)
    assert found.items[0].evidence == (".sot/plans/X-EVIDENCE.md", "r")
