"""`sot engines`, `sot admit`, `sot stage validate` and the validators with names of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sot_tools.runs import wire
from tests.cli.command import sot
from tests.engines import lanes
from tests.engines.lanes import Lane
from tests.engines.scripted import Model

ROOT = Path(__file__).resolve().parents[2]
CASE = Lane("case", str(lanes.DOUBLE), "test double")


def test_engines_shows_what_is_off_and_what_opens_it() -> None:
    shown = sot(ROOT, "engines")
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert lines[0].split() == [
        "ENGINE",
        "STATE",
        "VERSION",
        "MODEL",
        "ISOLATION",
        "CLOSED",
        "GATES",
    ]
    assert lines[1].startswith("fake    open, default")
    assert "pi: open `engine_enabled`: engine `pi` is off; CTO_HARNESS_ALLOW_PI=1 opens it" in lines


def test_an_engine_with_everything_admitted_is_open_and_shows_no_endpoint(tmp_path: Path) -> None:
    root = lanes.workspace(tmp_path)
    with Model() as spoken:
        given = lanes.environment_of(CASE, root, spoken)
        shown = sot(root, "engines", "--json", **given)
        text = sot(root, "admit", "check", "case", **given)
    found = {each["engine"]: each for each in json.loads(shown.out)["engines"]}
    assert found["case"]["eligible"] is True
    assert found["case"]["model"]["model"] == "scripted-1"
    assert found["case"]["endpoint"] == "configured"
    assert found["case"]["next"] == "sot run fix --engine case"
    assert text.code == 0
    for hidden in (spoken.host, "the-real-key-0123456789"):
        assert hidden not in shown.out + text.out


def test_admit_check_says_each_closed_gate_and_exits_1(tmp_path: Path) -> None:
    root = lanes.workspace(tmp_path)
    shown = sot(root, "admit", "check", "case", CTO_HARNESS_CASE_BIN="case")
    assert shown.code == 1
    assert "  open    allowed_paths_given" in shown.out
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert (
        "closed stage_selected no stage is chosen; CTO_HARNESS_CASE_STAGE takes one of 2, 3, 4, 5"
        in lines
    )
    assert "CTO_HARNESS_CASE_BIN is `case`, which is no absolute path" in shown.out
    assert shown.out.splitlines()[-1].startswith("  next    open `engine_enabled`")


def test_what_is_printed_for_machines_has_the_shape_of_its_schema(tmp_path: Path) -> None:
    root = lanes.workspace(tmp_path)
    refused = lanes.admission(tmp_path / ".sot", status="not_admitted")
    with Model() as spoken:
        given = lanes.environment_of(CASE, root, spoken)
        outputs = (
            ("engines", sot(root, "engines", "--json", **given)),
            ("engines", sot(root, "engines", "--json")),
            ("engines", sot(root, "admit", "check", "case", "--json", **given)),
            ("admission", sot(root, "admit", "show", str(lanes.admission(root)), "--json")),
            ("admission", sot(root, "admit", "show", str(refused), "--json")),
        )
    for name, shown in outputs:
        made = json.loads(shown.out)
        assert wire.fault(name, made) == ""
        assert wire.fault(name, {**made, "more": 1})
        for key in made:
            assert wire.fault(name, {each: made[each] for each in made if each != key}), key
    for engine in json.loads(outputs[0][1].out)["engines"]:
        for key in engine:
            less = {each: engine[each] for each in engine if each != key}
            assert wire.fault("engines", {"engines": [less]}), key


def test_admit_check_names_an_engine_that_is_not_registered(tmp_path: Path) -> None:
    shown = sot(lanes.workspace(tmp_path), "admit", "check", "coedx")
    assert (shown.code, shown.err) == (
        2,
        "sot: engine `coedx` is not registered; did you mean `codex`?\n",
    )


def test_the_record_of_the_manual_admits_a_model(tmp_path: Path) -> None:
    text = (ROOT / "docs/engines.md").read_text()
    name = "TEAM-MODEL-PROVIDER-ADMISSION.my-model.json"
    (tmp_path / name).write_text(text.split("<<'RECORD'\n")[1].split("RECORD\n")[0])
    shown = sot(tmp_path, "admit", "show", name)
    assert (shown.code, shown.out) == (
        0,
        f"{name}  model  admits `my-provider` `my-model` for stage 2, network class loopback, "
        "credential class none\n",
    )


def test_admit_show_tells_what_a_record_admits(tmp_path: Path) -> None:
    record = lanes.admission(tmp_path)
    shown = sot(tmp_path, "admit", "show", str(record))
    assert (shown.code, shown.out) == (
        0,
        "TEST-MODEL-PROVIDER-ADMISSION.scripted.json  model  admits `scripted` `scripted-1` for "
        "stage 2, network class loopback, credential class none\n",
    )
    lanes.admission(tmp_path, status="not_admitted")
    shown = sot(tmp_path, "admit", "show", str(record))
    assert (shown.code, shown.out) == (
        1,
        "TEST-MODEL-PROVIDER-ADMISSION.scripted.json  model  admits nothing:\n"
        "  missing  its status is `not_admitted`\n",
    )
    record.write_text("[]")
    shown = sot(tmp_path, "admit", "show", str(record))
    assert shown.code == 2


def tool(name: str, runs: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, str(ROOT / "tools" / name), *arguments, "--json"]
    if runs.name:
        command += ["--runs-dir", str(runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_stage_1_is_proven_by_this_repository(tmp_path: Path) -> None:
    code, answer = tool("validate-case-stage1.py", tmp_path, "--harness-root", ".sot/harness")
    assert (code, answer["ok"], answer["errors"]) == (0, True, [])
    assert {
        "fake_is_default",
        "blocked_without_environment",
        "blocked_without_stage",
        "unknown_engine_refused",
        "nothing_mutated",
        "fails_closed_provider_unavailable",
    } <= set(answer["checked"])
    for path in answer["failure_reports"].values():
        assert json.loads(Path(path).read_bytes())["status"] in {"blocked", "fail"}


@pytest.mark.slow
def test_a_double_proves_no_stage(tmp_path: Path) -> None:
    root = lanes.workspace(tmp_path / "workspace")
    with Model(lanes.script(CASE, lanes.FIX)) as spoken:
        given = lanes.environment_of(CASE, root, spoken)
        shown = sot(
            root, "stage", "validate", "2", "--runs-dir", str(tmp_path / "runs"), "--json", **given
        )
    answer = json.loads(shown.out)
    assert answer["ok"] is False
    assert any("no compiled binary" in each for each in answer["errors"])
