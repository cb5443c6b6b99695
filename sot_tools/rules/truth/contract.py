"""Contracts: closed sets that others leave, and demands that nothing answers (EVI, ADP)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from sot_tools.diagnostic import Finding, Pointer
from sot_tools.documents.document import Document
from sot_tools.documents.problems import at
from sot_tools.documents.sections import fold, plain
from sot_tools.documents.statements import Part, entries, part_at
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.nearest import hint
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.runs import records, run_ids
from sot_tools.rules.truth.standing import current, standing, words

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
    question = f"lines with events: {near}"

    def named(document: Document) -> list[tuple[int, str]]:
        """Number and text of each line that may name events."""
        return [
            (number, text)
            for number, text in enumerate(document.lines, 1)
            if document.format == "markdown" and "`" in text and any(word in text for word in near)
            if _EVENT.search(text)
        ]

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
            for number, text in library.answer(facts.path, question, named) or ():
                for name, column in _strangers(text, known, called):
                    if name not in seen:
                        seen.add(name)
                        detail = f"event `{name}` is not in the closed list of the contract"
                        step = hint(name, known) or "add it to the contract first, or drop it"
                        place = at(number, column, len(name))
                        yield facts.path, Finding(place, detail, step, (where,))

    return check


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


def answered(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Demands in the criteria of finished items that no evidence of their family answers.

    With `count`, a demand that lists things after `for` needs as many pointers as things."""
    known = words(parameters)
    demand = re.compile("|".join(texts(parameters, "demand")), re.IGNORECASE)
    answer = re.compile("|".join(texts(parameters, "answer")), re.IGNORECASE)
    count = bool(texts(parameters, "count", required=False))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        state = standing(library, known, scene)
        for facts in library.facts.values():
            for item in facts.items if applies(facts.path) else ():
                now = current(state, item.id)
                asked = next(
                    (line for line in item.acceptance or () if _asks(demand, line.text)), None
                )
                if asked is None or now is None or now.state not in known.finished:
                    continue
                wanted = _wanted(asked.text) if count else 1
                about = {word.path for word in state.get(item.id, ()) if word.rank == 1}
                shown = _shown(library, facts, about, answer)
                if shown >= wanted:
                    continue
                name = _matched(demand, asked.text)
                detail = (
                    f"`{item.id}` is `{now.state}` and asks for `{name}`, which no evidence shows"
                )
                if wanted > 1:
                    detail = f"`{item.id}` is `{now.state}` and asks for {wanted} of `{name}`;"
                    detail += f" its evidence points at {shown}"
                step = "name the artifact that shows it, or take the state back"
                where = (now.pointer(library, item.id),)
                place = word_at(library, facts.path, asked.line, name)
                yield facts.path, Finding(place, detail, step, where)

    return check


