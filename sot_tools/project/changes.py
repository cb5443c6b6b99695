"""Which files differ from a git commit; git is asked so that the repository can run nothing."""

from __future__ import annotations

from pathlib import Path

from sot_tools.errors import SotError
from sot_tools.project import git

_OPTION = "--changed"
_DIFF = ("diff", "--name-only", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv")
_STAGED = ("--cached", "--ita-invisible-in-index")
_DEFAULT = "HEAD"
"""The only reference that is used without asking git first whether it names a commit."""


def changed(root: Path, reference: str) -> frozenset[str]:
    """Paths relative to `root` that differ from the commit `reference`: edited, staged, deleted,
    or not tracked and not ignored."""
    others = ("ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    return _differing(root, reference, (), others)


def staged(root: Path, reference: str) -> frozenset[str]:
    """Paths relative to `root` whose content in git's index differs from the commit `reference`."""
    return _differing(root, reference, _STAGED)


def _differing(
    root: Path, reference: str, options: tuple[str, ...], *more: tuple[str, ...]
) -> frozenset[str]:
    if reference.startswith("-"):
        raise SotError(f"`{reference}` is no git reference")
    commit = reference if reference == _DEFAULT else _commit(root, reference)
    try:
        found = _git(root, (*_DIFF, *options, "-z", commit, "--"), *more)
    except SotError:
        _commit(root, reference)  # says so where there is no such commit yet
        raise
    return frozenset(path for path in "".join(found).split("\0") if path)


def _commit(root: Path, reference: str) -> str:
    """The commit that a reference leads to; raises SotError where it leads to none."""
    (found,) = _git(root, ("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}"))
    return found.strip()


def _git(root: Path, *asked: tuple[str, ...]) -> list[str]:
    """What git says to each question; they are asked at the same time."""
    begun: list[git.Git] = []
    unset = git.filters(root, _OPTION) if _DIFF[0] in asked[0] else ()
    try:
        begun.extend(git.begin(root, arguments, _OPTION, None, unset) for arguments in asked)
        return [_answer(root, *each) for each in zip(begun, asked, strict=True)]
    finally:
        for each in begun:
            git.end(each)


def _answer(root: Path, begun: git.Git, arguments: tuple[str, ...]) -> str:
    said, fault = git.answer(begun)
    if not fault:
        return said
    if arguments[0] == "rev-parse":
        reference = arguments[-1].removesuffix("^{commit}")
        reason = "name a branch or a commit" if fault == git.SILENT else fault
        raise SotError(f"--changed: `{reference}` is no commit in {root}; {reason}")
    raise SotError(f"git {arguments[0]} failed: {fault}")
