"""Repositories as libgit2 sees them; those of stages 3 and 4: one only read, one thrown away."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import journal, tree
from sot_tools.authority.stages import rung
from sot_tools.errors import Refused
from sot_tools.evidence.canonical import canonical
from sot_tools.runs.state import Attested, Ran

COPIED, DISPOSABLE = "stage3-copied-repo-proof.json", "stage4-disposable-sandbox-proof.json"
APPROVED = "stage4-approval.json"
_BLOB = 64 << 20
_BRANCHES = "one commit on a branch of its own; no remote, no push, no merge"


class Look(NamedTuple):
    """A repository at one moment."""

    head: str
    status: Mapping[str, int]
    """Path → libgit2's flags for what differs from HEAD; empty for a clean one."""
    remotes: tuple[str, ...]
    branch: str
    """Empty where HEAD is on no branch."""
    busy: bool = False
    """Whether a merge, rebase or the like is under way."""

    def shown(self) -> dict[str, Any]:
        """As proof files have it."""
        return {"head": self.head, "status": sorted(self.status)}


def look(path: Path) -> Look:
    """What a repository is now; libgit2 runs no filter, hook or monitor of it. Raises Refused."""
    try:
        repository = _opened(path)
        names = tuple(sorted(remote.name for remote in repository.remotes))
        head = repository.head
        branch = "" if repository.head_is_detached else head.shorthand
        return Look(
            str(head.target), dict(repository.status()), names, branch, bool(repository.state())
        )
    except (OSError, KeyError, ValueError, _library().GitError) as error:
        raise Refused(f"{path}: is no git repository that can be read: {error}") from error


def create(folder: Path, files: Path) -> None:
    """A new repository with a history and the files of a folder, no remote, one branch `main`."""
    git = _library()
    tree.copy(files, folder)
    repository = git.init_repository(str(folder), initial_head="main")
    who = git.Signature("sot", "sot@localhost", 0, 0)
    empty = repository.TreeBuilder().write()
    first = repository.create_commit("refs/heads/main", who, who, "begin", empty, [])
    repository.index.add_all()
    repository.index.write()
    whole = repository.index.write_tree()
    repository.create_commit("refs/heads/main", who, who, "as given", whole, [first])


def is_own(path: Path) -> bool:
    """Whether the repository belongs to who runs this."""
    places = (path, path / ".git")
    return {each.stat().st_uid for each in places} == {os.getuid()}


def require_whole(path: Path) -> None:
    """Refuse a repository whose files or whose git directory stand elsewhere."""
    repository = _opened(path)
    at = Path(repository.workdir or "/")
    if repository.is_bare or at.resolve() != path.resolve() or not (path / ".git").is_dir():
        raise Refused("its files or its git directory stand elsewhere")
    if path.is_symlink() or (path / ".git").is_symlink():
        raise Refused("a symbolic link leads to it")


def control(path: Path) -> dict[str, str]:
    """What no run may change: references but the branch of HEAD, configuration, hooks."""
    repository = _opened(path)
    own = repository.head.name
    folder = Path(repository.path)
    found = {
        name: str(repository.references[name].target)
        for name in repository.references
        if name != own
    }
    found["config"] = _digest(folder / "config")
    hooks = folder / "hooks"
    found["hooks"] = tree.digest(tree.snapshot(hooks)) if hooks.is_dir() else ""
    return found


def _digest(path: Path) -> str:
    return journal.stamp(path).sha256 if path.is_file() else ""


def changed(path: Path, before: str, after: str) -> list[str]:
    """The paths in which two commits differ, sorted."""
    repository = _opened(path)
    found = repository.diff(before, after)
    return sorted({each.new_file.path or each.old_file.path for each in found.deltas})


def holds(path: Path, wanted: str) -> bool:
    """Whether a commit is part of the history of HEAD; raises Refused."""
    try:
        repository = _opened(path)
        oid = _library().Oid(hex=wanted) if wanted else None
        head = repository.head.target
        return oid is not None and (head == oid or repository.descendant_of(head, oid))
    except (OSError, KeyError, ValueError, _library().GitError) as error:
        raise Refused(f"{path}: {error}") from error


