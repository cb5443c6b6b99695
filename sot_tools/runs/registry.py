"""Reads the harness register and its cases from a folder; a broken one is never half used."""

from __future__ import annotations

import shlex
from functools import cache
from pathlib import Path

from sot_tools import disk
from sot_tools.documents.document import MAX_DATA
from sot_tools.errors import SotError
from sot_tools.evidence.canonical import sha256
from sot_tools.project import data
from sot_tools.rules import kinds as kind_rooms
from sot_tools.rules.kinds import Kinds
from sot_tools.rules.nearest import hint
from sot_tools.runs.contract import Register, RegisteredCase, register, registered

PLACE = ".sot/harness"
FILE = "harness.yaml"


def read(root: Path) -> Register:
    """The register of the folder `root`; raises SotError where it is missing or wrong."""
    path = root / FILE
    if not path.is_file():
        raise SotError(
            f"{root}: no {FILE} there; `sot init` writes a first one into {PLACE}, "
            "--harness-root names another folder"
        )
    document = data.load(path, str(path))
    kinds = _kinds()
    data.require(document, kinds.by_name["harness"], kinds)
    return register(document.data, root)


def case(known: Register, case_id: str) -> RegisteredCase:
    """A registered case; raises SotError where it is not registered, missing or wrong."""
    if case_id not in known.cases:
        step = hint(case_id, known.cases) or f"{known.root / FILE} lists the cases"
        raise SotError(f"case `{case_id}` is not registered; {step}")
    folder = known.root / "cases" / case_id
    path = folder / "case.yaml"
    document = data.load(path, str(path))
    kinds = _kinds()
    data.require(document, kinds.by_name["case"], kinds)
    if document.data["case_id"] != case_id:
        raise SotError(
            f"{path}: case_id is `{document.data['case_id']}`, but the folder is `{case_id}`"
        )
    for command in document.data["task"]["verification_commands"]:
        _runnable(command, str(path))
    digest = sha256(disk.read(path, MAX_DATA))
    return registered(document.data, folder, known.limits, digest)


def _runnable(command: str, where: str) -> None:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise SotError(f"{where}: `{command}` is no command: {error}") from None
    if not words:
        raise SotError(f"{where}: a verification command is blank")


@cache
def _kinds() -> Kinds:
    """The two kinds that a run reads, without the other kinds of a workspace."""
    found, schemas = {}, {}
    for name in ("harness", "case"):
        where = f"schemas/kinds/{name}.schema.json"
        schema = data.load(data.shipped() / "kinds" / f"{name}.schema.json", where).data
        schemas[f"sot:kinds/{name}"] = schema
        found[name] = kind_rooms.make(name, schema, where)
    return Kinds(found, schemas)
