"""What documents say of a record must be what the record says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from sot_tools.diagnostic import Finding, Pointer, Value, Whole
from sot_tools.documents.sections import fold
from sot_tools.documents.statements import Label, entries
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.nearest import listed
from sot_tools.rules.pointing import word_at
from sot_tools.rules.truth.gates import bears
from sot_tools.rules.truth.standing import standing, words

Applies = Callable[[str], bool]


def record_agrees(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Labels that repeat a field of a record with another value (MOD, DEC, ADM).

    A part speaks of the record that it names by path, or whose identifying fields it repeats."""
    identity = tuple(fold(field) for field in texts(parameters, "identity"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        recorded = [facts for facts in library.facts.values() if _is_record(facts)]
        for facts in library.facts.values() if recorded else ():
            if facts in recorded or not applies(facts.path):
                continue
            for index, labels in _by_part(facts).items():
                record = _meant(facts, index, labels, recorded, identity)
                if record is not None:
                    yield from _differences(library, facts, labels, record)

    return check


def _is_record(facts: Facts) -> bool:
    return facts.path.endswith(".json") and bool(facts.fields)


def _by_part(facts: Facts) -> dict[int, list[Label]]:
    found: dict[int, list[Label]] = {}
    for label in facts.said.labels:
        found.setdefault(label.part, []).append(label)
    return found


def _meant(
    facts: Facts,
    index: int,
    labels: list[Label],
    recorded: list[Facts],
    identity: tuple[str, ...],
) -> Facts | None:
    """The one record that a part is about; None for none or several."""
    part = facts.said.parts[index] if index >= 0 else None
    said = {label.key: label.value for label in reversed(labels)}
    found = []
    for record in recorded:
        fields = {fold(key.replace("_", " ")): value for key, value in record.fields.items()}
        same = [key for key in identity if key in fields]
        named = part is not None and any(
            link.target == record.path and part.line <= link.line <= part.last
            for link in facts.links
        )
        alike = bool(same) and all(said.get(key) == fields[key] for key in same)
        denied = any(key in said and said[key] != fields[key] for key in same)
        if (named or alike) and not denied:
            found.append(record)
    return found[0] if len(found) == 1 else None


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
            cited = [
                (link, document)
                for link in facts.links
                if link.target.endswith(".json")
                and (document := library.document(link.target)) is not None
                and isinstance(document.data, dict)
            ]
            document = library.document(facts.path) if cited and applies(facts.path) else None
            if document is None:
                continue
            told: dict[str, list[_Listed]] = {}
            for entry in entries(document):
                if entry.under in allowed | forbidden:
                    each = _Listed(entry.line, entry.text.rstrip(";."))
                    told.setdefault(entry.under, []).append(each)
            for link, record in cited:
                for key, value in record.data.items():
                    label = fold(key.replace("_", " "))
                    if label in told and isinstance(value, list) and value:
                        there = [text for text in value if isinstance(text, str)]
                        where = Pointer(
                            link.target, Value((key,)), f"{len(there)} entries in the record"
                        )
                        compared = _too_much if label in allowed else _too_little
                        for line, finding in compared(told[label], there, where):
                            place = word_at(library, facts.path, line.line, line.text)
                            yield facts.path, finding._replace(place=place)

    return check


def _too_much(
    here: list[_Listed], there: list[str], where: Pointer
) -> Iterator[tuple[_Listed, Finding]]:
    for each in here:
        if not any(each.text == path or each.text.startswith(_folder(path)) for path in there):
            detail = f"`{each.text}` is allowed here and not in the record that is cited"
            step = "admit the path in the record first, or drop it here"
            yield each, Finding(Whole(), detail, step, (where,))


def _too_little(
    here: list[_Listed], there: list[str], where: Pointer
) -> Iterator[tuple[_Listed, Finding]]:
    said = {each.text for each in here}
    missing = [text for text in there if text not in said]
    if missing:
        detail = f"the list lacks {len(missing)} of the {len(there)} that the cited record forbids"
        step = f"add {listed(missing).replace(' or ', ' and ')}"
        yield here[0], Finding(Whole(), detail, step, (where,))


def _folder(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"


_WORDS = re.compile(r"[a-z0-9]+")


def state_of_record(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Sentences that give a record another state than it has (ADM).

    A sentence is about a record if the heading above it names the record in the words of its file
    name."""
    states: Mapping[str, tuple[str, ...]] = {
        field: texts(parameters, "states") for field in texts(parameters, "fields")
    }

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        recorded = [
            (facts, field)
            for facts in library.facts.values()
            for field in states
            if field in facts.fields and facts.path.endswith(".json")
        ]
        for facts in library.facts.values() if recorded else ():
            if not applies(facts.path):
                continue
            for statement in facts.said.statements:
                if statement.part >= 0 and facts.said.parts[statement.part].date:
                    continue
                title = facts.said.parts[statement.part].title if statement.part >= 0 else ""
                for record, field in recorded:
                    state = record.fields[field]
                    if (
                        statement.state in states[field]
                        and (statement.state != state) != statement.negated
                        and "record" in statement.subject.lower()
                        and _names(title, record.path)
                    ):
                        detail = f"the record is called `{statement.state}` here and is `{state}`"
                        step = "say what is true now, or move the sentence below a dated heading"
                        where = Pointer(record.path, Value((field,)), f"it is `{state}`")
                        place = word_at(library, facts.path, statement.line, statement.state)
                        yield facts.path, Finding(place, detail, step, (where,))

    return check


def _names(title: str, path: str) -> bool:
    """Whether most words of a file name stand in a heading."""
    words = _WORDS.findall(path.rpartition("/")[2].lower().rpartition(".")[0])
    told = set(_WORDS.findall(title)) | set(title.replace(" ", "").split("-"))
    joined = title.replace(" ", "")
    found = [word for word in words if word in told or word in joined]
    return len(words) > 2 and len(found) * 3 >= len(words) * 2


def claimed_admitted(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Claims that an admission is in force whose record says that it is not (SRC)."""
    phrase = texts(parameters, "phrase")[0].lower()
    kind = texts(parameters, "kind")[0]
    good = frozenset(texts(parameters, "good"))
    known = words(parameters)

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        state = standing(library, known, scene)
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
