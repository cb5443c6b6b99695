"""The data files that ship with the toolkit and those of a workspace: kinds, rules, profiles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sot_tools import disk
from sot_tools.documents.document import MAX_DATA, Document, parse
from sot_tools.documents.place import locate
from sot_tools.errors import SotError
from sot_tools.project import files
from sot_tools.project.model import Profile
from sot_tools.rules import kinds as kind_rooms
from sot_tools.rules.kinds import Kind, Kinds
from sot_tools.rules.model import Rule
from sot_tools.rules.nearest import hint, listed
from sot_tools.rules.patterns import check_patterns
from sot_tools.rules.rows import rows
from sot_tools.rules.shape import explain

if TYPE_CHECKING:
    from sot_tools.source import Source

_SUFFIX = ".schema.json"

shipped = files.shipped


def profile_names() -> list[str]:
    """The names of the profiles that ship with the toolkit."""
    return sorted(path.parent.name for path in (shipped() / "profiles").glob("*/profile.yaml"))


def profile(name: str) -> Profile:
    """A profile by name."""
    if name not in profile_names():
        known = profile_names()
        raise SotError(
            f"profile `{name}` is not known; {hint(name, known) or 'known: ' + listed(known)}"
        )
    folder = shipped() / "profiles" / name
    value = load(folder / "profile.yaml", f"profiles/{name}/profile.yaml").data
    return Profile(name, str(value.get("title", name)), value, folder)


def load(path: Path, shown: str) -> Document:
    """A configuration file; raises SotError with the place of the first fault of reading."""
    try:
        return loaded(disk.read(path, MAX_DATA), shown)
    except OSError as error:
        raise SotError(f"{shown}: cannot be read: {error.strerror or error}") from error


def own(source: Source, path: str) -> Document | None:
    """A configuration file of a workspace, None where there is none; raises SotError as `load`."""
    return held(source, path) if source.is_file(path) else None


def held(source: Source, path: str) -> Document:
    """A configuration file of a workspace; raises SotError as `load` does."""
    try:
        return loaded(source.read(path, MAX_DATA), path)
    except OSError as error:
        raise SotError(f"{path}: cannot be read: {error.strerror or error}") from error


def loaded(content: bytes, shown: str) -> Document:
    """A configuration file from its bytes; raises SotError as `load` does."""
    document = parse(shown, content)
    if document.problems:
        first = document.problems[0].finding
        raise SotError(_located(document, first.place, first.detail, first.step))
    if not isinstance(document.data, dict):
        raise SotError(f"{shown}:1:1: expected a mapping of keys")
    return document


def require(document: Document, kind: Kind | None, kinds: Kinds) -> None:
    """Raise SotError with the place of the first fault that the kind's schema finds."""
    if kind is None or kinds.accepts(kind, document.data):
        return
    for _, finding in explain(document.data, kind, kinds):
        raise SotError(_located(document, finding.place, finding.detail, finding.step))


def _located(document: Document, place: Any, detail: str, step: str) -> str:
    span = locate(document, place)
    return f"{document.path}:{span.line}:{span.column}: {detail}" + (f"; {step}" if step else "")


def load_kinds(used: Profile, workspace: Source | None) -> Kinds:
    """General kinds, then the profile's, then the workspace's; a later one replaces an earlier."""
    found: dict[str, Kind] = {}
    schemas: dict[str, Any] = {}
    front_matter = "front-matter" + _SUFFIX
    for path in (shipped() / front_matter, used.folder / front_matter):
        if path.is_file():
            schemas["sot:front-matter"] = load(path, f"schemas/{path.name}").data
    for document in (*_shipped_kinds(used), *(_own_kinds(workspace) if workspace else ())):
        name = document.path.rpartition("/")[2].removesuffix(_SUFFIX)
        schemas[f"sot:kinds/{name}"] = document.data
        found[name] = kind_rooms.make(name, document.data, document.path)
    return Kinds(found, schemas)


def _shipped_kinds(used: Profile) -> Iterator[Document]:
    folders = (
        (shipped() / "kinds", "schemas/kinds"),
        (used.folder / "kinds", f"profiles/{used.name}/kinds"),
    )
    for folder, shown in folders:
        for path in sorted(folder.glob("*" + _SUFFIX)):
            yield load(path, f"{shown}/{path.name}")


def _own_kinds(workspace: Source) -> Iterator[Document]:
    for name in workspace.names(files.KINDS):
        path = f"{files.KINDS}/{name}"
        if name.endswith(_SUFFIX):
            document = held(workspace, path)
            _valid_schema(document.data, path)
            yield document


def _valid_schema(schema: Any, where: str) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise SotError(f"{where}: not a JSON Schema: {error.message}") from None


def load_rules(used: Profile, workspace: Source | None, kinds: Kinds) -> list[Rule]:
    """All rules in force before settings, sorted by code; a code may stand in one file only."""
    documents = _shipped_rules(used)
    mine = own(workspace, files.RULES) if workspace is not None else None
    if mine is not None:  # a test holds the shipped files to the same schema
        require(mine, kinds.by_name.get("rules"), kinds)
        documents.append(mine)
    found: dict[str, Rule] = {}
    for document in documents:
        shown = document.path
        for rule in rows(document.data, shown):
            if document is mine:
                check_patterns(rule.parameters, f"{shown}: {rule.code}")
            if rule.code in found:
                raise SotError(
                    f"{shown}: {rule.code} is already a rule of {found[rule.code].origin}"
                )
            found[rule.code] = rule
    return [found[code] for code in sorted(found)]


def _shipped_rules(used: Profile) -> list[Document]:
    general = load(shipped() / "rules.yaml", "schemas/rules.yaml")
    path = used.folder / "rules.yaml"
    if not path.is_file():
        return [general]
    return [general, load(path, f"profiles/{used.name}/rules.yaml")]
