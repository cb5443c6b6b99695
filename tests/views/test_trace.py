"""The matrix: every requirement once, its items by the first way that leads anywhere, every gap."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sot_tools.report import trace_csv, trace_html, trace_table
from sot_tools.report.visible import visible
from sot_tools.views.lineage import Evidence, Parent, nearest
from sot_tools.views.trace import Covered, Matrix, Row, matrix
from sot_tools.views.work import Spot
from tests.views.workspaces import HOSTILE, View, document, small, view
from tests.workspaces import edit, write


def of(found: View) -> Matrix:
    return matrix(found.snapshot, found.settings.scene, found.work, found.faults)


def links(found: Matrix) -> list[tuple[str, str, str]]:
    return [
        (row.text or "-", ", ".join(f"{item.id} {item.how}" for item in row.items), row.gap)
        for row in found.rows
    ]


TABLE = """\
.sot/plans/LOGIN-PRD.md  Login PRD
  LINE  REQUIREMENT                                 ITEM         STATUS     LINK       EVIDENCE
  20    WORK-001 is done first.                     ! WORK-001   candidate  named      .sot/plans/LOGIN-EVIDENCE.md:16
  21    A wrong password is refused.                ! WORK-001   candidate  criterion  .sot/plans/LOGIN-EVIDENCE.md:16
  22    Every login is recorded.                    ! WORK-001   candidate  sequence   .sot/plans/LOGIN-EVIDENCE.md:16
                                                    WORK-002     candidate  sequence   ! no evidence
  26    As a user, I want to log in.                the 2 above
  27    As an auditor, I want =SUM(A1) to be text.  WORK-002     candidate  story      ! no evidence

2 of 5 requirements lead to evidence for each of their items; 1 without evidence; 2 with evidence for some of their items
"""


def test_the_table_word_for_word(tmp_path: Path) -> None:
    out = trace_table.render(of(view(small(tmp_path))), None)
    assert out == TABLE


def test_each_way_is_asked_only_where_the_ones_before_lead_nowhere(tmp_path: Path) -> None:
    small(tmp_path)
    text = document(
        "other-prd",
        "Other PRD",
        "## Problem\n\nx\n\n## Acceptance Criteria\n\n- a\n\n## Non-Goals\n\n- b\n",
    )
    write(tmp_path, ".sot/plans/OTHER-PRD.md", text)
    silent = text.replace("Other PRD", "Silent PRD").replace("other-prd", "silent-prd")
    write(tmp_path, ".sot/plans/SILENT-PRD.md", silent.replace("- a\n", "None yet.\n"))
    entry = "  - id: WORK-003\n    title: Alone\n    type: AFK\n    status: candidate\n    evidence: [.sot/gone-EVIDENCE.md, run-7]\n"
    board = (tmp_path / "WORKBOARD.yaml").read_text()
    board = board.replace(
        "      - The auditor agrees.\n    documents:\n",
        "      - The auditor agrees.\n    documents:\n      - .sot/plans/OTHER-PRD.md\n",
    )
    write(tmp_path, "WORKBOARD.yaml", board + entry)
    found = of(view(tmp_path))
    assert links(found) == [
        ("WORK-001 is done first.", "WORK-001 named", ""),
        ("A wrong password is refused.", "WORK-001 criterion", ""),
        (
            "Every login is recorded.",
            "WORK-001 sequence, WORK-002 sequence",
            "evidence for 1 of 2 items",
        ),
        (
            "As a user, I want to log in.",
            "WORK-001 sequence, WORK-002 sequence",
            "evidence for 1 of 2 items",
        ),
        ("As an auditor, I want =SUM(A1) to be text.", "WORK-002 story", "no evidence"),
        ("a", "WORK-002 board", "no evidence"),
        ("-", "", "no requirement is stated"),
        ("-", "WORK-003 ", "no requirement"),
    ]
    alone = found.rows[-1].items[0]
    assert [(each.form, each.label) for each in alone.evidence] == [
        ("missing", ".sot/gone-EVIDENCE.md"),
        ("run", "run-7"),
    ]
    assert trace_table.render(found, None).endswith(
        "Items that no requirement leads to\n"
        "  LINE               REQUIREMENT  ITEM        STATUS     LINK  EVIDENCE\n"
        "  WORKBOARD.yaml:24               ! WORK-003  candidate        .sot/gone-EVIDENCE.md (does not exist), run run-7, ! no requirement\n"
        "\n"
        "2 of 6 requirements lead to evidence for each of their items; 2 without evidence; "
        "2 with evidence for some of their items; 1 item that no requirement leads to; "
        "1 document that states no requirement\n"
    )


def test_a_requirement_without_an_item_is_a_gap(tmp_path: Path) -> None:
    small(tmp_path)
    for name in ("LOGIN-ISSUES.md", "LOGIN-EVIDENCE.md"):
        (tmp_path / ".sot/plans" / name).unlink()
    edit(tmp_path, ".sot/plans/LOGIN-PRD.md", "- [ ] WORK-001 is done first.\n", "")
    found = of(view(tmp_path))
    assert {row.gap for row in found.rows if row.text} == {"no item"}
    assert "! no item\n" in trace_table.render(found, None)


def test_a_story_belongs_to_the_document_that_the_line_names(tmp_path: Path) -> None:
    small(tmp_path)
    other = "## Problem\n\nx\n\n## User Stories\n\n1. As a b.\n2. As a c.\n3. As a d.\n\n## Acceptance Criteria\n\n- a\n\n## Non-Goals\n\n- b\n"
    write(tmp_path, ".sot/plans/OTHER-PRD.md", document("other-prd", "Other PRD", other))
    edit(
        tmp_path, ".sot/plans/LOGIN-ISSUES.md", "covered: 2.", "covered: Other PRD stories 1, 3-4."
    )
    stories = {
        text: items for text, items, _ in links(of(view(tmp_path))) if text.startswith("As a")
    }
    assert stories["As a b."] == "WORK-002 story"
    assert stories["As a c."] == ""
    assert stories["As a d."] == "WORK-002 story"


def test_without_a_document_the_items_own_line_is_its_evidence(tmp_path: Path) -> None:
    small(tmp_path)
    (tmp_path / ".sot/plans/LOGIN-EVIDENCE.md").unlink()
    edit(
        tmp_path,
        ".sot/plans/LOGIN-ISSUES.md",
        "Type: AFK\n",
        "Type: AFK\n\nDone evidence: the form is shown.\n",
    )
    row = of(view(tmp_path)).rows[0]
    assert [(each.form, each.spot.line) for each in row.items[0].evidence] == [("statement", 18)]
    assert row.gap == ""


def test_evidence_counts_for_its_own_items_only(tmp_path: Path) -> None:
    """A closeout that mentions an item of another sequence in passing shows nothing for it."""
    small(tmp_path)
    body = "## Workboard\n\n- `WORK-001` came before.\n\n## Result\n\n- status: validated\n"
    write(
        tmp_path, ".sot/plans/OTHER-CLOSEOUT.md", document("other-closeout", "Other Closeout", body)
    )
    row = of(view(tmp_path)).rows[0]
    assert [each.label for each in row.items[0].evidence] == ["Login Evidence"]


def hostile() -> Matrix:
    """Rows that hold every hostile text in every place."""
    rows = []
    for text in HOSTILE:
        evidence = (Evidence(Spot(text, 3), text, "document"), Evidence(Spot(text), text, "run"))
        item = Covered(text, text, text, "named", evidence, True)
        rows.append(Row(text, Spot(text, 7), text, (item,), ""))
        rows.append(Row(text, Spot(text, 8), text, (), "no item"))
    return Matrix(tuple(rows), len(rows))


def test_csv_is_rfc_4180_and_no_cell_begins_a_formula() -> None:
    text = trace_csv.render(hostile())
    assert text.count("\r\n") == text.count("\n")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert tuple(rows[0]) == trace_csv.HEAD
    assert len(rows) == 1 + 2 * len(HOSTILE)
    assert {len(row) for row in rows} == {len(trace_csv.HEAD)}
    for row in rows:
        for cell in row:
            assert cell.lstrip()[:1] not in tuple("=+-@＝＋－＠")
            assert not re.search(r"[\x00-\x1f\x7f]", cell)
    assert [row[2].removeprefix("'") for row in rows[1::2]] == [visible(text) for text in HOSTILE]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "  =1", "＝1"])
def test_an_apostrophe_stands_before_what_looks_like_a_formula(text: str) -> None:
    found = Matrix((Row("PRD", Spot("a.md", 1), text, (), "no item"),), 1)
    row = list(csv.reader(io.StringIO(trace_csv.render(found), newline="")))[1]
    assert row[2] == f"'{text}"


class Page(HTMLParser):
    """What a browser would make of a page: elements, cells as text, scripts, styles, policy."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.cells: list[str] = []
        self.inner: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, key, value or "") for key, value in attrs]
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] and self.tags[-1] in {"script", "style"}:
            self.inner[self.tags[-1]] = self.inner.get(self.tags[-1], "") + data
        elif self.cells:
            self.cells[-1] += data


