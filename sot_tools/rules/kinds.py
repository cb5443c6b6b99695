"""Document kinds: which files they match, their schema, and their required sections."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sot_tools.errors import SotError
from sot_tools.globs import Test, glob_test
from sot_tools.rules.accept import Predicate, Schemas, predicate

Alternatives = tuple[str, ...]
"""Titles of which one must be present."""


class Kind(NamedTuple):
    """A document kind, made from one schema file."""

    name: str
    title: str
    files: tuple[str, ...]
    sections: tuple[Alternatives, ...]
    advised: tuple[Alternatives, ...]
    schema: Mapping[str, Any]
    front_matter: bool
    """Whether a Markdown document of this kind must begin with front matter."""
    requirements: tuple[str, ...] = ()
    """Titles of the sections whose list entries are requirements."""
    follows: tuple[str, ...] = ()
    """Kinds that a document of this kind derives from where it names no source, nearest first."""
    evidence: bool = False
    """Whether a document of this kind shows that a work item is done."""
    record: bool = False
    """It says what happened or what was approved, so no tool changes a byte of it."""


class Kinds:
    """All kinds of a workspace, and the schemas that they refer to."""

    def __init__(self, by_name: dict[str, Kind], schemas: Schemas) -> None:
        self.by_name = by_name
        self.schemas = schemas
        self.validators: dict[str, Any] = {}
        """Kind name → its jsonschema validator, kept by `rules.shape`."""
        self._accept: dict[str, Predicate] = {}
        globs = [(glob, kind.name) for kind in by_name.values() for glob in kind.files]
        self._globs: list[tuple[int, str, str, Test]] = sorted(
            ((-_literals(glob), name, glob, glob_test(glob)) for glob, name in globs),
            key=lambda each: each[:2],
        )

    def detect(self, path: str) -> Kind | None:
        """The kind of a file: the matching glob with the most literal characters wins."""
        name = path.rpartition("/")[2]
        for _, kind, glob, test in self._globs:
            if test(path if "/" in glob else name):
                return self.by_name[kind]
        return None

    def accepts(self, kind: Kind, value: Any) -> bool:
        """Whether the fast predicate finds nothing wrong with a value of this kind."""
        test = self._accept.get(kind.name)
        if test is None:
            test = self._accept[kind.name] = predicate(kind.schema, self.schemas)
        return test(value)


def make(name: str, schema: Mapping[str, Any], where: str) -> Kind:
    """A kind from a schema file's value; raises SotError where `x-sot` is not as documented."""
    extra = schema.get("x-sot")
    if not isinstance(extra, dict) or not _texts(extra.get("files")):
        raise SotError(f'{where}: a kind needs "x-sot" with "files", a list of globs')
    sections = _alternatives(extra.get("sections", []), where)
    advised = _alternatives(extra.get("advised", []), where)
    return Kind(
        name,
        str(schema.get("title", name)),
        tuple(extra["files"]),
        sections,
        advised,
        schema,
        extra.get("front-matter") != "none"
        and any(glob.endswith(".md") for glob in extra["files"]),
        _some_texts(extra, "requirements", where),
        _some_texts(extra, "follows", where),
        extra.get("evidence") is True,
        extra.get("record") is True,
    )


def _literals(glob: str) -> int:
    return len(glob) - glob.count("*") - glob.count("?")


def _texts(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(entry, str) for entry in value)
    )


def _some_texts(extra: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = extra.get(key, [])
    if value and not _texts(value):
        raise SotError(f'{where}: "{key}" is a list of texts')
    return tuple(value)


def _alternatives(value: Any, where: str) -> tuple[Alternatives, ...]:
    if not isinstance(value, list):
        raise SotError(f'{where}: "sections" is a list of lists of titles')
    found = []
    for entry in value:
        titles = [entry] if isinstance(entry, str) else entry
        if not _texts(titles):
            raise SotError(f'{where}: "sections" is a list of lists of titles')
        found.append(tuple(titles))
    return tuple(found)
