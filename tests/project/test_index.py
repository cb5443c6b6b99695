"""Git's index and a clean checkout of it are one workspace: they give one report."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sot_tools.diagnostic import Severity
from sot_tools.project import settings as opening
from sot_tools.project.check import check
from sot_tools.project.git import Objects
from sot_tools.project.index import Index
from sot_tools.project.outcome import Selection
from sot_tools.project.snapshot import Snapshot
from sot_tools.project.workers import together
from sot_tools.report.formats import render
from sot_tools.report.options import Options
from sot_tools.source import Folder
from tests.authority import story
from tests.authority.story import Told
from tests.cli.command import sot
from tests.cli.test_changed import git
from tests.project.test_memory_changes_nothing import ACTS, Place, settled
from tests.project.test_workers import Work
from tests.truth import workspace
from tests.truth.test_mutations import MUTATIONS
from tests.workspaces import CASES, begin, case, write

ROOT = Path(__file__).resolve().parents[2]
EVERY = int(os.environ.get("SOT_STAGED_EVERY", "0"))
"""One case and one mutation of so many is tried; 1 tries all, 0 a few."""
FORMATS = ("json", "sarif", "github", "junit", "text")


def said(source: Folder | Index, form: str = "json", runs: Path | None = None) -> str:
    """The report of a workspace in a source, advice included."""
    found = opening.within(source, None)._replace(runs=runs)
    report = check(found, Selection(severity=Severity.ADVICE, edits=True))
    return render(report, form, Options()).replace(" of git's index", "")


def staged(root: Path, form: str = "json", runs: Path | None = None) -> str:
    """The report of what git's index holds."""
    index = Index(root)
    try:
        return said(index, form, runs)
    finally:
        index.close()


def added(root: Path) -> Path:
    """The folder, and all of it in an index."""
    git(root, "init", "-q")
    git(root, "add", "-Af")
    return root


def test_this_repository_says_the_same(tmp_path: Path) -> None:
    left = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "build", "dist")
    root = tmp_path.resolve() / "copy"
    shutil.copytree(ROOT, root, symlinks=True, ignore=left)
    added(root)
    for form in FORMATS:
        assert staged(root, form) == said(Folder(root), form)


CHOSEN = sorted(folder for folder in CASES.glob("*/*") if folder.is_dir())[:: EVERY or 12]


@pytest.mark.parametrize("folder", CHOSEN, ids=lambda each: f"{each.parent.name}-{each.name}")
def test_a_case_says_the_same(folder: Path, tmp_path: Path) -> None:
    root = added(case(tmp_path.resolve() / "demo", folder))
    assert staged(root) == said(Folder(root))


def test_a_workspace_with_contradictions_says_the_same(tmp_path: Path) -> None:
    root = added(workspace.build(tmp_path.resolve() / "demo"))
    git(root, "commit", "-qm", "begin")
    changes = [change for made in MUTATIONS.values() for change in made()]
    for change in changes[:: EVERY or 50]:
        git(root, "read-tree", "--reset", "-u", "HEAD")
        for path, text in change.edits.items():
            write(root, path, text)
        git(root, "add", "-A")
        expected = said(Folder(root))
        for path in change.edits:
            (root / path).unlink()
        assert staged(root) == expected


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A workspace with ledger, keys, approvals and a state that was earned, in an index."""
    made = story.told(tmp_path_factory.mktemp("told") / "m")
    added(made.world.root)
    return made


BREAKS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda root: None,
    "the ledger is cut": lambda root: cut(root / ".sot/ledger.jsonl"),
    "the ledger goes": lambda root: (root / ".sot/ledger.jsonl").unlink(),
    "the keys go": lambda root: shutil.rmtree(root / ".sot/trust"),
    "a key is changed": lambda root: swap(next((root / ".sot/trust").iterdir())),
    "the approvals go": lambda root: shutil.rmtree(root / ".sot/approvals"),
    "an approval is changed": lambda root: swap(next((root / ".sot/approvals").iterdir())),
    "a stranger comes": lambda root: write(root, ".sot/approvals/x.json", "{}"),
    "the closeout is changed": lambda root: swap(next(root.rglob("*CLOSEOUT*"))),
    "the ledger is a link": lambda root: link(root / ".sot/ledger.jsonl"),
    "an approval is a link": lambda root: link(next((root / ".sot/approvals").iterdir())),
}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def swap(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"e", b"f", 1))


def link(path: Path) -> None:
    path.rename(path.with_suffix(".kept"))
    path.symlink_to(path.with_suffix(".kept").name)


@pytest.mark.parametrize("act", BREAKS)
def test_what_was_earned_is_told_from_the_index(act: str, told: Told, tmp_path: Path) -> None:
    world = told.world.copied(tmp_path / "m")
    BREAKS[act](world.root)
    git(world.root, "add", "-Af")
    expected = said(Folder(world.root), runs=world.runs)
    assert ("SOT80" in expected) == (act not in {"nothing", "the ledger is a link"})
    shutil.rmtree(world.root / ".sot")
    assert staged(world.root, runs=world.runs) == expected


def test_nothing_of_the_folder_earns_anything(told: Told, tmp_path: Path) -> None:
    """Ledger, keys and approvals that stand in the folder and are not staged do not count."""
    world = told.world.copied(tmp_path / "m")
    git(world.root, "rm", "-rq", "--cached", ".sot/trust", ".sot/approvals")
    assert world.check() == []
    assert " is missing; entry" in staged(world.root, runs=world.runs)
    git(world.root, "add", "-Af")
    git(world.root, "rm", "-q", "--cached", ".sot/ledger.jsonl")
    assert "SOT80" in staged(world.root, runs=world.runs)


def test_runs_in_the_folder_of_a_workspace_do_not_count(told: Told, tmp_path: Path) -> None:
    """They are nothing that git's index holds; runs elsewhere are hashed where they are."""
    world = told.world.copied(tmp_path / "m")
    inside = shutil.copytree(world.runs, world.root / "runs")
    for runs, plain, of_index in ((world.runs, 0, 0), (inside, 0, 1)):
        assert sot(world.root, "check", SOT_RUNS_DIR=str(runs)).code == plain
        outcome = sot(world.root, "check", "--staged", SOT_RUNS_DIR=str(runs))
        assert (outcome.code, "SOT807" in outcome.out) == (of_index, bool(of_index))


