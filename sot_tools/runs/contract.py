"""A registered case and its task contract, as values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

FIXTURE = "fixture"
RECORDED = "recorded"


class TaskContract(NamedTuple):
    """What one task may touch and must achieve (ADP-05)."""

    task_id: str
    target_repository: str
    authority_basis: str
    risk_class: str
    allowed_paths: tuple[str, ...]
    forbidden_paths: tuple[str, ...]
    forbidden_actions: tuple[str, ...]
    mutation_mode: str
    approval_required: bool
    verification_commands: tuple[str, ...]
    evidence_expectations: tuple[str, ...]


class Limits(NamedTuple):
    """Limits of a run."""

    engine_seconds: int = 600
    verification_seconds: int = 300
    output_bytes: int = 8 << 20
    artifact_bytes: int = 64 << 20
    memory_bytes: int = 4 << 30
    processes: int = 512
    file_bytes: int = 1 << 30


class Denial(NamedTuple):
    """A person's no."""

    actor: str
    reason: str


class RegisteredCase(NamedTuple):
    """A task with its fixture, its limits and what the fake engine does."""

    case_id: str
    title: str
    fixture: Path
    recorded: Path
    task: TaskContract
    prompt: str
    fixture_digest: str
    scratch_paths: tuple[str, ...]
    limits: Limits
    play: tuple[Mapping[str, Any], ...]
    denial: Denial | None
    """A denial that the case rehearses; a case cannot grant."""
    target: Mapping[str, Any] | None
    """An admission record with a fault that the case rehearses."""
    expected_status: str
    expected_failure: str
    """Failure class that a run with the fake engine must end in; empty for a pass."""
    contract_digest: str
    """SHA-256 of the bytes of `case.yaml`."""
    min_isolation: str = ""
    """Level of isolation below which no engine may work on the case; empty for none."""
    stand_in: bool = False
    """Whether a copy stands in for the fixture, so that the engine may break it."""
    interrupted: bool = False
    """Whether somebody ends the run as soon as its engine works."""
    captured: bool = False
    """Whether an engine may write anywhere in its copy, and the diff alone decides."""


class DocumentGate(NamedTuple):
    """A gate that a governed document opens."""

    gate: str
    document: str
    field: str
    value: str


class Registration(NamedTuple):
    """How an engine is registered."""

    name: str
    gated_by_env: str
    """Environment variable that must be `1`; empty for an engine that is always open."""
    gates: tuple[DocumentGate, ...]
    prefix: str = ""
    """What the engine's other environment variables begin with; empty for an engine without."""
    stages: tuple[str, ...] = ()
    """Stages that are open to it."""
    staged: bool = False
    """Whether a stage must be chosen."""
    package: str = ""
    contains: tuple[str, ...] = ()
    """How its program is known: the package that it belongs to, or words that it must contain."""
    decision_record: str = ""
    credential_variable: str = ""
    """Environment variable that holds the key to the model; empty where none is needed."""
    purpose: str = ""

    def variable(self, name: str) -> str:
        """The environment variable of the engine for a purpose."""
        return f"{self.prefix}_{name}"


class Register(NamedTuple):
    """The harness register: which engines and cases there are."""

    root: Path
    default_engine: str
    engines: Mapping[str, Registration]
    cases: tuple[str, ...]
    limits: Limits
    escalation_path: str
    target_admission: str
    """Path of the record that admits a target repository; empty where there is none."""


def speaker(register: Register, engine: str) -> Registration | None:
    """The engine whose variables say what a person gives to a stage: itself, or the staged one."""
    if register.engines[engine].prefix:
        return register.engines[engine]
    return next((each for each in register.engines.values() if each.staged), None)


def contract(value: Mapping[str, Any]) -> TaskContract:
    """The task contract of a case file that has the shape of its schema."""
    lists = {
        name: tuple(value.get(name, ()))
        for name in (
            "allowed_paths",
            "forbidden_paths",
            "forbidden_actions",
            "verification_commands",
            "evidence_expectations",
        )
    }
    return TaskContract(**{**value, **lists})


def registered(
    value: Mapping[str, Any], folder: Path, limits: Limits, digest: str
) -> RegisteredCase:
    """A case from its file's value; its trees stand beside it or beside another case."""
    source = folder.parent / value.get("fixture_of", folder.name)
    rehearsal = value.get("rehearsal", {})
    denial = rehearsal.get("approval")
    return RegisteredCase(
        value["case_id"],
        value["title"],
        source / FIXTURE,
        source / RECORDED,
        contract(value["task"]),
        value["prompt"],
        value["fixture_digest"],
        tuple(value.get("scratch_paths", ())),
        limits._replace(**value.get("limits", {})),
        tuple(value["fake"]["play"]),
        Denial(denial["actor"], denial["reason"]) if denial else None,
        rehearsal.get("target_admission"),
        value["expect"]["status"],
        value["expect"].get("failure", ""),
        digest,
        value.get("min_isolation", ""),
        "source" in rehearsal,
        "interruption" in rehearsal,
        value.get("write_mode") == "capture",
    )


def register(value: Mapping[str, Any], root: Path) -> Register:
    """The register from its file's value."""
    engines = {
        name: Registration(
            name,
            each.get("gated_by_env", ""),
            tuple(DocumentGate(**gate) for gate in each.get("gates", ())),
            each.get("environment_prefix", ""),
            tuple(each.get("stages", ())),
            "stages" in each,
            each.get("identity", {}).get("package", ""),
            tuple(each.get("identity", {}).get("contains", ())),
            each.get("decision_record", ""),
            each.get("credential_variable", ""),
            each["purpose"],
        )
        for name, each in value["engines"].items()
    }
    return Register(
        root,
        value["default_engine"],
        engines,
        tuple(value["cases"]),
        Limits(**value["limits"]),
        value["escalation_path"],
        value.get("target_admission", ""),
    )
