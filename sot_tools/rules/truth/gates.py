"""Entry gates and dependencies must hold where something was finished on top of them (GATE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sot_tools.diagnostic import Finding, Pointer, Value
from sot_tools.documents.statements import Statement
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, WorkspaceCheck
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.ladder import HEAD
from sot_tools.rules.truth.standing import Standing, Words, current, registered, standing, words

Applies = Callable[[str], bool]
Broken = tuple[str, Pointer]
"""What is so instead, and where it stands."""


def gates_hold(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Gates and dependencies that another place contradicts."""
    known = words(parameters)

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        facts = standing(library, known, scene)
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


def bears(library: Library, facts: Standing, known: Words, document: Facts, part: int) -> bool:
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


def _finished_families(library: Library, facts: Standing, known: Words) -> frozenset[str]:
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


def _highest_stages(facts: Standing, known: Words) -> Mapping[str, int]:
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
    library: Library, facts: Standing, known: Words, document: Facts, statement: Statement
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
    """The document that a gate names by its title, with or without words before it."""
    wanted = _spoken(name)
    if len(wanted) < 2:
        return None

    def compute() -> Mapping[str, list[tuple[tuple[str, ...], Facts]]]:
        known: dict[str, list[tuple[tuple[str, ...], Facts]]] = {}
        for facts in library.facts.values():
            title = _spoken(facts.title)
            known.setdefault(title[-1] if title else "", []).append((title, facts))
        return known

    titles = library.once("titles by their last word", compute).get(wanted[-1], [])
    found = [facts for title, facts in titles if title[-len(wanted) :] == wanted]
    return found[0] if len(found) == 1 else None


def _spoken(name: str) -> tuple[str, ...]:
    """The words of a name as people say them: without plural, and without `record` at the end."""
    words = [word.removesuffix("s") for word in name.lower().split()]
    return tuple(words[:-1] if words[-1:] == ["record"] else words)


_PALE = frozenset({"status", "stage", "record", "document", "requested", "source"})
"""Words that do not tell two subjects apart."""


def _denied(library: Library, document: Facts, statement: Statement) -> Broken | None:
    """A statement elsewhere that says the opposite of the same thing: `resolved`, `unresolved`."""

    def compute() -> Mapping[tuple[str, bool], list[tuple[int, Facts, Statement]]]:
        known: dict[tuple[str, bool], list[tuple[int, Facts, Statement]]] = {}
        order = 0
        for facts in library.facts.values():
            for each in facts.said.statements:
                order += 1
                known.setdefault((each.state, each.negated), []).append((order, facts, each))
        return known

    stated = library.once("statements by their state", compute)
    mine = _telling(statement.subject)
    opposite = stated.get((f"un{statement.state}", False), [])
    denied = stated.get((statement.state, True), [])
    for _, facts, other in sorted([*opposite, *denied], key=lambda each: each[0]):
        if other.assumed or facts.path == document.path:
            continue
        if mine & _telling(other.subject):
            word = f"not {other.state}" if other.negated else other.state
            label = f"`{other.subject}` is `{word}`"
            where = pointer(library, facts.path, other.line, other.state, label)
            return f"{facts.title or facts.path} says `{other.subject} is {word}`", where
    return None


def _telling(subject: str) -> frozenset[str]:
    return frozenset(
        word for word in subject.lower().split() if len(word) > 4 and word not in _PALE
    )
