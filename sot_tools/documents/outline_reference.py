"""The block structure of a Markdown body as markdown-it-py reads it (CommonMark with tables)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sot_tools.documents import outline
from sot_tools.documents.outline import Block

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def scan(lines: list[str], start: int) -> list[Block]:
    """The blocks of `lines[start:]`, with lines counted from 1 in the whole file."""
    body = "\n".join(lines[start:])
    tokens = _parser().parse(body)
    return _Walk(lines, start).run(tokens)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


class _Walk:
    """Turns the token stream into blocks."""

    def __init__(self, lines: list[str], start: int) -> None:
        self.lines = lines
        self.start = start
        self.blocks: list[Block] = []
        self.depth = 0
        self.quotes = 0
        self.first = False
        """The next paragraph is the first one of a list entry."""
        self.head = False

    def run(self, tokens: list[Token]) -> list[Block]:
        for index, token in enumerate(tokens):
            self.take(token, tokens, index)
        return self.blocks

    def take(self, token: Token, tokens: list[Token], index: int) -> None:
        kind = token.type
        if kind == "list_item_open":
            self.depth += 1
            self.first = True
        elif kind == "list_item_close":
            self.depth -= 1
            self.first = False
        elif kind in {"blockquote_open", "blockquote_close"}:
            self.quotes += 1 if kind == "blockquote_open" else -1
        elif kind == "heading_open" and (self.quotes or self.depth):
            self.add(outline.PARAGRAPH, token, 0, _strip(tokens[index + 1].content))
        elif kind == "heading_open":
            self.add(outline.HEADING, token, int(token.tag[1:]), _strip(tokens[index + 1].content))
        elif kind == "paragraph_open":
            self.paragraph(token, tokens[index + 1].content)
        elif kind in {"fence", "code_block"}:
            content = token.content.removesuffix("\n")
            self.add(outline.FENCE, token, 0, content, token.info.strip())
        elif kind == "html_block":
            self.add(outline.HTML, token, 0, token.content.strip())
        elif kind in {"thead_open", "thead_close"}:
            self.head = kind == "thead_open"
        elif kind == "tr_open" and token.map:
            raw = self.lines[self.start + token.map[0]].strip()
            self.add(outline.ROW, token, 0, raw, "head" if self.head else "")

    def paragraph(self, token: Token, content: str) -> None:
        text = _strip(content)
        if not (self.first and self.depth):
            self.add(outline.PARAGRAPH, token, 0, text)
            return
        self.first = False
        info, text = outline.ticked(text)
        self.add(outline.ITEM, token, self.depth, text, info)

    def add(self, kind: str, token: Token, level: int, text: str, info: str = "") -> None:
        begin, end = token.map or (0, 1)
        line = self.start + begin + 1
        last = max(self.start + end, line)
        while last > line and kind != outline.FENCE and not self.lines[last - 1].strip():
            last -= 1
        self.blocks.append(Block(kind, line, last, level, text, info))


def _strip(content: str) -> str:
    return "\n".join(line.strip() for line in content.split("\n"))
