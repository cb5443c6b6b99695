"""The patch is what git itself makes of the fixture to get the tree of the engine."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sot_tools import tree
from sot_tools.runs.baseline import Change, baseline, patch

NAMES = st.sampled_from(["a", "b", "a/x", "a/y/z", "b/x", "c d", "ü", "-"])
FILES = st.tuples(
    st.binary(max_size=30) | st.text("ab\n", max_size=60).map(str.encode), st.booleans()
)


def settle(files: dict[str, tuple[bytes, bool]]) -> dict[str, tuple[bytes, bool]]:
    """No path is a file and a folder at once."""
    folders = {
        "/".join(name.split("/")[:end]) for name in files for end in range(1, name.count("/") + 1)
    }
    return {name: each for name, each in files.items() if name not in folders}


TREES = st.dictionaries(NAMES, FILES, max_size=6).map(settle)


def write(root: Path, files: dict[str, tuple[bytes, bool]]) -> None:
    root.mkdir()
    for name, (content, executable) in files.items():
        tree.put(root, name.encode(), content, executable)


@settings(max_examples=60, deadline=None)
@given(TREES, TREES)
@example({"a": (b"\0", False)}, {"a": (b"\0", True)})
def test_git_makes_the_engines_tree_out_of_fixture_and_patch(
    before: dict[str, tuple[bytes, bool]], after: dict[str, tuple[bytes, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "fixture", before)
        write(folder / "engine", after)
        copied = tree.copy(folder / "fixture", folder / "copy")
        now = tree.snapshot(folder / "engine")
        differing = tree.changes(copied.nodes, now)
        changes = [
            Change(
                path,
                copied.nodes.get(path),
                now.get(path),
                tree.content(folder / "engine", path, 99) if path in now else None,
                tree.content(folder / "fixture", path, 99) if path in copied.nodes else None,
            )
            for path in differing
        ]
        made = patch(changes).content
        assert bool(made) == bool(differing)
        subprocess.run(["git", "init", "-q"], cwd=folder / "copy", check=True)
        if made:
            command = ["git", "apply", "--binary", "--whitespace=nowarn", "-"]
            subprocess.run(command, cwd=folder / "copy", input=made, check=True)
        tree.remove(folder / "copy" / ".git")
        assert tree.snapshot(folder / "copy") == now


@settings(max_examples=10, deadline=None)
@given(TREES)
def test_the_baseline_is_the_tree_and_the_commit_that_git_makes(
    files: dict[str, tuple[bytes, bool]],
) -> None:
    def git(*words: str, given: str = "") -> str:
        who = {"NAME": "sot", "EMAIL": "sot@localhost", "DATE": "@0 +0000"}
        both = {f"GIT_{each}_{what}": who[what] for each in ("AUTHOR", "COMMITTER") for what in who}
        around = {**os.environ, **both}
        command = ["git", "-C", f"{name}/fixture", *words]
        done = subprocess.run(
            command, check=True, capture_output=True, input=given.encode(), env=around
        )
        return done.stdout.decode().strip()

    with tempfile.TemporaryDirectory() as name:
        write(Path(name) / "fixture", files)
        made = baseline(tree.copy(Path(name) / "fixture", Path(name) / "copy"))
        git("init", "-q")
        git("-c", "core.autocrlf=false", "add", "-Af")
        assert made.tree == git("write-tree")
        assert made.commit == git("commit-tree", made.tree, given="baseline")


def test_what_stands_in_a_git_folder_is_left_out_of_the_baseline(tmp_path: Path) -> None:
    write(tmp_path / "fixture", {".git/config": (b"x", False), "a/.GIT": (b"y", False)})
    made = baseline(tree.copy(tmp_path / "fixture", tmp_path / "copy"))
    assert made.left_out == (".git/config", "a/.GIT")


@settings(max_examples=60, deadline=None)
@given(TREES, TREES)
def test_dropping_and_putting_makes_the_engines_tree_out_of_the_fixture(
    before: dict[str, tuple[bytes, bool]], after: dict[str, tuple[bytes, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "tree"
        write(root, before)
        for path in before.keys() - after.keys():
            tree.drop(root, path.encode())
        for path, (content, executable) in after.items():
            tree.put(root, path.encode(), content, executable)
        write(Path(name) / "wanted", after)
        assert tree.snapshot(root) == tree.snapshot(Path(name) / "wanted")
        assert tree.digest(tree.snapshot(root)) == tree.digest(tree.snapshot(Path(name) / "wanted"))


@given(st.binary(max_size=50))
def test_the_blob_id_is_gits(content: bytes) -> None:
    import pygit2

    assert tree.blob_id(content) == str(pygit2.hash(content))


@settings(max_examples=100, deadline=None)
@given(TREES, TREES)
def test_two_trees_have_one_digest_only_where_they_are_equal(
    one: dict[str, tuple[bytes, bool]], other: dict[str, tuple[bytes, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        write(Path(name) / "one", one)
        write(Path(name) / "other", other)
        first = tree.digest(tree.snapshot(Path(name) / "one"))
        second = tree.digest(tree.snapshot(Path(name) / "other"))
        assert (first == second) == (one == other)
