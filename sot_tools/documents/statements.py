"""What a document asserts: `X is validated`, `X remains blocked until …`, and labelled values.

Only assertions count. Conditions, demands, reported speech, acceptance criteria, non-goals and
required phrases say what ought to be or what somebody else says; they assert nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sot_tools.diagnostic import LineNumber
from sot_tools.documents.assertions import Hints, asserted, assertion, bare, hinted
from sot_tools.documents.document import Document
from sot_tools.documents.lists import Boxes, Twice, boxes, openers, twice
from sot_tools.documents.outline import FENCE, HEADING, ITEM, PARAGRAPH, ROW, Block
from sot_tools.documents.sections import Part, fold, last_line, parts_of, plain, shown


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
_LONGEST_KEY = 81
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_ ./-]+")
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


def said(
    document: Document, id_pattern: str, states: frozenset[str], wanted: Hints | None = None
) -> Said:
    """The assertions and labelled values of a Markdown document; `states` are words for states
    besides those in `-ed` and `-en`. With `wanted`, what its patterns do not touch may be left
    out."""
    if document.format != "markdown" or not document.heads:
        return NOTHING
    parts = parts_of(document)
    blocks = document.blocks[document.heads[0] :]
    opened = openers(blocks)
    reader = _Reader(id_pattern, states, parts, opened)
    text = bare(document.text)
    if wanted is None:
        reader.read(blocks, hinted(text, assertion(states)), None)
    else:
        asserting, labelling = [hinted(text, pattern) for pattern in wanted]
        reader.read(_chosen(blocks, parts, opened, asserting | labelling), asserting, labelling)
    return Said(
        parts,
        tuple(reader.statements),
        tuple(reader.labels),
        boxes(blocks, parts),
        twice(blocks),
        tuple(sorted(set(opened.values()))),
    )


def _chosen(
    blocks: Sequence[Block],
    parts: Sequence[Part],
    opened: Mapping[int, str],
    hints: Iterable[int],
) -> list[Block]:
    """The blocks that touch one of the lines, those that say what has to be so, values in fences
    and fields in tables; with the headings and paragraphs that they stand below."""
    kinds = [block[0] for block in blocks]
    lines = [block[1] for block in blocks]
    chosen = {bisect_right(lines, line) - 1 for line in hints}
    chosen.discard(-1)
    for index, part in enumerate(parts):
        if _nature(part[0])[1]:
            below = bisect_right(lines, last_line(parts, index))
            chosen.update(range(bisect_right(lines, part.line), below))
    fenced = FENCE in kinds
    for line, label in opened.items():
        assumed = _nature(label)[1]
        for at in range(bisect_right(lines, line), len(kinds) if assumed or fenced else 0):
            if kinds[at] in _ABOVE:
                break
            if assumed or kinds[at] == FENCE:
                chosen.add(at)
    if ROW in kinds and any(block[5] == "head" and _of_fields(block) for block in blocks):
        chosen.update(at for at, kind in enumerate(kinds) if kind == ROW)
    return [blocks[at] for at in sorted(chosen | _above(chosen, kinds))]


def _above(chosen: Iterable[int], kinds: Sequence[str]) -> set[int]:
    """The indices of what blocks stand below: their headings, and paragraphs right above them."""
    heads = [at for at, kind in enumerate(kinds) if kind == HEADING]
    found = set()
    done = 0
    for at in sorted(chosen):
        found.add(heads[bisect_right(heads, at) - 1])
        if kinds[at] not in _ABOVE:
            row = at
            while row > done and kinds[row] not in _ABOVE:
                row -= 1
            found.add(row)
            done = at
    return found


_ABOVE = frozenset({HEADING, PARAGRAPH})
"""What other blocks stand below."""


class _Reader:
    """Reads blocks in their order, at least each with the heading and the paragraph above it."""

    def __init__(
        self,
        id_pattern: str,
        states: frozenset[str],
        parts: Sequence[Part],
        opened: Mapping[int, str],
    ) -> None:
        self.statements: list[Statement] = []
        self.labels: list[Label] = []
        self._id_pattern = id_pattern
        self._states = states
        self._parts = parts
        self._lines = [part[1] for part in parts]
        self._opened = opened
        self._asserting: frozenset[int] = frozenset()
        """Lines that may assert something."""
        self._labelling: frozenset[int] | None = None
        """Lines that may hold a label that is wanted; None for all."""
        self._part = -1
        self._idle = False
        self._assumed = False
        self._under = ""
        self._awaited = False
        """Whether a fence that comes now is the value of the label."""
        self._quiet = False
        """Whether what stands here asserts nothing."""
        self._supposing = False
        """Whether what stands here says what has to be so."""

    def read(
        self,
        blocks: Iterable[Block],
        asserting: frozenset[int],
        labelling: frozenset[int] | None,
    ) -> None:
        """Read blocks, the first of which is a heading."""
        self._asserting, self._labelling = asserting, labelling
        fields = False
        for block in blocks:
            kind = block[0]
            if kind == ITEM:
                self._entry(block)
            elif kind == PARAGRAPH:
                self._paragraph(block)
            elif kind == HEADING:
                fields = False
                self._part = bisect_right(self._lines, block.line) - 1
                self._idle, self._assumed = _nature(self._parts[self._part].title)
                self._open("")
            elif kind == FENCE:
                self._fence(block)
            elif kind == ROW and (fields or block.info):
                fields = self._row(block)

    def _open(self, under: str) -> None:
        """Begin what stands below a label."""
        self._under = under
        self._awaited = bool(under)
        self._quiet = self._idle
        self._supposing = self._assumed
        if under:
            idle, assumed = _nature(under)
            self._quiet = self._idle or idle
            self._supposing = self._assumed or assumed

    def _paragraph(self, block: Block) -> None:
        self._open(self._opened.get(block.line, ""))
        if self._quiet:
            return
        text = block.text
        if (": " in text or " was " in text) and _touches(block, self._labelling):
            for number, line in enumerate(shown(block).split("\n"), block.line):
                if ": " in line or " was " in line:
                    self._labelled(plain(line), number)
        if self._supposing or _touches(block, self._asserting):
            self._assertions(block)

    def _entry(self, block: Block) -> None:
        if self._quiet and not self._assumed:
            return
        if self._supposing or _touches(block, self._asserting):
            self._assertions(block)
        text, line = block.text, block.line
        wrapped = "\n" in text and (":" in text or "was" in text)
        if not (": " in text or " was " in text or wrapped or self._assumed):
            return
        if self._assumed or _touches(block, self._labelling):
            said = plain(shown(block) if "<!--" in text else text)
            self._labelled(said, line)
            if self._assumed:
                self._dependency(said, line)

    def _dependency(self, said: str, line: int) -> None:
        """Read an entry that names its state first."""
        named = re.fullmatch(_ADJECTIVE, said)
        if named is not None:
            state, subject = named.group(1).lower(), named.group(2)
            at = line, self._part, self._under
            self.statements.append(Statement(subject, "", state, False, "", *at, True))

    def _fence(self, block: Block) -> None:
        """A one-line fence below `X:` is the value of X (DOCUMENT-KINDS, cross-document rule 9)."""
        if self._awaited and block.text and "\n" not in block.text:
            self._label(_folded(self._under), plain(block.text), block.line + 1)
        self._awaited = False

    def _row(self, block: Block) -> bool:
        """Read a row of a table; whether the next one has a field and its value."""
        if block.info:
            return _of_fields(block)
        cells = _cells(block)
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


def _touches(block: Block, lines: frozenset[int] | None) -> bool:
    """Whether a block has one of the lines."""
    _, line, end, _, _, _ = block
    return (
        lines is None
        or line in lines
        or (end > line and not lines.isdisjoint(range(line + 1, end + 1)))
    )


def _of_fields(head: Block) -> bool:
    """Whether the rows below the first row of a table have a field and its value."""
    cells = _cells(head)
    return len(cells) == 2 and cells[0].lower() in _TABLE_FIELDS


def _cells(row: Block) -> list[str]:
    return [plain(cell) for cell in row.text.strip().strip("|").split("|")]
