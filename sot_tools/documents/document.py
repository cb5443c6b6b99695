"""A governed file as a value: its text, its data, its blocks, and the problems of reading it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from sot_tools.documents import outline, yaml_subset
from sot_tools.documents.decode import MAX_LINE, decode, long_lines
from sot_tools.documents.outline import Block
from sot_tools.documents.problems import Problem, at, problem
from sot_tools.documents.tree import Tree

MAX_DOCUMENT = 1 << 20
"""Largest Markdown document in bytes."""
MAX_DATA = 64 << 20
"""Largest board or record in bytes."""

_SHORT = 20_000
"""Characters below which counting lines anew is cheaper than an index of them."""


class Document:
    """One file of a workspace; `parse` makes it.

    `data` is the front matter of a Markdown document, or the whole value of a data file; None
    where there is none. `body` is the index in `lines` where the Markdown body begins.
    """

    __slots__ = (
        "_blocks",
        "_headings",
        "_heads",
        "_mark",
        "_memo",
        "_starts",
        "body",
        "data",
        "format",
        "lines",
        "path",
        "problems",
        "text",
    )

    def __init__(self, path: str, form: str, text: str) -> None:
        self.path = path
        self.format = form
        self.text = text
        self.lines: list[str] = text.split("\n")
        self.data: Any = None
        self.body = 0
        self.problems: list[Problem] = []
        self._blocks: list[Block] | None = None
        self._headings: list[Block] | None = None
        self._heads: list[int] | None = None
        self._starts: list[int] | None = None
        self._mark = 0, 1
        """An offset and its line, from which a later one is counted."""
        self._memo: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The file name without its folders."""
        return self.path.rpartition("/")[2]

    @property
    def readable(self) -> bool:
        """Whether checks of meaning make sense: no problem is fatal."""
        return not self.problems or not any(found.fatal for found in self.problems)

    @property
    def blocks(self) -> Sequence[Block]:
        """The blocks of the Markdown body; empty for a data file."""
        if self._blocks is None:
            self._blocks = self._scan()
        return self._blocks

    @property
    def headings(self) -> Sequence[Block]:
        """The headings of the Markdown body."""
        if self._headings is None:
            blocks = self.blocks
            self._headings = [blocks[row] for row in self.heads]
        return self._headings

    @property
    def heads(self) -> Sequence[int]:
        """Which of the blocks are headings."""
        if self._heads is None:
            heading = outline.HEADING
            self._heads = [row for row, block in enumerate(self.blocks) if block[0] == heading]
        return self._heads

    def blocks_between(self, heading: int, last: int) -> Sequence[Block]:
        """The blocks below the heading on one line, up to another line."""
        blocks = self.blocks
        begin = bisect_right(blocks, heading, key=_line_of)
        return blocks[begin : bisect_right(blocks, last, key=_line_of)]

    def _scan(self) -> list[Block]:
        if self.format != "markdown":
            return []
        blocks = outline.scan(self.lines, self.body)
        if blocks is None:
            from sot_tools.documents import outline_reference

            blocks = outline_reference.scan(self.lines, self.body)
        return blocks

    def once(self, name: str, compute: Any) -> Any:
        """The value that `compute(self)` had when it was first asked for under `name`."""
        if name not in self._memo:
            self._memo[name] = compute(self)
        return self._memo[name]

    def release(self) -> None:
        """Let go of what was computed once: it refers back to the document, which would live on
        until somebody looks for garbage."""
        self._memo.clear()

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of a character offset in `text`."""
        if len(self.text) < _SHORT:
            begin, line = self._mark if self._mark[0] <= offset else (0, 1)
            line += self.text.count("\n", begin, offset)
            self._mark = offset, line
            return line, offset - self.text.rfind("\n", 0, offset)
        if self._starts is None:
            self._starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        row = bisect_right(self._starts, offset) - 1
        return row + 1, offset - self._starts[row] + 1

    def line(self, number: int) -> str:
        """The text of a line counted from 1; empty beyond the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def tree(self) -> Tree:
        """The data value with the place of everything in it (slow; for findings only)."""
        found: Tree = self.once("tree", _tree)
        return found


def _line_of(block: Block) -> int:
    return block.line


def parse(path: str, content: bytes) -> Document:
    """The document in a file's bytes; problems are values in it, nothing raises."""
    form = _format(path)
    limit = MAX_DOCUMENT if form == "markdown" else MAX_DATA
    if len(content) > limit:
        document = Document(path, form, "")
        detail = f"file has {len(content):,} bytes; the limit is {limit:,}"
        document.problems.append(problem("size", at(1), detail, "split the file"))
        return document
    text, problems = decode(content)
    document = Document(path, form, text)
    document.problems = problems
    if form == "markdown":
        _read_front_matter(document)
        if len(text) > MAX_LINE:
            problems.extend(long_lines(document.lines))
    elif form == "json":
        from sot_tools.documents import json_tree

        document.data, found = json_tree.read(text)
        problems.extend(found)
    else:
        _read_yaml(document, text, 1)
    return document


def _format(path: str) -> str:
    lower = path.lower()
    if lower.endswith(".json"):
        return "json"
    return "yaml" if lower.endswith((".yaml", ".yml")) else "markdown"


def _read_front_matter(document: Document) -> None:
    """Split at the `---` lines as python-frontmatter does, and read what is between them."""
    lines = document.lines
    if not _is_boundary(lines[0]):
        return
    for row in range(1, len(lines)):
        if _is_boundary(lines[row]):
            document.body = row + 1
            document.data = {}
            if row == 1:
                return
            _read_yaml(document, "\n".join(lines[1:row]) + "\n", 2)
            return
    detail = "front matter opens with `---` and never closes"
    document.problems.append(problem("unclosed", at(1, 1, 3), detail, "close it with a line `---`"))
    document.body = len(lines)


def _is_boundary(line: str) -> bool:
    return line.startswith("---") and not line.rstrip(" \t").strip("-")


def _read_yaml(document: Document, text: str, first_line: int) -> None:
    try:
        document.data = yaml_subset.read(text)
    except yaml_subset.Beyond:
        from sot_tools.documents import yaml_reference

        tree = yaml_reference.read(text, first_line)
        document.data = tree.value
        document.problems.extend(tree.problems)


def _tree(document: Document) -> Tree:
    from sot_tools.documents import json_tree, yaml_reference

    if document.format == "json":
        return json_tree.locate(document.text)
    if document.format == "yaml":
        return yaml_reference.read(document.text)
    if not document.body:
        return Tree()
    return yaml_reference.read("\n".join(document.lines[1 : document.body - 1]) + "\n", 2)
