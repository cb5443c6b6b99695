"""Contracts: closed sets that others leave, and demands that nothing answers (EVI, ADP)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from sot_tools.diagnostic import Finding, Pointer
from sot_tools.documents.document import Document
from sot_tools.documents.lists import entries
from sot_tools.documents.problems import at
from sot_tools.documents.sections import fold, part_at, plain
from sot_tools.rules.model import Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.nearest import hint
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.runs import records

Applies = Callable[[str], bool]
_EVENT = re.compile(r"`([a-z]+(?:\.[a-z]+)+)`")
_FILES = re.compile(
    r"\.(?:json|jsonl|md|py|sh|log|diff|txt|yaml|yml|toml|js|ts|default|gitignore)$"
)


def vocabulary(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Names of events that no contract with a closed list of them knows (EVI-13)."""
    section = fold(texts(parameters, "section")[0])
    near = tuple(texts(parameters, "near"))
    called = re.compile(rf"(?:{'|'.join(map(re.escape, near))})s?(?: [a-z]+){{0,2}} $")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        contracts = {path: (line, names) for path, line, names in _closed(library, section)}
        known = frozenset(name for _, names in contracts.values() for name in names)
        if not known:
            return
        contract, (line, _) = next(iter(contracts.items()))
        where = Pointer(contract, at(line, 1, 3), f"the closed list has {len(known)} events")
        for facts in library.facts.values():
            if facts.path in contracts or not applies(facts.path):
                continue
            seen: set[str] = set()
            for number, text in library.answer(facts.path, "event lines", *near) or ():
                for name, column in _strangers(text, known, called):
                    if name not in seen:
                        seen.add(name)
                        detail = f"event `{name}` is not in the closed list of the contract"
                        step = hint(name, known) or "add it to the contract first, or drop it"
                        place = at(number, column, len(name))
                        yield facts.path, Finding(place, detail, step, (where,))

    return check


def event_lines(document: Document, *near: str) -> list[tuple[int, str]]:
    """Number and text of each line that may name events."""
    return [
        (number, text)
        for number, text in enumerate(document.lines, 1)
        if document.format == "markdown" and "`" in text and any(word in text for word in near)
        if _EVENT.search(text)
    ]


def _strangers(
    text: str, known: frozenset[str], called: re.Pattern[str]
) -> Iterator[tuple[str, int]]:
    """Name and column of every unknown event on a line: the line calls it one directly in front of
    it, or names it in the company of events that are known, or it shares their first word."""
    found = list(_EVENT.finditer(text))
    families = {name.partition(".")[0] for name in known}
    among = any(match.group(1) in known for match in found)
    for match in found:
        name = match.group(1)
        if name in known or _FILES.search(name):
            continue
        near = text[max(match.start() - _NEAR, 0) : match.start()]
        if among or name.partition(".")[0] in families or called.search(near):
            yield name, match.start(1) + 1


_NEAR = 60
"""Characters in front of a name in which it is called an event."""


def _closed(library: Library, section: str) -> Iterator[tuple[str, int, frozenset[str]]]:
    for facts in library.facts.values():
        for index, part in enumerate(facts.said.parts):
            document = library.document(facts.path) if part.title == section else None
            if document is None:
                continue
            lines = [entry.line for entry in entries(document) if entry.part == index]
            known = frozenset(
                match for line in lines for match in _EVENT.findall(document.line(line))
            )
            if known:
                yield facts.path, part.line, known


