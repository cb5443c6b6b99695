"""Stage 5 on a real repository: one verified commit or none, and never a forbidden action."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sot_tools.authority import repositories
from sot_tools.authority.owned import ADMISSION, PROOF, Given, OwnedRepository
from sot_tools.errors import Refused, SotError
from sot_tools.evidence.verdict import Verified
from sot_tools.runs import admissions, registry
from sot_tools.runs.admitted import ACTIONS, Target
from sot_tools.runs.approval import Approval
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order, Ran
from tests.authority.repository import git, record, repository
from tests.runs import harness
from tests.runs.harness import CHANGE, DONE, PLAN

MODE = "owned-noncritical-repo"
YES = Approval("a" * 64, "granted", "jp", "demo", MODE, "2026-06-01T00:00:00Z", None)
TASK = {"mutation_mode": MODE, "forbidden_actions": list(ACTIONS)}


class World(NamedTuple):
    """A machine with one repository, and a case that changes it."""

    folder: Path
    target: Path

    def perform(self, *play: Any, outcome: str = "accepted", **how: Any) -> Finished:
        """Run the case on the repository as `sot run` does."""
        task = {**TASK, "target_repository": str(self.target), **how.pop("task", {})}
        root = harness.case(self.folder / "h", *play, task=task, **how.pop("case", {}))
        register = registry.read(root)
        case = registry.case(register, "demo")
        admitted = how.pop("admitted", None)
        if admitted is None:
            admitted = admissions.target(str(record(self.folder / "r.json", self.target)))
        kind = how.pop("kind", OwnedRepository)
        fixture = self.folder / f"fixture-{time.time_ns()}"
        stage = kind(Given(admitted, outcome, "OUTCOME"), case, fixture, time.time_ns)
        approval = how.pop("approval", YES)
        known = admissions.Admissions(target=admitted)
        how.pop("before", lambda: None)()
        with harness.around(self.folder / "runs", stage=stage, admissions=known, **how) as around:
            return run(Order(register, stage.prepared(fixture), "fake", approval), around)

    def head(self) -> str:
        """The commit that is checked out."""
        return git(self.target, "rev-parse", "HEAD").strip()


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A machine with a repository that has a history (ENG-16)."""
    return World(tmp_path, repository(tmp_path / "target"))


def proof(done: Finished) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((done.path / PROOF).read_bytes())
    return value


def refs(folder: Path) -> str:
    return git(folder, "for-each-ref", "--format=%(refname) %(objectname)", "refs/tags")


def test_an_accepted_change_is_one_commit_with_exactly_what_was_verified(world: World) -> None:
    start, tags = world.head(), refs(world.target)
    config = (world.target / ".git" / "config").read_bytes()
    done = world.perform()
    assert (done.report["status"], harness.codes(done)) == ("pass", [])
    assert isinstance(harness.judged(done.path), Verified)
    assert git(world.target, "rev-list", "--count", f"{start}..HEAD") == "1\n"
    assert git(world.target, "diff", "--name-only", start, "HEAD") == "answer.txt\n"
    assert (world.target / "answer.txt").read_text() == "42\n"
    assert git(world.target, "status", "--porcelain") == ""
    assert git(world.target, "fsck", "--strict") == ""
    assert refs(world.target) == tags
    assert (world.target / ".git" / "config").read_bytes() == config
    found = proof(done)
    assert found["target_commit"] == world.head() == done.report["target_commit"]
    assert found["start"] == {"head": start, "status": []}
    assert found["end"] == {"head": world.head(), "status": []}
    assert found["approval_source"] == "a record of the tests"
    assert found["allowed_mutation_scope"] == "explicitly owned low-risk repository only"
    assert found["forbidden_actions_possible"] is False
    assert found["revert_commit"] == ""
    assert (done.path / ADMISSION).read_bytes() == (world.folder / "r.json").read_bytes()