def _matched(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match.group() if match else text


_ON_PAPER = re.compile(
    r"\b(?:PRD|[Pp]acket|[Tt]emplate|[Rr]equires?|states|defines|names|lists|says)\b"
)


def _asks(demand: re.Pattern[str], text: str) -> bool:
    """Whether a criterion asks for the thing itself, not for a document that speaks of it."""
    match = demand.search(text)
    return match is not None and not _ON_PAPER.search(text, 0, match.start())


def _wanted(text: str) -> int:
    """How many things a criterion lists after `for`."""
    _, _, listed = text.partition(" for ")
    return max(1, len([part for part in re.split(r",| and ", listed) if part.strip()]))


def _shown(library: Library, facts: Facts, about: set[str], answer: re.Pattern[str]) -> int:
    """How many pointers in the evidence of a family, or about the item, answer: run ids, else the
    labels themselves."""
    found: set[str] = set()
    for other in library.facts.values():
        if other.family != facts.family and other.path not in about:
            continue
        late = other.kind in ("evidence", "closeout")
        document = library.document(other.path) if late else None
        pointers: set[str] = set()
        for label in other.said.labels:
            part = other.said.parts[label.part].title if label.part >= 0 else ""
            if late or "evidence" in (label.under or part) or "evidence" in part:
                text = f"{label.key}: {label.value}"
                if answer.search(text):
                    pointers |= set(run_ids(label.value)) or {text}
        if not pointers and document is not None and answer.search(document.text):
            pointers.add(other.path)
        found |= pointers
    return len(found)


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
                    detail = f"every run needs this, and none of {len(runs)} recorded runs has it"
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


_PAIR = re.compile(r"\b([a-z]+(?:_[a-z]+)+): ?(?=\S)")


def promised(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Fields that the criteria of a finished family promise and its evidence does not hold."""
    known = words(parameters)

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        state = standing(library, known, scene)
        families: dict[str, list[Facts]] = {}
        for facts in library.facts.values():
            families.setdefault(facts.family, []).append(facts)
        for members in families.values():
            late = [facts for facts in members if facts.kind in known.evidence]
            items = [item for facts in members for item in facts.items]
            now = [current(state, item.id) for item in items]
            if (
                not late
                or not now
                or any(not word or word.state not in known.finished for word in now)
            ):
                continue
            for facts in members:
                if facts in late or not applies(facts.path):
                    continue
                for path, line, key in _missing_fields(library, facts, late):
                    detail = f"`{key}` is promised here, and the evidence of the family lacks it"
                    where = Pointer(late[0].path, at(1), "evidence of the family")
                    step = "record it in the evidence, or say why it is not part of it"
                    yield path, Finding(word_at(library, path, line, key), detail, step, (where,))

    return check


def _missing_fields(
    library: Library, facts: Facts, late: list[Facts]
) -> Iterator[tuple[str, int, str]]:
    promised = library.answer(
        facts.path, "promised fields", partial(_promised, parts=facts.said.parts)
    )
    if not promised:
        return
    shown = [
        found.text.lower() for each in late if (found := library.document(each.path)) is not None
    ]
    seen: set[str] = set()
    for line, key in promised:
        spoken = key.replace("_", " ")
        if key not in seen and not any(key in text or spoken in text for text in shown):
            seen.add(key)
            yield facts.path, line, key


def _promised(document: Document, parts: Sequence[Part]) -> list[tuple[int, str]]:
    """Line and name of each field that the criteria of a document speak of."""
    found = []
    for entry in entries(document):
        part = parts[entry.part].title
        if "criteria" in part or "acceptance" in (entry.under or part):
            found += [(entry.line, match.group(1)) for match in _PAIR.finditer(entry.text)]
    return found


def roles_agree(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """A thing that a decision calls by one role and another document by the opposite (DEC)."""
    roles = texts(parameters, "roles")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            for label in facts.said.labels if applies(facts.path) else ():
                role, _, thing = label.key.partition(" ")
                others = [other for other in roles if other != role]
                if role not in roles or not thing or " " in label.value:
                    continue
                for path, line, other in _called(library, label.value, others):
                    detail = f"`{label.value}` is called {other} here, and is the {role} {thing}"
                    where = pointer(library, facts.path, label.line, label.value, f"the {role}")
                    step = "say which of the two it is now"
                    yield path, Finding(word_at(library, path, line, other), detail, step, (where,))

    return check


def _called(library: Library, name: str, roles: list[str]) -> Iterator[tuple[str, int, str]]:
    """Every line outside dated parts that puts one of the roles close behind a name."""
    near = re.compile(rf"`{re.escape(name)}`(?: / `[^`]+`)? ({'|'.join(roles)})\b")

    def calls(document: Document) -> list[tuple[int, str]]:
        """Line and role of each."""
        lines = enumerate(document.lines if name in document.text else (), 1)
        found = ((number, near.search(line)) for number, line in lines)
        return [(number, match.group(1)) for number, match in found if match is not None]

    for facts in library.facts.values():
        for number, role in library.answer(facts.path, f"called: {near.pattern}", calls) or ():
            part = part_at(facts.said.parts, number)
            if part < 0 or not facts.said.parts[part].date:
                yield facts.path, number, role
