"""The trees that a run works in: layers over the fixture where the machine can, else copies.

A copy holds every file; a layer only what was changed, so that what an engine did is read from it
alone. Both say the same of every tree (`tests/runs/test_trees.py`), and the report says which was
used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from sot_tools import disk, layer, marks, tree
from sot_tools.engines.mounts import Mount
from sot_tools.engines.supervise import Job, Warden
from sot_tools.marks import Seen
from sot_tools.runs.baseline import Baseline, Change, baseline
from sot_tools.tree import Node, Snapshot

Now = Mapping[bytes, Node | None]
"""Path → what stands there; None for nothing."""
_FEW = 256
"""Files of a fixture up to which a copy costs no more than all that a layer needs."""
_SMALL = 4096
_PROBE = (
    {"delete": "gone"},
    {"delete": "folder"},
    {"write": {"to": "folder/new", "text": "1"}},
)


Limits = Callable[[Job], Job]
"""Takes a job and gives it inside its limits."""


class WorkTree(Protocol):
    """A tree that stands where a job works, made of a fixture."""

    @property
    def root(self) -> Path:
        """Where the job finds it."""

    def mounted(self) -> Mount | None:
        """What must be mounted for the next job."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Change files of it before a job."""

    def differing(self, expected: Now) -> Now:
        """What is neither as in the fixture nor as `expected`; raises `Unreadable`."""

    def content(self, path: bytes, limit: int) -> bytes:
        """The bytes of a file that differs from the fixture; raises `Unreadable`."""


class CopiedTree:
    """A tree of its own."""

    def __init__(self, root: Path, fixture: Snapshot) -> None:
        self.root, self._fixture = root, fixture

    def mounted(self) -> None:
        """Nothing."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Remove first, so that a file can take the place of a folder."""
        for change in sorted(changes, key=_stays):
            if change.after is None or change.content is None:
                tree.drop(self.root, change.path)
            else:
                tree.put(self.root, change.path, change.content, change.after.executable)

    def differing(self, expected: Now) -> Now:
        """Every file is read again."""
        wanted = {**self._fixture, **expected}
        there = {path: node for path, node in wanted.items() if node is not None}
        now = tree.snapshot(self.root)
        return {path: now.get(path) for path in tree.changes(there, now)}

    def content(self, path: bytes, limit: int) -> bytes:
        """As it stands in the copy."""
        return tree.content(self.root, path, limit)


class LayeredTree:
    """An upper folder over the fixture, which only jobs see together."""

    def __init__(self, root: Path, folder: Path, source: Path, fixture: Snapshot) -> None:
        self.root, self._folder, self._source, self._fixture = root, folder, source, fixture
        self._upper = folder / "upper"
        self._mounts = 0
        self._upper.mkdir(parents=True)
        root.mkdir(parents=True)

    def mounted(self) -> Mount:
        """Each mount has a work folder of its own, since the kernel refuses one that was used."""
        self._mounts += 1
        work = self._folder / f"work-{self._mounts}"
        work.mkdir()
        return Mount(str(self._source), str(self._upper), str(work), str(self.root))

    def apply(self, changes: Iterable[Change]) -> None:
        """Write the changes where the kernel would."""
        dropped = []
        for change in sorted(changes, key=_stays):
            if change.after is None or change.content is None:
                layer.drop(self._upper, change.path)
                dropped.append(change.path)
            else:
                layer.put(self._upper, change.path, change.content, change.after.executable)
        layer.tidy(self._upper, self._source, dropped)

    def differing(self, expected: Now) -> Now:
        """What was not touched cannot differ."""
        touched = layer.touched(self._upper, self._fixture)
        found: dict[bytes, Node | None] = {}
        for path in touched.keys() | expected.keys():
            before = self._fixture.get(path)
            now = touched.get(path, before)
            if now != expected.get(path, before):
                found[path] = now
        return found

    def content(self, path: bytes, limit: int) -> bytes:
        """As it stands in the upper folder."""
        return tree.content(self._upper, path, limit)


def _stays(change: Change) -> bool:
    return change.after is not None


class Fixture(NamedTuple):
    """A fixture that was read."""

    seen: Seen
    digest: str
    baseline: Baseline


class Trees:
    """How one harness makes its trees, and the fixtures that it has read.

    `wanted` is `auto`, `copy` or `overlay`; the last also where a copy would cost no more.
    """

    def __init__(self, wanted: str = "auto") -> None:
        self.wanted = wanted
        self._fixtures: dict[Path, Fixture] = {}
        self._refused: dict[tuple[int, int, bool], str] = {}

    def fixture(self, source: Path, now: int) -> Fixture:
        """A fixture as it is now; only files whose marks differ are read a second time."""
        known = self._fixtures.get(source)
        seen = marks.see(source, now, known.seen if known else None)
        if known and seen.copied.nodes == known.seen.copied.nodes:
            found = known._replace(seen=seen)
        else:
            found = Fixture(seen, tree.digest(seen.copied.nodes), baseline(seen.copied))
        self._fixtures = {source: found}
        return found

    def why_not(
        self, source: Path, work: Path, warden: Warden, limits: Limits | None = None
    ) -> str:
        """Why no layer over this fixture can be made in a work folder, for jobs inside these
        limits; empty where one can."""
        if self.wanted == "copy":
            return "a copy was asked for"
        if self.wanted == "auto" and tree.few(source, _FEW):
            return "the fixture is small"
        work.mkdir(parents=True, exist_ok=True)
        where = source.stat().st_dev, work.stat().st_dev, limits is not None
        if where not in self._refused:
            self._refused[where] = _tried(source, work / "probe", warden, limits)
        return self._refused[where]


def _tried(source: Path, folder: Path, warden: Warden, limits: Limits | None) -> str:
    """What goes wrong where a layer is used in every way; empty where nothing does."""
    below = folder / "below"
    for name in ("gone", "folder/old"):
        tree.put(below, name.encode(), b"0", False)
    made = LayeredTree(folder / "tree", folder / "layer", below, tree.snapshot(below))
    other = LayeredTree(folder / "other", folder / "over", source, {})
    home = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    for number, (each, play) in enumerate(((made, _PROBE), (other, ()))):
        job = Job((), play, str(folder), home, each.root, 10, 1, _SMALL, mount=each.mounted())
        if limits is not None and not play:
            job = limits(job._replace(argv=("true",)))
        out, err = folder / f"{number}.out", folder / f"{number}.err"
        ending = warden.run(job, out, err, lambda: False)
        if ending.exit_code != 0:
            return (
                ending.error
                or disk.read(err, _SMALL).decode("utf-8", "replace").strip()
                or ending.outcome
            )
    wanted = {b"gone", b"folder/old", b"folder/new"}
    return "" if made.differing({}).keys() == wanted else "a layer does not hold what was done"
