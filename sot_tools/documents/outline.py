"""The block structure of a Markdown body, scanned line by line (CommonMark 0.31 with tables).

The scanner reads the plain part of CommonMark exactly; where it meets anything else (setext
headings, indented code, HTML, block quotes, odd nesting) it answers None and the reference
reader (`outline_reference`, markdown-it-py) decides. A property test holds the two equal.
"""

import re
from itertools import islice
from typing import NamedTuple

HEADING = "heading"
PARAGRAPH = "paragraph"
ITEM = "item"
ROW = "row"
FENCE = "fence"
HTML = "html"


class Block(NamedTuple):
    """One block of a body."""

    kind: str
    line: int
    """First line, counted from 1 in the file."""
    end: int
    """Last line."""
    level: int
    """Heading level, or nesting depth of a list entry from 1; 0 for other blocks."""
    text: str
    """Heading, paragraph or list entry without its marker; content of a fence; a raw table row.
    Lines are joined by `\\n`, each stripped (fence content excepted)."""
    info: str = ""
    """Info string of a fence; `x` or ` ` of a checkbox; `head` of a table's first row."""


_MARKER = re.compile(r"( *)(?:[-*+]|([0-9]{1,9})[.)])( +)(?=[^ \t])")
_CLOSING = r"(?:^|[ \t]+)#+[ \t]*$"
"""This and the following are compiled with the first line that asks for them: few do."""
_FENCE = r"(`{3,}|~{3,})[ \t]*(.*)"
_RULE = r"(?:-[ ]*){3,}|(?:\*[ ]*){3,}|(?:_[ ]*){3,}"
_UNDERLINE = r"-+[ ]*|=+[ ]*"
_DELIMITER = r"\|(?: *:?-+:? *\|)+ *"
_ODD_ENTRY = r"#{1,6}(?: |$)|>|```|~~~|[-*+](?: |$)|[0-9]{1,9}[.)](?: |$)|<|\[[^\]]*\]:|\|"


_new = tuple.__new__
"""Makes a block without the detour of keyword arguments: there are dozens in a document."""
_BOXES = frozenset({"[ ] ", "[x] ", "[X] "})
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MARGIN = (2,)
"""Where the text of an entry at the margin begins."""
_CAREFUL = frozenset(" \t#>`~-+*<[|_=0123456789") | {""}
"""First characters of an entry's text that may begin something else than a plain paragraph."""


def atx(line: str) -> tuple[int, str] | None:
    """Level and text of an ATX heading at the margin; None for another line."""
    title = line.lstrip("#")
    level = len(line) - len(title)
    if not 0 < level <= 6 or title[:1] not in {"", " ", "\t"}:
        return None
    title = title.strip()
    return level, re.sub(_CLOSING, "", title).strip() if title.endswith("#") else title


def scan(lines: list[str], start: int) -> list[Block] | None:
    """The blocks of `lines[start:]`, or None where only the reference reader can tell."""
    return _Scanner(lines).run(start)


class _Beyond(Exception):
    """A construct outside the plain part."""


