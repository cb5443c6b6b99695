"""The gates of engines that are real programs: stage, executable, model, provider, isolation.

They are asked once the engine is switched on; before that nothing about it is looked at (ENG-06).
"""

from __future__ import annotations

from collections.abc import Mapping

from sot_tools.engines.levels import reaches
from sot_tools.runs.contract import Registration
from sot_tools.runs.gates import OWNED, Circumstances, Gate

MODES = ("none", "copied-fixture", "sandbox-repo", "owned-noncritical-repo", "candidate-default")
"""From the narrowest to the broadest."""
STAGE_MODES = {
    "2": "copied-fixture",
    "3": "copied-fixture",
    "4": "sandbox-repo",
    "5": "owned-noncritical-repo",
}
"""Stage → the broadest mutation mode that it allows (GATE-04)."""
_LOCAL = {"decision_status": "local_provider_required", "provider_class": "local_case_compatible"}
_BRIDGED = "openai-codex"
"""The provider whose sign-in is a session of a person, never a key (MOD-09)."""


def _on(given: Circumstances) -> bool:
    engine = given.engine
    return bool(engine.prefix) and given.environment.get(engine.gated_by_env) == "1"


def _stage(given: Circumstances) -> str:
    return given.environment.get(given.engine.variable("STAGE"), "")


def _stage_fault(given: Circumstances) -> str:
    variable, stage = given.engine.variable("STAGE"), _stage(given)
    if not stage:
        return f"no stage is chosen; {variable} takes one of {', '.join(STAGE_MODES)}"
    if stage not in STAGE_MODES:
        return f"{variable} is `{stage[:20]}`; it takes one of {', '.join(STAGE_MODES)}"
    if stage not in given.engine.stages:
        return f"stage {stage} is not open; open: {', '.join(given.engine.stages) or 'none'}"
    mode = given.case.task.mutation_mode
    if MODES.index(mode) > MODES.index(STAGE_MODES[stage]):
        return f"mode `{mode}` is broader than stage {stage}, which allows `{STAGE_MODES[stage]}`"
    return ""


def seconds(engine: Registration, environment: Mapping[str, str], limit: int) -> int:
    """The seconds that an engine may take: the limit, or less where the environment says so."""
    wanted = environment.get(engine.variable("TIMEOUT_SECONDS"), "") if engine.prefix else ""
    return min(limit, int(wanted)) if wanted else limit


def _timeout_fault(given: Circumstances) -> str:
    variable = given.engine.variable("TIMEOUT_SECONDS")
    wanted = given.environment.get(variable, "1")
    if wanted.isascii() and wanted.isdigit() and 0 < int(wanted) <= 86400:
        return ""
    return f"{variable} is `{wanted[:20]}`; it takes seconds from 1 to 86400"


def _decision_fault(given: Circumstances) -> str:
    found = given.admissions.decision
    status = found.get("decision_status", "")
    record = given.engine.decision_record
    if status == "external_provider_approved":
        if found.get("provider") == given.admissions.model.provider != "":
            return ""
        return f"{record} approves the provider `{found.get('provider', 'none')}` only"
    wrong = [name for name, value in _LOCAL.items() if found.get(name) != value]
    if not wrong:
        return ""
    stated = ", ".join(f"`{name}: {found.get(name, 'missing')}`" for name in wrong)
    return f"{record} states {stated}, so no provider may run"


def _auth_fault(given: Circumstances) -> str:
    variable = given.engine.variable("OPENAI_CODEX_AUTH_BRIDGE")
    if given.environment.get(variable) == "1":
        return ""
    return (
        f"provider `{_BRIDGED}` needs a person's sign-in, which is never imitated; {variable}=1 "
        "says that a bridge is proven"
    )


def _admission(given: Circumstances) -> str:
    model = given.admissions.model
    return f"the model is not admitted (`{model.status}`): {model.why}"


def _isolation_fault(given: Circumstances) -> str:
    wanted, level = given.case.min_isolation, given.level
    why = f" ({given.level_why})" if given.level_why else ""
    return f"the case demands isolation `{wanted}`, this machine reaches `{level}`{why}"


GATES = (
    Gate(
        "stage_selected",
        "gate_not_passed",
        lambda given: _on(given) and given.engine.staged,
        lambda given: not _stage_fault(given),
        _stage_fault,
    ),
    Gate(
        "timeout_valid",
        "gate_not_passed",
        _on,
        lambda given: not _timeout_fault(given),
        _timeout_fault,
    ),
    Gate(
        "executable_admitted",
        "provider_unavailable",
        _on,
        lambda given: not given.admissions.executable.fault,
        lambda given: given.admissions.executable.fault,
        "backend/provider-unavailable.txt",
    ),
    Gate(
        "model_admitted",
        "model_not_admitted",
        _on,
        lambda given: given.admissions.model.status == "admitted",
        _admission,
        "backend/provider-model-not-admitted.txt",
    ),
    Gate(
        "provider_decided",
        "gate_not_passed",
        lambda given: _on(given) and bool(given.engine.decision_record),
        lambda given: not _decision_fault(given),
        _decision_fault,
    ),
    Gate(
        "provider_auth_available",
        "provider_auth_unavailable",
        lambda given: (
            _on(given)
            and _BRIDGED
            in {
                given.admissions.model.provider,
                given.environment.get(given.engine.variable("MODEL_PROVIDER"), ""),
            }
        ),
        lambda given: not _auth_fault(given),
        _auth_fault,
        "backend/provider-auth-unavailable.txt",
    ),
    Gate(
        "provider_configured",
        "local_config_unavailable",
        _on,
        lambda given: not given.admissions.endpoint_fault,
        lambda given: given.admissions.endpoint_fault,
        "backend/provider-local-config-unavailable.txt",
    ),
    Gate(
        "target_record_complete",
        "target_not_admitted",
        lambda given: (
            _on(given)
            and bool(given.case.task.target_repository)
            and given.case.task.mutation_mode != OWNED
        ),
        lambda given: not given.admissions.target.faults,
        lambda given: "; ".join(given.admissions.target.faults),
    ),
    Gate(
        "isolation_reached",
        "isolation_unavailable",
        lambda given: bool(given.case.min_isolation),
        lambda given: reaches(given.level, given.case.min_isolation),
        _isolation_fault,
    ),
)