def stage(place: Place) -> None:
    git(place.root, "add", "-Af", ".")


def astray(place: Place) -> None:
    """The folder becomes something else than what is staged."""
    for path in place.root.rglob("*.md"):
        if path.is_file() and not path.is_symlink():
            path.write_bytes(b"# Not staged\n" + path.read_bytes())


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=False
)
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=6))
def test_what_is_remembered_of_an_index_changes_no_report(acts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(begin(Path(folder).resolve() / "demo"), Path(folder) / "caches")
        added(place.root)
        place.run("--staged")
        for name in acts:
            ACTS[name](place)
            stage(place)
            fresh = place.run("--no-cache")
            assert place.run() == fresh
            assert place.run("--staged", "--no-cache") == fresh, name
            assert place.run("--staged") == fresh, name
            assert place.run("--staged") == fresh, f"{name}, again"


@pytest.mark.parametrize("bit", range(0, 48, 3))
def test_whatever_bit_of_what_is_remembered_flips_the_report_stays(
    bit: int, tmp_path: Path
) -> None:
    place = Place(begin(tmp_path.resolve() / "demo"), tmp_path / "caches")
    ACTS["a status that is not allowed"](place)
    added(place.root)
    fresh = place.run("--staged")
    astray(place)
    for file in place.caches.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            offset = len(data) * bit // 48
            flipped = bytes([data[offset] ^ (1 << bit % 7)])
            file.write_bytes(data[:offset] + flipped + data[offset + 1 :])
    assert place.run("--staged") == fresh


def test_what_the_folder_left_is_not_believed_of_the_index(tmp_path: Path) -> None:
    """Also where somebody puts it in its place."""
    place = Place(begin(tmp_path.resolve() / "demo"), tmp_path / "caches")
    added(place.root)
    ACTS["a status that is not allowed"](place)
    settled(place)
    bad, good = place.run(), place.run("--staged")
    assert bad != good
    one, two = sorted((place.caches / "sot-tools").iterdir())
    for name in ("verdict", "judgement", "facts", "settings"):
        content = (one / name).read_bytes()
        (one / name).write_bytes((two / name).read_bytes())
        (two / name).write_bytes(content)
    assert (place.run(), place.run("--staged")) == (bad, good)


def test_two_processes_read_the_contents_of_one_index(tmp_path: Path) -> None:
    for number in range(50):
        write(tmp_path, f"f{number}", f"content {number}\n" * (number + 1))
    added(tmp_path)
    rows = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    named = {row.split("\t")[1]: row.split(" ")[1] for row in rows}
    objects = Objects(tmp_path, "--staged")

    def right() -> bool:
        return all(
            objects.read(blob, 1 << 20) == (tmp_path / name).read_bytes()
            for _ in range(5)
            for name, blob in named.items()
        )

    assert right()
    child = os.fork()
    if child == 0:
        os._exit(0 if right() else 1)
    assert right()
    assert os.waitpid(child, 0)[1] == 0
    assert objects.read(named["f9"], 3) == b"cont"
    assert objects.read(named["f8"], 1 << 20).startswith(b"content 8\n"), "nothing is left over"
    objects.close()


def test_two_processes_examine_what_one_does(tmp_path: Path) -> None:
    work = Work(begin(tmp_path.resolve() / "demo"))
    root = added(work.snapshot.settings.root)
    paths = work.paths[:46]
    expected = list(work.alone(paths))
    shutil.rmtree(root / ".sot")
    index = Index(root)
    work.snapshot = Snapshot(opening.within(index, None), {})
    assert list(work.alone(paths[:3])) == expected[:3], "a git runs that a fork must not ask"
    assert list(together(work.alone, paths)) == expected
    index.close()


@pytest.mark.parametrize("folder", [".", "docs", "./docs", "none", "a.md", "away"])
def test_a_walk_meets_what_a_walk_over_a_checkout_meets(folder: str, tmp_path: Path) -> None:
    root = tmp_path.resolve() / "demo"
    for path in ("docs/b.md", "docs/B.MD", "docs/a/c.json", "docs!/x.md", "docs0/y.md", "a.md"):
        write(root, path, path)
    (root / "docs/away").symlink_to("a")
    (root / "docs/l.md").symlink_to("b.md")
    git(root, "init", "-q")
    git(root, "add", "-A")
    index = Index(root)
    for endings in ((".md",), (".md", ".json"), ("",)):
        met, there = (
            [(each.path, each.trouble) for each in source.walk(folder, endings)]
            for source in (index, Folder(root))
        )
        assert met == [each for each in there if not each[0].startswith("./.git/")]
    for path in (
        "docs",
        "docs/",
        "docs/a",
        "docs/away/c.json",
        "docs/../a.md",
        "../x",
        "/a.md",
        "d",
    ):
        assert index.exists(path) == Folder(root).exists(path), path
    index.close()
