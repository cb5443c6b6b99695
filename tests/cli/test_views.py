"""`sot board`, `graph` and `trace` as a person runs them, unhappy paths first."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import SOT, sot
from tests.views.workspaces import Entry, bare, board, small
from tests.workspaces import edit, write

VIEWS = [
    ("board",),
    ("board", "list", "--json"),
    ("board", "next"),
    ("board", "next", "--json"),
    ("board", "show", "WORK-001"),
    ("board", "show", "WORK-001", "--json"),
    ("graph",),
    ("graph", "--documents", "--format", "mermaid"),
    ("graph", "--item", "WORK-001", "--format", "dot"),
    ("trace",),
    ("trace", "--format", "csv"),
    ("trace", "--format", "html"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return small(tmp_path)


@pytest.mark.parametrize("view", VIEWS, ids=" ".join)
def test_every_view_shows_an_inconsistent_workspace_and_exits_0(
    root: Path, view: tuple[str, ...]
) -> None:
    outcome = sot(root, *view)
    assert (outcome.code, outcome.err) == (0, "")
    assert "WORK-001" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("board", "show", "WORK-0O1"),
            "work item `WORK-0O1` is not known here; did you mean `WORK-001`?",
        ),
        (
            ("board", "show", "x"),
            "work item `x` is not known here; `sot board` lists the work items",
        ),
        (
            ("graph", "--item", "WRK-002"),
            "work item `WRK-002` is not known here; did you mean `WORK-002`?",
        ),
        (("board", "shwo"), "`shwo` is no view of the board; did you mean `show`?"),
        (
            ("board", "WORK-001"),
            "`WORK-001` is no view of the board; for one item: `sot board show WORK-001`",
        ),
        (
            ("board", "--status", "valdated"),
            "no item has the status `valdated`; did you mean `validated`?",
        ),
        (
            ("board", "--status", "x"),
            "no item has the status `x`; known: `blocked`, `candidate` or `validated`",
        ),
        (("board", "--type", "robot"), "no item has the type `robot`; known: `afk` or `hitl`"),
        (
            ("trace", "--output", "WORKBOARD.yaml"),
            "--output WORKBOARD.yaml: is a governed document; choose another file",
        ),
        (("trace", "--output", ".sot"), "--output .sot: is a folder; name a file"),
        (("board", "--root", "nowhere"), "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_shown_is_exit_2_and_one_line(
    root: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert sot(root, *arguments) == (2, "", f"sot: {said}\n")


@pytest.mark.parametrize("verb", ["board", "graph", "trace"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("version: 1\nitems:\n  - id: [\n", "WORKBOARD.yaml:4:1:"),
        (
            "version: 1\nitems: none\n",
            "WORKBOARD.yaml:1:1: the board holds no list `items`; `sot check` says more",
        ),
        (
            "version: 1\n",
            "WORKBOARD.yaml:1:1: the board holds no list `items`; `sot check` says more",
        ),
    ],
)
def test_a_broken_board_is_exit_2_with_its_place(
    root: Path, verb: str, content: str, said: str
) -> None:
    write(root, "WORKBOARD.yaml", content)
    outcome = sot(root, verb)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"sot: {said}")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("verb", ["board", "graph", "trace"])
def test_an_empty_folder_is_told_how_to_begin(tmp_path: Path, verb: str) -> None:
    outcome = sot(tmp_path, verb)
    assert (outcome.code, outcome.out) == (2, "")
    assert "no governed document below .sot/; `sot init` begins a workspace" in outcome.err


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (("board",), "WORKBOARD.yaml registers no work item\n"),
        (("board", "next"), "WORKBOARD.yaml registers no work item\n"),
        (("graph",), "nothing to draw: no work item\n"),
        (("trace",), "no document of this workspace is of a kind that states requirements\n"),
    ],
)
def test_a_workspace_without_work_says_so(tmp_path: Path, view: tuple[str, ...], said: str) -> None:
    assert sot(bare(tmp_path), *view) == (0, said, "")


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ((), ["WORK-001", "WORK-002", "WORK-003"]),
        (("--status", "validated"), ["WORK-001"]),
        (("--status", "validated", "--status", "blocked"), ["WORK-001", "WORK-003"]),
        (("--type", "hitl"), ["WORK-002"]),
        (("--blocked",), ["WORK-002", "WORK-003"]),
        (("--text", "LOG audit"), ["WORK-002"]),
        (("--text", "login", "--blocked"), []),
    ],
)
def test_filters_narrow_the_list(tmp_path: Path, options: tuple[str, ...], ids: list[str]) -> None:
    entries = (
        Entry("WORK-001", "Login", "validated", blocked_by=("WORK-003",)),
        Entry("WORK-002", "Audit log", type="HITL", blocked_by=("WORK-003",)),
        Entry("WORK-003", "Store", "blocked"),
    )
    write(bare(tmp_path), "WORKBOARD.yaml", board(entries))
    found = json.loads(sot(tmp_path, "board", "--json", *options).out)
    assert [item["id"] for item in found["items"]] == ids
    if not ids:
        assert sot(tmp_path, "board", *options).out == "no item matches; there are 3\n"


def test_a_reader_that_stops_reading_is_no_error(tmp_path: Path) -> None:
    entries = [Entry(f"WORK-{number:05d}", "long title " * 9) for number in range(2000)]
    write(bare(tmp_path), "WORKBOARD.yaml", board(entries))
    for view in ("board", "graph"):
        with subprocess.Popen(
            [*SOT, view], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            running.stdout.read(10)
            running.stdout.close()
            assert running.stderr.read() == b""


def test_an_encoding_that_lacks_a_character_gets_an_escape(root: Path) -> None:
    edit(root, "WORKBOARD.yaml", "title: Login form", "title: Löschung 表")
    outcome = sot(root, "graph", PYTHONIOENCODING="ascii")
    assert outcome.code == 0
    assert "L\\xf6schung \\u8868" in outcome.out


def test_trace_writes_the_page_to_a_file(root: Path) -> None:
    outcome = sot(root, "trace", "--format", "html", "--output", "out/trace.html")
    assert outcome == (0, "", "")
    written = (root / "out/trace.html").read_bytes().decode()
    assert written.startswith("<!doctype html>")
    assert sot(root, "trace", "--format", "html").out == written


def test_a_suppressed_diagnostic_marks_nothing(root: Path) -> None:
    assert "! 1 item with diagnostics" in sot(root, "board").out
    edit(
        root,
        ".sot/plans/LOGIN-ISSUES.md",
        "Status: validated.",
        "<!-- sot: ignore SOT701 -- the board follows tomorrow -->\nStatus: validated.",
    )
    assert "!" not in sot(root, "board").out


def test_the_table_folds_to_the_terminal(root: Path) -> None:
    """A real terminal of 60 columns."""
    import fcntl
    import pty
    import struct
    import termios

    edit(root, "WORKBOARD.yaml", "title: Audit log", "title: Audit log that nobody can ever change")
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 60, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    with subprocess.Popen(
        [*SOT, "board"], cwd=root, stdout=follower, stderr=follower, env=environment
    ) as running:
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
    os.close(leader)
    assert running.returncode == 0
    table = shown.decode().replace("\r\n", "\n").partition("\n\n")[0].split("\n")
    assert max(map(len, table)) <= 60
    assert len(table) > 3


def test_a_folder_that_is_gone_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'rmdir "$PWD" && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *SOT, "board"], cwd=gone, capture_output=True, check=False
    )
    said = b"sot: the current folder no longer exists; change to one that does\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", said)
