"""Admissions must cover what was done under them, and agree with what documents say of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sot_tools.diagnostic import Finding, Pointer, Value
from sot_tools.documents.document import Document
from sot_tools.documents.sections import fold
from sot_tools.documents.statements import entries
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.ladder import Stage, finished_stages, meant
from sot_tools.rules.truth.runs import DAY, records, seconds, started
from sot_tools.rules.truth.standing import words

Applies = Callable[[str], bool]


def modes_blocked(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Stages called finished in a mode that an admission blocks (SRC)."""
    known = words(parameters)
    labels = sorted({fold(label) for label in texts(parameters, "labels")})
    question = f"entries under: {labels}"

    def listed(document: Document) -> list[tuple[str, int]]:
        """Text and line of each entry under one of the labels."""
        return [(each.text, each.line) for each in entries(document) if each.under in labels]

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        stages = finished_stages(library, known)
        for facts in library.facts.values():
            asked = stages and applies(facts.path)
            for text, line in library.answer(facts.path, question, listed) or () if asked else ():
                stage = meant(stages, text)
                if stage is not None:
                    mode = text.rstrip(";.")
                    detail = (
                        f"`{mode}` is blocked here, and Stage {stage.number} is `{stage.state}`"
                    )
                    yield (
                        facts.path,
                        Finding(
                            word_at(library, facts.path, line, mode),
                            detail,
                            "record the admission that unblocks the mode, or take the stage back",
                            (stage.pointer(library),),
                        ),
                    )

    return check


_WITHOUT = re.compile(r"\b(?:does|do) not (?:approve|admit|cover) (.+)")
_BEYOND = re.compile(r"\bbeyond (?:the )?([^,.;]+)")


def scope_exceeded(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Stages called finished that an admission leaves out in so many words (MOD, ADM)."""
    known = words(parameters)
    about = tuple(word.lower() for word in texts(parameters, "about"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        stages = finished_stages(library, known)
        for facts in library.facts.values() if stages else ():
            if not applies(facts.path):
                continue
            trigger = facts.fields.get("review_trigger", "")
            beyond = _BEYOND.search(trigger)
            if beyond is not None:
                yield from _beyond(library, facts, stages, beyond.group(1))
            elif any(word in facts.path.lower() for word in about):
                yield from _left_out(library, facts, stages)

    return check


def _beyond(library: Library, facts: Facts, stages: list[Stage], limit: str) -> Iterator[Found]:
    """A review that is due `before promotion beyond X` and stages after X that are finished."""
    last = meant(stages, limit)
    later = [stage for stage in stages if last is not None and stage.number > last.number]
    if last is not None and later:
        detail = f"a review is due before anything beyond `{limit}`, and Stage {later[0].number} is"
        detail += f" `{later[0].state}` without one"
        yield (
            facts.path,
            Finding(
                Value(("review_trigger",)),
                detail,
                "record the review and the wider admission, or take the stages back",
                tuple(stage.pointer(library) for stage in later),
            ),
        )


def _left_out(library: Library, facts: Facts, stages: list[Stage]) -> Iterator[Found]:
    document = library.document(facts.path)
    for entry in entries(document) if document else ():
        match = _WITHOUT.search(entry.text)
        if match is None:
            continue
        named = [
            meant(stages, phrase) for phrase in re.split(r", (?:or |and )?| or ", match.group(1))
        ]
        covered = sorted({stage for stage in named if stage is not None})
        if covered:
            numbers = ", ".join(str(stage.number) for stage in covered)
            detail = f"this admission leaves out stages that are finished: {numbers}"
            yield (
                facts.path,
                Finding(
                    word_at(library, facts.path, entry.line, match.group()[:20]),
                    detail,
                    "name the admission that covers each of them, or take them back",
                    tuple(stage.pointer(library) for stage in covered),
                ),
            )


def admitted_after(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Runs that began before the admission that they were made under (DOCUMENT-KINDS, rule 7)."""
    instant = texts(parameters, "instant")
    match = {
        field: frozenset(fold(label) for label in texts(parameters, field))
        for field in texts(parameters, "match")
    }

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            key = next((name for name in instant if name in facts.fields), "")
            if not key or not applies(facts.path):
                continue
            moment, slack = _moment(facts.fields[key])
            wanted = {name: facts.fields.get(name, "") for name in match}
            if moment is None or not all(wanted.values()):
                continue
            early = []
            seen = set()
            for record in records(library):
                began = started(record.run)
                if began is None or record.run in seen or began + slack >= moment:
                    continue
                said = {
                    name: {label.value for label in record.labels if label.key in keys}
                    for name, keys in match.items()
                }
                if all(wanted[name] in said[name] for name in match):
                    seen.add(record.run)
                    early.append((began, record))
            if early:
                _, record = max(early, key=lambda pair: pair[0])
                detail = f"the admission is dated {facts.fields[key]}, and {len(early)} run"
                detail += f"{'s' if len(early) > 1 else ''} under it began earlier,"
                detail += f" the last at {record.run[:16]}"
                where = pointer(library, record.path, record.line, record.run, "this run")
                step = "record when the admission was given; runs before it prove nothing under it"
                yield facts.path, Finding(Value((key,)), detail, step, (where,))

    return check


def _moment(text: str) -> tuple[int | None, int]:
    """An instant, and the tolerance that its precision leaves: a plain date means the whole day,
    wherever on earth it was written."""
    return seconds(text), 0 if "T" in text else DAY


def one_admitted(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Records of one kind of which only one may be in force (section Z)."""
    (field,) = texts(parameters, "field")
    admitted = texts(parameters, "values")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        first: dict[str, Facts] = {}
        for facts in library.facts.values():
            if not applies(facts.path) or facts.fields.get(field) not in admitted:
                continue
            if facts.kind not in first:
                first[facts.kind] = facts
                continue
            other = first[facts.kind]
            state = facts.fields[field]
            detail = f"two records of kind {facts.kind} are `{state}` at once"
            step = "withdraw one of them, so that nobody has to guess which is in force"
            where = Pointer(other.path, Value((field,)), f"also `{other.fields[field]}`")
            yield facts.path, Finding(Value((field,)), detail, step, (where,))

    return check
