"""Items, stages and documents must not be called finished while something says otherwise."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping

from sot_tools.diagnostic import Finding, Place, Pointer, Value
from sot_tools.documents.items import Item
from sot_tools.documents.problems import at
from sot_tools.documents.statements import Statement
from sot_tools.rules.model import (
    Facts,
    Found,
    Library,
    Parameters,
    Scene,
    States,
    WorkspaceCheck,
    state_words,
    texts,
)
from sot_tools.rules.pointing import pointer, word_at
from sot_tools.rules.truth.standing import (
    Standing,
    Word,
    current,
    first_word,
    of_rank,
    registered,
    standing,
)
from sot_tools.rules.waiting import opened, waits

Applies = Callable[[str], bool]


def evidence_agrees(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Items whose heading states another state than their evidence (WB-07…18)."""
    known = scene.states

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        facts = standing(library, scene)
        for path, item in _items(library, applies):
            if item.status is None:
                continue
            here = first_word(item.status.text)
            there = of_rank(facts, item.id, 1)
            if there is None or (here in known.finished) == (there.state in known.finished):
                continue
            if here not in known.finished | known.unfinished:
                continue
            detail = f"`{item.id}` is `{here}` here and `{there.state}` in its evidence"
            step = (
                f"write `Status: {there.state}.` here, or withdraw the evidence"
                if there.state in known.finished
                else f"write `Status: {there.state}.` here until later evidence says otherwise"
            )
            place = word_at(library, path, item.status.line, item.status.text)
            yield path, Finding(place, detail, step, (there.pointer(library, item.id),))

    return check


