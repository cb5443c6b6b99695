"""The named checks of the provider adapter, made with the test double (PROV-07, PROV-08).

They prove the adapter: gates, command shape, task file, bounds, supervision. They prove nothing
about the program, and no answer of theirs is pass evidence of any stage.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.engines import lanes
from tests.engines.lanes import DOUBLE, FIX, Lane
from tests.engines.scripted import Model
from tests.runs import harness

LANE = Lane("case", str(DOUBLE), "test double")
LOCAL = ("qwen-local", "qwen3.6-35b-a3b")


def made(
    folder: Path,
    script: Any,
    record: dict[str, Any] | None = None,
    model: dict[str, Any] | None = None,
    **environment: str,
) -> Any:
    """One run of the double with what a check needs to differ."""
    root = lanes.workspace(folder / "workspace")
    with Model(script, **(model or {})) as spoken:
        given = lanes.environment_of(LANE, root, spoken, **environment)
        if record:
            lanes.admission(root, **record)
        return lanes.perform(LANE, root, folder / "runs", given)


def command_shape(folder: Path) -> bool:
    done = made(folder, lanes.pipeline(FIX))
    return done.report["status"] == "pass"  # the double exits 1 for any other shape


def task_contract(folder: Path) -> bool:
    look = ("shell", "cat .case/tasks/active/*.md")
    root = lanes.workspace(folder / "workspace")
    with Model(lanes.pipeline(look, FIX)) as spoken:
        given = lanes.environment_of(LANE, root, spoken)
        lanes.perform(LANE, root, folder / "runs", given)
        text = "".join(spoken.outputs())
    wanted = ("strings.py", "push", "python3 -B -m unittest -q", "<<<AGENT_RESULT")
    return all(each in text for each in wanted) and str(root) not in text


def provider_timeout_fail_closed(folder: Path) -> bool:
    script = {"You are the implementer": (("hang",),)}
    done = made(folder, script, CTO_HARNESS_CASE_TIMEOUT_SECONDS="3")
    marker = done.path / "backend/provider-timeout.txt"
    return harness.codes(done) == ["timeout"] and marker.is_file() and done.exit_code == 1


def model_provider_gate_blocks(folder: Path) -> bool:
    done = made(folder, lanes.pipeline(FIX), CTO_HARNESS_CASE_MODEL="claude-sonnet-4-6")
    started = done.report["case_process_started"]
    return harness.codes(done) == ["model_not_admitted"] and started is False


def local_provider_delayed_content_allows_case(folder: Path) -> bool:
    return made(folder, lanes.pipeline(FIX), model={"delay": 0.5}).report["status"] == "pass"


def qwen_local_openai_compat_allows_case(folder: Path) -> bool:
    provider, name = LOCAL
    done = made(
        folder,
        lanes.pipeline(FIX),
        {"provider": provider, "model": name},
        {"answers_as": name},
        CTO_HARNESS_CASE_MODEL_PROVIDER=provider,
        CTO_HARNESS_CASE_MODEL=name,
    )
    named = (done.report["case_model_provider"], done.report["case_model"])
    return done.report["status"] == "pass" and named == LOCAL


def lifecycle_supervision_accepts_committed_diff(folder: Path) -> bool:
    done = made(folder, lanes.pipeline(FIX, closer=(("hang",),)))
    marker = done.path / "backend/provider-lifecycle-harness-completed.txt"
    return done.report["status"] == "pass" and marker.is_file()


def provider_unavailable_fails_closed(folder: Path) -> bool:
    done = made(folder, lanes.pipeline(FIX), CTO_HARNESS_CASE_BIN="case")
    marker = done.path / "backend/provider-unavailable.txt"
    return harness.codes(done) == ["provider_unavailable"] and marker.is_file()


CHECKS: tuple[Callable[[Path], bool], ...] = (
    command_shape,
    task_contract,
    provider_timeout_fail_closed,
    model_provider_gate_blocks,
    local_provider_delayed_content_allows_case,
    qwen_local_openai_compat_allows_case,
    lifecycle_supervision_accepts_committed_diff,
    provider_unavailable_fails_closed,
)


def validate() -> dict[str, Any]:
    """Make every check in a folder of its own."""
    errors = []
    with tempfile.TemporaryDirectory(prefix="sot-") as folder:
        for check in CHECKS:
            if not check(Path(folder) / check.__name__):
                errors.append(f"{check.__name__}: the run did not end as the check expects")
    return {
        "ok": not errors,
        "checked": [check.__name__ for check in CHECKS],
        "errors": errors,
        "provider": "test double; proves the adapter and no program",
    }


def main() -> int:
    """Print the answer as one line of JSON."""
    answer = validate()
    print(json.dumps(answer, separators=(",", ":")))
    return 0 if answer["ok"] else 1
