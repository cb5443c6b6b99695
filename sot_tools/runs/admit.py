"""The first steps: the contract, the gates, the approval; nothing is copied and nothing starts."""

from __future__ import annotations

from sot_tools.engines.table import ENGINES
from sot_tools.errors import SotError
from sot_tools.evidence.canonical import canonical
from sot_tools.evidence.instants import instant
from sot_tools.runs import admissions, engine_gates, gates, order, target_gates
from sot_tools.runs.state import Blocked, State


def begin(run: State) -> None:
    """The first events, and a trace that the contract was read."""
    run.around.progress("admit", run.case.title)
    run.directory.on_event = lambda name: run.around.progress("event", name)
    who = {"case_id": run.case.case_id, "backend": run.engine}
    run.directory.event("run.started", who)
    stage_fields(run)
    run.directory.trace("read contract", "ok", contract_digest=run.case.contract_digest)
    begun = run.directory.begun
    try:
        run.around.witness.began(begun.run_id, begun.nonce)
    except SotError as error:
        run.block("gate_not_passed", f"the run cannot be entered: {error}")


def admit(run: State) -> None:
    """The Eligibility Decision, written before the gate, and the contract (ADP-08, GATE-02)."""
    task = run.case.task
    given = _circumstances(run)
    decision = gates.decide(given, (*engine_gates.GATES, *target_gates.GATES))
    record = gates.as_record(decision, given, f"decision-{run.directory.begun.run_id}")
    run.directory.write("eligibility-decision.json", canonical(record) + b"\n")
    closed = [gate.name for gate, _ in decision.missing]
    run.directory.trace("ask gates", "closed" if closed else "open", missing=closed)
    contract = {
        "task_id": task.task_id,
        "allowed_paths": list(task.allowed_paths),
        "forbidden_actions": list(task.forbidden_actions),
        "mutation_mode": task.mutation_mode,
    }
    run.directory.event("task.contract.created", contract)
    _ask_approval(run, given)
    reasons: dict[str, list[str]] = {}
    for gate, reason in decision.missing:
        reasons.setdefault(gate.code, []).append(reason)
        refusal = {
            "backend": run.engine,
            "gate": gate.name,
            "reason": reason,
            "mutation_mode": task.mutation_mode,
            "case_executed": False,
        }
        run.directory.event(order.GATE, refusal)
    for code, said in reasons.items():
        run.record.block(code, "; ".join(said))
    if decision.missing:
        _mark(run, decision)
        raise Blocked


def prepare(run: State) -> None:
    """What the stage asks of a repository before anything is used up, copied or started."""
    found = run.around.stage.before()
    outcome = "blocked" if found else "ok"
    run.directory.trace("look at repository", outcome, **run.around.stage.policy)
    for code, message in found:
        run.record.block(code, message)
    if found:
        raise Blocked


def use_approval(run: State) -> None:
    """The approval is used up before anything is copied or started, whatever becomes of the run."""
    begun = run.directory.begun
    reason = run.around.witness.use(begun.run_id, begun.nonce)
    run.directory.trace("use approval", "refused" if reason else "ok", why=reason)
    if reason:
        run.block("approval_missing", f"the approval cannot be used: {reason}")


def _mark(run: State, decision: gates.Decision) -> None:
    """The files below `backend/` that say why an engine did not start (table B)."""
    if not run.registration.gated_by_env:
        return
    (run.directory.path / "backend").mkdir(exist_ok=True)
    lines = [f"{gate.name}: {reason}" for gate, reason in decision.missing]
    run.directory.write(f"backend/{run.engine}-gate.log", "\n".join([*lines, ""]).encode())
    for gate, reason in decision.missing:
        if gate.marker:
            run.directory.write(gate.marker, f"{reason}\n".encode())


def _circumstances(run: State) -> gates.Circumstances:
    """What the gates may look at."""

    name = run.engine
    return gates.Circumstances(
        run.register,
        run.case,
        run.register.engines[name],
        name in ENGINES and bool(not ENGINES[name].wire or run.registration.prefix),
        run.around.environment,
        run.around.documents,
        run.case.target or run.around.target,
        run.approval,
        instant(run.around.clock()),
        run.around.admissions,
        *_level(run),
    )


def _level(run: State) -> tuple[str, str]:
    """The isolation of this machine; looked for only where something is to be contained."""
    if not run.contained:
        return "subreaper", ""
    return run.shelter.level, run.shelter.why_not


def stage_fields(run: State) -> None:
    """The fields of the report that a staged engine adds, whatever becomes of the run (table C)."""
    registration = run.registration
    if not registration.staged:
        return
    wanted = admissions.request(registration, run.around.environment)
    run.record.staged_engine = True
    run.record.staged = {
        "source_admission_status": _source_status(run),
        f"{run.engine}_process_started": False,
        f"{run.engine}_model_provider": wanted.provider,
        f"{run.engine}_model": wanted.model,
        f"{run.engine}_model_admission_status": run.around.admissions.model.status,
    }


def _source_status(run: State) -> str:
    """`admitted` where every document about the engine's source says so (SRC-08)."""
    source = [gate for gate in run.registration.gates if gate.gate.startswith("source_")]
    values = run.around.documents
    open_ = all(values.get(f"{gate.document}#{gate.field}") == gate.value for gate in source)
    return "admitted" if source and open_ else "not_admitted"


def _ask_approval(run: State, given: gates.Circumstances) -> None:
    """The approval events; a denial ends the run (EVI-15)."""
    if not gates.needs_approval(run.case):
        return
    run.record.approval_status = "requested"
    asked = {
        "approval_id": f"request-{run.directory.begun.run_id}",
        "actor": "operator",
        "scope": run.case.case_id,
        "mutation_mode": run.case.task.mutation_mode,
        "timestamp": given.now,
        "expiry": None,
    }
    plan = f"the {run.engine} engine works on {run.case.case_id}: {run.case.title}"
    run.directory.event("plan.updated", {"summary": plan})  # it is a plan that a person approves
    run.directory.event("approval.requested", asked)
    if run.approval is None:
        return
    if run.approval.decision == "denied":
        run.record.approval_status = "denied"
        run.directory.event("approval.denied", run.approval.payload())
        run.block("approval_denied", run.approval.fault(run.case, given.now))
    if not run.approval.fault(run.case, given.now):
        run.record.approval_status = "granted"
        run.directory.event("approval.granted", run.approval.payload())
