"""What a document asserts: `X is validated`, `X remains blocked until …`, and labelled values.

Only assertions count. Conditions, demands, reported speech, acceptance criteria, non-goals and
required phrases say what ought to be or what somebody else says; they assert nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sot_tools.diagnostic import LineNumber
from sot_tools.documents.assertions import asserted, hinted
from sot_tools.documents.document import Document
from sot_tools.documents.outline import FENCE, HEADING, ITEM, PARAGRAPH, ROW, Block
from sot_tools.documents.sections import fold, plain, shown


class Part(NamedTuple):
    """A heading and the blocks up to the next heading of any level."""

    title: str
    """Folded: case, backticks and spaces do not matter."""
    line: LineNumber
    level: int
    date: str
    """The last ISO date in its heading, else in one above it; empty for none."""


class Statement(NamedTuple):
    """An assertion that something is in a state now."""

    subject: str
    """A work-item id, `Stage 2`, or the words of a sentence that is nothing but the assertion."""
    words: str
    """What stands between an id and its verb, often the title."""
    state: str
    negated: bool
    until: str
    """What follows the state, from `until`, `because`, `by` … to the end of the sentence."""
    line: LineNumber
    part: int
    """Index of the part it stands in; -1 before the first heading."""
    under: str
    """The folded label of the list it stands in (`Entry gates:`); empty for none."""
    assumed: bool
    """An entry gate or a dependency: it says what has to be so, not that it is."""


class Label(NamedTuple):
    """A labelled value: `Report status: pass`, whatever carries it."""

    key: str
    """Folded, with `_` as a space."""
    value: str
    line: LineNumber
    part: int
    under: str


class Entry(NamedTuple):
    """A list entry."""

    text: str
    """Plain."""
    line: LineNumber
    part: int
    under: str
    box: str
    """`x` or a blank of a checkbox; empty for none."""


class Boxes(NamedTuple):
    """The checkboxes of one part."""

    part: int
    open: int
    ticked: int
    first_open: LineNumber
    """Line of the first open one; 0 for none."""


class Twice(NamedTuple):
    """A list entry that stands in its list already."""

    line: LineNumber
    first: LineNumber
    """Line of the first one."""
    length: int


class Said(NamedTuple):
    """All that a document asserts, in reading order."""

    parts: tuple[Part, ...]
    statements: tuple[Statement, ...]
    labels: tuple[Label, ...]
    boxes: tuple[Boxes, ...]
    twice: tuple[Twice, ...]
    lists: tuple[str, ...]
    """The folded labels that open a list or a fence, sorted."""


NOTHING = Said((), (), (), (), (), ())

_new = tuple.__new__
"""As in `outline`: a document has dozens of labels."""
_DATE = re.compile(r"(?<![0-9])20[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")
_LONGEST_KEY = 81
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_ ./-]+")
_OPENS = re.compile(r"([A-Z][A-Za-z0-9 _-]{1,60}):")
_ADJECTIVE = r"([A-Z][a-z]+ed) ([A-Z][^.:;]{2,90})[.;]?"
"""An entry of a list of dependencies such as `Validated Adapter Contract.`"""
_IDLE = re.compile(
    r"acceptance|criteria|non-?goals?|out of scope|required (?:phrases|evidence)$|problem"
    r"|\bbranch\b|\boptions?\b|^if |user stories|success|risks?$|forbidden"
    r"|evidence required|definition|rules?$|template|allowed (?:next )?actions"
)
"""Parts and lists that demand, plan or forbid."""
_ASSUMED = re.compile(r"gates?$|dependenc(?:y|ies)$|preconditions?$|prerequisites?$|assumptions?$")
"""Parts and lists of what has to be so."""
_TABLE_FIELDS = frozenset({"field", "key", "property"})


@lru_cache(maxsize=4096)
def _nature(title: str) -> tuple[bool, bool]:
    """Whether what stands below a title asserts nothing, and whether it is assumed."""
    return bool(_IDLE.search(title)), bool(_ASSUMED.search(title))


@lru_cache(maxsize=4096)
def _key(text: str) -> str:
    """A text as the key of a label, folded; empty where it is none."""
    return _folded(text) if _KEY.fullmatch(text) else ""


def _folded(key: str) -> str:
    return fold(key.replace("_", " "))


def said(document: Document, id_pattern: str, states: frozenset[str]) -> Said:
    """The assertions and labelled values of a Markdown document; `states` are words for states
    besides those in `-ed` and `-en`."""
    if document.format != "markdown":
        return NOTHING
    parts = parts_of(document)
    if not parts:
        return NOTHING
    reader = _Reader(id_pattern, states, hinted(document.text, states))
    reader.read(parts, document.blocks)
    return Said(
        parts,
        tuple(reader.statements),
        tuple(reader.labels),
        tuple(reader.boxes),
        tuple(reader.twice),
        tuple(sorted(reader.lists)),
    )


def entries(document: Document) -> list[Entry]:
    """Every list entry with the part and the label that it stands under."""
    found: list[Entry] = []
    parts = parts_of(document)
    for index, part in enumerate(parts):
        under = ""
        for block in document.blocks_between(part.line, last_line(parts, index)):
            if block.kind == PARAGRAPH:
                under = _opened_label(shown(block).rsplit("\n", 1)[-1])
            elif block.kind == ITEM:
                found.append(Entry(plain(shown(block)), block.line, index, under, block.info))
    return found


def _opened_label(line: str) -> str:
    """The folded label that a line ending in a colon opens a list with; empty for none."""
    opens = _OPENS.fullmatch(plain(line))
    return fold(opens.group(1)) if opens else ""


def part_at(parts: Sequence[Part], line: int) -> int:
    """Index of the part that a line stands in; -1 before the first."""
    return bisect_right(parts, line, key=_line_of) - 1


def last_line(parts: Sequence[Part], index: int) -> int:
    """The line above the next part; below the last part, one that no document has."""
    return parts[index + 1].line - 1 if index + 1 < len(parts) else _BELOW


_BELOW = 1 << 40
"""A line below the end of every document."""


def _line_of(found: Part | Block) -> int:
    return found.line


def parts_of(document: Document) -> tuple[Part, ...]:
    """The parts of a document, in reading order."""
    dates = [""] * 7
    """By level: the date that holds below the last heading of the level."""
    found = []
    for _, line, _, level, text, _ in document.headings:
        own = _DATE.findall(text) if "20" in text else ()
        date = own[-1] if own else dates[level - 1]
        dates[level:] = [date] * (7 - level)
        found.append(_new(Part, (fold(text), line, level, date)))
    return tuple(found)


class _Reader:
    """Reads the blocks of one part after the other."""

    def __init__(self, id_pattern: str, states: frozenset[str], hints: frozenset[int]) -> None:
        self.statements: list[Statement] = []
        self.labels: list[Label] = []
        self.boxes: list[Boxes] = []
        self.twice: list[Twice] = []
        self.lists: set[str] = set()
        self._id_pattern = id_pattern
        self._states = states
        self._hints = hints
        """Lines that may assert something."""
        self._part = -1
        self._idle = False
        self._assumed = False
        self._under = ""
        self._opened: Block | None = None
        self._list: dict[str, int] = {}
        """Entries of the list that is read, and their lines."""
        self._marks: list[Block] = []
        """Checkboxes of the part that is read."""
        self._quiet = False
        """Whether what stands here asserts nothing."""
        self._supposing = False
        """Whether what stands here says what has to be so."""

    def read(self, parts: Sequence[Part], blocks: Sequence[Block]) -> None:
        """Read a document; what stands before its first heading says nothing."""
        run: list[Block] = []
        fields = False
        begin = next((at for at, block in enumerate(blocks) if block.kind == HEADING), len(blocks))
        for block in blocks[begin:]:
            kind = block.kind
            if kind == ITEM:
                run.append(block)
                continue
            if run:
                self._entries(run)
                run = []
            if kind == PARAGRAPH:
                self._paragraph(block)
            elif kind == HEADING:
                self._tick()
                fields = False
                self._begin(parts[self._part + 1].title)
            elif kind == FENCE:
                self._fence(block)
            elif kind == ROW and (fields or block.info):
                fields = self._row(block)
        self._entries(run)
        self._tick()

    def _begin(self, title: str) -> None:
        """Begin the next part."""
        self._part += 1
        self._idle, self._assumed = _nature(title)
        self._open("", None)

    def _tick(self) -> None:
        """Count the checkboxes of the part that ends."""
        marks = self._marks
        if marks:
            open_ = [block.line for block in marks if block.info == " "]
            ticked = len(marks) - len(open_)
            first = open_[0] if open_ else 0
            self.boxes.append(Boxes(self._part, len(open_), ticked, first))
            self._marks = []

    def _open(self, under: str, block: Block | None) -> None:
        """Begin what stands below a label."""
        self._under = under
        self._opened = block
        self._list = {}
        self._quiet = self._idle
        self._supposing = self._assumed
        if under:
            self.lists.add(under)
            idle, assumed = _nature(under)
            self._quiet = self._idle or idle
            self._supposing = self._assumed or assumed

    def _paragraph(self, block: Block) -> None:
        text = block.text
        if text.endswith((":", ":*", ":`")):
            under = _opened_label(shown(block).rsplit("\n", 1)[-1])
            self._open(under, block if under else None)
        else:
            self._open("", None)
        if self._quiet:
            return
        if ": " in text or " was " in text:
            for number, line in enumerate(shown(block).split("\n"), block.line):
                if ": " in line or " was " in line:
                    self._labelled(plain(line), number)
        if self._supposing or self._hinted(block.line, block.end):
            self._assertions(block)

    def _entries(self, run: Sequence[Block]) -> None:
        """Read list entries that follow each other."""
        self._marks += [block for block in run if block.info]
        self._compare(run)
        if self._quiet and not self._assumed:
            return
        hints = self._hints
        for block in run:
            _, line, end, _, text, _ = block
            if self._supposing or line in hints or (end > line and self._hinted(line, end)):
                self._assertions(block)
            wrapped = "\n" in text and (":" in text or "was" in text)
            if ": " in text or " was " in text or wrapped or self._assumed:
                said = plain(shown(block) if "<!--" in text else text)
                self._labelled(said, line)
                if self._assumed:
                    self._dependency(said, line)

    def _compare(self, run: Sequence[Block]) -> None:
        """Note the entries that stand in the list already; mostly all are new, and none is."""
        lines = {block.text: block.line for block in run}
        if len(lines) == len(run) and lines.keys().isdisjoint(self._list):
            self._list |= lines
            return
        for block in run:
            first = self._list.setdefault(block.text, block.line)
            if first != block.line:
                self.twice.append(Twice(block.line, first, len(block.text)))

    def _hinted(self, line: int, end: int) -> bool:
        """Whether one of the lines may assert something."""
        hints = self._hints
        return line in hints or (end > line and not hints.isdisjoint(range(line + 1, end + 1)))

    def _dependency(self, said: str, line: int) -> None:
        """Read an entry that names its state first."""
        named = re.fullmatch(_ADJECTIVE, said)
        if named is not None:
            state, subject = named.group(1).lower(), named.group(2)
            at = line, self._part, self._under
            self.statements.append(Statement(subject, "", state, False, "", *at, True))

    def _fence(self, block: Block) -> None:
        """A one-line fence below `X:` is the value of X (DOCUMENT-KINDS, cross-document rule 9)."""
        if self._opened is not None and self._under and block.text and "\n" not in block.text:
            self._label(_folded(self._under), plain(block.text), block.line + 1)
        self._opened = None

    def _row(self, block: Block) -> bool:
        """Read a row of a table; whether the next one has a field and its value."""
        cells = [plain(cell) for cell in block.text.strip().strip("|").split("|")]
        if block.info:
            return len(cells) == 2 and cells[0].lower() in _TABLE_FIELDS
        if len(cells) == 2:
            self._label(_folded(cells[0]), cells[1], block.line)
        return True

    def _labelled(self, text: str, line: int) -> None:
        """Read `Key: value` or `Key was value`, whatever comes first."""
        if self._quiet:
            return
        key, _, value = text.partition(": ")
        was = text.find(" was ", 2, len(key) + 1)
        if was > 0:
            key, value = text[:was], text[was + 5 :]
        if value and len(key) <= _LONGEST_KEY and (folded := _key(key)):
            self._label(folded, value, line)

    def _label(self, key: str, value: str, line: int) -> None:
        if value.endswith((".", ";")):
            value = value.removesuffix(".").removesuffix(";")
        self.labels.append(_new(Label, (key, value, line, self._part, self._under)))

    def _assertions(self, block: Block) -> None:
        if self._quiet:
            return
        text = shown(block)
        found = asserted(text, self._id_pattern, None if self._supposing else self._states)
        if not found:
            return
        rows = [plain(row) for row in text.split("\n")] if "\n" in text else [text]
        row = begin = 0
        for each in found:
            word = each.subject.split(" ", maxsplit=1)[0]
            begin = next((at for at in range(begin, len(rows)) if word in rows[at]), len(rows))
            row = begin if begin < len(rows) else row
            self.statements.append(
                Statement(*each, block.line + row, self._part, self._under, self._supposing)
            )
