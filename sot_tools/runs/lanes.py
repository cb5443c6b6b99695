"""How an engine stands: which gates are open to it, which are closed and why, what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools.engines.table import ENGINES
from sot_tools.runs import admissions, engine_gates, gates
from sot_tools.runs.admitted import Admissions
from sot_tools.runs.contract import Register, RegisteredCase


class Look(NamedTuple):
    """What is needed to look at an engine without running it."""

    root: Path
    register: Register
    case: RegisteredCase
    environment: Mapping[str, str]
    documents: Mapping[str, str]
    target: Mapping[str, Any]
    now: str


def standing(look: Look, name: str) -> dict[str, Any]:
    """Every gate of an engine, asked as if it were switched on; nothing starts."""
    engine = look.register.engines[name]
    on = look.environment.get(engine.gated_by_env) == "1" if engine.gated_by_env else True
    switched = {**look.environment, engine.gated_by_env: "1"}
    known = admissions.read(look.root, engine, switched)
    level, why = _level(bool(engine.prefix))
    given = gates.Circumstances(
        look.register,
        look.case,
        engine,
        name in ENGINES and bool(not ENGINES[name].wire or engine.prefix),
        switched,
        look.documents,
        look.target,
        None,
        look.now,
        known,
        level,
        why,
    )
    decision = gates.decide(given, engine_gates.GATES)
    closed = {gate.name: reason for gate, reason in decision.missing}
    if not on:
        closed["engine_enabled"] = f"engine `{name}` is off; {engine.gated_by_env}=1 opens it"
    asked = [
        {"gate": each, "open": each not in closed, "reason": closed.get(each, "")}
        for each in decision.required
    ]
    return {
        "engine": name,
        "purpose": engine.purpose,
        "default": name == look.register.default_engine,
        "enabled": on,
        "eligible": not closed,
        "case_id": look.case.case_id,
        "stages_open": list(engine.stages),
        **_admitted(known),
        "isolation": level,
        "gates": asked,
        "next": _next(name, look, asked),
    }


def _level(real: bool) -> tuple[str, str]:
    if not real:
        return "subreaper", ""
    from sot_tools.engines import isolation

    best = isolation.shelter()
    return best.level, best.why_not


def _admitted(known: Admissions) -> dict[str, Any]:
    """What is admitted; classes and names, never an endpoint or a key (SEC-03)."""
    return {
        "executable": {
            "path": known.executable.path,
            "sha256": known.executable.sha256,
            "version": known.executable.version,
        },
        "model": {
            "status": known.model.status,
            "provider": known.model.provider,
            "model": known.model.model,
            "network_class": known.model.network,
            "credential_class": known.model.credential,
        },
        "endpoint": "configured" if known.endpoint and not known.endpoint_fault else "missing",
        "target": known.target.status,
    }


def _next(name: str, look: Look, asked: list[dict[str, Any]]) -> str:
    first = next((each for each in asked if not each["open"]), None)
    if first is None:
        return f"sot run {look.case.case_id} --engine {name}"
    return f"open `{first['gate']}`: {first['reason']}"