class _Scanner:
    """State of one scan: the open paragraph or list entry, and the list nesting.

    The lines of a block follow each other, so a line that continues one changes nothing. A block
    is noted with its first line when it begins, and with all its lines when it ends, if it has
    more.
    """

    __slots__ = ("blocks", "lines", "offsets", "open")

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.blocks: list[Block] = []
        self.offsets: tuple[int, ...] = ()
        """Where the text of each open list entry begins, the outermost first."""
        self.open = 0
        """The first line of the last block, counted from 1, while lines may continue it."""

    def run(self, start: int) -> list[Block] | None:
        try:
            self._run(start)
        except _Beyond:
            return None
        return self.blocks

    def _run(self, start: int) -> None:
        """Tell the lines apart by their first characters, the most frequent forms first; an entry
        of the plainest form (`- ` at the margin, then a word) is noted here."""
        append = self.blocks.append
        source = enumerate(self.lines[start:], start)
        for row, line in source:
            if not line:
                if self.open:
                    self.close(row)
            elif (first := line[0]) in _LETTERS or (first == " " and self.goes_on(line)):
                if not self.open:
                    self.paragraph(line, row)
            elif first == "-" and len(line) > 2 and line[1] == " " and line[2] not in _CAREFUL:
                if 0 < self.open < row:
                    self.close(row)
                self.offsets = _MARGIN
                self.open = number = row + 1
                append(_new(Block, (ITEM, number, number, 1, line[2:].strip(), "")))
            elif first == "#":
                self.heading(line, row)
            elif first in "- *+0123456789":
                self.marked(line, row)
            elif first in "`~|":
                last = self.table(row) if first == "|" else self.fence(line, row)
                skipped = last - row
                next(islice(source, skipped, skipped), None)
            elif first in "<>\t=[_":
                self.odd(line, row)
            else:
                self.text(line, row)
        self.close(len(self.lines))

    def close(self, row: int) -> None:
        """End the open paragraph or list entry before line index `row`."""
        if 0 < self.open < row:
            kind, begin, _, level, text, info = self.blocks[-1]
            text = "\n".join([text, *map(str.strip, self.lines[begin:row])])
            self.blocks[-1] = _new(Block, (kind, begin, row, level, text, info))
        self.open = 0

    def paragraph(self, line: str, row: int) -> None:
        """Begin a paragraph at line index `row`."""
        self.offsets = ()
        self.open = row + 1
        self.blocks.append(_new(Block, (PARAGRAPH, row + 1, row + 1, 0, line.strip(), "")))

    def entry(self, row: int, text: str, box: str) -> None:
        """A list entry at the margin: `- `, maybe a box, then a word or a code span."""
        self.close(row)
        self.offsets = _MARGIN
        self.open = row + 1
        self.blocks.append(_new(Block, (ITEM, row + 1, row + 1, 1, text.strip(), box)))

    def goes_on(self, line: str) -> bool:
        """Whether an indented line can only go on with what is open."""
        return self.open > 0 and line.lstrip(" ")[:1].isalpha()

    def text(self, line: str, row: int) -> None:
        """A plain line: it continues what is open, or begins a paragraph."""
        if not self.open:
            if line.isspace():
                raise _Beyond
            self.paragraph(line, row)

    def heading(self, line: str, row: int) -> None:
        heading = atx(line)
        if heading is None:
            self.text(line, row)
            return
        if "|" in line and row + 1 < len(self.lines) and "-" in self.lines[row + 1]:
            raise _Beyond  # a delimiter row would make it the head of a table
        self.close(row)
        self.offsets = ()
        level, title = heading
        self.blocks.append(_new(Block, (HEADING, row + 1, row + 1, level, title, "")))

    def marked(self, line: str, row: int) -> None:
        """A line that may be a list entry, a rule, or an indented continuation."""
        if line[0] == "-":
            if line[2:6] in _BOXES and line[6:7] not in _CAREFUL:
                self.entry(row, line[6:], line[3].lower())
                return
            if line[:3] == "- `" and line[3:4] != "`":
                self.entry(row, line[2:], "")
                return
        if line.isspace():
            self.close(row)
            return
        if "\t" in line:
            raise _Beyond
        match = _MARKER.match(line)
        if match is None:
            self.unmarked(line, row)
            return
        spaces, number, gap = match.groups()
        text = line[match.end() :].strip()
        careful = text[:1] in _CAREFUL and (text[:1] != "`" or text[1:2] == "`")
        if len(gap) > 4 or (careful and re.fullmatch(_RULE, line.strip())):
            raise _Beyond
        if self.open and number not in {None, "1"} and not self.offsets:
            return
        depth = self.depth(len(spaces))
        if careful and re.match(_ODD_ENTRY, text):
            raise _Beyond
        self.close(row)
        self.offsets = (*self.offsets[:depth], match.end())
        info, text = ticked(text) if careful else ("", text)
        self.open = row + 1
        self.blocks.append(_new(Block, (ITEM, row + 1, row + 1, depth + 1, text, info)))

    def depth(self, indent: int) -> int:
        """How many open entries contain an entry whose marker stands at `indent`."""
        offsets = self.offsets
        depth = 0
        while depth < len(offsets) and indent >= offsets[depth]:
            depth += 1
        inner = offsets[depth - 1] if depth else 0
        if indent - inner > 3:
            raise _Beyond
        return depth

    def unmarked(self, line: str, row: int) -> None:
        stripped = line.strip()
        if line[0] != " ":
            rule = re.fullmatch(_RULE, stripped)
            if rule or re.fullmatch(_UNDERLINE, stripped) or stripped in "*+-":
                if self.open or not rule:
                    raise _Beyond
                self.offsets = ()
                return
            if line[0] == "-" and not stripped.strip("-:| "):
                raise _Beyond
            if stripped.rstrip(".)").isdigit() and stripped[-1] in ".)":
                raise _Beyond
            self.text(line, row)
            return
        if not self.open or stripped[0] in "#>`~|<=_[" or re.fullmatch(_UNDERLINE, stripped):
            raise _Beyond
        if re.fullmatch(_RULE, stripped) or stripped in "*+" or stripped.rstrip(".)").isdigit():
            raise _Beyond

    def fence(self, line: str, row: int) -> int:
        """A fenced block; returns the line index of its last line."""
        match = re.fullmatch(_FENCE, line)
        if match is None or ("`" in match.group(2) and line[0] == "`"):
            self.text(line, row)
            return row
        self.close(row)
        self.offsets = ()
        fence, info = match.groups()
        lines = self.lines
        last = row + 1
        while last < len(lines):
            closing = lines[last].strip(" \t")
            if closing.startswith(fence) and not closing.strip(fence[0]):
                if lines[last][:4] == "    " or "\t" in lines[last][:4]:
                    raise _Beyond
                break
            last += 1
        if last == len(lines):
            raise _Beyond
        content = "\n".join(lines[row + 1 : last])
        self.blocks.append(_new(Block, (FENCE, row + 1, last + 1, 0, content, info.strip())))
        return last

    def table(self, row: int) -> int:
        """A table; returns the line index of its last row."""
        lines = self.lines
        if self.open or row + 1 >= len(lines) or not re.fullmatch(_DELIMITER, lines[row + 1]):
            raise _Beyond
        if len(cells(lines[row])) != lines[row + 1].rstrip().count("|") - 1:
            raise _Beyond
        self.offsets = ()
        self.blocks.append(_new(Block, (ROW, row + 1, row + 1, 0, lines[row].strip(), "head")))
        last = row + 2
        while last < len(lines) and lines[last][:1] == "|":
            self.blocks.append(_new(Block, (ROW, last + 1, last + 1, 0, lines[last].strip(), "")))
            last += 1
        if last < len(lines) and lines[last].strip(" "):
            raise _Beyond
        return last - 1

    def odd(self, line: str, row: int) -> None:
        """A line that starts with a character of several meanings."""
        if line.startswith("<!--"):
            if not line.rstrip().endswith("-->") or line.count("-->") != 1:
                raise _Beyond
            self.close(row)
            self.offsets = ()
            self.blocks.append(_new(Block, (HTML, row + 1, row + 1, 0, line.strip(), "")))
        elif line[0] in "<>\t=" or "]:" in line or re.fullmatch(_RULE, line.strip()):
            raise _Beyond
        else:
            self.text(line, row)


def ticked(entry: str) -> tuple[str, str]:
    """What stands in the checkbox that a list entry begins with, `x` or a blank, and the rest of
    its text; without a checkbox nothing and all of it."""
    if entry[:4] not in _BOXES:
        return "", entry
    return entry[1].lower(), entry[4:].strip()


def cells(row: str) -> list[str]:
    """The cells of a raw table row, stripped; `\\|` stands for a bar inside a cell (GFM 4.10)."""
    text = row.strip()
    if "\\|" in text:
        parts = [part.replace("\0", "|") for part in text.replace("\\|", "\0").split("|")]
    else:
        parts = text.split("|")
    if parts and not parts[0].strip():
        parts = parts[1:]
    if parts and not parts[-1].strip():
        parts = parts[:-1]
    return [part.strip() for part in parts]
