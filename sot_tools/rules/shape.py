"""The shape of front matter and data files: JSON Schema, said so that a person understands it.

The fast predicate of the kind accepts what is right; the jsonschema library explains the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from sot_tools.diagnostic import Finding, Place, Whole
from sot_tools.documents.document import Document
from sot_tools.rules.kinds import Kind, Kinds
from sot_tools.rules.model import DocumentCheck, Parameters, Scene, texts
from sot_tools.rules.patterns import compiled

if TYPE_CHECKING:
    from sot_tools.rules.schema_words import Fault


def schema(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """The faults of one sort that a kind's schema finds; all sorts are found at once and kept."""
    wanted = frozenset(texts(parameters, "faults"))

    def check(document: Document, kind: Kind | None) -> Iterable[Finding]:
        if kind is None or not document.readable:
            return ()
        if kind.front_matter and not document.body:
            return _no_front_matter(kind) if "missing" in wanted else ()
        faults = _faults(document, kind, scene.kinds)
        return [finding for sort, finding in faults if sort in wanted]

    return check


def is_sound(document: Document, kind: Kind | None, kinds: Kinds) -> bool:
    """Whether no row about the shape can find anything in a document."""
    if kind is None or not document.readable:
        return True
    return not (kind.front_matter and not document.body) and not _faults(document, kind, kinds)


def _faults(document: Document, kind: Kind, kinds: Kinds) -> list[Fault]:
    found: list[Fault] = document.once("faults", lambda it: shape_faults(it, kind, kinds))
    return found


def shape_faults(document: Document, kind: Kind, kinds: Kinds) -> list[Fault]:
    """Every fault of a document's data against its kind; empty where the fast test accepts."""
    if document.format == "markdown" and not kind.front_matter:
        return []
    if kinds.accepts(kind, document.data):
        return []
    return _unique(explain(document.data, kind, kinds))


def explain(value: Any, kind: Kind, kinds: Kinds) -> Iterator[Fault]:
    """The faults of a value as the jsonschema library finds them."""
    from sot_tools.rules.schema_words import faults_of

    validator = _validator(kinds, kind)
    for error in validator.iter_errors(value):
        for sort, finding in faults_of(error, ""):
            detail = finding.detail
            if kind.front_matter and detail.startswith("the file"):
                detail = "the front matter" + detail.removeprefix("the file")
            yield sort, finding._replace(detail=detail)


def _no_front_matter(kind: Kind) -> list[Finding]:
    detail = f"document has no front matter; a document of kind {kind.name} starts with it"
    return [
        Finding(Whole(), detail, "begin the file with `---`, the keys, and `---`", insert="---")
    ]


def _unique(faults: Iterable[Fault]) -> list[Fault]:
    """Each fault once; of several faults of form in one value, the first."""
    seen: set[tuple[type, Place, str]] = set()
    kept = []
    for sort, finding in faults:
        about = sort if sort == "form" else finding.detail
        mark = (type(finding.place), finding.place, about)
        if mark not in seen:
            seen.add(mark)
            kept.append((sort, finding))
    return kept


def _validator(kinds: Kinds, kind: Kind) -> Any:
    found = kinds.validators.get(kind.name)
    if found is None:
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        resources = [
            (name, DRAFT202012.create_resource(body)) for name, body in kinds.schemas.items()
        ]
        registry: Any = Registry().with_resources(resources)
        found = _class()(kind.schema, registry=registry, format_checker=_formats())
        kinds.validators[kind.name] = found
    return found


@cache
def _class() -> Any:
    """Draft 2020-12 with patterns searched by RE2, so that no pattern can run away."""
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(validator: Any, argument: str, value: Any, _: Any) -> Iterator[ValidationError]:
        if validator.is_type(value, "string") and not compiled(argument).search(value):
            yield ValidationError(f"does not match {argument}")

    extend: Any = validators.extend
    return extend(Draft202012Validator, {"pattern": pattern})


@cache
def _formats() -> Any:
    from datetime import date

    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())

    @checker.checks("date", raises=ValueError)
    def _(value: object) -> bool:
        return not isinstance(value, str) or (len(value) == 10 and bool(date.fromisoformat(value)))

    return checker