def commit(path: Path, start: str, patch: bytes, message: str, now: int) -> str:
    """Put a patch into files, index and one commit on the checked-out branch; raises Refused."""
    git = _library()
    try:
        repository = _opened(path)
        if str(repository.head.target) != start:
            raise Refused("HEAD is not where the run began")
        diff = git.Diff.parse_diff(patch)
        _require_plain(path, diff)
        repository.apply(diff, git.enums.ApplyLocation.BOTH)
        repository.index.read()
        made = repository.index.write_tree()
        who = git.Signature("sot", "sot@localhost", now // 10**9, 0)
    except (git.GitError, OSError, ValueError) as error:
        raise Refused(str(error)) from error
    try:
        return str(repository.create_commit("HEAD", who, who, message, made, [start]))
    except (git.GitError, OSError) as error:  # somebody else commits: theirs stands, ours goes
        sides = [(each.old_file.path, each.new_file.path) for each in diff.deltas]
        how = git.enums.CheckoutStrategy
        repository.checkout_head(
            strategy=how.FORCE | how.DISABLE_PATHSPEC_MATCH,
            paths=sorted({name for pair in sides for name in pair}),
        )
        raise Refused(str(error)) from error


def _require_plain(path: Path, diff: Any) -> None:
    """Refuse a patch whose way into the files leads over a symbolic link."""
    for each in diff.deltas:
        parts = (each.new_file.path or each.old_file.path).split("/")
        for end in range(1, len(parts) + 1):
            name = "/".join(parts[:end])
            if (path / name).is_symlink():
                raise Refused(f"`{name}` is a symbolic link in the target")


def revert(path: Path, message: str, now: int) -> str:
    """One commit that takes the last one back; raises Refused.

    What somebody edited meanwhile is never overwritten.
    """
    git = _library()
    try:
        repository = _opened(path)
        last = repository.head.peel()
        before = last.parents[0]
        repository.checkout_tree(before.tree, strategy=git.enums.CheckoutStrategy.SAFE)
        repository.index.read()
        who = git.Signature("sot", "sot@localhost", now // 10**9, 0)
        made = repository.index.write_tree()
        if made != before.tree.id:
            raise Refused("the files of the start could not be restored")
        return str(repository.create_commit("HEAD", who, who, message, made, [last.id]))
    except (git.GitError, OSError, ValueError, IndexError) as error:
        raise Refused(str(error)) from error


def export(path: Path, target: Path) -> None:
    """Write the files of HEAD into a new folder; links and submodules are refused."""
    repository = _opened(path)
    target.mkdir(parents=True)
    _export(repository, repository.head.peel().tree, target, path)


def _export(repository: Any, folder: Any, target: Path, path: Path) -> None:
    for entry in folder:
        if entry.type_str == "tree":
            (target / entry.name).mkdir()
            _export(repository, repository[entry.id], target / entry.name, path)
        elif entry.type_str == "blob" and entry.filemode in {0o100644, 0o100755}:
            blob = repository[entry.id]
            if blob.size > _BLOB:
                raise Refused(f"{path}: {entry.name} has more than {_BLOB} bytes")
            executable = entry.filemode == 0o100755
            tree.put(target, os.fsencode(entry.name), blob.data, executable)
        else:
            raise Refused(f"{path}: {entry.name} is a link or a submodule, which no copy follows")


def _opened(path: Path) -> Any:
    git = _library()
    return git.Repository(str(path), git.enums.RepositoryOpenFlag.NO_SEARCH)


def _library() -> Any:
    from sot_tools.runs.baseline import library

    return library()


class CopiedRepository:
    """Stage 3: a copy of an owned local repository, which stays as it is (STG3)."""

    policy: Mapping[str, Any] = {"branch_policy": "the source is only read"}

    def __init__(self, source: Path, fixture: Path) -> None:
        """Look at the source, and copy HEAD to `fixture`; raises Refused."""
        self.source = source
        self.fixture = fixture
        self.seen = look(source)
        if source.stat().st_uid != os.getuid():
            raise Refused(f"{source}: belongs to somebody else; only an owned repository is copied")
        export(source, fixture)
        self.digest = tree.digest(tree.snapshot(fixture))

    def before(self) -> tuple[tuple[str, str], ...]:
        """A source that is not clean is not copied (STG3-04)."""
        if not self.seen.status:
            return ()
        paths = ", ".join(sorted(self.seen.status)[:3])
        return (("dirty_source_start", f"the source repository is not clean: {paths}"),)

    def after(self, ran: Ran) -> Attested:
        """HEAD and status of the source are what they were (STG3-04, STG3-08)."""
        now = look(self.source)
        same = now == self.seen
        clean = tree.digest(tree.snapshot(self.fixture)) == self.digest
        proof = {
            "version": 1,
            "stage": 3,
            "allowed_mutation_scope": rung(3).scope,
            "source_before": self.seen.shown(),
            "source_after": now.shown(),
            "source_repository_mutated": not same,
            "fixture_digest": self.digest,
            "clean_start": not self.seen.status,
            "clean_end": clean,
        }
        blockers = []
        if not same:
            message = "HEAD or status of the source repository differs after the run"
            blockers.append(("source_repository_mutated", message))
        report = {
            "allowed_mutation_scope": rung(3).scope,
            "source_repository_mutated": not same,
            "runtime_workspace_root": ran.tree,
            "run_artifact_dir": ran.directory,
        }
        return Attested({COPIED: canonical(proof) + b"\n"}, tuple(blockers), report)

    def withdraw(self) -> None:
        """Nothing was left in the source."""


class DisposableRepository:
    """Stage 4: a repository made for one run under the harness's control, then thrown away."""

    def __init__(
        self, folder: Path, fixture: Path, approval: str, retain: bool, envelope: bytes = b""
    ) -> None:
        """`folder` must not exist yet; `approval` is the digest of the run's approval."""
        self.folder = folder
        self.fixture = fixture
        self.approval = approval
        self.retain = retain
        self.envelope = envelope
        """The bytes of the signed approval's file."""
        self.start: Look | None = None

    @property
    def policy(self) -> Mapping[str, Any]:
        """Branches, where the repository comes from, and what becomes of it (STG4-01)."""
        return {
            "branch_policy": _BRANCHES,
            "created_from": "the files of the case, owned by who runs it",
            "disposal": "retained on request" if self.retain else "removed after the run",
        }

    def before(self) -> tuple[tuple[str, str], ...]:
        """Make the repository with one commit, no remote, and a branch for the change."""
        git = _library()
        tree.copy(self.fixture, self.folder)
        repository = git.init_repository(str(self.folder), initial_head="main")
        self._commit(repository, "refs/heads/main", "as the fixture has it", [])
        repository.set_head("refs/heads/main")
        self.start = look(self.folder)
        if self.start.status or self.start.remotes:
            return (("dirty_starting_tree", "the disposable repository is not clean"),)
        return ()

    def after(self, ran: Ran) -> Attested:
        """Commit a patch that passed on its own branch; then dispose, and say what was done."""
        report = {
            "allowed_mutation_scope": rung(4).scope,
            "branch_policy": _BRANCHES,
            "disposable_repository_dir": self.folder.name,
        }
        if self.start is None:
            return Attested({}, (), report)
        commit, end, blockers = "", self.start, []
        if ran.passed and ran.patch:
            commit = self._apply(ran.patch)
        end = look(self.folder)
        if end.status:
            blockers.append(("dirty_ending_tree", "the disposable repository is not clean"))
        proof = {
            "version": 1,
            "stage": 4,
            "approval": self.approval,
            **report,
            "start": self.start.shown(),
            "end": end.shown(),
            "branch": end.branch,
            "remotes": list(end.remotes),
            "commit": commit,
            "clean_start": not self.start.status,
            "clean_end": not end.status,
            **self.policy,
        }
        files = {DISPOSABLE: canonical(proof) + b"\n"}
        if self.envelope:
            files[APPROVED] = self.envelope
        if not self.retain:
            tree.remove(self.folder)
        return Attested(files, tuple(blockers), report)

    def withdraw(self) -> None:
        """The repository is gone, or kept because somebody asked for it."""

    def _apply(self, patch: bytes) -> str:
        git = _library()
        repository = _opened(self.folder)
        start = repository.head.peel()
        repository.branches.local.create("change", start)
        repository.checkout("refs/heads/change")
        repository.apply(git.Diff.parse_diff(patch))
        return self._commit(repository, "HEAD", "as the engine proposes it", [start.id])

    def _commit(self, repository: Any, where: str, message: str, parents: list[Any]) -> str:
        repository.index.add_all()
        repository.index.write()
        who = _library().Signature("sot", "sot@localhost", 0, 0)
        made = repository.index.write_tree()
        return str(repository.create_commit(where, who, who, message, made, parents))