def test_html_is_one_page_that_needs_nothing_and_runs_nothing_of_a_document() -> None:
    text = trace_html.render(hostile(), "1.0")
    page = Page(text)
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert not {"img", "link", "iframe", "a", "object"} & set(page.tags)
    assert not {
        key
        for _, key, _ in page.attributes
        if key.startswith("on") or key in {"src", "href", "style"}
    }
    policy = next(value for tag, key, value in page.attributes if "default-src" in value)
    assert "default-src 'none'" in policy
    for tag in ("script", "style"):
        inner = text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert page.cells[1::10] == [visible(each) for each in HOSTILE]
    assert text.count("<tr data-document=") == 2 * len(HOSTILE)
    assert 'name="words"' in text
    assert "prefers-color-scheme: dark" in text


def test_html_shows_all_rows_without_a_script(tmp_path: Path) -> None:
    page = Page(trace_html.render(of(view(small(tmp_path))), "1.0"))
    rows = [page.cells[number : number + 5] for number in range(0, len(page.cells), 5)]
    assert [row[1] for row in rows] == [
        "WORK-001 is done first.",
        "A wrong password is refused.",
        "Every login is recorded.",
        "Every login is recorded.",
        "As a user, I want to log in.",
        "As a user, I want to log in.",
        "As an auditor, I want =SUM(A1) to be text.",
    ]
    hidden = [(tag, key) for tag, key, _ in page.attributes if key == "hidden"]
    assert hidden == [("form", "hidden")]


def test_a_way_to_the_root_ends_at_loops() -> None:
    parents = {"a": Parent("b", False), "b": Parent("c", False), "c": Parent("b", False)}
    assert nearest("abc", parents, "z") == {}
    assert nearest("abc", parents, "c") == {"a": "c", "b": "c", "c": "c"}
    assert nearest("abc", parents, "b") == {"a": "b", "b": "b", "c": "b"}


def test_a_matrix_of_a_workspace_without_requirements_says_so() -> None:
    out = trace_table.render(Matrix((), 0), None)
    assert out == "no document of this workspace is of a kind that states requirements\n"
