"""Which files differ from a git commit; git is asked so that the repository can run nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from sot_tools.errors import SotError

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.external=")

_DIFF = ("diff", "--name-only", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv")
_DEFAULT = "HEAD"
"""Needs no look before it is used: to start git once more costs as much as ten documents."""


def changed(root: Path, reference: str) -> frozenset[str]:
    """Paths relative to `root` that differ from the commit `reference`: edited, staged, deleted,
    or not tracked and not ignored."""
    if reference.startswith("-"):
        raise SotError(f"`{reference}` is no git reference")
    commit = reference if reference == _DEFAULT else _commit(root, reference)
    try:
        differing = _git(root, *_DIFF, "-z", commit, "--")
    except SotError:
        _commit(root, reference)  # says so where there is no such commit yet
        raise
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    return frozenset(path for path in (differing + untracked).split("\0") if path)


def _commit(root: Path, reference: str) -> str:
    """The commit that a reference leads to; raises SotError where it leads to none."""
    found = _git(root, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    return found.strip()


def _git(root: Path, *arguments: str) -> str:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME", "LANG", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "TMPDIR"}
    }
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    command = ["git", "-C", str(root), *_SAFE, *arguments]
    try:
        done = subprocess.run(  # noqa: S603  a fixed program, arguments as a list
            command, capture_output=True, env=environment, check=False, timeout=120
        )
    except FileNotFoundError:
        raise SotError("--changed needs git, which is not on the PATH") from None
    except subprocess.TimeoutExpired:
        raise SotError("git did not answer within two minutes") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if arguments[0] == "rev-parse":
            reference = arguments[-1].removesuffix("^{commit}")
            reason = said[0] if said else "name a branch or a commit"
            raise SotError(f"--changed: `{reference}` is no commit in {root}; {reason}")
        raise SotError(f"git {arguments[0]} failed: {said[0] if said else 'no reason given'}")
    return done.stdout.decode("utf-8", "surrogateescape")
