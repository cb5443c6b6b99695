"""Final claims are written plainly: the rows find what they say, and nothing beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sot_tools.cli.main import sot
from sot_tools.project import prose, settings
from tests.workspaces import begin, edit, write

HEAD = """---
name: demo-closeout
status: draft
owner: jp
created: 2026-06-01
last_reviewed: 2026-06-01
---

# Demo Closeout

"""
PLACE = ".sot/plans/DEMO-CLOSEOUT.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return begin(tmp_path / "demo")


def found(root: Path, body: str) -> list[str]:
    """What `sot prose` says of a closeout: line, column, code, message."""
    write(root, PLACE, HEAD + body)
    done = CliRunner().invoke(sot, ["prose", "--root", str(root)], standalone_mode=False)
    assert done.exception is None, done.exception
    lines = [line for line in done.output.splitlines() if " PROSE" in line]
    assert done.return_value == int(bool(lines))
    return [line.removeprefix(f"{PLACE}:") for line in lines]


def rows(root: Path) -> dict[str, tuple[str, str]]:
    return {rule.code: (rule.bad, rule.good) for rule in prose.rules(settings.read(root, None))}


@pytest.mark.parametrize("code", ["PROSE101", "PROSE102", "PROSE103"])
def test_each_row_finds_its_bad_example_and_passes_its_good_one(code: str, root: Path) -> None:
    assert set(rows(root)) == {"PROSE101", "PROSE102", "PROSE103"}
    bad, good = rows(root)[code]
    assert [line.split()[1] for line in found(root, bad)] == [code]
    assert found(root, good) == []


def test_the_messages_name_the_thing_and_the_place(root: Path) -> None:
    words = " ".join(["word"] * 26)
    assert found(
        root, f"## Result\n\nIt probably runs.\n\n- The Orbit Layer is up.\n\n{words}."
    ) == [
        "13:4 PROSE102 `probably` leaves open whether it is so",
        "15:7 PROSE103 `Orbit Layer` is a term that CONTEXT.md does not define",
        "17:1 PROSE101 the sentence `word word word word …` has 26 words; up to 25 are allowed",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "## Problem\n\nIt probably runs on the Orbit Layer.",
        "## Result\n\n`It probably runs on the Orbit Layer.`",
        "## Result\n\n```text\nIt probably runs.\n```",
        "## Result\n\nAlmost-true is no hedge, and a mighty change is none.",
        "## Result\n\n- WORK-001: done",
        "## Result\n\nDemo Closeout is the title of this document.",
        "## Result\n\n<!-- It probably runs. -->\n\nIt runs, says the CLI.",
    ],
)
def test_what_claims_nothing_is_left_alone(body: str, root: Path) -> None:
    assert found(root, body) == []


def test_a_term_of_the_glossary_is_defined_also_in_the_plural_and_beside_another(
    root: Path,
) -> None:
    text = (root / "CONTEXT.md").read_text()
    body = "## Result\n\nAll Orbit Layers hold, and the Orbit Layer Relay Tower holds."
    assert len(found(root, body)) == 2
    write(root, "CONTEXT.md", text + "\n## Orbit Layer\n\nOne.\n\n## Relay Tower\n\nTwo.\n")
    assert found(root, body) == []


def test_a_checker_that_a_document_names_is_told_as_not_run(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo", "cto-child")
    command = "python3 tools/check_s69_plain_prose_discipline.py"
    edit(
        root,
        ".sot/00-INTENT/CTO-WORKSPACE-INTENT.md",
        "## Purpose\n",
        f"## Purpose\n\n`{command}`\n",
    )
    line = (
        (root / ".sot/00-INTENT/CTO-WORKSPACE-INTENT.md")
        .read_text()
        .split("\n")
        .index(f"`{command}`")
    )

    def asked(*more: str) -> str:
        given = ["prose", "--root", str(root), *more]
        return CliRunner().invoke(sot, given, standalone_mode=False).output

    named = f"not run: {command}, named in .sot/00-INTENT/CTO-WORKSPACE-INTENT.md:{line + 1}: "
    assert f"{named}it is not on this machine\n" in asked()
    mark = tmp_path / "ran"
    program = root / "tools/check_s69_plain_prose_discipline.py"
    program.parent.mkdir()
    program.write_text(f"open({str(mark)!r}, 'w')\n")
    assert f"{named}it is there; run it yourself\n" in asked()
    (told,) = json.loads(asked("--json"))["outside"]
    assert (told["command"], told["outcome"]) == (command, "not-run")
    assert not mark.exists()
