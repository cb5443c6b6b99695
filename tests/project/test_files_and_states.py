"""Which files a walk meets, and which words of a workspace are states."""

from __future__ import annotations

from pathlib import Path

from sot_tools import disk
from sot_tools.project import settings
from tests.cli.command import sot
from tests.workspaces import begin


def test_a_walk_meets_what_ends_so_and_whatever_must_not_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    for name in ("plain.md", "LOUD.MD", "other.txt", "deep/below.md", "deep/below.txt"):
        (folder / name).write_text("x")
    (folder / "to-plain.md").symlink_to("plain.md")
    (folder / "to-other.txt").symlink_to("other.txt")
    (folder / "to-nothing.txt").symlink_to("gone.txt")
    (folder / "to-outside.txt").symlink_to("/etc/hostname")
    (folder / "to-deep").symlink_to("deep")
    met = {each.path: each.trouble for each in disk.walk(tmp_path, "papers", (".md",))}
    assert {path for path, trouble in met.items() if not trouble} == {
        "papers/LOUD.MD",
        "papers/deep/below.md",
        "papers/plain.md",
        "papers/to-plain.md",
    }
    assert {path for path, trouble in met.items() if trouble} == {
        "papers/to-deep",
        "papers/to-nothing.txt",
        "papers/to-outside.txt",
    }
    every = {each.path for each in disk.walk(tmp_path, "papers")}
    assert every - set(met) == {
        "papers/deep/below.txt",
        "papers/other.txt",
        "papers/to-other.txt",
    }


def test_a_walk_goes_deeper_than_a_function_can_call_itself(tmp_path: Path) -> None:
    folders = [tmp_path / "/".join(["d"] * depth) for depth in range(1, 1501)]
    for folder in folders:
        folder.mkdir()
    file = folders[-1] / "a.md"
    file.write_text("x")
    assert [tmp_path / each.path for each in disk.walk(tmp_path, "d")] == [file]
    file.unlink()
    for folder in reversed(folders):  # pytest removes folders by calling itself
        folder.rmdir()


STATES = "states:\n  finished: [live]\n  unfinished: [parked, in-review]\n"


def test_a_workspace_says_itself_what_its_words_for_states_mean(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo")
    with (root / ".sot/workspace.yaml").open("a") as stream:
        stream.write(STATES + "  other: [next, current]\n")
    found = settings.read(root, None).scene.states
    assert found.finished == {"live"}
    assert found.unfinished == {"parked", "in-review"}
    assert found.other == {"next", "current"}
    issues = next(root.glob(".sot/plans/*-ISSUES.md"))
    issues.write_text(issues.read_text() + "\n## Now\n\nWORK-001 is in-review.\n")
    board = root / "WORKBOARD.yaml"
    board.write_text(board.read_text().replace("status: candidate", "status: live"))
    said = sot(root, "check", "--select", "SOT703")
    assert (said.code, said.out.split("\n")[0].partition(" ")[2]) == (
        1,
        "SOT703 `WORK-001` is called `in-review` here and is `live`",
    )


def test_a_rule_that_asks_for_a_word_that_the_workspace_left_out_stops_with_one_line(
    tmp_path: Path,
) -> None:
    root = begin(tmp_path / "demo")
    with (root / ".sot/workspace.yaml").open("a") as stream:
        stream.write(STATES)
    found = sot(root, "check")
    assert (found.code, found.out) == (2, "")
    assert "SOT703: parameter `also`: no document is read for the state `next`" in found.err