def test_no_forbidden_action_is_possible_for_the_engine(world: World) -> None:
    """It reads and writes nothing of the target, finds no remote, and reaches no network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        reach = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        tries = (
            {"run": ["sh", "-c", f"cat {world.target}/answer.txt; ls {world.target}"]},
            {"run": ["sh", "-c", f"echo x > {world.target}/answer.txt"]},
            {"run": ["sh", "-c", f"echo x > {world.target}/.git/hooks/post-commit"]},
            {"run": ["python3", "-c", reach]},
            {"run": ["git", "remote", "-v"]},
        )
        done = world.perform(PLAN, *tries, CHANGE, DONE)
        with pytest.raises(TimeoutError):
            server.accept()
    assert done.report["status"] == "pass", done.report["blockers"]
    out = (done.path / "backend/stdout.log").read_text()
    assert "41" not in out and "tool.sh" not in out and "origin" not in out
    assert not (world.target / ".git/hooks/post-commit").exists()
    assert (world.target / "answer.txt").read_text() == "42\n"


def test_the_report_exposes_every_fact_of_the_stage(world: World) -> None:
    report = world.perform().report
    facts = {
        "allowed_mutation_scope": "explicitly owned low-risk repository only",
        "target_admission_status": "admitted",
        "target_start_clean": True,
        "target_end_clean": True,
        "allowed_paths_passed": True,
        "forbidden_paths_passed": True,
        "forbidden_actions_attempted": [],
        "public_publication_attempted": False,
        "push_attempted": False,
        "merge_attempted": False,
        "deploy_attempted": False,
        "close_attempted": False,
        "pr_open_attempted": False,
        "operator_outcome": "accepted",
        "target_commit": world.head(),
    }
    assert {name: report[name] for name in facts} == facts


def test_a_rejected_change_is_reverted_although_its_tests_passed(world: World) -> None:
    start = world.head()
    done = world.perform(outcome="rejected")
    assert done.report["status"] == "pass"
    assert done.report["operator_outcome"] == "rejected"
    found = proof(done)
    assert git(world.target, "rev-list", "--count", f"{start}..HEAD") == "2\n"
    assert found["revert_commit"] == world.head() != found["target_commit"]
    assert git(world.target, "diff", start, "HEAD") == ""
    assert (world.target / "answer.txt").read_text() == "41\n"
    assert git(world.target, "status", "--porcelain") == ""


@pytest.mark.parametrize(("said", "shown"), [("", "nothing"), ("perhaps", "`perhaps`")])
def test_a_pass_without_an_outcome_commits_nothing(world: World, said: str, shown: str) -> None:
    start = world.head()
    done = world.perform(outcome=said)
    assert (done.report["status"], harness.codes(done)) == ("blocked", ["missing_operator_outcome"])
    assert done.report["blockers"][0]["message"] == (
        f"the change passed, and of its outcome {shown} is said; OUTCOME takes `accepted` or "
        "`rejected`; nothing was committed"
    )
    assert done.report["verification"][0]["outcome"] == "passed"
    assert done.report["operator_outcome"] is None
    assert world.head() == start
    assert git(world.target, "status", "--porcelain") == ""


def test_added_removed_and_executable_files_arrive_and_leave_again(world: World) -> None:
    play = (
        PLAN,
        CHANGE,
        {"write": {"to": "src/new.txt", "text": "new\n"}},
        {"delete": "folder/tool.sh"},
        DONE,
    )
    allowed = ["answer.txt", "src/", "folder/"]
    given = record(world.folder / "r.json", world.target, allowed_paths=allowed)
    admitted = admissions.target(str(given))
    start = world.head()
    for outcome in ("rejected", "accepted"):
        done = world.perform(
            *play, outcome=outcome, task={"allowed_paths": allowed}, admitted=admitted
        )
        assert done.report["status"] == "pass", done.report["blockers"]
        there = (world.target / "src/new.txt").exists(), (world.target / "folder").exists()
        assert there == ((False, True) if outcome == "rejected" else (True, False))
    changed = git(world.target, "diff", "--name-status", start, "HEAD").split()
    assert changed == ["M", "answer.txt", "D", "folder/tool.sh", "A", "src/new.txt"]


@pytest.mark.parametrize("dirt", ["edited", "untracked", "staged", "detached", "merging"])
def test_a_repository_that_is_not_at_rest_is_not_worked_on(world: World, dirt: str) -> None:
    said = "is not clean: answer.txt"
    if dirt == "detached":
        git(world.target, "checkout", "-q", "--detach")
        said = "is on no branch"
    elif dirt == "merging":
        (world.target / ".git" / "MERGE_HEAD").write_text(world.head() + "\n")
        said = "is in the middle of a merge, rebase or the like"
    else:
        name = "new.txt" if dirt == "untracked" else "answer.txt"
        (world.target / name).write_text("40\n")
        said = f"is not clean: {name}"
        if dirt == "staged":
            git(world.target, "add", "-A")
    done = world.perform()
    assert (done.report["status"], harness.codes(done)) == ("blocked", ["dirty_starting_tree"])
    assert done.report["blockers"][0]["message"] == f"the target repository {said}"
    assert done.report["backend_exit_code"] is None


def test_a_commit_between_the_copy_and_the_run_stops_it(world: World) -> None:
    def meddle() -> None:
        (world.target / "answer.txt").write_text("0\n")
        git(world.target, "commit", "-q", "-am", "behind the back")

    done = world.perform(before=meddle)
    assert harness.codes(done) == ["dirty_starting_tree"]
    said = "the target repository changed since it was copied"
    assert done.report["blockers"][0]["message"] == said


MEDDLING: dict[str, tuple[str, Any]] = {
    "left something": ("dirty_ending_tree", lambda at: (at / "left.txt").write_text("x")),
    "edited a file": (
        "dirty_ending_tree",
        lambda at: (at / "folder/tool.sh").write_text("#!/bin/sh\n# mine\n"),
    ),
    "made a tag": ("source_repository_mutated", lambda at: git(at, "tag", "second")),
    "made a branch": ("source_repository_mutated", lambda at: git(at, "branch", "other")),
    "set a remote": (
        "source_repository_mutated",
        lambda at: git(at, "remote", "add", "two", "https://example.invalid/y.git"),
    ),
    "put a hook": (
        "source_repository_mutated",
        lambda at: (at / ".git/hooks/post-commit").write_text("#!/bin/sh\n"),
    ),
}


@pytest.mark.parametrize("what", MEDDLING)
def test_whatever_else_changed_in_the_repository_fails_the_run_and_takes_its_commit_back(
    world: World, what: str
) -> None:
    code, meddle = MEDDLING[what]
    start = world.head()

    class Meddled(OwnedRepository):
        def _change(self, ran: Ran, rejected: bool) -> Any:
            found = super()._change(ran, rejected)
            meddle(world.target)
            return found

    done = world.perform(kind=Meddled)
    assert harness.codes(done) == [code], done.report["blockers"]
    assert done.report["status"] == "fail"
    assert git(world.target, "diff", start, "HEAD") == ""
    assert (world.target / "answer.txt").read_text() == "41\n"
    if what == "edited a file":
        assert (world.target / "folder/tool.sh").read_text() == "#!/bin/sh\n# mine\n"


def test_a_link_that_git_ignores_leads_no_commit_out_of_the_repository(world: World) -> None:
    outside = world.folder / "outside"
    outside.mkdir()
    (world.target / ".git/info/exclude").write_text("src\n")
    (world.target / "src").symlink_to(outside)
    given = record(world.folder / "r.json", world.target, allowed_paths=["answer.txt", "src/"])
    play = (PLAN, CHANGE, {"write": {"to": "src/new.txt", "text": "x"}}, DONE)
    task = {"allowed_paths": ["answer.txt", "src/"]}
    done = world.perform(*play, task=task, admitted=admissions.target(str(given)))
    assert list(outside.iterdir()) == []
    assert done.report["blockers"][0]["message"] == (
        "the change was not committed as verified: `src` is a symbolic link in the target"
    )
    assert git(world.target, "log", "--format=%s", "-1") == "nearly\n"
    assert git(world.target, "status", "--porcelain") == ""


def test_a_commit_of_somebody_else_in_the_last_moment_stands(world: World) -> None:
    patch = world.perform(outcome="").path / "patch.diff"
    start = world.head()
    git(world.target, "commit", "-q", "--allow-empty", "-m", "theirs")
    with pytest.raises(Refused, match="HEAD is not where the run began"):
        repositories.commit(world.target, start, patch.read_bytes(), "ours", time.time_ns())
    lock = world.target / ".git/refs/heads/main.lock"
    lock.touch()
    with pytest.raises(Refused):
        repositories.commit(world.target, world.head(), patch.read_bytes(), "ours", time.time_ns())
    lock.unlink()
    assert git(world.target, "log", "--format=%s", "-1") == "theirs\n"
    assert git(world.target, "status", "--porcelain") == ""
    assert (world.target / "answer.txt").read_text() == "41\n"


def test_a_run_that_cannot_be_sealed_leaves_no_change(world: World) -> None:
    start = world.head()

    class Broken(OwnedRepository):
        def after(self, ran: Ran) -> Any:
            attested = super().after(ran)
            (Path(ran.directory) / "report.json").mkdir()
            return attested

    done = world.perform(kind=Broken)
    assert (done.exit_code, done.manifest_digest) == (1, "")
    assert git(world.target, "rev-list", "--count", f"{start}..HEAD") == "2\n"
    assert git(world.target, "diff", start, "HEAD") == ""


def test_a_commit_that_cannot_be_taken_back_is_named(world: World) -> None:
    class Stuck(OwnedRepository):
        def after(self, ran: Ran) -> Any:
            attested = super().after(ran)
            (Path(ran.directory) / "report.json").mkdir()
            (world.target / ".git").rename(world.target / "gone")
            return attested

    with pytest.raises(SotError) as raised:
        world.perform(kind=Stuck)
    commit = git(world.target, "--git-dir=gone", "rev-parse", "HEAD").strip()
    assert str(raised.value).startswith(
        f"the run is no evidence, and its commit {commit} could not be taken back: "
    )
    assert str(raised.value).endswith(f"`git revert {commit}` does that")


FAILING: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "disallowed file": (
        "disallowed_file_change",
        (PLAN, CHANGE, {"write": {"to": "folder/x.txt", "text": "x"}}, DONE),
        {},
    ),
    "path that the record forbids": (
        "disallowed_file_change",
        (PLAN, CHANGE, {"write": {"to": "src/.env", "text": "x"}}, DONE),
        {"task": {"allowed_paths": ["answer.txt", "src/"]}},
    ),
    "failed tests": (
        "verification_failed",
        (PLAN, {"write": {"to": "answer.txt", "text": "43\n"}}, DONE),
        {},
    ),
    "timeout": ("timeout", (PLAN, {"sleep": 30}), {"case": {"limits": {"engine_seconds": 1}}}),
    "provider unavailable": (
        "provider_unavailable",
        (PLAN, {"say": {"event": "provider-unavailable", "reason": "no model"}}, DONE),
        {},
    ),
    "forbidden action": (
        "forbidden_action_attempted",
        (PLAN, {"print": '{"command": "git push origin main"}\n'}, CHANGE, DONE),
        {},
    ),
    "no approval": ("approval_missing", (), {"approval": None}),
    "approval denied": (
        "approval_denied",
        (),
        {"approval": YES._replace(decision="denied", reason="not today")},
    ),
}


@pytest.mark.parametrize("what", FAILING)
def test_every_failure_leaves_the_repository_as_it_was(world: World, what: str) -> None:
    code, play, how = FAILING[what]
    start = world.head()
    done = world.perform(*play, **{**how})
    codes = harness.codes(done)
    writes = {"disallowed_file_change", "engine_failed", "missing_required_event"}
    assert code in codes or (what.startswith(("disallowed", "path")) and set(codes) & writes), codes
    assert done.exit_code == 1
    assert world.head() == start
    assert git(world.target, "status", "--porcelain") == ""
    assert isinstance(harness.judged(done.path), Verified)


REJECTED: dict[str, tuple[dict[str, Any], str, str]] = {
    "not admitted": (
        {"admission_status": "not_admitted", "target_repository_path": ""},
        "target_not_admitted",
        "`admission_status` is `not_admitted`, not `admitted`",
    ),
    "no owner": ({"repository_owner": ""}, "unowned_repository", "`repository_owner` is empty"),
    "no ownership": (
        {"ownership_evidence": ""},
        "unowned_repository",
        "`ownership_evidence` is empty",
    ),
    "critical": (
        {"risk_classification": "high_risk"},
        "critical_repository",
        "`risk_classification` is `high_risk`, not `low_risk_noncritical`",
    ),
    "no rationale": (
        {"noncritical_rationale": ""},
        "critical_repository",
        "`noncritical_rationale` is empty",
    ),
    "no paths": ({"allowed_paths": []}, "target_not_admitted", "`allowed_paths` is empty"),
    "paths that lead out": (
        {"allowed_paths": ["answer.txt", "../x", "/etc/"]},
        "target_not_admitted",
        "`allowed_paths` leads out of the repository: ../x, /etc/",
    ),
    **{
        f"{action} is not forbidden": (
            {"forbidden_actions": [each for each in ACTIONS if each != action]},
            "target_not_admitted",
            f"`forbidden_actions` lacks {action}",
        )
        for action in ACTIONS
    },
    "no approval source": (
        {"approval_source": ""},
        "target_not_admitted",
        "`approval_source` is empty",
    ),
    "no time of approval": (
        {"approval_timestamp": ""},
        "target_not_admitted",
        "`approval_timestamp` is empty",
    ),
    "no outcome required": (
        {"operator_outcome_required": False},
        "target_not_admitted",
        "`operator_outcome_required` is not `true`",
    ),
    "no review trigger": (
        {"review_trigger": ""},
        "target_not_admitted",
        "`review_trigger` is empty",
    ),
    "relative path": (
        {"target_repository_path": "target"},
        "target_not_admitted",
        "`target_repository_path` is no absolute path",
    ),
    "another repository": (
        {"target_repository_path": "/srv/other"},
        "target_not_admitted",
        "the record admits another repository than the task contract names",
    ),
    "narrower paths": (
        {"allowed_paths": ["src/"]},
        "target_not_admitted",
        "the task contract allows `answer.txt`, which the record's `allowed_paths` do not cover",
    ),
    "a secret": (
        {"review_trigger": "-----BEGIN RSA PRIVATE KEY-----"},
        "target_not_admitted",
        "r.json holds what is shaped like a secret",
    ),
}


@pytest.mark.parametrize("what", REJECTED)
def test_a_record_with_a_fault_blocks_before_anything_starts_and_exposes_no_path(
    world: World, what: str
) -> None:
    differs, code, message = REJECTED[what]
    given = record(world.folder / "r.json", world.target, **differs)
    start = world.head()
    done = world.perform(admitted=admissions.target(str(given)))
    assert (done.report["status"], harness.codes(done)) == ("blocked", [code])
    assert done.report["blockers"][0]["message"] == message
    assert done.report["backend_exit_code"] is None
    assert done.report["allowed_mutation_scope"] == "explicitly owned low-risk repository only"
    assert world.head() == start
    names = [str(world.target), differs.get("target_repository_path") or str(world.target)]
    for path in done.path.rglob("*"):
        for name in names if path.is_file() else ():
            if name.startswith("/"):
                assert name.encode() not in path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "r.json: cannot be read: No such file or directory"),
        ("[]", "r.json:1:1: expected a mapping of keys"),
    ],
)
def test_a_record_that_is_none_blocks(world: World, content: str | None, message: str) -> None:
    path = world.folder / "r.json"
    if content is not None:
        path.write_text(content)
    done = world.perform(admitted=admissions.target(str(path)))
    assert harness.codes(done) == ["target_not_admitted"]
    assert done.report["blockers"][0]["message"] == message


def test_without_a_record_or_a_named_repository_nothing_starts(world: World) -> None:
    done = world.perform(admitted=Target(), task={"target_repository": ""})
    assert harness.codes(done) == ["target_not_admitted"]
    assert done.report["blockers"][0]["message"] == (
        "mode `owned-noncritical-repo` needs a `target_repository` in the task contract; "
        "no admission record is named"
    )


@pytest.mark.parametrize("what", ["no repository", "files elsewhere", "worktree", "link", "bare"])
def test_what_is_no_whole_repository_is_not_used(world: World, what: str) -> None:
    target, said = world.target, "its files or its git directory stand elsewhere"
    if what == "no repository":
        target = world.folder / "plain"
        target.mkdir()
        said = "is no git repository that can be read"
    elif what == "files elsewhere":
        (world.folder / "elsewhere").mkdir()
        git(world.target, "config", "core.worktree", str(world.folder / "elsewhere"))
    elif what == "worktree":
        target = world.folder / "tree"
        git(world.target, "worktree", "add", "-q", str(target))
    elif what == "bare":
        target = world.folder / "bare"
        git(world.folder, "clone", "-q", "--bare", str(world.target), str(target))
        said = "bare repositories"
    else:
        target = world.folder / "link"
        target.symlink_to(world.target)
        said = "a symbolic link leads to it"
    done = World(world.folder, target).perform()
    assert harness.codes(done) == ["target_not_admitted"]
    message = done.report["blockers"][0]["message"]
    assert message.startswith("the admitted repository cannot be used: ")
    assert said in message
    assert str(target) not in message
