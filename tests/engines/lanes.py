"""Everything that lets a real engine, or the double of one, work on a small case in a test."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from sot_tools import tree
from sot_tools.runs import admissions, registry
from sot_tools.runs.approval import rehearsed
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order
from tests.engines.scripted import MODEL, Model
from tests.runs import harness

ENGINES_DIR = "SOT_ENGINES_DIR"
"""Environment variable that names the folder with the installed engines (`make test-engines`)."""
DOUBLE = Path(__file__).with_name("case_double.py")
WRONG = 'return text.lower().replace(" ", "-")'
RIGHT = 'return "-".join(text.lower().split())'
MODULE = f'"""Text."""\n\n\ndef slugify(text: str) -> str:\n    {WRONG}\n'
TESTS = """import unittest

from strings import slugify


class Slugify(unittest.TestCase):
    def test_words(self) -> None:
        self.assertEqual(slugify("Two  Words"), "two-words")
"""
FIX = ("edit", "strings.py", f"    {WRONG}", f"    {RIGHT}")
TESTS_COMMAND = "python3 -B -m unittest -q"
GIT = "git add -A -- ':!.case' && git commit -qm fix"


class Lane(NamedTuple):
    """One engine as the tests start it."""

    name: str
    executable: str
    what: str
    """What ran: a version, or that it was the double."""


def installed() -> Path | None:
    """The folder with the installed engines; None where nobody installed them."""
    named = os.environ.get(ENGINES_DIR)
    return Path(named) / "node_modules" if named else None


def lane(name: str) -> Lane:
    """A lane; skips the test, which is then not run and not passed, where it is not there."""
    if name == "fake":
        return Lane(name, "", "recorded plays")
    if name == "case":
        wanted = os.environ.get("CTO_HARNESS_CASE_BIN")
        return Lane(name, wanted or str(DOUBLE), "named program" if wanted else "test double")
    modules = installed()
    if modules is None:
        pytest.skip(f"not run: {ENGINES_DIR} names no folder with {name}")
    found = {
        "pi": modules / "@earendil-works/pi-coding-agent/dist/bundle/cli.js",
        "codex": modules / "@openai/codex/bin/codex.js",
    }[name]
    if not found.exists():
        pytest.skip(f"not run: {found} is missing")
    package = json.loads((found.parents[2 if name == "pi" else 1] / "package.json").read_text())
    return Lane(name, str(found), package["version"])


IDENTITY = {
    "pi": {"package": "@earendil-works/pi-coding-agent"},
    "codex": {"package": "@openai/codex"},
    "case": {"contains": ["CASE_DATA_DIR", "AGENT_RESULT", "unattended"]},
}


def workspace(root: Path, **differs: Any) -> Path:
    """A workspace with one case, `fix`, and a register that knows every engine."""
    folder = root / ".sot" / "harness"
    fixture = folder / "cases" / "fix" / "fixture"
    fixture.mkdir(parents=True)
    (fixture / "strings.py").write_text(MODULE)
    (fixture / "test_strings.py").write_text(TESTS)
    (fixture / "README.md").write_text("A module.\n")
    task = {
        "task_id": "TEST-1",
        "target_repository": "",
        "authority_basis": "a test",
        "risk_class": "artificial_fixture",
        "allowed_paths": ["strings.py"],
        "forbidden_paths": ["test_strings.py"],
        "forbidden_actions": ["push"],
        "mutation_mode": "copied-fixture",
        "approval_required": False,
        "verification_commands": [TESTS_COMMAND],
        "evidence_expectations": ["strings.py changes"],
        **differs.pop("task", {}),
    }
    case = {
        "version": 1,
        "case_id": "fix",
        "title": "a fix",
        "prompt": "Fix slugify in strings.py. Only strings.py may change.",
        "fixture_digest": tree.digest(tree.snapshot(fixture)),
        "scratch_paths": ["__pycache__/"],
        "task": task,
        "fake": {"play": [{"say": {"event": "plan"}}, {"say": {"event": "done"}}]},
        "expect": {"status": "pass"},
        **differs,
    }
    (folder / "cases" / "fix" / "case.yaml").write_text(yaml.safe_dump(case))
    engines: dict[str, Any] = {"fake": {"purpose": "tests"}}
    for name in ("pi", "codex", "case"):
        upper = name.upper()
        engines[name] = {
            "purpose": "tests",
            "gated_by_env": f"CTO_HARNESS_ALLOW_{upper}",
            "environment_prefix": f"CTO_HARNESS_{upper}",
            "identity": IDENTITY[name],
            "credential_variable": "TEST_MODEL_KEY",
        }
    engines["case"] |= {"stages": ["2"], "decision_record": "DECISION.md"}
    register = {
        "version": 1,
        "default_engine": "fake",
        "escalation_path": "blocked",
        "limits": {"engine_seconds": 60, "verification_seconds": 60},
        "engines": engines,
        "cases": ["fix"],
    }
    (folder / "harness.yaml").write_text(yaml.safe_dump(register))
    (root / "DECISION.md").write_text(
        "- `decision_status`: `local_provider_required`.\n"
        "- `provider_class`: `local_case_compatible`.\n"
    )
    return root


def admission(folder: Path, **differs: Any) -> Path:
    """A record that admits the scripted model."""
    record = {
        "status": "admitted",
        "provider": "scripted",
        "model": MODEL,
        "credential_source_class": "none",
        "allowed_network_class": "loopback",
        "approval_source": "a test",
        "admission_timestamp": "2026-01-01T00:00:00+00:00",
        "review_trigger": "any change",
        "scope": "Stage 2 artificial fixture",
        **differs,
    }
    path = folder / "TEST-MODEL-PROVIDER-ADMISSION.scripted.json"
    path.write_text(json.dumps(record))
    return path


def environment_of(used: Lane, root: Path, model: Model, **differs: str) -> dict[str, str]:
    """The environment of a person who has admitted everything; an empty value takes one away."""
    prefix = f"CTO_HARNESS_{used.name.upper()}"
    if used.name == "fake":
        return dict(os.environ)
    given = {
        **os.environ,
        f"CTO_HARNESS_ALLOW_{used.name.upper()}": "1",
        f"{prefix}_STAGE": "2",
        f"{prefix}_BIN": used.executable,
        f"{prefix}_MODEL_PROVIDER": "scripted",
        f"{prefix}_MODEL": MODEL,
        f"{prefix}_MODEL_ADMISSION_FILE": str(admission(root)),
        f"{prefix}_LOCAL_BASE_URL": model.url,
        "TEST_MODEL_KEY": "the-real-key-0123456789",
        **differs,
    }
    return {name: value for name, value in given.items() if value}


def perform(used: Lane, root: Path, runs: Path, given: dict[str, str], **differs: Any) -> Finished:
    """Run the case `fix` with an engine, as `sot run` does."""
    register = registry.read(root / ".sot" / "harness")
    case = registry.case(register, "fix")
    known = admissions.read(root, register.engines[used.name], given)
    with harness.around(runs, environment=given, admissions=known, **differs) as around:
        denial = rehearsed(case, "2026-01-01T00:00:00Z")
        return run(Order(register, case, used.name, denial), around)


def result(status: str = "completed", **more: Any) -> str:
    """The envelope that an agent of the case engine ends with."""
    return f"<<<AGENT_RESULT\n{json.dumps({'status': status, **more})}\nAGENT_RESULT>>>"


def pipeline(*work: tuple[str, ...], **agents: tuple[tuple[str, ...], ...]) -> Any:
    """A script for every agent of the case engine; `work` is what the implementer does."""
    said = (("say", result()),)
    approved = (("say", result(findings={"critical": 0})),)
    whole = {
        "You are the implementer": (*work, ("shell", GIT), *said),
        "You are the reviewer": approved,
        "You are the closer": said,
        "You are the retrospective": said,
    }
    return whole | {f"You are the {name}": script for name, script in agents.items()}


FAULTS = {"hang", "status", "drop", "reason", "mute"}
"""Actions of a model that leave no agent anything to say."""


def script(used: Lane, *actions: tuple[str, ...]) -> Any:
    """The same actions for any lane with a model."""
    if used.name != "case":
        return actions
    rejected = (("say", result(findings={"critical": 1})),)
    work = tuple(each for each in actions if each[0] not in {"review", "mute"})
    if FAULTS & {each[0] for each in actions}:
        return {"You are the implementer": (*work, ("say", "Finished."))}
    return pipeline(*work, **({"reviewer": rejected} if ("review",) in actions else {}))


def steps(*actions: tuple[str, ...]) -> list[dict[str, Any]]:
    """The same actions as a recorded play of the fake engine."""
    made: list[dict[str, Any]] = [{"say": {"event": "plan"}}]
    for word, *rest in actions:
        made += {
            "edit": lambda path, old, new: [
                {"write": {"to": path, "text": MODULE.replace(old, new)}}
            ],
            "write": lambda path, text: [{"write": {"to": path, "text": text}}],
            "shell": lambda command: [{"run": ["sh", "-c", command]}],
            "say": lambda text: [{"print": f"{text}\n"}],
            "hang": lambda: [{"sleep": 600}],
            "review": lambda: [{"say": {"event": "review", "verdict": "rejected"}}],
            "status": lambda _: [{"say": {"event": "provider-unavailable"}}, {"exit": 69}],
        }[word](*rest)
    return [*made, {"say": {"event": "done"}}]


class Played(NamedTuple):
    """A run, the model that it spoke to, and what the engine's tools gave back."""

    done: Finished
    model: Model
    root: Path
    said: str


