"""Every script against every engine that is there: the real pi and codex, and the double of case.

What is not installed is not run, and says so; the double proves the adapter, never the program.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sot_tools.engines import isolation
from sot_tools.evidence.verdict import Verified
from tests.engines import lanes
from tests.engines.lanes import FIX, Lane, Played
from tests.runs import harness

NAMES = ("pi", "codex", "case")
Play = Callable[..., Played]


@pytest.fixture(params=NAMES)
def lane(request: pytest.FixtureRequest) -> Lane:
    return lanes.lane(request.param)


@pytest.fixture
def play(lane: Lane, tmp_path: Path) -> Play:
    def perform(
        *actions: tuple[str, ...],
        environment: dict[str, str] | None = None,
        model: dict[str, Any] | None = None,
        **differs: Any,
    ) -> Played:
        chosen = {"environment": environment, "model": model, "case": differs}
        found = lanes.play(lane, tmp_path, *actions, **chosen)
        assert isinstance(harness.judged(found.done.path), Verified)
        return found

    return perform


def backend(done: Any) -> str:
    return "".join(
        path.read_text("utf-8", "replace")
        for path in sorted((done.path / "backend").rglob("*"))
        if path.is_file()
    )


def test_a_good_fix_passes_in_a_fresh_tree(play: Play, lane: Lane) -> None:
    done, model, root, _ = play(FIX)
    assert (done.report["status"], done.report["blockers"]) == ("pass", [])
    assert done.report["changed_files"] == ["strings.py"]
    assert f"+    {lanes.RIGHT}" in (done.path / "patch.diff").read_text()
    assert done.report["verification"][0]["outcome"] == "passed"
    assert done.report["harness"]["provider"]["requests"] == len(model.requests) >= 2
    assert done.report["harness"]["provider"]["models_answered"] == ["scripted-1"]
    assert done.report["harness"]["executable"]["sha256"]
    fixture = root / ".sot/harness/cases/fix/fixture/strings.py"
    assert fixture.read_text() == lanes.MODULE


def test_the_level_of_this_machine_is_in_the_report(play: Play) -> None:
    done = play(FIX).done
    assert done.report["harness"]["isolation"]["level"] == isolation.shelter().level


def test_an_engine_that_changes_nothing_is_no_pass_whatever_it_says(play: Play) -> None:
    done = play(("say", lanes.result())).done
    assert harness.codes(done) == ["no_diff"]
    assert (done.path / "patch.diff").read_bytes() == b""


def test_a_wrong_fix_fails_by_its_verification(play: Play) -> None:
    done = play(
        ("edit", "strings.py", f"    {lanes.WRONG}", '    return text.replace(" ", "_")')
    ).done
    assert harness.codes(done) == ["verification_failed"]


@pytest.mark.parametrize("level", ["landlock", "bubblewrap"])
def test_no_disallowed_write_lands_and_the_fix_still_passes(
    lane: Lane, level: str, tmp_path: Path
) -> None:
    if isolation.at(level).level != level:
        pytest.skip(f"not run: this machine does not reach `{level}`")
    found = lanes.attempted(lane, tmp_path, level)
    assert found.landed == []
    assert found.refused == list(lanes.BAD_WRITES)
    report = found.done.report
    assert (report["status"], report["changed_files"]) == ("pass", ["strings.py"])
    assert report["harness"]["isolation"]["level"] == level
    assert not list(tmp_path.rglob("outside.txt"))


def test_a_captured_run_may_replace_files_and_is_judged_by_its_diff(play: Play) -> None:
    replace = f"sed -i 's/return .*/{lanes.RIGHT}/' strings.py"
    done = play(("shell", replace), write_mode="capture").done
    assert (done.report["status"], done.report["blockers"]) == ("pass", [])
    assert done.report["changed_files"] == ["strings.py"]
    assert done.report["harness"]["isolation"]["write_mode"] == "capture"


def test_what_is_captured_outside_the_allowed_paths_fails_and_nothing_leaves_the_copy(
    play: Play, tmp_path: Path
) -> None:
    if isolation.shelter().level not in {"landlock", "bubblewrap"}:
        pytest.skip(f"not run: this machine reaches `{isolation.shelter().level}` only")
    other = ("shell", "echo x > conftest.py; echo x > ../outside.txt; echo x > /tmp/sot-outside")
    done = play(FIX, other, write_mode="capture").done
    assert harness.codes(done) == ["disallowed_file_change"]
    assert done.report["changed_files"] == ["conftest.py", "strings.py"]
    assert not list(tmp_path.rglob("outside.txt"))
    assert not Path("/tmp/sot-outside").exists()


def test_tampering_with_the_tests_gains_nothing(play: Play) -> None:
    if isolation.shelter().level not in {"landlock", "bubblewrap"}:
        pytest.skip(f"not run: this machine reaches `{isolation.shelter().level}` only")
    done = play(("write", "test_strings.py", "pass\n")).done
    assert harness.codes(done) == ["no_diff"]


def test_a_model_that_hangs_ends_in_a_timeout_with_a_report(play: Play) -> None:
    done = play(("hang",), limits={"engine_seconds": 3}).done
    assert (done.report["status"], harness.codes(done)) == ("blocked", ["timeout"])
    assert (
        done.path / "backend/provider-timeout.txt"
    ).read_text() == "the engine was stopped after 3 s\n"


@pytest.mark.parametrize("fault", [("status", "401"), ("status", "500"), ("drop",)], ids=str)
def test_a_provider_that_fails_is_unavailable_although_the_exit_code_may_say_0(
    play: Play, fault: tuple[str, ...]
) -> None:
    done = play(fault).done
    assert (done.report["status"], harness.codes(done)) == ("blocked", ["provider_unavailable"])
    assert done.report["failure_reason"] == "provider unavailable"
    assert (done.path / "backend/provider-unavailable.txt").exists()


def test_reasoning_is_no_result(play: Play, lane: Lane) -> None:
    done = play(("reason", "I would change it. " + lanes.result())).done
    expected = {"case": "agent_result_protocol_failed"}.get(lane.name, "no_diff")
    assert (done.report["status"], harness.codes(done)) == ("fail", [expected])


def test_bad_tool_arguments_are_answered_and_the_work_goes_on(play: Play) -> None:
    done = play(("bad",), FIX).done
    assert done.report["status"] == "pass"


def test_a_model_that_answers_as_another_is_no_fallback(play: Play, lane: Lane) -> None:
    done = play(FIX, model={"answers_as": "claude-sonnet-4-6"}).done
    assert (done.report["status"], harness.codes(done)) == ("blocked", ["model_not_admitted"])
    assert "claude-sonnet-4-6" in done.report["blockers"][0]["message"]
    assert done.report["backend_exit_code"] is None


def test_processes_that_leave_the_engine_do_not_outlive_it(play: Play, tmp_path: Path) -> None:
    mark = f"mark-{tmp_path.name}"
    left = (
        f"for i in 1 2 3 4 5 6 7 8; do (setsid env MARK={mark} sleep 600 >/dev/null 2>&1 &) ; done"
    )
    done = play(("shell", left), FIX).done
    assert done.report["status"] == "pass"
    assert alive(mark) == []


def test_nothing_is_left_of_a_fork_bomb_of_127_processes(play: Play, tmp_path: Path) -> None:
    mark = f"mark-{tmp_path.name}"
    bomb = "b() { if [ $1 -gt 0 ]; then b $(($1 - 1)) & b $(($1 - 1)) & fi; "
    bomb += f"exec env MARK={mark} sleep 600; }}; b 6 >/dev/null 2>&1 &"
    done = play(("shell", bomb), FIX).done
    assert done.report["status"] == "pass"
    assert alive(mark) == []


def test_a_repository_that_an_engine_prepares_runs_nothing_and_hides_nothing(
    play: Play, tmp_path: Path
) -> None:
    marker = tmp_path / "ran-outside"
    attack = "[ -d .git ] || git init -q .; echo x > conftest.py; echo conftest.py >> .git/info/exclude; "
    attack += f"git config core.fsmonitor 'touch {marker}; true'; "
    attack += f"git config diff.external 'touch {marker}'"
    done = play(FIX, ("shell", attack), write_mode="capture").done
    assert harness.codes(done) == ["disallowed_file_change"]
    assert {"conftest.py", "strings.py"} <= set(done.report["changed_files"])
    assert not marker.exists()


def alive(mark: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append((entry / "cmdline").read_text())
            except OSError:
                continue
    return found


SECRETS = {
    "SOME_API_KEY": "very-secret-value-81b2c3",
    "DEPLOY_TOKEN": "tok/with+odd=chars&81b2c4",
}


def test_no_secret_reaches_the_engine_or_any_artifact(play: Play, lane: Lane) -> None:
    """Planted in the environment, the endpoint, the key, outputs, events and the provider's words."""
    ask = "; env; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'; "
    echo = "echo very-secret-value-81b2c3; echo very-secret-value-81b2c3 >&2; "
    coded = (
        "printf very-secret-value-81b2c3 | base64; printf 'x%s' very-secret-value-81b2c3 | base64"
    )
    done, model, _, _ = play(("shell", echo + coded + ask), FIX, environment=SECRETS)
    assert done.report["status"] == "pass"
    assert model.keys == {"Bearer the-real-key-0123456789"}
    hidden = (*SECRETS.values(), "the-real-key-0123456789", model.url, model.host)
    for path in done.path.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8", "replace")
            assert [each for each in hidden if each in text] == [], path
            assert "dmVyeS1zZWNyZXQtdmFsdWUtODFiMmMz" not in text, path
    assert "[withheld]" in backend(done)
    sent = json.dumps(model.requests)
    assert "the-real-key-0123456789" not in sent
    assert SECRETS["DEPLOY_TOKEN"] not in sent, "the engine could read what it was not given"


def test_a_secret_in_the_change_itself_fails_and_is_withheld(play: Play) -> None:
    wrong = f"    {lanes.RIGHT}  # very-secret-value-81b2c3"
    done = play(("edit", "strings.py", f"    {lanes.WRONG}", wrong), environment=SECRETS).done
    assert (done.report["status"], harness.codes(done)) == ("fail", ["secret_exposed"])
    patch = (done.path / "patch.diff").read_text()
    assert "[withheld]" in patch
    assert "81b2c3" not in patch
