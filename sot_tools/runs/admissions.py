"""Reads what a person has admitted for an engine; nothing is copied, nothing is started."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sot_tools import disk, journal
from sot_tools.documents.document import MAX_DATA, MAX_DOCUMENT, Document
from sot_tools.engines import scrub
from sot_tools.errors import SotError
from sot_tools.project import data
from sot_tools.rules import kinds as kind_rooms
from sot_tools.rules.kinds import Kinds
from sot_tools.runs import admitted
from sot_tools.runs.admitted import (
    UNADMITTED,
    Admissions,
    Executable,
    ModelAdmission,
    Reason,
    Request,
    Target,
)
from sot_tools.runs.contract import Registration

TARGET, OUTCOME = "STAGE5_TARGET_ADMISSION_FILE", "STAGE5_OPERATOR_OUTCOME"
"""Environment variables of an engine: the record that admits a repository, what a person says."""
_LARGEST = 1 << 29
_PACKAGE = 1 << 20
_STATED = re.compile(r"^- `?([a-z_]+)`?: `?(.*?)`?\.?$", re.MULTILINE)
"""A field that a decision record states as an entry of a list."""


def read(root: Path, engine: Registration, environment: Mapping[str, str]) -> Admissions:
    """All admissions of an engine; nothing is looked at for an engine that is switched off."""
    if not engine.prefix or environment.get(engine.gated_by_env) != "1":
        return Admissions()
    endpoint = environment.get(engine.variable("LOCAL_BASE_URL"), "")
    return Admissions(
        executable(environment.get(engine.variable("BIN"), ""), engine),
        _model(engine, environment),
        _decision(root, engine),
        endpoint,
        _endpoint_fault(endpoint, engine),
        target(environment.get(engine.variable(TARGET), "")),
    )


def request(engine: Registration, environment: Mapping[str, str]) -> Request:
    """What the environment asks for."""
    names = ("MODEL_PROVIDER", "MODEL", "STAGE")
    return Request(*(environment.get(engine.variable(name), "") for name in names))


def executable(named: str, engine: Registration) -> Executable:
    """The program behind a name, which must be a path and show that it is the engine (PROV-01)."""
    variable = engine.variable("BIN")
    path = Path(named)
    if not named:
        return Executable("", f"{variable} names no executable")
    if not path.is_absolute():
        why = f"{variable} is `{named[:80]}`, which is no absolute path; a name that a shell finds"
        return Executable(named, f"{why} proves nothing")
    return _inspected(path, engine)


_BINARIES = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"MZ")


def compiled(path: Path) -> bool:
    """Whether a program is a compiled binary, as the admitted build is one (PROV-05)."""
    try:
        return disk.read(path.resolve(), 4)[:4].startswith(_BINARIES)
    except OSError:
        return False


def _inspected(path: Path, engine: Registration) -> Executable:
    named = str(path)
    try:
        stamp = journal.stamp(path.resolve())
    except OSError as error:
        return Executable(named, f"{named} cannot be read: {error.strerror or error}")
    if stamp.size > _LARGEST:
        return Executable(named, f"{named} is larger than {_LARGEST} bytes")
    if path.suffix != ".js" and not os.access(path, os.X_OK):
        return Executable(named, f"{named} is not executable")
    package = _package(path.resolve())
    if not _is_engine(path, package, engine):
        why = f"{named} does not identify itself as the engine `{engine.name}`"
        return Executable(named, why, stamp.sha256)
    return Executable(named, "", stamp.sha256, str(package.get("version", "")))


def _is_engine(path: Path, package: Mapping[str, Any], engine: Registration) -> bool:
    if package and engine.package and package.get("name") == engine.package:
        return True
    return bool(engine.contains) and disk.holds(path, [each.encode() for each in engine.contains])


def _package(path: Path) -> Mapping[str, Any]:
    """The package.json that an installed program belongs to; empty where there is none."""
    import json

    for folder in list(path.parents)[:8]:
        manifest = folder / "package.json"
        if manifest.is_file():
            try:
                found = json.loads(disk.read(manifest, _PACKAGE))
            except (OSError, ValueError, RecursionError):
                return {}
            if isinstance(found, dict) and found.get("name"):
                return found
    return {}


def _model(engine: Registration, environment: Mapping[str, str]) -> ModelAdmission:
    variable = engine.variable("MODEL_ADMISSION_FILE")
    named = environment.get(variable, "")
    if not named:
        return ModelAdmission(why=f"{variable} names no record")
    path = Path(named)
    if not path.is_file():
        return ModelAdmission(why=f"{variable} names a record that is not there")
    try:
        record = _record(path, "model-admission")
        twins = _active_twins(path)
    except SotError as error:
        return ModelAdmission("invalid_admission", str(error))
    found = admitted.model(record, request(engine, environment))
    if twins and found.status == "admitted":
        return found._replace(
            status="invalid_admission",
            why=f"another record is active, too: {', '.join(twins)}; one may be",
        )
    return found


def _active_twins(path: Path) -> list[str]:
    """Other records of the same folder that admit a model."""
    found = []
    for each in sorted(path.parent.glob("*-MODEL-PROVIDER-ADMISSION.*.json")):
        if each.resolve() != path.resolve():
            other = data.load(each, each.name).data
            if other.get("status") == "admitted" and other.get("active") is not False:
                found.append(each.name)
    return found


def _record(path: Path, kind: str) -> Mapping[str, Any]:
    """A record of a kind; raises SotError where it is not one."""
    document = data.load(path, path.name)
    _shaped(document, kind)
    found: Mapping[str, Any] = document.data
    return found


def _shaped(document: Document, kind: str) -> None:
    """Raise SotError where a document does not have the shape of a kind."""
    where = f"schemas/kinds/{kind}.schema.json"
    schema = data.load(data.shipped() / "kinds" / f"{kind}.schema.json", where).data
    made = kind_rooms.make(kind, schema, where)
    data.require(document, made, Kinds({kind: made}, {f"sot:kinds/{kind}": schema}))


def _decision(root: Path, engine: Registration) -> Mapping[str, str]:
    if not engine.decision_record or not disk.exists_inside(root, engine.decision_record):
        return {}
    text = disk.read(root / engine.decision_record, MAX_DOCUMENT).decode("utf-8", "replace")
    return dict(reversed(_STATED.findall(text)))


def _endpoint_fault(endpoint: str, engine: Registration) -> str:
    """What is wrong with an endpoint, without showing it (LOC-01)."""
    variable = engine.variable("LOCAL_BASE_URL")
    if not endpoint:
        return f"{variable} names no endpoint"
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username or parts.password or parts.query:
        return f"{variable} is no plain http or https address"
    return ""


def target(named: str) -> Target:
    """The admission of the record in a file; whatever is wrong with it is a reason against it."""
    if not named:
        return Target()
    try:
        return _judged(Path(named))
    except SotError as error:
        return Target(reasons=(Reason(UNADMITTED, str(error)),))


def _judged(path: Path) -> Target:
    """A target's record: its own reasons first, then its shape, so that nothing else is in it."""
    try:
        content = disk.read(path, MAX_DATA)
    except OSError as error:
        raise SotError(f"{path.name}: cannot be read: {error.strerror or error}") from error
    document = data.loaded(content, path.name)
    found = admitted.target(document.data)
    if found.status == "admitted":
        _shaped(document, "target-admission")
    if scrub.clean(content, ()) != content:
        why = f"{path.name} holds what is shaped like a secret"
        found = found._replace(status="not_admitted", reasons=(Reason(UNADMITTED, why),))
    return found._replace(content=content)


def explained(path: Path) -> dict[str, Any]:
    """What one record admits, and what is missing; raises SotError where it is no record."""
    value = data.load(path, path.name).data
    if "admission_status" in value:
        found = _judged(path)
        what = found.path if found.status == "admitted" else ""
        return _explained(path, "target repository", what, found.faults)
    record = _record(path, "model-admission")
    asked = Request(record["provider"], record["model"], admitted.stages(record)[0])
    model = admitted.model(record, asked)
    if model.status != "admitted":
        return _explained(path, "model", "", (model.why,))
    stages = ", ".join(admitted.stages(record))
    what = f"`{model.provider}` `{model.model}` for stage {stages}, network class {model.network}"
    return _explained(path, "model", f"{what}, credential class {model.credential}", ())


def _explained(path: Path, kind: str, what: str, missing: tuple[str, ...]) -> dict[str, Any]:
    return {
        "record": path.name,
        "kind": kind,
        "admits": not missing,
        "what": what,
        "missing": list(missing),
    }
