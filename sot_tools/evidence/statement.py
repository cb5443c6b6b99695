"""in-toto Statements of version 1: what a signature is about, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sot_tools.evidence.canonical import canonical

TYPE = "https://in-toto.io/Statement/v1"
APPROVAL = "urn:sot-tools:approval:1"
ENDORSEMENT = "urn:sot-tools:endorsement:1"


class Subject(NamedTuple):
    """One thing that a statement is about, named by its digest."""

    name: str
    sha256: str


class Statement(NamedTuple):
    """A predicate about subjects."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]

    def value(self) -> dict[str, Any]:
        """The statement as JSON."""
        return {
            "_type": TYPE,
            "subject": [
                {"name": each.name, "digest": {"sha256": each.sha256}} for each in self.subjects
            ],
            "predicateType": self.predicate_type,
            "predicate": dict(self.predicate),
        }

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical(self.value())


def parse(payload: bytes) -> Statement | str:
    """A statement from a payload, or what is wrong with it."""
    try:
        value = json.loads(payload)
        if value["_type"] != TYPE:
            return f"has the type `{value['_type']}`, expected `{TYPE}`"
        subjects = tuple(
            Subject(str(each["name"]), str(each["digest"]["sha256"])) for each in value["subject"]
        )
        predicate = value["predicate"]
        if not subjects or not isinstance(predicate, dict):
            return "has no subject or no predicate"
        return Statement(subjects, str(value["predicateType"]), predicate)
    except (ValueError, RecursionError, KeyError, TypeError):
        return "is no in-toto Statement of version 1"
