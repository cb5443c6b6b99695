"""The board and the documents must know the same work items (WB-01…05, WB-20, VAL-07)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sot_tools.board.board import Board, BoardItem, read
from sot_tools.diagnostic import Finding, Place, Pointer, Value
from sot_tools.documents.document import Document
from sot_tools.documents.items import Item, mention_pattern, mentioned
from sot_tools.documents.problems import at
from sot_tools.rules.loops import chain, loops
from sot_tools.rules.model import Found, Library, Parameters, Scene, WorkspaceCheck
from sot_tools.rules.nearest import hint
from sot_tools.rules.pointing import word_at
from sot_tools.rules.waiting import opened, waits

Applies = Callable[[str], bool]


def board(document: Document) -> Board:
    """The board in a document."""
    return read(document.path, document.data)


def registered(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Work items that a document names and the board does not register."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        board = library.board
        if board is None:
            return
        for facts in library.facts.values():
            if facts.path == board.path or not applies(facts.path):
                continue
            for mention in facts.mentions:
                if mention.id not in board.by_id:
                    detail = f"work item `{mention.id}` is not registered in {board.path}"
                    step = (
                        hint(mention.id, board.by_id)
                        or f"register it in {board.path}, or correct the id"
                    )
                    yield (
                        facts.path,
                        Finding(at(mention.line, mention.column, len(mention.id)), detail, step),
                    )

    return check


def one_heading(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """A work item that more than one heading opens."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        homes: dict[str, tuple[str, Item]] = {}
        for facts in library.facts.values():
            for item in facts.items:
                if item.id not in homes:
                    homes[item.id] = (facts.path, item)
                elif applies(facts.path):
                    path, first = homes[item.id]
                    pointer = Pointer(
                        path, at(first.line, first.column, first.length), f"`{first.title}`"
                    )
                    same = "the same" if first.title == item.title else "another"
                    detail = f"`{item.id}` is opened twice, here with {same} title `{item.title}`"
                    yield (
                        facts.path,
                        Finding(
                            at(item.line, item.column, item.length),
                            detail,
                            "give each item one heading; refer to it elsewhere",
                            (pointer,),
                        ),
                    )

    return check


def _stated(library: Library, applies: Applies) -> Iterator[tuple[str, Item, BoardItem]]:
    """Every registered item that a heading opens: the document's path, its item, the board's."""
    if library.board is None:
        return
    for path, item in opened(library):
        known = library.board.by_id.get(item.id)
        if known is not None and applies(path):
            yield path, item, known


def _board(library: Library) -> str:
    return library.board.path if library.board is not None else ""


