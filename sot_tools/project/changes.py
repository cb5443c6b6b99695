"""Which files differ from a git commit; git is asked so that the repository can run nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from sot_tools.errors import SotError

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.external=")

_DIFF = ("diff", "--name-only", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv")
_DEFAULT = "HEAD"
"""The only reference that is used without asking git first whether it names a commit."""


def changed(root: Path, reference: str) -> frozenset[str]:
    """Paths relative to `root` that differ from the commit `reference`: edited, staged, deleted,
    or not tracked and not ignored."""
    if reference.startswith("-"):
        raise SotError(f"`{reference}` is no git reference")
    commit = reference if reference == _DEFAULT else _commit(root, reference)
    others = ("ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    try:
        differing, untracked = _git(root, (*_DIFF, "-z", commit, "--"), others)
    except SotError:
        _commit(root, reference)  # says so where there is no such commit yet
        raise
    return frozenset(path for path in (differing + untracked).split("\0") if path)


def _commit(root: Path, reference: str) -> str:
    """The commit that a reference leads to; raises SotError where it leads to none."""
    (found,) = _git(root, ("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}"))
    return found.strip()


def _git(root: Path, *asked: tuple[str, ...]) -> list[str]:
    """What git says to each question; they are asked at the same time."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME", "LANG", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "TMPDIR"}
    }
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    begun: list[subprocess.Popen[bytes]] = []
    try:
        for arguments in asked:
            command = ["git", "-C", str(root), *_SAFE, *arguments]
            begun.append(
                subprocess.Popen(  # noqa: S603  a fixed program, arguments as a list
                    command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
                )
            )
        return [_answer(root, *each) for each in zip(begun, asked, strict=True)]
    except FileNotFoundError:
        raise SotError("--changed needs git, which is not on the PATH") from None
    finally:
        for each in begun:
            with each:
                each.kill()


def _answer(root: Path, git: subprocess.Popen[bytes], arguments: tuple[str, ...]) -> str:
    try:
        said, complaint = git.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        raise SotError("git did not answer within two minutes") from None
    if git.returncode:
        why = complaint.decode("utf-8", "replace").strip().splitlines()
        if arguments[0] == "rev-parse":
            reference = arguments[-1].removesuffix("^{commit}")
            reason = why[0] if why else "name a branch or a commit"
            raise SotError(f"--changed: `{reference}` is no commit in {root}; {reason}")
        raise SotError(f"git {arguments[0]} failed: {why[0] if why else 'no reason given'}")
    return said.decode("utf-8", "surrogateescape")
