"""A forbidden action that an engine tries ends the run, and the report names it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sot_tools.engines import actions as attempts
from sot_tools.runs.admitted import ACTIONS
from sot_tools.runs.approval import Approval
from tests.runs import harness
from tests.runs.harness import CHANGE, DONE, PLAN

SANDBOX = {"mutation_mode": "sandbox-repo"}
YES = Approval("a" * 64, "granted", "jp", "demo", "sandbox-repo", "2026-06-01T00:00:00Z", None)
COMMANDS = {
    "git push": ["push"],
    "git -C sub -c a=b push origin main": ["push"],
    "/usr/bin/git --no-pager push": ["push"],
    "cd x && git merge other": ["merge"],
    "git pull": ["merge"],
    "gh pr merge 7": ["merge"],
    "kubectl apply -f x.yaml": ["deploy"],
    "gh pr close 7": ["close"],
    "gh pr create --fill": ["pr_open"],
    "glab mr create": ["pr_open"],
    "gh issue close 7": ["issue_close"],
    "npm publish": ["public_publication"],
    "twine upload dist/*": ["public_publication"],
    "gh release create v1": ["public_publication"],
    "git credential approve": ["credential_change"],
    "ssh-keygen -t ed25519": ["credential_change"],
    "git commit -m 'push the merge of words'": [],
    "git merge-base a b": [],
    "git log --merges": [],
    "echo push": [],
    "python3 -m unittest": [],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_line_is_read_as_the_actions_that_it_takes(command: str) -> None:
    assert attempts.actions(command) == COMMANDS[command]


def test_every_forbidden_action_that_is_a_command_is_known() -> None:
    paths = {"vendor_source_mutation", "cortex_core_mutation"}
    assert set(attempts.COMMANDS) == set(ACTIONS) - paths


@pytest.mark.parametrize(
    "line",
    [
        {"type": "item.completed", "item": {"type": "command_execution", "command": "git push"}},
        {"type": "tool_execution_start", "args": {"command": "git push"}},
        {"message": {"content": [{"toolCall": {"arguments": '{"command": "git push"}'}}]}},
        {"argv": ["git", "push", "origin"]},
        {"item": {"command": ["bash", "-lc", "git push"]}},
    ],
)
def test_commands_are_found_wherever_an_engine_writes_them(line: object) -> None:
    found = list(attempts.told(json.dumps(line).encode()))
    assert any("push" in attempts.actions(each) for each in found), found


CALL = '{"command": "git push"}'
REQUESTS: tuple[tuple[dict[str, object], list[str]], ...] = (
    ({"messages": [{"tool_calls": [{"function": {"arguments": CALL}}]}]}, ["git push"]),
    ({"input": [{"type": "function_call", "arguments": CALL}]}, ["git push"]),
    (
        {"input": [{"type": "local_shell_call", "action": {"command": ["git", "push"]}}]},
        ["git push"],
    ),
    ({"messages": [{"role": "user", "content": "never git push"}]}, []),
    ({"input": "never git push", "instructions": "no git push"}, []),
    ({"input": [{"type": "message", "content": [{"text": CALL}]}]}, []),
    ({"messages": "x", "input": [1, None]}, []),
)


@pytest.mark.parametrize(("request_", "wanted"), REQUESTS)
def test_the_calls_of_a_model_are_read_and_its_prose_is_not(
    request_: dict[str, object], wanted: list[str]
) -> None:
    assert list(attempts.called(request_)) == wanted


@pytest.mark.parametrize("line", [b"git push", b"{", b'{"text": "git push"}', b"\xff{", b"[" * 9])
def test_what_is_no_command_is_none(line: bytes) -> None:
    assert list(attempts.told(line)) == []


@pytest.mark.parametrize(
    "step",
    [
        {"run": ["git", "push", "origin", "main"]},
        {"leave": [{"run": ["git", "push", "origin", "main"]}]},
        {"print": '{"command": "git push origin main"}\n'},
    ],
)
def test_an_attempted_push_fails_a_run_whose_tests_would_pass(
    tmp_path: Path, step: dict[str, object]
) -> None:
    root = harness.case(tmp_path / "h", PLAN, step, CHANGE, DONE, task=SANDBOX)
    done = harness.perform(root, tmp_path / "runs", approval=YES)
    assert (done.report["status"], harness.codes(done)) == ("fail", ["forbidden_action_attempted"])
    said = "the engine attempted `push`: git push origin main"
    assert done.report["blockers"][0]["message"] == said
    assert '"action":"push"' in (done.path / "trace.jsonl").read_text()
    assert done.report["verification"][0]["outcome"] == "not-run"


def test_what_the_contract_does_not_forbid_is_no_attempt(tmp_path: Path) -> None:
    root = harness.case(
        tmp_path / "h",
        *(PLAN, {"print": '{"command": "git merge other"}\n'}, CHANGE, DONE),
        task=SANDBOX,
    )
    done = harness.perform(root, tmp_path / "runs", approval=YES)
    assert done.report["status"] == "pass"


def test_on_a_copy_of_a_fixture_an_attempt_is_told_and_nothing_more(tmp_path: Path) -> None:
    push = {"print": '{"command": "git push origin main"}\n'}
    root = harness.case(tmp_path / "h", PLAN, push, CHANGE, DONE)
    done = harness.perform(root, tmp_path / "runs")
    assert done.report["status"] == "pass"
    assert '"action":"push"' in (done.path / "trace.jsonl").read_text()