def play(
    used: Lane,
    folder: Path,
    *actions: tuple[str, ...],
    level: str = "",
    model: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    record: Mapping[str, Any] | None = None,
    case: Mapping[str, Any] | None = None,
) -> Played:
    """Play actions to any lane in a folder of its own."""
    differs = dict(case or {})
    if used.name == "fake":
        differs["fake"] = {"play": steps(*actions)}
        if level in {"landlock", "bubblewrap"}:
            differs["min_isolation"] = level
    root = workspace(folder / "workspace", **differs)
    with ExitStack() as opened:
        spoken = Model(() if used.name == "fake" else script(used, *actions), **(model or {}))
        opened.enter_context(spoken)
        given = environment_of(used, root, spoken, **(environment or {}))
        if record:
            admission(root, **record)
        done = perform(used, root, folder / "runs", given, isolation=level)
    said = "\n".join(spoken.outputs())
    if used.name == "fake" and (done.path / "backend/stdout.log").is_file():
        said = (done.path / "backend/stdout.log").read_text("utf-8", "replace")
    return Played(done, spoken, root, said)


BAD_WRITES = {
    "append to a forbidden file": "echo x >> test_strings.py",
    "overwrite another file": "echo x > README.md",
    "make a file": "echo x > conftest.py",
    "make a folder": "mkdir extra",
    "write outside": "echo x > ../outside.txt",
    "write to /tmp": "echo x > /tmp/sot-outside.txt",
    "write to a home": "echo x > /root/sot-outside.txt",
    "remove": "rm test_strings.py",
    "rename": "mv README.md R.md",
    "link": "ln -s /etc/passwd passwd",
    "hard link": "ln README.md other.md",
    "truncate": "truncate -s 0 test_strings.py",
}


class Attempted(NamedTuple):
    """What became of every disallowed write that an engine tried."""

    done: Finished
    refused: list[str]
    landed: list[str]


def attempted(used: Lane, folder: Path, level: str) -> Attempted:
    """Let an engine try every disallowed write, then the fix."""
    tries = [
        ("shell", f"({command}) 2>/dev/null && echo LAND''-ED{number}. || echo REFUS''-ED{number}.")
        for number, command in enumerate(BAD_WRITES.values())
    ]
    done, _, _, said = play(used, folder, *tries, FIX, level=level)
    refused = [name for at, name in enumerate(BAD_WRITES) if f"REFUS-ED{at}." in said]
    landed = [name for at, name in enumerate(BAD_WRITES) if f"LAND-ED{at}." in said]
    return Attempted(done, refused, landed)
