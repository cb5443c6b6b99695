"""A layer over a fixture and a copy of it are one and the same tree to everybody."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sot_tools import marks, tree
from sot_tools.engines import isolation
from sot_tools.engines.supervise import Ending, Job, Warden
from sot_tools.runs.baseline import Change
from sot_tools.runs.trees import CopiedTree, LayeredTree, Trees, WorkTree
from sot_tools.tree import Unreadable
from tests.runs import harness
from tests.runs.harness import CHANGE, DONE, PLAN
from tests.runs.test_baseline import NAMES, TREES, write

FILES = {name: (name.encode(), False) for name in ("a/b/c", "a/d", "e", "f")}
TEXT = st.sampled_from(["", "1", "22"])
STEPS = st.one_of(
    st.builds(lambda name, text: {"write": {"to": name, "text": text}}, NAMES, TEXT),
    st.builds(lambda name: {"delete": name}, NAMES | st.sampled_from(["a", "b"])),
    st.builds(lambda name, to: {"link": {"at": name, "to": to}}, NAMES, NAMES),
)


@pytest.fixture(scope="module")
def warden() -> Iterator[Warden]:
    made = Warden()
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def able(warden: Warden, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("able")
    why = Trees("overlay").why_not(folder, folder / "work", warden)
    if why:
        pytest.skip(f"no overlay can be mounted here: {why}")


class Pair(NamedTuple):
    """The same fixture, copied and below a layer."""

    copied: CopiedTree
    layered: LayeredTree

    @staticmethod
    def of(folder: Path, fixture: Path) -> Pair:
        nodes = tree.copy(fixture, folder / "copied").nodes
        layered = LayeredTree(folder / "layered", folder / "layer", fixture, nodes)
        return Pair(CopiedTree(folder / "copied", nodes), layered)


def play(warden: Warden, where: WorkTree, *steps: Any) -> tuple[Ending, bytes]:
    """Perform steps in a tree; how they ended and what they printed."""
    out = where.root.parent / f"{time.time_ns()}.out"
    environment = {"PATH": os.environ["PATH"]}
    job = Job((), steps, "", environment, where.root, 20, 1, 1 << 20, mount=where.mounted())
    ending = warden.run(job, out, None, lambda: False)
    return ending._replace(elapsed_ms=0, swept=0), out.read_bytes()


def stands(warden: Warden, where: WorkTree) -> tree.Snapshot:
    """What a job finds in a tree."""
    goal = where.root.parent / f"{where.root.name}-seen"
    ending, said = play(warden, where, {"run": ["cp", "-a", ".", str(goal)]})
    assert ending.exit_code == 0, said
    return tree.snapshot(goal)


@settings(max_examples=80)
@given(TREES, st.lists(STEPS, max_size=6))
@example({"a/x": (b"1", False)}, [{"delete": "a"}, {"write": {"to": "a/y/z", "text": "1"}}])
@example({"a/x": (b"1", False)}, [{"delete": "a"}, {"write": {"to": "a", "text": "1"}}])
@example({"a": (b"1", True)}, [{"delete": "a"}, {"write": {"to": "a/x", "text": "1"}}])
@example({"a": (b"1", True)}, [{"delete": "a"}, {"write": {"to": "a", "text": "1"}}])
def test_what_a_play_does_is_the_same_in_both(
    warden: Warden, files: dict[str, tuple[bytes, bool]], steps: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "fixture", files)
        pair = Pair.of(folder, folder / "fixture")
        before = tree.snapshot(folder / "fixture")
        assert play(warden, pair.copied, *steps)[0].exit_code == (
            play(warden, pair.layered, *steps)[0].exit_code
        )
        assert pair.layered.differing({}) == pair.copied.differing({})
        assert stands(warden, pair.layered) == tree.snapshot(pair.copied.root)
        assert tree.snapshot(folder / "fixture") == before
        tree.remove(folder / "layer")


TRICKS = {
    "a folder is made anew": "rm -r a && mkdir a && echo 1 > a/d",
    "a file is moved": "mv e a/e",
    "a folder is moved": "mv a g",
    "the time is set back": "touch -r e t && echo E > e && touch -r t e && rm t",
    "a mode is changed": "chmod 755 e",
    "a mode is changed and back": "chmod 755 e && chmod 644 e",
    "a second name is made": "ln e g && echo 1 >> g",
    "a file is rewritten as it was": "cp e g && cat g > e && rm g",
    "a file is replaced by a link": "ln -sf f e",
    "a file is replaced by a folder": "rm e && mkdir e && echo 1 > e/e",
    "everything goes": "rm -r a e f",
    "a pipe is made": "mkfifo p",
    "a folder is closed": "chmod 0 a/b",
    "a page is written": (
        "python3 -c \"import mmap,os; f=os.open('e',2); m=mmap.mmap(f,1); m[0]; m[0]=90\""
    ),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_what_a_program_does_is_the_same_in_both(
    trick: str, warden: Warden, tmp_path: Path
) -> None:
    write(tmp_path / "fixture", FILES)
    pair = Pair.of(tmp_path, tmp_path / "fixture")
    found = []
    for each in pair:
        ending, said = play(warden, each, {"run": ["sh", "-ec", TRICKS[trick]]})
        assert (ending.exit_code, said) == (0, b"")
        try:
            found.append(each.differing({}))
        except Unreadable as fault:
            found.append(fault.args)
    assert found[0] == found[1]
    assert tree.snapshot(tmp_path / "fixture").keys() == {each.encode() for each in FILES}


@settings(max_examples=50)
@given(TREES, TREES)
@example({"a/x": (b"", False), "a/y/z": (b"", False)}, {"a": (b"", False)})
@example({"a/x": (b"", False), "a/y/z": (b"", False)}, {"b": (b"", False)})
@example({"a": (b"", False)}, {"a/y/z": (b"", True)})
def test_a_patch_makes_the_same_tree_of_both(
    warden: Warden, before: dict[str, tuple[bytes, bool]], after: dict[str, tuple[bytes, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "fixture", before)
        write(folder / "wanted", after)
        old, new = tree.snapshot(folder / "fixture"), tree.snapshot(folder / "wanted")
        pair = Pair.of(folder, folder / "fixture")
        changes = [
            Change(path, old.get(path), new.get(path), content(folder / "wanted", path, new), None)
            for path in tree.changes(old, new)
        ]
        for each in pair:
            each.apply(changes)
            assert stands(warden, each) == new
            assert each.differing({change.path: change.after for change in changes}) == {}
        folders = [sorted(p.name for p in each.rglob("*") if p.is_dir()) for each in seen(pair)]
        assert folders[0] == folders[1]
        tree.remove(folder / "layer")


def content(root: Path, path: bytes, nodes: tree.Snapshot) -> bytes | None:
    return tree.content(root, path, 99) if path in nodes else None


def seen(pair: Pair) -> list[Path]:
    return [each.root.parent / f"{each.root.name}-seen" for each in pair]


@pytest.mark.parametrize("mark", ["redirect", "metacopy", "whiteout", "opaque"])
def test_marks_that_no_kernel_of_ours_writes_are_refused(
    mark: str, warden: Warden, tmp_path: Path
) -> None:
    write(tmp_path / "fixture", FILES)
    pair = Pair.of(tmp_path, tmp_path / "fixture")
    play(warden, pair.layered, {"write": {"to": "a/g", "text": "1"}})
    os.setxattr(tmp_path / "layer/upper/a", f"user.overlay.{mark}", b"x")
    with pytest.raises(Unreadable) as refused:
        pair.layered.differing({})
    assert str(refused.value) == "a has marks of an overlay that no mount of ours makes"


COPIES = {"engine": "copy", "verification": "copy"}
OVERLAYS = {"engine": "overlay", "verification": "overlay"}


def large(tmp_path: Path, *steps: Any, **differs: Any) -> Path:
    """A case whose fixture is too large to be copied."""
    many = tmp_path / "harness/cases/demo/fixture/many"
    many.mkdir(parents=True)
    for number in range(300):
        (many / str(number)).write_text(str(number))
    return harness.case(tmp_path / "harness", *(steps or (PLAN, CHANGE, DONE)), **differs)


def test_a_large_fixture_is_not_copied_and_the_report_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "TREES", "auto")
    done = harness.perform(large(tmp_path), tmp_path / "runs")
    assert (done.exit_code, done.report["harness"]["tree"]) == (0, OVERLAYS)
    assert done.report["changed_files"] == ["answer.txt"]
    told = "| trees | overlay for the engine, overlay for the verification |\n"
    assert told in (done.path / "report.md").read_text()
    small = harness.perform(harness.case(tmp_path / "small"), tmp_path / "runs")
    told = "| trees | copy for the engine, copy for the verification, since the fixture is small |"
    assert told in (small.path / "report.md").read_text()
    assert small.report["harness"]["tree"] == {**COPIES, "reason": "the fixture is small"}


def test_why_a_copy_was_made_is_told(warden: Warden, tmp_path: Path) -> None:
    write(tmp_path / "fixture", FILES)
    (tmp_path / "file").write_text("")
    for wanted, source, why in (
        ("copy", "fixture", "a copy was asked for"),
        ("auto", "fixture", "the fixture is small"),
        ("overlay", "fixture", ""),
        ("overlay", "file", "Not a directory"),
    ):
        work = tmp_path / f"{wanted}-{source}"
        assert Trees(wanted).why_not(tmp_path / source, work, warden) == why


def test_a_case_that_breaks_its_source_has_copies(tmp_path: Path) -> None:
    root = large(tmp_path, rehearsal={"source": "stand-in"})
    done = harness.perform(root, tmp_path / "runs", trees=Trees("overlay"))
    reason = "the case breaks what stands in for its fixture"
    assert done.report["harness"]["tree"] == {**COPIES, "reason": reason}


@pytest.mark.parametrize("level", ["bubblewrap", "landlock", "subreaper"])
def test_a_contained_engine_has_a_copy_and_its_verification_a_layer(
    level: str, tmp_path: Path
) -> None:
    if isolation.at(level).level != level:
        pytest.skip(f"{level} does not work here")
    check = "sh -c 'test \"$(cat answer.txt)\" = 42 && cat many/7'"
    task = {"verification_commands": [check]}
    root = large(tmp_path, min_isolation="subreaper", task=task)
    done = harness.perform(root, tmp_path / "runs", isolation=level)
    reason = "the limits of the engine name the files of a copy"
    trees = {"engine": "copy", "verification": "overlay", "reason": reason}
    assert (harness.codes(done), done.report["harness"]["tree"]) == ([], trees)
    assert done.report["harness"]["isolation"]["level"] == level


def test_a_fixture_with_files_that_a_copy_would_open_up_is_copied(tmp_path: Path) -> None:
    root = large(tmp_path)
    (root / "cases/demo/fixture/many/7").chmod(0o444)
    done = harness.perform(root, tmp_path / "runs")
    reason = "the fixture holds what is not ours to change"
    assert done.report["harness"]["tree"] == {**COPIES, "reason": reason}


def test_the_second_run_reads_no_file_of_the_fixture_that_was_not_touched(tmp_path: Path) -> None:
    root = large(tmp_path)
    fixture = root / "cases/demo/fixture"
    trees = Trees()
    time.sleep(0.2)  # until no file can change once more within the tick of its mark
    if not marks.see(fixture, time.time_ns()).telling:
        pytest.skip("the marks of this file system do not tell of every write")
    assert trees.fixture(fixture, time.time_ns()).seen.read == 302
    first = trees.fixture(fixture, time.time_ns())
    assert first.seen.read == 0
    (fixture / "many/7").write_text("8")
    second = trees.fixture(fixture, time.time_ns())
    assert (second.seen.read, second.digest) == (1, tree.digest(tree.snapshot(fixture)))
    assert second.digest != first.digest
    assert second.baseline.commit != first.baseline.commit