def stale(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Statements that something is unfinished, though it has been finished since.

    What stands in a dated section is history, unless the same document says before it that the
    thing is finished. So is what the record of an attempt says that did not succeed.
    """
    also = state_words(parameters, "also", scene)
    known = scene.states._replace(unfinished=scene.states.unfinished | also)
    attempts = frozenset(texts(parameters, "attempts"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        facts = standing(library, scene)
        for each in library.facts.values():
            failed = each.kind in attempts and each.fields.get("status") in known.unfinished
            if not failed and applies(each.path):
                yield from _stale(library, facts, known, each)

    return check


def _stale(library: Library, facts: Standing, known: States, document: Facts) -> Iterator[Found]:
    told: dict[str, list[Statement]] = {}
    for statement in document.said.statements:
        subject = statement.subject
        if statement.state not in known.unfinished or statement.negated or statement.assumed:
            continue
        now = current(facts, subject)
        if now is None or now.state not in known.finished:
            continue
        dated = statement.part >= 0 and document.said.parts[statement.part].date
        if not dated or _finished_above(library, facts, known, document, statement):
            told.setdefault(subject, []).append(statement)
    for subject, statements in told.items():
        now = facts[subject][0]
        first = statements[0]
        also = [
            pointer(library, document.path, other.line, other.state, "again here")
            for other in statements[1:]
        ]
        detail = f"`{subject}` is called `{first.state}` here and is `{now.state}`"
        yield (
            document.path,
            Finding(
                word_at(library, document.path, first.line, first.state),
                detail,
                "say what is true now, or move the sentence below a dated heading",
                (now.pointer(library, subject), *also),
            ),
        )


Said = tuple[list[int], list[str]]
"""Lines in order, and the earliest date on or above each."""


def _finished_above(
    library: Library, facts: Standing, known: States, document: Facts, statement: Statement
) -> bool:
    """Whether the same document says further up, and of no later day, that the subject is finished,
    and in running text or a dated part: the status line below a heading proves no order."""
    said: dict[str, Said] = library.once(
        ("finished", known, statement.subject), lambda: _finished(facts[statement.subject], known)
    )
    lines, earliest = said.get(document.path, ([], []))
    above = bisect_left(lines, statement.line)
    date = document.said.parts[statement.part].date
    return above > 0 and earliest[above - 1] <= date


def _finished(said: list[Word], known: States) -> dict[str, Said]:
    """Path → where the document says that something is finished."""
    found: dict[str, Said] = {}
    for word in sorted(said, key=lambda word: word.line):
        if word.rank in (1, 3) and word.state in known.finished:
            lines, earliest = found.setdefault(word.path, ([], []))
            earliest.append(min(word.date, earliest[-1]) if earliest else word.date)
            lines.append(word.line)
    return found


def blockers_finished(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Items called finished while an item that blocks them is not (WB-05)."""
    known = scene.states

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        facts = standing(library, scene)
        homes = {item.id: (path, item) for path, item in opened(library)}
        for path, subject, blocker, stated in _blocked(library, applies, scene):
            now = current(facts, subject)
            if now is None or now.state not in known.finished:
                continue
            other = registered(facts, blocker)
            if other is not None and other.state in known.unfinished:
                said, pointed = f"is `{other.state}`", other.pointer(library, blocker)
            elif other is None and blocker in homes and library.board is None:
                where, item = homes[blocker]
                said = "states no status"
                pointed = Pointer(where, at(item.line, item.column, item.length), "opened here")
            else:
                continue
            detail = f"`{subject}` is `{now.state}` although `{blocker}`, which blocks it, {said}"
            step = f"finish `{blocker}` first, or say why it no longer blocks `{subject}`"
            place = stated
            if isinstance(place, int):
                place = word_at(library, path, place, blocker)
            yield path, Finding(place, detail, step, (pointed,))

    return check


def _blocked(
    library: Library, applies: Applies, scene: Scene
) -> Iterator[tuple[str, str, str, Place | int]]:
    """Path, item, blocker and place of every blocker that a heading or the board states; the line
    alone in a document, which need not be read unless something is wrong."""
    for wait in waits(library, scene):
        if not wait.free and applies(wait.path):
            for blocker in wait.ids:
                yield wait.path, wait.item.id, blocker, wait.line
    board = library.board
    if board is not None and applies(board.path):
        for entry in board.items:
            for index, blocker in enumerate(entry.blocked_by):
                where = Value(("items", entry.position, "blocked_by", index))
                yield board.path, entry.id, blocker, where


def open_boxes(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Items called finished with acceptance boxes that are still open."""
    known = scene.states

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        facts = standing(library, scene)
        for path, item in _items(library, applies):
            now = current(facts, item.id)
            if not item.open or now is None or now.state not in known.finished:
                continue
            first = next(line for line in item.acceptance or () if line.ticked is False)
            detail = f"`{item.id}` is `{now.state}` with {item.open} of {item.boxes} criteria open"
            place = word_at(library, path, first.line, "[ ]")
            yield (
                path,
                Finding(
                    place,
                    detail,
                    "tick what is proven and name its evidence, or take the state back",
                    (now.pointer(library, item.id),),
                ),
            )

    return check


def family_boxes(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Plans with open acceptance boxes although every item of their family is finished."""
    known = scene.states

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        facts = standing(library, scene)
        families = _finished_families(library, facts, known)
        for each in library.facts.values():
            if each.items or not each.said.boxes or not applies(each.path):
                continue
            of_family = families.get(each.family)
            if not of_family:
                continue
            open_ = sum(boxes.open for boxes in each.said.boxes)
            if open_:
                ticked = sum(boxes.ticked for boxes in each.said.boxes)
                line = next(boxes.first_open for boxes in each.said.boxes if boxes.open)
                path, item = of_family[-1]
                detail = (
                    f"{open_} of {open_ + ticked} criteria are open although every item is finished"
                )
                yield (
                    each.path,
                    Finding(
                        word_at(library, each.path, line, "[ ]"),
                        detail,
                        "tick what is proven and name its evidence, or reopen the item",
                        (Pointer(path, at(item.line, item.column, item.length), "its last item"),),
                    ),
                )

    return check


def stage_order(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Stages called finished while the stage before is not (GATE)."""
    known = scene.states

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        facts = standing(library, scene)
        own = _own_stages(facts)
        for each in library.facts.values():
            if each.path not in own or not applies(each.path):
                continue
            heads = {
                part.title.split(" - ")[0].capitalize(): part
                for part in each.said.parts
                if part.title.startswith("stage ") and part.level > 1
            }
            for subject, word in own[each.path]:
                before = f"Stage {int(subject.split()[1]) - 1}"
                if word.state not in known.finished or before not in heads:
                    continue
                other = current(facts, before)
                if other is None or other.state not in known.finished:
                    said = f"is `{other.state}`" if other else "states no status"
                    head = heads[before]
                    detail = f"{subject} is `{word.state}` although {before} {said}"
                    yield (
                        each.path,
                        Finding(
                            word.place(library),
                            detail,
                            f"record the proof of {before}, or take the state back",
                            (Pointer(each.path, at(head.line, 1, 3), f"{before} {said}"),),
                        ),
                    )

    return check


def _own_stages(facts: Standing) -> Mapping[str, list[tuple[str, Word]]]:
    """Path → the stages that the document gives a state, each with the word that counts."""
    found: dict[str, dict[str, Word]] = {}
    for subject, said in facts.items():
        for word in said if subject.startswith("Stage ") else ():
            if word.rank == 1:
                found.setdefault(word.path, {}).setdefault(subject, word)
    return {path: list(own.items()) for path, own in found.items()}


def document_state(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Documents whose own status runs ahead of their items, or lags behind them (section Z)."""
    known = scene.states
    ahead = texts(parameters, "when") == ("ahead",)

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        facts = standing(library, scene)
        for each in library.facts.values():
            status = each.fields.get("status", "")
            if not each.items or not applies(each.path) or not status:
                continue
            behind = [
                (item, now)
                for item in each.items
                if (now := current(facts, item.id)) is not None and now.state in known.unfinished
            ]
            if status in known.finished and ahead and behind:
                item, now = behind[0]
                detail = f"the document is `{status}` and `{item.id}` in it is `{now.state}`"
                step = f"write `status: {now.state}` until its items are finished"
                yield (
                    each.path,
                    Finding(Value(("status",)), detail, step, (now.pointer(library, item.id),)),
                )
            elif status in known.unfinished and not ahead and _all_finished(each, facts, known):
                last = each.items[-1]
                now = facts[last.id][0]
                detail = f"the document is `{status}` and all its items are `{now.state}`"
                step = f"write `status: {now.state}`, or say what is still missing"
                yield (
                    each.path,
                    Finding(Value(("status",)), detail, step, (now.pointer(library, last.id),)),
                )

    return check


def _all_finished(document: Facts, facts: Standing, known: States) -> bool:
    return all(
        (now := current(facts, item.id)) is not None and now.state in known.finished
        for item in document.items
    )


def _items(library: Library, applies: Applies) -> Iterator[tuple[str, Item]]:
    for path, item in opened(library):
        if applies(path):
            yield path, item


def _finished_families(
    library: Library, facts: Standing, known: States
) -> Mapping[str, list[tuple[str, Item]]]:
    """Family → the items that its documents open, where every one of them is finished."""
    found: dict[str, list[tuple[str, Item]]] = {}
    for path, item in opened(library):
        found.setdefault(library.facts[path].family, []).append((path, item))
    return {
        family: items
        for family, items in found.items()
        if all(
            (now := current(facts, item.id)) is not None and now.state in known.finished
            for _, item in items
        )
    }
