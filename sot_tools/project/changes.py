"""Which files differ from a git commit; git is asked so that the repository can run nothing."""

from __future__ import annotations

from pathlib import Path

from sot_tools.errors import SotError
from sot_tools.project import git

_OPTION = "--changed"
_DIFF = ("diff", "--name-only", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv")
_STAGED = ("--cached", "--ita-invisible-in-index")
_OTHERS = ("ls-files", "--others", "--exclude-standard", "-z", "--", ".")
_DEFAULT = "HEAD"
"""The only reference that is used without asking git first whether it names a commit."""


class Changes:
    """What differs from a commit: git is asked at once, and what it says is waited for later."""

    def __init__(self, root: Path, reference: str, staged: bool = False) -> None:
        """With `staged` the content in git's index is compared, else that of the folder."""
        if reference.startswith("-"):
            raise SotError(f"`{reference}` is no git reference")
        self._root = root
        self._reference = reference
        self._options = _STAGED if staged else ()
        self._filters = None if staged else git.begin(root, git.FILTERS, _OPTION)
        self._others = None if staged else git.begin(root, _OTHERS, _OPTION)

    def paths(self) -> frozenset[str]:
        """Paths relative to the root: edited, staged, deleted, or not tracked and not ignored."""
        unset = git.filters(self._filters, _OPTION) if self._filters is not None else []
        reference = self._reference
        commit = reference if reference == _DEFAULT else _commit(self._root, reference)
        asked = (*_DIFF, *self._options, "-z", commit, "--")
        try:
            found = _answer(self._root, git.begin(self._root, asked, _OPTION, None, unset), asked)
        except SotError:
            _commit(self._root, reference)  # says so where there is no such commit yet
            raise
        if self._others is not None:
            found += _answer(self._root, self._others, _OTHERS)
        return frozenset(path for path in found.split("\0") if path)

    def close(self) -> None:
        """Leave no process behind."""
        for each in (self._filters, self._others):
            if each is not None:
                git.end(each)


def _commit(root: Path, reference: str) -> str:
    """The commit that a reference leads to; raises SotError where it leads to none."""
    asked = ("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    return _answer(root, git.begin(root, asked, _OPTION), asked).strip()


def _answer(root: Path, begun: git.Git, arguments: tuple[str, ...]) -> str:
    said, fault = git.answer(begun)
    if not fault:
        return said
    if arguments[0] == "rev-parse":
        reference = arguments[-1].removesuffix("^{commit}")
        reason = "name a branch or a commit" if fault == git.SILENT else fault
        raise SotError(f"--changed: `{reference}` is no commit in {root}; {reason}")
    raise SotError(f"git {arguments[0]} failed: {fault}")
