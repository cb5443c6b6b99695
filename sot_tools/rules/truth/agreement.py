"""What documents say of a record must be what the record says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from sot_tools.diagnostic import Finding, Pointer, Value, Whole
from sot_tools.documents.sections import fold, part_at
from sot_tools.documents.statements import Label
from sot_tools.rules.model import (
    Facts,
    Found,
    Library,
    Parameters,
    Scene,
    WorkspaceCheck,
    state_words,
    texts,
)
from sot_tools.rules.nearest import listed
from sot_tools.rules.pointing import word_at
from sot_tools.rules.truth.gates import bears
from sot_tools.rules.truth.labels import by_part, lists
from sot_tools.rules.truth.standing import standing

Applies = Callable[[str], bool]


def record_agrees(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Labels that repeat a field of a record with another value (MOD, DEC, ADM).

    A part speaks of the record that it names by path, or whose identifying fields it repeats."""
    identity = tuple(fold(field) for field in texts(parameters, "identity"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        recorded = {facts.path: facts for facts in library.facts.values() if _is_record(facts)}
        alike = _alike(recorded.values(), identity)
        for facts in library.facts.values() if recorded else ():
            if facts.path in recorded or not applies(facts.path):
                continue
            cited = _cited(facts, recorded)
            for index, labels in by_part(facts).items():
                said = {label.key: label.value for label in reversed(labels)}
                found = {record.path: record for record in cited.get(index, ())}
                for same, records in alike.items():
                    for record in records.get(tuple(said.get(key, "") for key in same), ()):
                        found[record.path] = record
                meant = [
                    record
                    for record in found.values()
                    if all(
                        said.get(key, value) == value
                        for key, value in _identity(record, identity).items()
                    )
                ]
                if len(meant) == 1:
                    yield from _differences(library, facts, labels, meant[0])

    return check


def _is_record(facts: Facts) -> bool:
    return facts.path.endswith(".json") and bool(facts.fields)


def _identity(record: Facts, identity: tuple[str, ...]) -> dict[str, str]:
    """The identifying fields that a record has, as labels are folded."""
    fields = {fold(key.replace("_", " ")): value for key, value in record.fields.items()}
    return {key: fields[key] for key in identity if key in fields}


Alike = Mapping[tuple[str, ...], Mapping[tuple[str, ...], list[Facts]]]
"""The identifying fields of a record → their values → the records; two are enough to be several."""


def _alike(recorded: Iterable[Facts], identity: tuple[str, ...]) -> Alike:
    found: dict[tuple[str, ...], dict[tuple[str, ...], list[Facts]]] = {}
    for record in recorded:
        own = _identity(record, identity)
        said = found.setdefault(tuple(own), {}).setdefault(tuple(own.values()), [])
        if own and len(said) < 2:
            said.append(record)
    return found


def _cited(facts: Facts, recorded: Mapping[str, Facts]) -> dict[int, list[Facts]]:
    """Part → the records that it names by path."""
    found: dict[int, list[Facts]] = {}
    for link in facts.links:
        if link.target in recorded:
            part = part_at(facts.said.parts, link.line)
            if part >= 0:
                found.setdefault(part, []).append(recorded[link.target])
    return found


def _differences(
    library: Library, facts: Facts, labels: list[Label], record: Facts
) -> Iterator[Found]:
    fields = {fold(key.replace("_", " ")): key for key in record.fields}
    for label in labels:
        key = fields.get(label.key)
        if key in (None, "status") or len(label.value.split()) > _PHRASE:
            continue
        if key is None or not record.fields[key] or _same(label.value, record.fields[key]):
            continue
        there = record.fields[key]
        detail = f"`{key}` is `{_short(label.value)}` here and `{_short(there)}` in the record"
        step = "correct whichever is wrong; the record is what machines obey"
        where = Pointer(record.path, Value((key,)), f"the record says `{_short(there)}`")
        place = word_at(library, facts.path, label.line, label.value)
        yield facts.path, Finding(place, detail, step, (where,))


_PHRASE = 8
"""Words above which a value is an explanation and not compared."""


def _same(here: str, there: str) -> bool:
    """Whether two values agree: equal, or the shorter says less of the same in whole words."""
    one, other = (" ".join(text.lower().rstrip(".").split()) for text in (here, there))
    before, found, _ = f" {other} ".partition(f" {one} ")
    less = bool(found) and before.rpartition(" ")[2] not in _NEGATIONS
    return less or one.split(";")[0].split(" for ")[0] == other


_NEGATIONS = frozenset({"not", "no", "never"})


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Listed(NamedTuple):
    line: int
    text: str


def lists_agree(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Lists that repeat those of a record which the document cites: what is forbidden there must
    be forbidden here, and what is allowed here must be allowed there (APR, ADM)."""
    allowed = {fold(label) for label in texts(parameters, "allowed")}
    forbidden = {fold(label) for label in texts(parameters, "forbidden")}

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            if (allowed | forbidden).isdisjoint(facts.said.lists) or not applies(facts.path):
                continue
            cited = _records_with_lists(library, facts, allowed | forbidden)
            if len(cited) != 1:
                continue
            told: dict[str, list[_Listed]] = {}
            for entry in (each for part in lists(library, facts.path).values() for each in part):
                if entry.under in allowed | forbidden:
                    here = _Listed(entry.line, entry.text.rstrip(";."))
                    told.setdefault(entry.under, []).append(here)
            ((target, record),) = cited.items()
            for key, there in record.items():
                label = fold(key.replace("_", " "))
                if label in told and there:
                    where = Pointer(target, Value((key,)), f"{len(there)} entries in the record")
                    compared = _too_much if label in allowed else _too_little
                    for line, finding in compared(told[label], there, where):
                        place = word_at(library, facts.path, line.line, line.text)
                        yield facts.path, finding._replace(place=place)

    return check


def _records_with_lists(
    library: Library, facts: Facts, labels: set[str]
) -> dict[str, dict[str, list[str]]]:
    """The records that a document cites and that hold such lists."""
    found: dict[str, dict[str, list[str]]] = {}
    for target in {link.target for link in facts.links if link.target.endswith(".json")}:
        document = library.document(target)
        if document is not None and isinstance(document.data, dict):
            held = {
                key: [text for text in value if isinstance(text, str)]
                for key, value in document.data.items()
                if isinstance(value, list) and fold(key.replace("_", " ")) in labels
            }
            if held:
                found[target] = held
    return found


def _too_much(
    here: list[_Listed], there: list[str], where: Pointer
) -> Iterator[tuple[_Listed, Finding]]:
    known = {path.rstrip("/") for path in there}
    for each in here:
        steps = each.text.rstrip("/").split("/")[:_DEEP]
        if not any("/".join(steps[: depth + 1]) in known for depth in range(len(steps))):
            detail = f"`{each.text}` is allowed here and not in the record that is cited"
            step = "admit the path in the record first, or drop it here"
            yield each, Finding(Whole(), detail, step, (where,))


_DEEP = 50
"""Folders deep that an allowed path is looked at."""


def _too_little(
    here: list[_Listed], there: list[str], where: Pointer
) -> Iterator[tuple[_Listed, Finding]]:
    said = {each.text for each in here}
    missing = [text for text in there if text not in said]
    if missing:
        detail = f"the list lacks {len(missing)} of the {len(there)} that the cited record forbids"
        step = f"add {listed(missing).replace(' or ', ' and ')}"
        yield here[0], Finding(Whole(), detail, step, (where,))


_WORDS = re.compile(r"[a-z0-9]+")


def state_of_record(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Sentences that give a record another state than it has (ADM).

    A sentence is about a record if the heading above it names the record in the words of its file
    name."""
    states = dict.fromkeys(texts(parameters, "fields"), state_words(parameters, "states", scene))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        recorded = _by_word(library, states)
        for facts in library.facts.values() if recorded else ():
            if not applies(facts.path):
                continue
            meant: dict[int, list[_Recorded]] = {}
            for statement in facts.said.statements:
                part = facts.said.parts[statement.part]
                if part.date or "record" not in statement.subject.lower():
                    continue
                if statement.part not in meant:
                    meant[statement.part] = _named(recorded, part.title)
                for record, field, _ in meant[statement.part]:
                    state = record.fields[field]
                    if (
                        statement.state in states[field]
                        and (statement.state != state) != statement.negated
                    ):
                        detail = f"the record is called `{statement.state}` here and is `{state}`"
                        step = "say what is true now, or move the sentence below a dated heading"
                        where = Pointer(record.path, Value((field,)), f"it is `{state}`")
                        place = word_at(library, facts.path, statement.line, statement.state)
                        yield facts.path, Finding(place, detail, step, (where,))

    return check


class _Recorded(NamedTuple):
    """A record with a state."""

    facts: Facts
    field: str
    words: frozenset[str]
    """Of its file name."""


def _by_word(library: Library, fields: Iterable[str]) -> Mapping[str, list[_Recorded]]:
    """A word → the records whose file names have it."""
    found: dict[str, list[_Recorded]] = {}
    for facts in library.facts.values():
        for field in fields if facts.path.endswith(".json") else ():
            name = facts.path.rpartition("/")[2].lower().rpartition(".")[0]
            words = frozenset(_WORDS.findall(name))
            for word in words if field in facts.fields and len(words) > 2 else ():
                found.setdefault(word, []).append(_Recorded(facts, field, words))
    return found


def _named(recorded: Mapping[str, list[_Recorded]], title: str) -> list[_Recorded]:
    """The records of whose file name two thirds of the words stand in a heading."""
    words = _WORDS.findall(title)
    told = {*words, *(one + other for one, other in pairwise(words))}
    found = {
        record.facts.path: record
        for word in sorted(told)
        for record in (recorded.get(word, ()) if len(recorded.get(word, ())) <= _MANY else ())
    }
    return [each for each in found.values() if len(each.words & told) * 3 >= len(each.words) * 2]


_MANY = 50
"""Records above which a word of their names tells nothing."""


def claimed_admitted(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Claims that an admission is in force whose record says that it is not (SRC)."""
    phrase = texts(parameters, "phrase")[0].lower()
    kind = texts(parameters, "kind")[0]
    good = state_words(parameters, "good", scene)
    known = scene.states

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        state = standing(library, scene)
        denied = _not_admitted(library, kind)
        if denied is None:
            return
        record, refusal = denied
        where = Pointer(
            record.path,
            word_at(library, record.path, refusal.line, refusal.value),
            f"the record says `{refusal.value}`",
        )
        for facts in library.facts.values():
            if facts.path == record.path or not applies(facts.path):
                continue
            for line, word, part in _claims(facts, phrase, good):
                if part is not None and not bears(library, state, known, facts, part):
                    continue
                detail = f"{phrase} is called `{word}` here, and its record says `{refusal.value}`"
                step = "complete the admission first, or say that it is missing"
                yield (
                    facts.path,
                    Finding(word_at(library, facts.path, line, word), detail, step, (where,)),
                )

    return check


def _not_admitted(library: Library, kind: str) -> tuple[Facts, Label] | None:
    for facts in library.facts.values():
        for label in facts.said.labels if facts.kind == kind else ():
            if label.key == "status" and label.value.lower().startswith("not "):
                return facts, label
    return None


def _claims(
    facts: Facts, phrase: str, good: frozenset[str]
) -> Iterator[tuple[int, str, int | None]]:
    """Line, word, and the part in which it is taken for granted; None where it is said."""
    for label in facts.said.labels:
        if phrase in label.key and label.value.lower() in good:
            yield label.line, label.value, None
    for statement in facts.said.statements:
        told = statement.state in good and not statement.negated
        if told and phrase in statement.subject.lower():
            yield statement.line, statement.state, statement.part if statement.assumed else None
