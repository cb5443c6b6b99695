"""One id, one title, one home, and no knot of items that wait for each other (WB)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from sot_tools.diagnostic import Finding, Pointer, Value
from sot_tools.documents.items import mentioned
from sot_tools.documents.problems import at
from sot_tools.documents.sections import fold
from sot_tools.rules.loops import chain, loops
from sot_tools.rules.model import Found, Library, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.pointing import word_at
from sot_tools.rules.truth.standing import current, standing

Applies = Callable[[str], bool]


def titles_agree(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Items that the board and the heading give two titles."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        board = library.board
        for facts in library.facts.values() if board is not None else ():
            for item in facts.items if applies(facts.path) else ():
                known = board.by_id.get(item.id) if board is not None else None
                if known is None or not known.title or fold(known.title) == fold(item.title):
                    continue
                detail = f"`{item.id}` is `{item.title}` here and `{known.title}` on the board"
                where = Pointer(
                    board.path if board is not None else "",
                    Value(("items", known.position, "title")),
                    f"the board says `{known.title}`",
                )
                step = "give it one title; a new meaning needs a new id"
                place = word_at(library, facts.path, item.line, item.title)
                yield facts.path, Finding(place, detail, step, (where,))

    return check


def unopened(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Without a board: ids that documents use and no heading opens, once each."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        if library.board is not None:
            return
        opened = {item.id for facts in library.facts.values() for item in facts.items}
        seen: set[str] = set()
        counted = Counter(
            mention.id for facts in library.facts.values() for mention in facts.mentions
        )
        for facts in library.facts.values():
            for mention in facts.mentions:
                if mention.id in opened or mention.id in seen or not applies(facts.path):
                    continue
                seen.add(mention.id)
                times = counted[mention.id]
                detail = f"`{mention.id}` is named {times} time{'s' if times > 1 else ''}, and no"
                detail += " heading or board says what it is"
                place = at(mention.line, mention.column, len(mention.id))
                yield facts.path, Finding(place, detail, "register it, or correct the id")

    return check


def kin_missing(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Finished items that are titled after a document which their family does not have."""
    known = scene.states
    kinds = dict(pair.split(": ", 1) for pair in texts(parameters, "titled"))

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        state = standing(library, scene)
        for facts in library.facts.values():
            for item in facts.items if applies(facts.path) else ():
                kind = next((kinds[end] for end in kinds if item.title.endswith(f" {end}")), "")
                now = current(state, item.id)
                if not kind or now is None or now.state not in known.finished:
                    continue
                families, endings = _kin(library, kind)
                if facts.family not in families and fold(item.title) not in endings:
                    detail = f"`{item.id}` is `{now.state}`, and there is no `{item.title}`"
                    step = f"write the document of kind {kind}, or take the state back"
                    where = now.pointer(library, item.id)
                    place = word_at(library, facts.path, item.line, item.title)
                    yield facts.path, Finding(place, detail, step, (where,))

    return check


def _kin(library: Library, kind: str) -> tuple[frozenset[str], frozenset[str]]:
    """The families that have a document of a kind, and what the titles of those end with."""

    def compute() -> tuple[frozenset[str], frozenset[str]]:
        members = [facts for facts in library.facts.values() if facts.kind == kind]
        titles = [fold(facts.title).split()[-_ENDING:] for facts in members]
        endings = frozenset(
            " ".join(title[begin:]) for title in titles for begin in range(len(title))
        )
        return frozenset(facts.family for facts in members), endings

    result: tuple[frozenset[str], frozenset[str]] = library.once(("kin", kind), compute)
    return result


_ENDING = 12
"""Words at the end of a title that another title may repeat."""


def prose_loops(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Items that wait for each other where sentences are read as blockers, too."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        stated: dict[tuple[str, str], tuple[str, int]] = {}
        plain: set[tuple[str, str]] = set()
        for facts in library.facts.values():
            for item in facts.items:
                for said in item.blocked_by or ():
                    for match in mentioned(said.text, scene.id_pattern):
                        plain.add((item.id, match.group()))
                        stated.setdefault((item.id, match.group()), (facts.path, said.line))
            for statement in facts.said.statements:
                if statement.state != "blocked" or statement.negated:
                    continue
                for match in mentioned(statement.until, scene.id_pattern):
                    edge = (statement.subject, match.group())
                    stated.setdefault(edge, (facts.path, statement.line))
        edges: dict[str, list[str]] = {}
        for one, other in stated:
            if one != other:
                edges.setdefault(one, []).append(other)
        for loop in loops({one: tuple(others) for one, others in edges.items()}):
            pairs = list(zip(loop, [*loop[1:], loop[0]], strict=True))
            if all(pair in plain for pair in pairs):
                continue
            places = [stated[pair] for pair in pairs]
            path, line = next(
                (place for pair, place in zip(pairs, places, strict=True) if pair not in plain)
            )
            if applies(path):
                detail = f"items wait for each other: {chain(loop)}"
                where = tuple(
                    Pointer(other, word_at(library, other, number, pair[1]), f"waits for {pair[1]}")
                    for pair, (other, number) in zip(pairs, places, strict=True)
                    if (other, number) != (path, line)
                )
                step = "say which of them comes first, and what it needs instead"
                yield path, Finding(word_at(library, path, line, ""), detail, step, where)

    return check