def unevidenced(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Sections of contracts that demand a record of every run, while no run has one (ADP-08)."""
    section = frozenset(fold(title) for title in texts(parameters, "section"))
    answer = re.compile("|".join(texts(parameters, "answer")), re.IGNORECASE)
    begun = frozenset(fold(key.replace("_", " ")) for key in texts(parameters, "begun"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        runs = [
            record
            for record in records(library)
            if any(label.key in begun and label.value == "true" for label in record.labels)
        ]
        if not runs or any(
            answer.search(f"{label.key}: {label.value}") for run in runs for label in run.labels
        ):
            return
        for facts in library.facts.values():
            for part in facts.said.parts if applies(facts.path) else ():
                if part.title in section:
                    detail = f"every run needs its `{part.title}`, and no recorded run has it"
                    detail += f" ({len(runs)} recorded)"
                    first = runs[0]
                    where = Pointer(first.path, at(first.line, 1, 3), "a run without it")
                    step = "record it for each run, or change the contract"
                    yield facts.path, Finding(at(part.line, 1, 3), detail, step, (where,))

    return check


def closed_column(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Values that reports use and the table that closes the set does not have (FAIL)."""
    column = fold(texts(parameters, "column")[0])
    labels = frozenset(fold(key.replace("_", " ")) for key in texts(parameters, "labels"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        table = _column(library, column)
        if table is None:
            return
        path, line, known = table
        for facts in library.facts.values():
            seen: set[str] = set()
            for label in facts.said.labels if applies(facts.path) else ():
                if label.key not in labels or label.value in known or label.value in seen:
                    continue
                seen.add(label.value)
                code = label.value.lower().replace(" ", "_")
                detail = f"`{label.value}` is not in the closed list of {len(known)}"
                step = f"write `{code}`" if code in known else hint(code, known)
                step = step or "add it to the contract first, or use a value that it has"
                where = Pointer(path, at(line, 1, 3), "the closed list")
                place = word_at(library, facts.path, label.line, label.value)
                yield facts.path, Finding(place, detail, step, (where,))

    return check


def _column(library: Library, column: str) -> tuple[str, int, frozenset[str]] | None:
    """Path, line and values of the first table of a matrix with a column of this title."""
    for facts in library.facts.values():
        document = library.document(facts.path) if facts.kind == "matrix" else None
        index = -1
        line = 0
        found: set[str] = set()
        for block in document.blocks if document else ():
            cells = [plain(cell) for cell in block.text.strip().strip("|").split("|")]
            if block.kind != "row":
                continue
            if block.info == "head":
                index = next((n for n, cell in enumerate(cells) if fold(cell) == column), -1)
                line = line if index < 0 else block.line
            elif 0 <= index < len(cells):
                found.add(cells[index])
        if found:
            return facts.path, line, frozenset(found)
    return None


def roles_agree(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """A thing that a decision calls by one role and another document by the opposite (DEC)."""
    roles = texts(parameters, "roles")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        said = [
            (facts, label)
            for facts in library.facts.values()
            for label in facts.said.labels
            if label.key.partition(" ")[0] in roles and " " in label.key and " " not in label.value
        ]
        called = _called(library, roles, frozenset(label.value for _, label in said))
        for facts, label in said:
            role, _, thing = label.key.partition(" ")
            for path, line, other in called.pop(label.value, ()) if applies(facts.path) else ():
                if other != role:
                    detail = f"`{label.value}` is called {other} here, and is the {role} {thing}"
                    where = pointer(library, facts.path, label.line, label.value, f"the {role}")
                    step = "say which of the two it is now"
                    yield path, Finding(word_at(library, path, line, other), detail, step, (where,))

    return check


def _called(
    library: Library, roles: tuple[str, ...], names: frozenset[str]
) -> dict[str, list[tuple[str, int, str]]]:
    """Name → path, line and role of every line outside dated parts that puts a role behind it."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    for facts in library.facts.values() if names else ():
        for number, name, role in library.answer(facts.path, "roles", *roles) or ():
            part = part_at(facts.said.parts, number)
            if name in names and (part < 0 or not facts.said.parts[part].date):
                found.setdefault(name, []).append((facts.path, number, role))
    return found


def roles_given(document: Document, *roles: str) -> list[tuple[int, str, str]]:
    """Line, name and role of everything behind which a role stands."""
    near = _behind(roles)
    return [
        (number, match.group(1), match.group(2))
        for number, line in enumerate(document.lines if "`" in document.text else (), 1)
        for match in near.finditer(line)
    ]


@cache
def _behind(roles: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"`([^`\n]+)`(?=(?: / `[^`\n]+`)? ({'|'.join(map(re.escape, roles))})\b)")
