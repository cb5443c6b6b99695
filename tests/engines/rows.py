"""Every failure row and provider class as something that an engine is made to do.

The same rows are played to every lane: the recorded plays of `fake`, the real pi and codex, and
`case` or its double. A row that a lane cannot produce says why.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools.runs.classes import CLASSES, MATRIX
from tests.engines import lanes
from tests.engines.lanes import FIX, TESTS_COMMAND, WRONG, Lane
from tests.runs import harness

NO_REVIEW = "no agent of this engine reviews another"
NO_AGENTS = "this engine has no result envelope"
NO_MODEL = "this engine asks no model"
DENIED = {"approval": {"decision": "denied", "actor": "operator", "reason": "a test"}}


class Row(NamedTuple):
    """One way to fail."""

    name: str
    code: str
    """The one blocker that it must end in."""
    actions: tuple[tuple[str, ...], ...] = (FIX,)
    case: Mapping[str, Any] = {}
    """What the case says otherwise."""
    model: Mapping[str, Any] = {}
    environment: Mapping[str, str] = {}
    """Variables without the prefix of the engine; an empty value takes one away."""
    record: Mapping[str, Any] = {}
    """What the admission says otherwise."""
    level: str = ""
    not_for: Mapping[str, str] = {}
    """Lane → why it cannot produce this row."""


NEEDS_MODEL = {"fake": NO_MODEL}
ROWS = (
    Row("no-diff", "no_diff", (("say", lanes.result()),)),
    Row(
        "disallowed-file",
        "disallowed_file_change",
        (FIX, ("write", "new/secret.txt", "x")),
        {
            "task": {
                "allowed_paths": ["strings.py", "new/"],
                "forbidden_paths": ["test_strings.py", "new/secret.txt"],
            }
        },
    ),
    Row(
        "failed-tests",
        "verification_failed",
        (("edit", "strings.py", f"    {WRONG}", '    return text.replace(" ", "_")'),),
    ),
    Row(
        "missing-test-command", "missing_test_command", case={"task": {"verification_commands": []}}
    ),
    Row("missing-event", "missing_required_event", (FIX, ("shell", "kill -9 $PPID"))),
    Row(
        "reviewer-reject",
        "reviewer_rejected",
        (FIX, ("review",)),
        not_for={"pi": NO_REVIEW, "codex": NO_REVIEW},
    ),
    Row(
        "approval-denied",
        "approval_denied",
        case={
            "task": {"mutation_mode": "sandbox-repo", "approval_required": True},
            "rehearsal": DENIED,
        },
    ),
    Row("timeout", "timeout", (("hang",),), {"limits": {"engine_seconds": 2}}),
    Row("dirty-starting-tree", "dirty_starting_tree", case={"fixture_digest": "0" * 64}),
    Row(
        "dirty-ending-tree",
        "dirty_ending_tree",
        case={"task": {"verification_commands": [TESTS_COMMAND, "touch leftover.txt"]}},
    ),
    Row(
        "artifact-write-failure",
        "artifact_write_failure",
        (("write", "strings.py", "room\n" * 2000),),
        {"limits": {"artifact_bytes": 8192}},
    ),
    Row("provider-unavailable", "provider_unavailable", (("status", "500"),)),
)
"""The failure matrix, in its order."""

PROVIDER = (
    Row("the key is refused", "provider_unavailable", (("status", "401"),), not_for=NEEDS_MODEL),
    Row("the answer breaks off", "provider_unavailable", (("drop",),), not_for=NEEDS_MODEL),
    Row(
        "the program is missing",
        "provider_unavailable",
        environment={"BIN": ""},
        not_for=NEEDS_MODEL,
    ),
    Row(
        "the model is not admitted",
        "model_not_admitted",
        environment={"MODEL": "claude-sonnet-4-6"},
        not_for=NEEDS_MODEL,
    ),
    Row(
        "the model is substituted",
        "model_substituted",
        model={"later_as": "claude-sonnet-4-6"},
        not_for=NEEDS_MODEL,
    ),
    Row(
        "no bridge for its authentication",
        "provider_auth_unavailable",
        environment={"MODEL_PROVIDER": "openai-codex"},
        record={"provider": "openai-codex"},
        not_for=NEEDS_MODEL,
    ),
    Row(
        "no local endpoint",
        "local_config_unavailable",
        environment={"LOCAL_BASE_URL": ""},
        not_for=NEEDS_MODEL,
    ),
    Row(
        "reasoning without an answer",
        "response_shape_unavailable",
        model={"probe": ("reason", "Let me think.")},
        not_for=NEEDS_MODEL,
    ),
    Row(
        "no result envelope",
        "agent_result_protocol_failed",
        (FIX, ("mute",)),
        not_for={**NEEDS_MODEL, "pi": NO_AGENTS, "codex": NO_AGENTS},
    ),
    Row(
        "less isolation than the case demands",
        "isolation_unavailable",
        case={"min_isolation": "landlock"},
        level="subreaper",
    ),
)


class Seen(NamedTuple):
    """What a row ended in."""

    row: Row
    codes: tuple[str, ...]
    as_expected: bool
    seconds: float


def see(used: Lane, row: Row, folder: Path) -> Seen:
    """Play one row to a lane."""
    prefix = f"CTO_HARNESS_{used.name.upper()}"
    began = time.perf_counter()
    done = lanes.play(
        used,
        folder,
        *row.actions,
        level=row.level,
        model=row.model,
        environment={f"{prefix}_{name}": value for name, value in row.environment.items()},
        record=row.record,
        case=row.case,
    ).done
    found = tuple(harness.codes(done))
    wanted = CLASSES[row.code]
    fits = (
        found == (row.code,)
        and done.report["status"] == wanted.status
        and done.exit_code == 1
        and type(harness.judged(done.path)).__name__ == "Verified"
    )
    return Seen(row, found, fits, time.perf_counter() - began)


def of(used: Lane) -> list[Row]:
    """The rows that a lane can produce."""
    return [row for row in (*ROWS, *PROVIDER) if used.name not in row.not_for]


assert [row.name for row in ROWS] == [each.name for each in MATRIX]
