"""Sentences are read as a person reads them: what is said, what is excused, and where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from sot_tools.documents.document import parse
from sot_tools.documents.sections import prose, sections
from sot_tools.rules import phrases
from tests.workspaces import begin, lines, report, write

DISCLAIMER = "Local planning SOT only. Not a Core Protocol. Not active Core authority."
CLAIM = "Case is the default backend."


def claims(root: Path, body: str, code: str = "CTO303") -> list[str]:
    """Line, column and text of each claim in a body that starts on line 1."""
    begin(root, "cto-child")
    write(root, ".sot/03-PROTOCOLS/CTO-X-PRD.md", body)
    found = lines(report(root, select=(code,)), code)
    return [line.removeprefix(".sot/03-PROTOCOLS/CTO-X-PRD.md:") for line in found]


def said(body: str) -> str:
    return prose(parse("X-PRD.md", body.encode()))


@pytest.mark.parametrize(
    "sentence",
    [
        "Case is now the only default backend.",
        "Case is the default backend without any further gate.",
        "Case is the default backend for non-trivial tasks.",
        "The Case adapter is the default lane.",
        "The case adapter is the default lane.",
        "CASE is the *default* `backend`.",
        "Case is the <!-- new --> default backend.",
    ],
)
def test_a_claim_is_found_however_it_is_dressed(sentence: str, tmp_path: Path) -> None:
    assert len(claims(tmp_path, f"# X\n\n{sentence}\n")) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "In any case the default backend is chosen by JP.",
        "Case is the default backend only after every stage has passed.",
        "Nobody made Case the default backend.",
        "Neither plan makes Case the default backend.",
        "It isn’t so that Case is the default backend.",
        "The reader is to avoid this: Case is the default backend.",
        "The lane is chosen. <!-- Case is the default backend. --> JP chooses.",
    ],
)
def test_a_sentence_that_claims_nothing_passes(sentence: str, tmp_path: Path) -> None:
    assert claims(tmp_path, f"# X\n\n{sentence}\n") == []


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (f"# X\n\n## Non-Authority Notice\n\n{CLAIM}\n", "5:1"),
        (f"# X Non-Goals\n\n{CLAIM}\n", "3:1"),
        (f"# X\n\n## Risks\n\nNone.\n\n## Scope\n\n{CLAIM}\n", "9:1"),
        (f"# X\n\nIt must not stand. Facts:\n\n- {CLAIM}\n", "5:3"),
        (f"# X\n\nIt must not stand:\n\n- One.\n\nSo:\n\n- [ ] {CLAIM}\n", "9:7"),
        (f"# X\n\n> Two lanes.\n> {CLAIM}\n", "4:3"),
        ("# X\n\n1. One. **Case** is\n   the default backend.\n", "3:11"),
        ("# X\n\nCase is <!-- a\n-->here. Case is the default backend.\n", "4:10"),
    ],
)
def test_a_claim_is_shown_where_it_starts(body: str, place: str, tmp_path: Path) -> None:
    assert [found.split(" ")[0] for found in claims(tmp_path, body)] == [place]


@pytest.mark.parametrize(
    "body",
    [
        f"# X\n\n## Blocked Actions\n\n### Engines\n\n- {CLAIM}\n",
        f"# X\n\n## Blocked/Forbidden\n\n{CLAIM}\n",
        f"# X\n\n## Open Questions\n\n> {CLAIM}\n",
        f"# X\n\nThese are forbidden:\n\n- One:\n  - {CLAIM}\n- {CLAIM}\n",
        f"# X\n\n- It is not so:\n  - {CLAIM}\n",
        f"# X\n\nNone of these holds:\n\n| A |\n| --- |\n| {CLAIM} |\n",
    ],
)
def test_headings_and_lead_ins_excuse_what_stands_below_them(body: str, tmp_path: Path) -> None:
    assert claims(tmp_path, body) == []


def test_a_row_is_shown_without_its_bars(tmp_path: Path) -> None:
    body = "# X\n\n| Entry | Value |\n| --- | --- |\n| Runtime default activation | true |\n"
    assert claims(tmp_path, body, "CTO305") == [
        "5:1 CTO305 plain claim: `Runtime default activation: true`"
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("a `<!--` b --> c", "a <!-- b --> c"),
        ("a ``<!-- ` -->`` b", "a <!-- --> b"),
        ("a ` <!-- b ` --> c", "a <!-- b --> c"),
        ("a `` <!-- b ` --> c", "a c"),
        (r"a \`<!-- b -->` c", r"a \ c"),
        (r"a \<!-- b --> c", r"a \<!-- b --> c"),
        ("a <!-- b\n\nc --> d", "a <!-- b c --> d"),
        ("<!-- a\n\nb -->\n\nc", "c"),
        ("<!-- a\n\nb", ""),
        ("<!--> a\n\nb <!---> c", "a b c"),
        ("```\n<!-- a\n```\n\nb", "<!-- a b"),
        ("> a\n> *b*\n> > c", "a b c"),
    ],
)
def test_only_comments_are_left_out_of_prose(body: str, text: str) -> None:
    assert said(body) == text


def test_a_phrase_may_begin_a_sentence(tmp_path: Path) -> None:
    begin(tmp_path, "cto-child")
    for name, body in {
        "CTO-A-BRIEF.md": "Plans. Child-local ones.",
        "CTO-B-BRIEF.md": "## Child-local Plans\n\nA Child-local plan.",
    }.items():
        write(tmp_path, f".sot/03-PROTOCOLS/{name}", f"# X\n\n{body}\n")
    found = lines(report(tmp_path, select=("CTO302",)), "CTO302")
    assert [line.split(":")[0] for line in found] == [".sot/03-PROTOCOLS/CTO-B-BRIEF.md"]


@pytest.mark.parametrize(
    "body",
    [
        "a <!-- " * 100_000,
        "<!-- a\n" * 100_000,
        "".join("`" * (1 + n % 700) + "x" for n in range(1_400)) + "<!--" * 9_000,
        (CLAIM + " ") * 20_000,
        (CLAIM + "\n") * 20_000,
        f"- {CLAIM}\n" * 15_000,
        "# a\n" * 100_000 + CLAIM,
    ],
)
def test_hostile_text_is_read_to_its_end(body: str) -> None:
    document = parse("X-PRD.md", f"# X\n\n{body}\n".encode())
    row = {"claims": ["(?m)case is"], "headings": ["not"], "keywords": ["case"]}
    check = phrases.claims(row, None)  # type: ignore[arg-type]
    assert sections(document)
    assert prose(document)
    assert list(check(document, None)) or CLAIM not in body
