"""Stage 5: a repository that a record admits, changed by one commit of the harness, or by none.

The engine works on a copy of HEAD without a remote and never learns where the repository is. Only
a change that was verified, and of which an outcome is known, is committed; what a person rejected
is reverted in the same run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from sot_tools import tree
from sot_tools.authority import repositories
from sot_tools.authority.repositories import Look
from sot_tools.authority.stages import rung
from sot_tools.engines.actions import COMMANDS
from sot_tools.errors import Refused, SotError
from sot_tools.evidence.approval import Signed, Terms
from sot_tools.evidence.canonical import canonical, sha256
from sot_tools.evidence.instants import Clock
from sot_tools.runs.admitted import ACTIONS, Target
from sot_tools.runs.contract import RegisteredCase
from sot_tools.runs.paths import allowed, forbidden
from sot_tools.runs.state import Attested, Ran

PROOF = "stage5-owned-repo-proof.json"
ADMISSION, APPROVAL = "stage5-target-admission.json", "stage5-approval.json"
OUTCOMES = ("accepted", "rejected")
_BRANCH = "one commit of the harness on the branch that is checked out; no push, no merge"
HOLDS = "landlock"
"""The least isolation: without it nothing prevents a forbidden action."""


class Given(NamedTuple):
    """What a person gave to a run of this stage."""

    target: Target
    outcome: str
    """What a person says of the result; empty where nobody said anything."""
    where: str
    """How the outcome is given: the option or the variable."""
    signed: Signed | None = None
    envelope: bytes = b""
    """The bytes of the approval's file."""


class Start(NamedTuple):
    """The repository when it was looked at first."""

    seen: Look
    control: dict[str, str]
    """What no run may touch: other references, configuration, hooks."""
    digest: str
    """Digest of the files of HEAD, as they were copied."""
    fault: tuple[str, str] | None = None
    """Blocker code and message where it cannot be used at all."""


_NOTHING = Start(Look("", {}, (), ""), {}, "")