def status_agrees(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Items whose heading in a document states another status than the board (WB-07…18)."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for path, item, known in _stated(library, applies):
            if item.status is None or item.status.text == known.status:
                continue
            here, there = item.status.text, known.status
            pointer = Pointer(_board(library), _entry(known, "status"), f"the board says `{there}`")
            detail = f"`{item.id}` is `{here}` here and `{there}` on the board"
            place = word_at(library, path, item.status.line, here)
            step = "find out which is newer and change the other"
            yield path, Finding(place, detail, step, (pointer,))

    return check


def type_agrees(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Items that need a person by their heading or by the board alone (WB-04, WB-05)."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for path, item, known in _stated(library, applies):
            if item.type is None or not known.type or item.type.text == known.type:
                continue
            here, there = item.type.text, known.type
            pointer = Pointer(_board(library), _entry(known, "type"), f"the board says `{there}`")
            detail = f"`{item.id}` is `{here}` here and `{there}` on the board"
            place = word_at(library, path, item.type.line, here)
            yield path, Finding(place, detail, "decide who does it, and say so in both", (pointer,))

    return check


def blockers_agree(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Items that wait for one thing by their heading and for another by the board (WB-20).

    A blocker that is finished may be named by one alone, and ids in the board's prose count.
    """

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        named: dict[tuple[str, int], dict[str, int]] = {}
        for wait in waits(library, scene):
            if not wait.free:
                lines = named.setdefault((wait.path, wait.item.line), {})
                lines.update(dict.fromkeys(wait.ids, wait.line))
        for path, item, known in _stated(library, applies):
            if item.blocked_by is None:
                continue
            here = named.get((path, item.line), {})
            prose = "\n".join(known.blocked_by_prose)
            there = {*known.blocked_by, *(m.group() for m in mentioned(prose, scene.id_pattern))}
            for blocker in [each for each in here if each not in there]:
                if not _finished(library, scene, blocker):
                    detail = f"`{item.id}` waits for `{blocker}` here, and not on the board"
                    said = f"the board says {_or_nothing(known.blocked_by)}"
                    pointer = Pointer(_board(library), _entry(known, "blocked_by"), said)
                    place = word_at(library, path, here[blocker], blocker)
                    yield path, Finding(place, detail, _SAME, (pointer,))
            for index, blocker in enumerate(known.blocked_by):
                if blocker not in here and not _finished(library, scene, blocker):
                    detail = f"`{item.id}` waits for `{blocker}` on the board, and not here"
                    where = _entry(known, "blocked_by", index)
                    pointer = Pointer(_board(library), where, "the board says so")
                    place = at(item.line, item.column, item.length)
                    yield path, Finding(place, detail, _SAME, (pointer,))

    return check


_SAME = "find out whether it waits, and say so in both"


def _finished(library: Library, scene: Scene, item_id: str) -> bool:
    known = library.board.by_id.get(item_id) if library.board is not None else None
    return known is not None and known.status in scene.states.finished


def _or_nothing(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in names) or "nothing"


def board_ids(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Board items whose id is not of the workspace's form, or is given twice."""
    pattern = mention_pattern(scene.id_pattern)

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        board = library.board
        if board is None or not applies(board.path):
            return
        for item in board.items:
            if not pattern.fullmatch(item.id):
                detail = f"id `{item.id}` is not of the form `{scene.id_pattern}`"
                yield board.path, Finding(_entry(item, "id"), detail, "correct the id")
            first = board.by_id[item.id]
            if first is not item:
                pointer = Pointer(board.path, _entry(first, "id"), f"`{first.title}`")
                detail = f"`{item.id}` is registered twice"
                yield (
                    board.path,
                    Finding(
                        _entry(item, "id"), detail, "give the item an id of its own", (pointer,)
                    ),
                )

    return check


def _entry(item: BoardItem, *steps: str | int) -> Place:
    return Value(("items", item.position, *steps))


def blockers(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Blockers that are not registered, and items that block themselves through others."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        board = library.board
        if board is None or not applies(board.path):
            return
        for item in board.items:
            for index, blocker in enumerate(item.blocked_by):
                if blocker not in board.by_id:
                    detail = f"`{item.id}` is blocked by `{blocker}`, which is not registered"
                    step = (
                        hint(blocker, board.by_id)
                        or "register the blocker; prose belongs under `blocked_by_prose`"
                    )
                    yield board.path, Finding(_entry(item, "blocked_by", index), detail, step)
        edges = {item.id: item.blocked_by for item in board.by_id.values()}
        for loop in loops(edges):
            item = board.by_id[loop[0]]
            yield (
                board.path,
                Finding(
                    _entry(item, "blocked_by"),
                    f"items block each other: {chain(loop)}",
                    "remove one of the blockers",
                ),
            )

    return check


def stated_blockers(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Without a board, blockers stated in documents: unknown ids, and loops (DOCUMENT-KINDS 4)."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        homes: dict[str, tuple[str, Item]] = {}
        for path, item in opened(library):
            homes.setdefault(item.id, (path, item))
        edges: dict[str, tuple[str, ...]] = dict.fromkeys(homes, ())
        for wait in waits(library, scene):
            if not wait.free and homes[wait.item.id][1] is wait.item:
                edges[wait.item.id] += wait.ids
        for loop in loops(edges):
            path, item = homes[loop[0]]
            if applies(path) and item.blocked_by:
                stated = item.blocked_by[0]
                detail = f"items block each other: {chain(loop)}"
                found = next(mentioned(stated.text, scene.id_pattern), None)
                words = found.group() if found else stated.text
                yield (
                    path,
                    Finding(
                        word_at(library, path, stated.line, words),
                        detail,
                        "remove one of the blockers",
                    ),
                )

    return check


def board_documents(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Documents and evidence that the board names and that do not exist."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        board = library.board
        if board is None or not applies(board.path):
            return
        for item in board.items:
            for key, named in (("documents", item.documents), ("evidence", item.evidence)):
                for index, path in enumerate(named):
                    if (key == "documents" or "/" in path) and not library.exists(path):
                        detail = f"`{item.id}` names `{path}`, which does not exist"
                        step = hint(path, library.facts) or "correct the path"
                        yield board.path, Finding(_entry(item, key, index), detail, step)

    return check


def home_linked(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Items whose document is not linked from the board (WB-01)."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for path, item, known in _stated(library, applies):
            if path not in known.documents:
                pointer = Pointer(_board(library), _entry(known, "id"), "registered here")
                detail = f"the board does not link `{item.id}` to this document"
                place = at(item.line, item.column, item.length)
                yield path, Finding(place, detail, f"add `{path}` to its `documents`", (pointer,))

    return check
