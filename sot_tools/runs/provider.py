"""The model behind an engine: asked once before the start, then reached through one door only."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from sot_tools.engines import scrub
from sot_tools.engines.order import Endpoint, Launch
from sot_tools.engines.table import ENGINES
from sot_tools.evidence.canonical import canonical
from sot_tools.runs import order
from sot_tools.runs.state import Blocked, State, addresses

if TYPE_CHECKING:
    from sot_tools.engines.door import Door, Provider

_CLASSES = {
    "reasoning-only": (
        "response_shape_unavailable",
        "backend/provider-reasoning-only.txt",
    ),
    "foreign-model": ("model_not_admitted", "backend/provider-model-not-admitted.txt"),
    "unavailable": ("provider_unavailable", "backend/provider-unavailable.txt"),
}
"""What the probe found → blocker code and marker file."""
_KEY_AT_MOST = 90
"""Longest path of a socket file; the system allows little more."""


def _provider(run: State) -> Provider:
    from sot_tools.engines.door import Provider

    admitted = run.around.admissions
    key = run.around.environment.get(run.registration.credential_variable, "")
    return Provider(admitted.endpoint, admitted.model.model, key)


def ask(run: State) -> None:
    """One small question, after the gates and before anything is copied (LOC-05 to LOC-08)."""
    if not run.registration.prefix:
        return
    from sot_tools.engines.door import probe

    run.around.progress("probe", "")
    found = probe(_provider(run), ENGINES[run.engine].wire)
    run.directory.trace("probe provider", found.outcome, why=found.detail)
    run.record.facts["executable"] = {
        "path": run.around.admissions.executable.path,
        "sha256": run.around.admissions.executable.sha256,
        "version": run.around.admissions.executable.version,
    }
    if found.outcome == "content":
        return
    code, marker = _CLASSES[found.outcome]
    said = found.detail
    if found.outcome == "foreign-model":
        model = run.around.admissions.model.model
        said = f"the provider answers as `{said}`, admitted is `{model}`; nothing falls back"
    refusal = {
        "backend": run.engine,
        "gate": "provider_answers",
        "reason": said,
        "mutation_mode": run.case.task.mutation_mode,
        "case_executed": False,
    }
    run.directory.event(order.GATE, refusal)
    (run.directory.path / "backend").mkdir(exist_ok=True)
    run.directory.write(marker, f"{said}\n".encode())
    run.record.block(code, said)
    raise Blocked


def door(run: State, closing: ExitStack) -> Door | None:
    """The door of this run, open until `closing` ends; None for an engine without a model."""
    if not run.registration.prefix:
        return None
    from sot_tools.engines.door import Door

    found = _provider(run)
    kept = (found.key, *addresses(found.url))
    file = ""
    if run.shelter.level == "bubblewrap":
        run.work.mkdir(parents=True, exist_ok=True)
        file = str(run.work / "door")
        if len(file) > _KEY_AT_MOST:
            import tempfile

            file = closing.enter_context(tempfile.TemporaryDirectory(prefix="sot-")) + "/door"
    return closing.enter_context(Door(found, scrub.known((), kept), file))


def endpoint(run: State, opened: Door | None) -> Endpoint | None:
    """What the engine is told of its model."""
    if opened is None:
        return None
    model = run.around.admissions.model
    url = f"http://127.0.0.1:{opened.port}/v1"
    return Endpoint(url, opened.key, opened.port, model.provider, model.model)


def heed(run: State) -> None:
    """A model other than the admitted one ends the hope, whoever named it (MOD-07, MOD-08)."""
    if run.traffic is None:
        return
    foreign = run.traffic.foreign(run.around.admissions.model.model)
    if foreign:
        admitted = run.around.admissions.model.model
        why = f"the model `{foreign[0]}` was asked for or answered, admitted is `{admitted}`"
        run.record.block("model_substituted", why)
        name = "backend/provider-model-not-admitted.txt"
        run.directory.write(name, f"{why}\n".encode())


def prove_no_target(run: State, launch: Launch) -> None:
    """In stage 2 nothing that the engine gets names a target repository (STG2-04)."""
    registration = run.registration
    if run.around.environment.get(registration.variable("STAGE")) != "2" or not run.record.staged:
        return
    path = run.around.admissions.target.path or str(
        run.around.target.get("target_repository_path", "")
    )
    given = {
        "task_contract": run.case.task.target_repository,
        "arguments": " ".join(launch.argv),
        "environment": " ".join(launch.environment.values()),
        "files": b" ".join((*launch.files.values(), *launch.tree_files.values())).decode(),
        "prompt": run.case.prompt,
    }
    named = sorted(name for name, text in given.items() if path and path in text)
    if run.case.task.target_repository:
        named.append("task_contract")
    proof = {"stage": 2, "checked": sorted(given), "target_named_in": sorted(set(named))}
    run.directory.write("stage2-no-target-inspection.json", canonical(proof) + b"\n")
    if named:
        run.block("target_not_admitted", f"stage 2 names a target in {', '.join(named)}")