class OwnedRepository:
    """One repository for one run; `runs.state.Stage`."""

    def __init__(self, given: Given, case: RegisteredCase, fixture: Path, clock: Clock) -> None:
        """Look at an admitted repository and copy HEAD to `fixture`; others are not looked at."""
        self.given = given
        self.case = case
        self.clock = clock
        self.path = Path(given.target.path or "/")
        self.began: Look | None = None
        self.commit = self.reverted = ""
        self.start = self._looked(fixture) if self.usable else _NOTHING

    @property
    def policy(self) -> dict[str, str]:
        """What may happen to the branch that is checked out."""
        return {"branch_policy": _BRANCH}

    @property
    def usable(self) -> bool:
        """Whether the record admits the repository of the contract."""
        named = self.case.task.target_repository
        return self.given.target.status == "admitted" and self.given.target.path == named

    def prepared(self, fixture: Path) -> RegisteredCase:
        """The case on the files of the repository, with the limits of its record."""
        if not self.start.digest:
            return self.case
        record, task = self.given.target, self.case.task
        return self.case._replace(
            fixture=fixture,
            fixture_digest=self.start.digest,
            min_isolation=self.case.min_isolation or HOLDS,
            task=task._replace(
                forbidden_paths=_both(task.forbidden_paths, record.texts("forbidden_paths")),
                forbidden_actions=_both(task.forbidden_actions, ACTIONS),
            ),
        )

    def bound(self, terms: Terms) -> Terms:
        """The terms of an approval: the commit that the run starts from, and the record."""
        return terms._replace(
            from_commit=self.start.seen.head or terms.from_commit,
            admission_digest=sha256(self.given.target.content) if self.given.target.content else "",
        )

    def _looked(self, fixture: Path) -> Start:
        try:
            seen = repositories.look(self.path)
            repositories.require_whole(self.path)
            if not repositories.is_own(self.path):
                message = "the repository belongs to another user of this machine"
                return _NOTHING._replace(fault=("unowned_repository", message))
            repositories.export(self.path, fixture)
            control = repositories.control(self.path)
        except Refused as why:
            message = str(why).removeprefix(f"{self.path}: ").replace(str(self.path), "it")
            found = f"the admitted repository cannot be used: {message}"
            return _NOTHING._replace(fault=("target_not_admitted", found))
        return Start(seen, control, tree.digest(tree.snapshot(fixture)))

    def before(self) -> tuple[tuple[str, str], ...]:
        """The repository is clean, on a branch, at rest, and as it was copied (STG5-10)."""
        if self.start.fault:
            return (self.start.fault,)
        try:
            now = repositories.look(self.path)
        except Refused:
            return (("target_not_admitted", "the admitted repository is gone"),)
        found = ""
        if now.status:
            found = f"is not clean: {_few(now)}"
        elif not now.branch:
            found = "is on no branch"
        elif now.busy:
            found = "is in the middle of a merge, rebase or the like"
        elif now != self.start.seen:
            found = "changed since it was copied"
        if found:
            return (("dirty_starting_tree", f"the target repository {found}"),)
        self.began = now
        return ()

    def after(self, ran: Ran) -> Attested:
        """Commit what passed and has an outcome, revert what was rejected, prove both."""
        if self.began is None:
            return Attested({}, (), self._unstarted())
        blockers = []
        outcome = self.given.outcome if self.given.outcome in OUTCOMES else None
        try:
            if ran.passed and outcome is None:
                blockers.append(("missing_operator_outcome", self._missing()))
            elif ran.passed:
                blockers += self._change(ran, outcome == "rejected")
            end = repositories.look(self.path)
            blockers += self._unharmed(end)
        except (Refused, OSError):
            message = "the target repository cannot be read any more"
            return Attested({}, (("dirty_ending_tree", message),), self._unstarted())
        report = self._report(ran, outcome, end)
        proof = {**report, **self._proof(ran, end)}
        files = {PROOF: canonical(proof) + b"\n", ADMISSION: self.given.target.content}
        if self.given.envelope:
            files[APPROVAL] = self.given.envelope
        return Attested(files, tuple(blockers), report)

    def withdraw(self) -> None:
        """Take the commit back where the run did not become sealed evidence of a pass."""
        if self.commit and not self.reverted and self.began is not None:
            why = self._message("Revert, since the run did not become evidence")
            try:
                self.reverted = repositories.revert(self.path, why, self.clock())
            except Refused as fault:
                raise SotError(
                    f"the run is no evidence, and its commit {self.commit} could not be taken "
                    f"back: {fault}; `git revert {self.commit}` does that"
                ) from fault

    def _missing(self) -> str:
        said = f"`{self.given.outcome[:20]}`" if self.given.outcome else "nothing"
        return (
            f"the change passed, and of its outcome {said} is said; {self.given.where} takes "
            "`accepted` or `rejected`; nothing was committed"
        )

    def _change(self, ran: Ran, rejected: bool) -> list[tuple[str, str]]:
        """One commit with exactly the verified change; the start again where it was rejected."""
        start = self.start.seen.head
        try:
            title = f"{self.case.task.task_id}: {self.case.title}"
            self.commit = repositories.commit(
                self.path, start, ran.patch, self._message(title), self.clock()
            )
            if repositories.changed(self.path, start, self.commit) != sorted(ran.changed_files):
                raise Refused("the commit holds another change than was verified")
            if rejected:
                why = "Revert, since the operator rejected the result"
                self.reverted = repositories.revert(self.path, self._message(why), self.clock())
        except Refused as why_not:
            return [("dirty_ending_tree", f"the change was not committed as verified: {why_not}")]
        return []

    def _message(self, title: str) -> str:
        signed = self.given.signed
        approved = f"Approved-by: {signed.approval.actor}, sha256:{signed.digest}" if signed else ""
        return "\n\n".join(filter(None, (title, approved))) + "\n"

    def _unharmed(self, end: Look) -> list[tuple[str, str]]:
        """What of the repository is not as this run alone leaves it."""
        found = []
        if end.status:
            message = f"the target repository is not clean: {_few(end)}"
            found.append(("dirty_ending_tree", message))
        wanted = self.reverted or self.commit or self.start.seen.head
        if end.head != wanted or end.branch != self.start.seen.branch:
            message = "the branch of the target repository is not where the run left it"
            found.append(("source_repository_mutated", message))
        now = repositories.control(self.path)
        names = sorted(
            name
            for name in now.keys() | self.start.control.keys()
            if now.get(name) != self.start.control.get(name)
        )
        if names:
            message = f"in the target repository changed meanwhile: {', '.join(names[:3])}"
            found.append(("source_repository_mutated", message))
        return found

    def _unstarted(self) -> dict[str, Any]:
        return {
            "allowed_mutation_scope": rung(5).scope,
            "target_admission_status": self.given.target.status,
            "operator_outcome": None,
        }

    def _report(self, ran: Ran, outcome: str | None, end: Look) -> dict[str, Any]:
        """The fields of the report (STG5-14)."""
        record, task = self.given.target, self.case.task
        barred = _both(task.forbidden_paths, record.texts("forbidden_paths"))
        return {
            **self._unstarted(),
            "target_start_clean": True,
            "target_end_clean": not end.status,
            "allowed_paths_passed": ran.allowed_writes_passed
            and all(allowed(each, task.allowed_paths) for each in ran.changed_files),
            "forbidden_paths_passed": not _barred(ran.changed_files, barred),
            "forbidden_actions_attempted": list(ran.attempted),
            **{
                f"{name}_attempted": name in ran.attempted
                for name in ("push", "merge", "deploy", "close", "pr_open", "public_publication")
            },
            "operator_outcome": outcome if ran.passed else None,
            "target_commit": self.commit,
        }

    def _proof(self, ran: Ran, end: Look) -> dict[str, Any]:
        """What stands in the proof beside the report's fields (STG5-09, STG5-13, STG5-15)."""
        given, record = self.given, self.given.target
        held = bool(ran.isolation.get("enforced_net") and ran.isolation.get("enforced_writes"))
        return {
            "version": 1,
            "stage": 5,
            "passed": ran.passed,
            "admission_digest": sha256(record.content),
            "approval": given.signed.digest if given.signed else "",
            "approval_actor": given.signed.approval.actor if given.signed else "",
            "approval_source": str(record.record.get("approval_source", "")),
            "operator_outcome_given_by": given.where,
            "start": self.start.seen.shown(),
            "end": end.shown(),
            "branch": end.branch,
            "changed_files": sorted(ran.changed_files),
            "allowed_paths": list(self.case.task.allowed_paths),
            "forbidden_paths": list(record.texts("forbidden_paths")),
            "forbidden_actions": list(ACTIONS),
            "forbidden_actions_looked_for": sorted(COMMANDS),
            "forbidden_actions_possible": not held,
            "held_by": str(ran.isolation.get("level", "")),
            "revert_commit": self.reverted,
        }


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _barred(paths: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    return any(forbidden(each, patterns) for each in paths)


def _few(seen: Look) -> str:
    return ", ".join(sorted(seen.status)[:3])
