"""Admissions must cover what was done under them, and agree with what documents say of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter

from sot_tools.diagnostic import Finding, Pointer, Value
from sot_tools.documents.lists import Entry
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.labels import keys, lists
from sot_tools.rules.truth.ladder import Ladder, Stage, ladder
from sot_tools.rules.truth.runs import DAY, Record, records, seconds, started

Applies = Callable[[str], bool]


def modes_blocked(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Stages called finished in a mode that an admission blocks (SRC)."""
    known = scene.states
    wanted = keys(parameters, "labels")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        found = ladder(library, known)
        for facts in library.facts.values() if found.stages else ():
            if wanted.isdisjoint(facts.said.lists) or not applies(facts.path):
                continue
            for entries in lists(library, facts.path).values():
                for entry in entries:
                    stage = found.meant(entry.text) if entry.under in wanted else None
                    if stage is not None:
                        yield facts.path, _blocked(library, facts.path, entry, stage)

    return check


def _blocked(library: Library, path: str, entry: Entry, stage: Stage) -> Finding:
    mode = entry.text.rstrip(";.")
    return Finding(
        word_at(library, path, entry.line, mode),
        f"`{mode}` is blocked here, and Stage {stage.number} is `{stage.state}`",
        "record the admission that unblocks the mode, or take the stage back",
        (stage.pointer(library),),
    )


_SHOWN = 8
"""Most stages that one finding points at."""
_WITHOUT = re.compile(r"\b(?:does|do) not (?:approve|admit|cover) (.+)")
_BEYOND = re.compile(r"\bbeyond (?:the )?([^,.;]+)")


def scope_exceeded(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Stages called finished that an admission leaves out in so many words (MOD, ADM)."""
    known = scene.states
    about = tuple(word.lower() for word in texts(parameters, "about"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        stages = ladder(library, known)
        for facts in library.facts.values() if stages.stages else ():
            if not applies(facts.path):
                continue
            trigger = facts.fields.get("review_trigger", "")
            beyond = _BEYOND.search(trigger)
            if beyond is not None:
                yield from _beyond(library, facts, stages, beyond.group(1))
            elif any(word in facts.path.lower() for word in about):
                yield from _left_out(library, facts, stages)

    return check


def _beyond(library: Library, facts: Facts, stages: Ladder, limit: str) -> Iterator[Found]:
    """A review that is due `before promotion beyond X` and stages after X that are finished."""
    last = stages.meant(limit)
    later = stages.after(last.number)[:_SHOWN] if last is not None else ()
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


def _left_out(library: Library, facts: Facts, stages: Ladder) -> Iterator[Found]:
    for entry in (entry for part in lists(library, facts.path).values() for entry in part):
        match = _WITHOUT.search(entry.text)
        if match is None:
            continue
        named = [
            stages.meant(phrase) for phrase in re.split(r", (?:or |and )?| or ", match.group(1))
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
                    tuple(stage.pointer(library) for stage in covered[:_SHOWN]),
                ),
            )


def admitted_after(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Runs that began before the admission that they were made under (DOCUMENT-KINDS, rule 7)."""
    instant = texts(parameters, "instant")
    match = {field: keys(parameters, field) for field in texts(parameters, "match")}

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        admitted = [
            (facts, key)
            for facts in library.facts.values()
            if (key := next((name for name in instant if name in facts.fields), ""))
        ]
        made = _runs_under(library, match) if admitted else {}
        for facts, key in admitted:
            moment, slack = _moment(facts.fields[key])
            runs = made.get(tuple(facts.fields.get(name, "") for name in match), [])
            early = bisect_left(runs, (moment or 0) - slack, key=itemgetter(0))
            if moment is None or not early or not applies(facts.path):
                continue
            record = runs[early - 1][1]
            detail = f"the admission is dated {facts.fields[key]}, and {early} run"
            detail += f"{'s' if early > 1 else ''} under it began earlier,"
            detail += f" the last at {record.run[:16]}"
            where = pointer(library, record.path, record.line, record.run, "this run")
            step = "record when the admission was given; runs before it prove nothing under it"
            yield facts.path, Finding(Value((key,)), detail, step, (where,))

    return check


def _runs_under(
    library: Library, match: Mapping[str, frozenset[str]]
) -> Mapping[tuple[str, ...], list[tuple[int, Record]]]:
    """What runs say they were made under → when each began, in the order of time."""
    found: dict[tuple[str, ...], dict[str, tuple[int, Record]]] = {}
    for record in records(library):
        began = started(record.run)
        said = {label.key: label.value for label in reversed(record.labels)}
        under = tuple(
            next((said[key] for key in sorted(wanted) if key in said), "")
            for wanted in match.values()
        )
        if began is not None and all(under):
            found.setdefault(under, {}).setdefault(record.run, (began, record))
    return {under: sorted(runs.values()) for under, runs in found.items()}


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
