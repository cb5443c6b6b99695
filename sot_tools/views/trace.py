"""The matrix that leads from each requirement to its work items and their evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.items import mentioned
from sot_tools.documents.sections import fold, named, plain
from sot_tools.rules.kinds import Kind, Kinds
from sot_tools.rules.model import Facts, Library, Scene
from sot_tools.views.faults import Faults
from sot_tools.views.lineage import Evidence, evidence, nearest, parents, saying
from sot_tools.views.work import Spot, Work, WorkItem

_NUMBERED = re.compile(r" {0,3}([0-9]{1,9})[.)] ")
_STORIES = re.compile(r"User stories covered: *(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,9}")
_RANGE = re.compile(r"([0-9]{1,9}) *[-–] *([0-9]{1,9})")
_MOST_STORIES = 1000
"""Stories that one range may name; a larger one is a slip of the pen."""


class Covered(NamedTuple):
    """An item that a requirement leads to, and how that is known."""

    id: str
    title: str
    status: str
    how: str
    """`named`: the requirement names it. `story`: the item names the story. `criterion`: the item
    has the same acceptance line. `sequence`: the item's document derives from the requirement's.
    `board`: the board lists the document with the item. Each way is asked only where the ones
    before it lead nowhere."""
    evidence: tuple[Evidence, ...]
    wrong: bool
    """Diagnostics speak about the item."""


class Row(NamedTuple):
    """One requirement; its text is empty in rows that stand for what has none."""

    document: str
    """Title of its document."""
    spot: Spot
    text: str
    items: tuple[Covered, ...]
    gap: str
    """What is missing on the way to evidence; empty where nothing is."""


class Matrix(NamedTuple):
    """All requirements in reading order, then the items that none of them leads to."""

    rows: tuple[Row, ...]
    documents: int
    """Documents that can state requirements."""


class _Entry(NamedTuple):
    """A requirement as its document states it."""

    text: str
    line: int
    number: int
    """Number of a story in a numbered list; 0 for others."""


def matrix(library: Library, scene: Scene, work: Work, faults: Faults) -> Matrix:
    """The matrix of a workspace."""
    links = _Links(library, scene, work, faults)
    rows: list[Row] = []
    documents = 0
    for facts in library.facts.values():
        kind = scene.kinds.by_name.get(facts.kind)
        document = library.document(facts.path)
        if kind is not None and document is not None and kind.requirements:
            documents += 1
            rows += _rows(facts, document, kind, links)
    reached = {item.id for row in rows for item in row.items}
    for item in work.items.values():
        if item.id not in reached and item.spot is not None:
            covered = links.covered(item, "")
            rows.append(Row("", item.spot, "", (covered,), "no requirement"))
    return Matrix(tuple(rows), documents)


def _rows(facts: Facts, document: Document, kind: Kind, links: _Links) -> Iterator[Row]:
    entries = list(_entries(document, kind.requirements))
    if not entries:
        yield Row(facts.title or facts.path, Spot(facts.path), "", (), "no requirement is stated")
    for entry in entries:
        items = links.of(facts, entry)
        spot = Spot(facts.path, entry.line)
        yield Row(facts.title or facts.path, spot, entry.text, items, _gap(items))


def _entries(document: Document, titles: Iterable[str]) -> Iterator[_Entry]:
    for section in named(document, tuple(titles)):
        for block in section.blocks:
            if block.kind == outline.ITEM and block.level == 1:
                number = _NUMBERED.match(document.line(block.line))
                yield _Entry(plain(block.text), block.line, int(number.group(1)) if number else 0)


def _gap(items: tuple[Covered, ...]) -> str:
    if not items:
        return "no item"
    shown = sum(any(each.form != "missing" for each in item.evidence) for item in items)
    if not shown:
        return "no evidence"
    return "" if shown == len(items) else f"evidence for {shown} of {len(items)} items"


class _Links:
    """The ways from a requirement to items, each known for the whole workspace at once."""

    def __init__(self, library: Library, scene: Scene, work: Work, faults: Faults) -> None:
        self._work = work
        self._faults = faults
        self._id_pattern = scene.id_pattern
        derived = parents(library, scene.kinds)
        self._evidence = evidence(library, scene.kinds, work, derived)
        self._made: dict[str, Covered] = {}
        self._shared: dict[tuple[str, ...], tuple[Covered, ...]] = {}
        """Ids with the way to them → the items, so that equal rows hold one value."""
        stating = _stating(library, scene.kinds)
        self._stories: dict[tuple[str, int], list[WorkItem]] = {}
        self._criteria: dict[tuple[str, str], list[WorkItem]] = {}
        self._sequence: dict[str, list[WorkItem]] = {}
        self._board: dict[str, list[WorkItem]] = {}
        homes = {each.spot.path for item in work.items.values() for each in item.stated}
        above = nearest(homes, derived, stating)
        titles = {fold(title): path for path, title in stating.items() if title}
        for item in work.items.values():
            for path in item.documents if item.registered else ():
                self._board.setdefault(path, []).append(item)
            for each in item.stated:
                self._learn(library, item, each.spot, above.get(each.spot.path, ""), titles)

    def _learn(
        self, library: Library, item: WorkItem, spot: Spot, above: str, titles: Mapping[str, str]
    ) -> None:
        for path, number in _stories(library, spot, above, titles):
            self._stories.setdefault((path, number), []).append(item)
        if not above:
            return
        self._sequence.setdefault(above, []).append(item)
        for stated in item.stated:
            for criterion in stated.criteria if stated.spot == spot else ():
                self._criteria.setdefault((above, fold(criterion.text)), []).append(item)

    def of(self, facts: Facts, entry: _Entry) -> tuple[Covered, ...]:
        """The items that a requirement leads to, by the first way that leads anywhere."""
        items = self._work.items
        ids = dict.fromkeys(found.group() for found in mentioned(entry.text, self._id_pattern))
        ways = (
            ("named", [items[each] for each in ids if each in items]),
            ("story", self._stories.get((facts.path, entry.number), ()) if entry.number else ()),
            ("criterion", self._criteria.get((facts.path, fold(entry.text)), ())),
            ("sequence", self._sequence.get(facts.path, ())),
            ("board", self._board.get(facts.path, ())),
        )
        for how, found in ways:
            if found:
                unique = {item.id: item for item in found}
                made = (how, *unique)
                if made not in self._shared:
                    self._shared[made] = tuple(self.covered(each, how) for each in unique.values())
                return self._shared[made]
        return ()

    def covered(self, item: WorkItem, how: str) -> Covered:
        """An item as a row shows it."""
        if item.id not in self._made:
            shown = self._evidence.get(item.id, ())
            wrong = bool(self._faults.of_item(item.id))
            self._made[item.id] = Covered(item.id, item.title, item.status, "", shown, wrong)
        return self._made[item.id]._replace(how=how)


def _stating(library: Library, kinds: Kinds) -> dict[str, str]:
    """Path → title of the documents that can state requirements."""
    return {
        facts.path: facts.title
        for facts in library.facts.values()
        if (kind := kinds.by_name.get(facts.kind)) is not None and kind.requirements
    }


def _stories(
    library: Library, spot: Spot, above: str, titles: Mapping[str, str]
) -> Iterator[tuple[str, int]]:
    """The stories that an item says it covers: of the document that the line names, else of the
    one that the item's own document derives from."""
    document = library.document(spot.path)
    if document is None:
        return
    for place in saying(document, spot.line, "tories covered:"):
        match = _STORIES.fullmatch(plain(document.line(place.line)))
        if match is not None:
            title, _, numbers = fold(match.group(1)).rpartition("stor")
            path = titles.get(title.strip(), above)
            yield from ((path, number) for number in _numbers(numbers))


def _numbers(text: str) -> Iterator[int]:
    for match in _RANGE.finditer(text):
        first, last = int(match.group(1)), int(match.group(2))
        yield from range(first, min(last, first + _MOST_STORIES) + 1)
    for match in _NUMBER.finditer(_RANGE.sub(" ", text)):
        yield int(match.group())
