"""Entry gates and dependencies must hold where something was finished on top of them (GATE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from sot_tools.diagnostic import Finding, Pointer, Value
from sot_tools.documents.statements import Statement
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, States, WorkspaceCheck
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.ladder import HEAD
from sot_tools.rules.truth.standing import Standing, current, registered, standing

Applies = Callable[[str], bool]
Broken = tuple[str, Pointer]
"""What is so instead, and where it stands."""


def gates_hold(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Gates and dependencies that another place contradicts."""
    known = scene.states

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        facts = standing(library, scene)
        for each in library.facts.values():
            assumed = [statement for statement in each.said.statements if statement.assumed]
            for statement in assumed if applies(each.path) else ():
                if not bears(library, facts, known, each, statement.part):
                    continue
                broken = _broken(library, facts, known, each, statement)
                if broken is not None:
                    what, where = broken
                    detail = (
                        f"`{statement.subject}` is said to be `{statement.state}` here, and {what}"
                    )
                    step = (
                        "prove what the gate asks for, or take back what was finished on top of it"
                    )
                    place = word_at(library, each.path, statement.line, statement.state)
                    yield each.path, Finding(place, detail, step, (where,))

    return check


def bears(library: Library, facts: Standing, known: States, document: Facts, part: int) -> bool:
    """Whether something was finished on top of what a part takes for granted: its stage or a later
    one, or, outside of stages, anything of its document or family."""
    families: frozenset[str] = library.once(
        ("finished families", known), lambda: _finished_families(library, facts, known)
    )
    highest: Mapping[str, int] = library.once(
        ("highest stages", known), lambda: _highest_stages(facts, known)
    )
    stages: list[int | None] = library.once(
        ("stages of parts", document.path), lambda: _stage_of_parts(document)
    )
    number = stages[part] if part >= 0 else None
    if number is not None:
        return highest.get(document.path, -1) >= number
    return document.family in families or document.path in highest


def _stage_of_parts(document: Facts) -> list[int | None]:
    """The number of the stage that each part belongs to by its own heading or the one above it."""
    found: list[int | None] = []
    above: list[int | None] = [None] * 7
    for part in document.said.parts:
        head = HEAD.match(part.title)
        number = int(head.group(1)) if head else above[part.level - 1]
        above[part.level :] = [number] * (7 - part.level)
        found.append(number)
    return found


def _finished_families(library: Library, facts: Standing, known: States) -> frozenset[str]:
    """Families with an item or a document that is called finished."""
    found = set()
    for each in library.facts.values():
        if each.fields.get("status") in known.finished:
            found.add(each.family)
        for item in each.items:
            now = current(facts, item.id)
            if now is not None and now.state in known.finished:
                found.add(each.family)
    return frozenset(found)


def _highest_stages(facts: Standing, known: States) -> Mapping[str, int]:
    """Path → the number of the highest stage that the document calls finished."""
    found: dict[str, int] = {}
    for subject, said in facts.items():
        if subject.startswith("Stage "):
            for word in said:
                if word.rank == 1 and word.state in known.finished:
                    number = int(subject.removeprefix("Stage "))
                    found[word.path] = max(number, found.get(word.path, -1))
    return found


def _broken(
    library: Library, facts: Standing, known: States, document: Facts, statement: Statement
) -> Broken | None:
    if statement.negated:
        return None
    if statement.state in known.finished:
        word = registered(facts, statement.subject)
        if word is not None and word.state in known.unfinished:
            return f"it is `{word.state}`", word.pointer(library, statement.subject)
        named = _document(library, statement.subject)
        if named is not None and named.path != document.path:
            status = named.fields.get("status", "")
            if status in known.unfinished:
                label = f"the document is `{status}`"
                return f"its document is `{status}`", Pointer(named.path, Value(("status",)), label)
    return _denied(library, document, statement)


def _document(library: Library, name: str) -> Facts | None:
    """The document that a gate names by its title, with or without words before it; None where
    several have it."""

    def compute() -> Mapping[tuple[str, ...], list[Facts]]:
        found: dict[tuple[str, ...], list[Facts]] = {}
        for facts in library.facts.values():
            title = _spoken(facts.title)[-_ENDING:]
            for begin in range(len(title) - 1):
                found.setdefault(title[begin:], []).append(facts)
        return found

    endings: Mapping[tuple[str, ...], list[Facts]] = library.once("titles by ending", compute)
    named = endings.get(_spoken(name), [])
    return named[0] if len(named) == 1 else None


_ENDING = 12
"""Words at the end of a title that a gate may name."""


def _spoken(name: str) -> tuple[str, ...]:
    """The words of a name as people say them: without plural, and without `record` at the end."""
    words = [word.removesuffix("s") for word in name.lower().split()]
    return tuple(words[:-1] if words[-1:] == ["record"] else words)


_PALE = frozenset({"status", "stage", "record", "document", "requested", "source"})
"""Words that do not tell two subjects apart."""


class _Denial(NamedTuple):
    """A statement that something is not so; the order is that of the documents."""

    order: int
    path: str
    statement: Statement


def _denied(library: Library, document: Facts, statement: Statement) -> Broken | None:
    """A statement elsewhere that says the opposite of the same thing: `resolved`, `unresolved`."""
    denials: Mapping[tuple[str, str], list[_Denial]] = library.once(
        "denials", lambda: _denials(library)
    )
    found = [
        denial
        for word in _telling(statement.subject)
        for denial in denials.get((statement.state, word), ())
        if denial.path != document.path
    ]
    if not found:
        return None
    first = min(found, key=lambda denial: denial.order)
    other = first.statement
    word = f"not {other.state}" if other.negated else other.state
    label = f"`{other.subject}` is `{word}`"
    where = pointer(library, first.path, other.line, other.state, label)
    title = library.facts[first.path].title or first.path
    return f"{title} says `{other.subject} is {word}`", where


def _denials(library: Library) -> Mapping[tuple[str, str], list[_Denial]]:
    """A state and a telling word → the first denials of it in two documents."""
    found: dict[tuple[str, str], list[_Denial]] = {}
    order = 0
    for facts in library.facts.values():
        for statement in facts.said.statements:
            order += 1
            if statement.assumed:
                continue
            state = statement.state if statement.negated else statement.state.removeprefix("un")
            if not statement.negated and state == statement.state:
                continue
            for word in _telling(statement.subject):
                said = found.setdefault((state, word), [])
                if not said or (len(said) == 1 and said[0].path != facts.path):
                    said.append(_Denial(order, facts.path, statement))
    return found


def _telling(subject: str) -> frozenset[str]:
    return frozenset(
        word for word in subject.lower().split() if len(word) > 4 and word not in _PALE
    )
