"""What criteria promise must be shown by the evidence of their family (EVI)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from sot_tools.diagnostic import Finding, Pointer
from sot_tools.documents.document import Document
from sot_tools.documents.lists import entries
from sot_tools.documents.problems import at
from sot_tools.documents.sections import parts_of
from sot_tools.rules.model import Facts, Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.pointing import word_at
from sot_tools.rules.truth.runs import run_ids
from sot_tools.rules.truth.standing import current, evidence_of, standing

Applies = Callable[[str], bool]


def answered(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Demands in the criteria of finished items that no evidence of their family answers.

    With `count`, a demand that lists things after `for` needs as many pointers as things."""
    known = scene.states
    demand = re.compile("|".join(texts(parameters, "demand")), re.IGNORECASE)
    answer = re.compile("|".join(texts(parameters, "answer")), re.IGNORECASE)
    count = bool(texts(parameters, "count", required=False))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        state = standing(library, scene)
        for facts in library.facts.values():
            for item in facts.items if applies(facts.path) else ():
                now = current(state, item.id)
                asked = next(
                    (line for line in item.acceptance or () if _asks(demand, line.text)), None
                )
                if asked is None or now is None or now.state not in known.finished:
                    continue
                wanted = _wanted(asked.text) if count else 1
                about = evidence_of(state, item.id)
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
    """How many pointers in the evidence of a family, or about the item, answer."""
    by_family: dict[str, set[str]] = library.once(
        ("answers by family", answer.pattern), lambda: _by_family(library, answer)
    )
    pointers: dict[str, set[str]] = library.once(("answers", answer.pattern), dict)
    found = by_family.get(facts.family, set())
    for path in sorted(about):
        other = library.facts[path]
        if other.family != facts.family:
            if path not in pointers:
                pointers[path] = _pointers(library, other, answer)
            found = found | pointers[path]
    return len(found)


def _by_family(library: Library, answer: re.Pattern[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    asking = {facts.family for facts in library.facts.values() if facts.items}
    for facts in library.facts.values():
        if facts.family in asking:
            found.setdefault(facts.family, set()).update(_pointers(library, facts, answer))
    return found


def _pointers(library: Library, facts: Facts, answer: re.Pattern[str]) -> set[str]:
    """What in a document answers: run ids, else the labels themselves, else its running text."""
    late = facts.evidence
    found: set[str] = set()
    for label in facts.said.labels:
        part = facts.said.parts[label.part].title if label.part >= 0 else ""
        if late or "evidence" in (label.under or part) or "evidence" in part:
            text = f"{label.key}: {label.value}"
            if answer.search(text):
                found |= set(run_ids(label.value)) or {text}
    if late and not found and library.answer(facts.path, "says", answer.pattern):
        found.add(facts.path)
    return found


def says(document: Document, pattern: str) -> bool:
    """Whether the running text has what a pattern means, in any case."""
    return bool(re.search(pattern, document.text, re.IGNORECASE))


_PAIR = re.compile(r"\b([a-z]+(?:_[a-z]+)+): ?(?=\S)")


def promised(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Fields that the criteria of a finished family promise and its evidence does not hold."""
    known = scene.states

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        state = standing(library, scene)
        families: dict[str, list[Facts]] = {}
        for facts in library.facts.values():
            families.setdefault(facts.family, []).append(facts)
        for members in families.values():
            late = [facts for facts in members if facts.evidence]
            items = [item for facts in members for item in facts.items]
            now = [current(state, item.id) for item in items]
            if (
                not late
                or not now
                or any(not word or word.state not in known.finished for word in now)
            ):
                continue
            demanding = [
                facts
                for facts in members
                if not facts.evidence and applies(facts.path) and _demands(facts)
            ]
            where = Pointer(late[0].path, at(1), "evidence of the family")
            for facts in demanding:
                for line, key in _missing_fields(library, facts, late):
                    detail = f"`{key}` is promised here, and the evidence of the family lacks it"
                    step = "record it in the evidence, or say why it is not part of it"
                    place = word_at(library, facts.path, line, key)
                    yield facts.path, Finding(place, detail, step, (where,))

    return check


def _demands(facts: Facts) -> bool:
    """Whether a document has criteria at all."""
    return any("acceptance" in label for label in facts.said.lists) or any(
        "criteria" in part.title or "acceptance" in part.title for part in facts.said.parts
    )


def _missing_fields(
    library: Library, facts: Facts, late: Sequence[Facts]
) -> Iterator[tuple[int, str]]:
    """Line and key of every promised field that the evidence does not hold."""
    promised = library.answer(facts.path, "promised fields")
    seen: set[str] = set()
    for line, key in promised or ():
        if key not in seen and not any(library.answer(each.path, "holds", key) for each in late):
            seen.add(key)
            yield line, key


def holds(document: Document, key: str) -> bool:
    """Whether the running text has a field, with `_` or a space."""
    text = document.text.lower()
    return key in text or key.replace("_", " ") in text


def promised_fields(document: Document) -> list[tuple[int, str]]:
    """Line and name of each field that the criteria of a document speak of."""
    if not any("_" in line and _PAIR.search(line) for line in document.lines[document.body :]):
        return []
    found = []
    parts = parts_of(document)
    for entry in entries(document):
        part = parts[entry.part].title
        if "criteria" in part or "acceptance" in (entry.under or part):
            found += [(entry.line, match.group(1)) for match in _PAIR.finditer(entry.text)]
    return found
