"""What the board and the documents say together: list, one item, what comes next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from sot_tools.board.board import STATUSES, TYPES
from sot_tools.board.entries import starts
from sot_tools.documents.document import parse
from sot_tools.documents.items import Line
from sot_tools.project import data
from sot_tools.report import board_json, board_text
from sot_tools.report.columns import aligned
from sot_tools.report.visible import cells
from sot_tools.views.detail import detail
from sot_tools.views.ready import State, unfinished
from sot_tools.views.work import blockers
from tests.views.workspaces import Entry, View, bare, board, boards, small, view
from tests.workspaces import edit

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare(tmp_path_factory.mktemp("workspace"))


def of(root: Path, entries: tuple[Entry, ...]) -> View:
    return view(root, {"WORKBOARD.yaml": board(entries)})


def one(found: View, identifier: str) -> str:
    kinds = found.settings.scene.kinds
    return board_text.shown(detail(found.snapshot, kinds, found.work, found.faults, identifier))


def test_the_closed_sets_are_those_of_the_schema() -> None:
    schema = data.load(data.shipped() / "kinds/workboard.schema.json", "kind.json").data
    item = schema["properties"]["items"]["items"]["properties"]
    assert tuple(item["status"]["enum"]) == STATUSES
    assert tuple(item["type"]["enum"]) == TYPES


def test_one_item_is_shown_with_all_its_places(tmp_path: Path) -> None:
    assert one(view(small(tmp_path)), "WORK-001") == (
        "WORK-001 Login form\n"
        "  ! registered at WORKBOARD.yaml:3\n"
        "  status candidate, type AFK\n"
        "\n"
        ".sot/plans/LOGIN-ISSUES.md:14 opens it: Login form\n"
        "  ! .sot/plans/LOGIN-ISSUES.md:18  status validated\n"
        "  type AFK, blocked by nothing\n"
        "  acceptance: 2 ticked, 0 open\n"
        "  [x] .sot/plans/LOGIN-ISSUES.md:24  The form is shown.\n"
        "  [x] .sot/plans/LOGIN-ISSUES.md:25  A wrong password is refused.\n"
        "\n"
        "Blocks:\n"
        "  WORK-002  candidate  Audit log\n"
        "\n"
        "Documents:\n"
        "  .sot/plans/LOGIN-ISSUES.md\n"
        "\n"
        "Evidence:\n"
        "  .sot/plans/LOGIN-EVIDENCE.md:16  Login Evidence\n"
        "\n"
        "Mentioned:\n"
        "  .sot/plans/LOGIN-EVIDENCE.md:16  Result\n"
        "  .sot/plans/LOGIN-ISSUES.md:35  WORK-002 - Audit log\n"
        "  .sot/plans/LOGIN-PRD.md:20  Acceptance Criteria\n"
        "\n"
        "Diagnostics (!):\n"
        "  .sot/plans/LOGIN-ISSUES.md:18:9 SOT701 `WORK-001` is `validated` here and `candidate` on the board\n"
        "    = where: WORKBOARD.yaml:6:13 the board says `candidate`\n"
        "    = next: find out which is newer and change the other; nothing tells which is newer:"
        " `WORKBOARD.yaml` carries no date\n"
    )


def test_an_item_is_marked_only_by_diagnostics_about_it(tmp_path: Path) -> None:
    found = view(small(tmp_path))
    assert [each.code for each in found.faults.of_item("WORK-001")] == ["SOT701"]
    assert found.faults.of_item("WORK-002") == ()
    out = one(found, "WORK-002")
    assert "Diagnostics" not in out
    assert "!" not in out
    assert "\nIn words:\n  The auditor agrees.\n" in out
    assert (
        "  acceptance: 0 ticked, 1 open\n  [ ] .sot/plans/LOGIN-ISSUES.md:42  An entry is written.\n"
        in out
    )


def test_the_list_is_aligned_and_folds_to_the_terminal(tmp_path: Path) -> None:
    small(tmp_path)
    edit(tmp_path, "WORKBOARD.yaml", "title: Audit log", "title: Audit log that nobody can change")
    found = view(tmp_path)
    items = list(found.work.items.values())
    assert board_text.listing(items, found.work, found.faults, None) == (
        "   ID        STATUS     TYPE  TITLE                             BLOCKED BY\n"
        "!  WORK-001  candidate  AFK   Login form\n"
        "   WORK-002  candidate  HITL  Audit log that nobody can change  WORK-001, 1 in words\n"
        "\n"
        "2 items, candidate\n"
        "! 1 item with diagnostics: `sot board show ID` shows them\n"
    )
    assert board_text.listing(items, found.work, found.faults, 68).startswith(
        "   ID        STATUS     TYPE  TITLE               BLOCKED BY\n"
        "!  WORK-001  candidate  AFK   Login form\n"
        "   WORK-002  candidate  HITL  Audit log that      WORK-001, 1 in\n"
        "                              nobody can change   words\n"
    )


def test_a_folded_table_is_no_wider_than_the_terminal_and_loses_nothing() -> None:
    rows = [("A", "BB"), ("表" * 40, "word " * 20), ("x" * 90, "")]
    for width in (40, 60, 120):
        lines = list(aligned(rows, width, (0, 1)))
        assert max(map(cells, lines)) <= width
        text = "".join("".join(lines).split())
        assert text.count("表") == 40
        assert text.count("x") == 90


def test_what_comes_next_and_why_the_rest_must_wait(root: Path) -> None:
    found = of(
        root,
        (
            Entry("WORK-001", "Done", "validated"),
            Entry("WORK-002", "Ready", blocked_by=("WORK-001",)),
            Entry("WORK-003", "A person", type="HITL"),
            Entry("WORK-004", "Words", blocked_by=("WORK-001",), prose=("The auditor agrees.",)),
            Entry("WORK-005", "After", blocked_by=("WORK-002", "WORK-001", "WORK-404")),
            Entry("WORK-006", "Stopped", "blocked"),
            Entry("WORK-007", "One", blocked_by=("WORK-008",)),
            Entry("WORK-008", "Other", blocked_by=("WORK-007",)),
            Entry("WORK-009", "Self", blocked_by=("WORK-009",)),
        ),
    )
    assert board_text.upcoming(unfinished(found.work), found.work, found.faults, None) == (
        "Ready:\n"
        "  WORK-002  AFK  Ready\n"
        "\n"
        "Ready once a person decides (HITL, or a condition in words):\n"
        "  WORK-003  HITL  A person\n"
        "  WORK-004  AFK   Words     The auditor agrees.\n"
        "\n"
        "Not yet:\n"
        "  WORK-005 !  AFK  After    WORK-002 is candidate; WORK-404 is not registered in WORKBOARD.yaml\n"
        "  WORK-006    AFK  Stopped  its status is blocked\n"
        "  WORK-007 !  AFK  One      WORK-008 is candidate, and both block each other\n"
        "  WORK-008    AFK  Other    WORK-007 is candidate, and both block each other\n"
        "  WORK-009 !  AFK  Self     blocks itself\n"
        "\n"
        "! 3 items with diagnostics: `sot board show ID` shows them\n"
    )


@QUICK
@given(boards())
def test_ready_means_that_nothing_unfinished_is_in_the_way(
    root: Path, entries: tuple[Entry, ...]
) -> None:
    found = of(root, entries)
    status = {entry.id: entry.status for entry in entries}
    upcoming = {each.item.id: each for each in unfinished(found.work)}
    assert list(upcoming) == [each.id for each in entries if each.status != "validated"]
    for entry in entries:
        if entry.id in upcoming:
            free = entry.status == "candidate" and all(
                status.get(each) == "validated" for each in entry.blocked_by
            )
            assert (upcoming[entry.id].state is State.READY) == free


@QUICK
@given(boards())
def test_every_json_output_has_the_shape_of_its_schema(
    root: Path, entries: tuple[Entry, ...]
) -> None:
    found = of(root, entries)
    items = list(found.work.items.values())
    outputs = [
        ("list", board_json.listing(items, found.work, found.faults)),
        ("next", board_json.upcoming(unfinished(found.work), found.work)),
    ]
    kinds = found.settings.scene.kinds
    for item in items[:2]:
        shown = detail(found.snapshot, kinds, found.work, found.faults, item.id)
        outputs.append(("item", board_json.shown(shown)))
    for name, text in outputs:
        schema = data.load(data.shipped() / f"wire/board-{name}.schema.json", f"{name}.json").data
        Draft202012Validator(schema).validate(json.loads(text))
        assert text.isascii()


@pytest.mark.parametrize(
    ("lines", "ids", "conditions"),
    [
        ([], (), ()),
        (["none"], (), ()),
        (["None - can start at once."], (), ()),
        (["WORK-001, WORK-002"], ("WORK-001", "WORK-002"), ()),
        (["WORK-001 and WORK-002."], ("WORK-001", "WORK-002"), ()),
        (["WORK-001", "The auditor agrees."], ("WORK-001",), ("The auditor agrees.",)),
        (["WORK-001 with its evidence."], ("WORK-001",), ("WORK-001 with its evidence.",)),
    ],
)
def test_a_line_of_blockers_keeps_ids_and_words(
    lines: list[str], ids: tuple[str, ...], conditions: tuple[str, ...]
) -> None:
    stated = [Line(text, number) for number, text in enumerate(lines, 1)]
    assert blockers(stated, r"WORK-\d{3,6}") == (ids, conditions)


@QUICK
@given(boards())
def test_the_quick_places_of_board_entries_are_those_of_the_tree(
    entries: tuple[Entry, ...],
) -> None:
    document = parse("WORKBOARD.yaml", board(entries))
    lines = [start.line for start in starts(document)]
    values = document.tree().values
    assert lines == [values[("items", index)].line for index in range(len(entries))]


@pytest.mark.parametrize(
    "text",
    [
        "items: [{id: A}, {id: B}]\n",
        "version: 1\nitems:\n- id: A\n- id: B\n",
        "items:\n  -\n    id: A\n  - id: B\n",
        "items:\n  - id: A\n    title: |\n      - x\n  - id: B\n",
        "items:   # all\n  - id: A\n  - id: B\n    documents:\n    - x\n    - y\n",
    ],
)
def test_odd_boards_have_places_too(text: str) -> None:
    document = parse("WORKBOARD.yaml", text.encode())
    values = document.tree().values
    assert len(document.data["items"]) == 2
    found = [tuple(start) for start in starts(document)]
    for index, (line, column) in enumerate(found):
        span = values[("items", index)]
        assert line <= span.line
        assert (line, column) <= (span.line, span.column)
    assert found == sorted(set(found))


def test_without_a_board_the_items_come_from_headings(tmp_path: Path) -> None:
    small(tmp_path)
    (tmp_path / "WORKBOARD.yaml").unlink()
    found = view(tmp_path)
    items = list(found.work.items.values())
    out = board_text.listing(items, found.work, found.faults, None)
    assert "WORK-001  validated  AFK   Login form\n" in out
    assert out.endswith(
        "2 items: 1 validated, 1 candidate\n"
        "the workspace has no board; the items come from the headings of its documents\n"
    )
    assert [each.state for each in unfinished(found.work)] == [State.PERSON]


def test_what_the_list_leaves_out_is_said(tmp_path: Path) -> None:
    small(tmp_path)
    edit(tmp_path, "WORKBOARD.yaml", "  - id: WORK-002\n    title", "  - nick: x\n    title")
    found = view(tmp_path)
    items = [item for item in found.work.items.values() if item.registered]
    out = board_text.listing(items, found.work, found.faults, None)
    assert "not on the board, opened by documents only: WORK-002\n" in out
    assert "1 entry of WORKBOARD.yaml without an id left out: `sot check` says where\n" in out
