"""Sentences that must stand in a document, and claims that must not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sot_tools.diagnostic import At, Change, Edit, Finding, Place, Pointer, Span
from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.outline import Block
from sot_tools.documents.problems import at
from sot_tools.documents.sections import Section, named, plain, prose, said, shown, title
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import (
    DocumentCheck,
    Found,
    Library,
    Parameters,
    Scene,
    WorkspaceCheck,
    texts,
)
from sot_tools.rules.patterns import compiled

_WORD = r"[^\W\d_]+(?:'[^\W\d_]+)?"
_TEXTUAL = frozenset({outline.PARAGRAPH, outline.ITEM})
_SPOKEN = _TEXTUAL | {outline.ROW}


def comparable(phrase: str) -> str:
    """A phrase as it is searched for: plain, its final period optional."""
    return plain(phrase).removesuffix(".")


def heading_place(document: Document) -> Place:
    """The document's title, where what is missing from the whole document is shown."""
    head = title(document)
    number = head.line if head else min(document.body + 1, len(document.lines))
    return At(Span(number, 1, max(len(document.line(number)), 1) + 1))


def sentences(text: str) -> list[str]:
    """The sentences of a plain text: each ends where a space follows its mark."""
    for mark in ".!?;":
        text = text.replace(mark + " ", mark + "\n")
    return text.split("\n")


def says(body: str, blocks: Iterable[Block], phrase: str) -> bool:
    """Whether `body`, what `blocks` say, holds a comparable phrase.

    A phrase that begins with a small letter may also begin a sentence, with a capital one.
    """
    if phrase in body:
        return True
    begun = phrase[:1].upper() + phrase[1:]
    if begun == phrase or begun not in body:
        return False
    running = (block for block in blocks if block.kind in _TEXTUAL)
    return any(
        sentence.startswith(begun)
        for block in running
        for sentence in sentences(plain(shown(block)))
    )


def states(document: Document, phrase: str) -> bool:
    """Whether the body says a phrase."""
    return says(prose(document), document.blocks, comparable(phrase))


def phrases(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Each of `phrases` that the body, or the sections titled `near`, does not contain."""
    wanted = [(phrase, comparable(phrase)) for phrase in texts(parameters, "phrases")]
    near = texts(parameters, "near", required=False)

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        place, found = None, []
        blocks = document.blocks
        if near:
            found = list(named(document, near))
            if not found:
                return
            blocks = [block for section in found for block in section.blocks]
            body = said(blocks)
            place = at(found[0].line, 1, len(document.line(found[0].line)))
        else:
            body = prose(document)
        absent = [phrase for phrase, searched in wanted if not says(body, blocks, searched)]
        for phrase in absent:
            where = f"section `{near[0]}`" if near else "document"
            yield Finding(
                place or heading_place(document),
                f"{where} does not say `{plain(phrase)}`",
                f"add the sentence `{phrase}`",
                insert=phrase,
                changes=_paragraphs(document, found, absent),
            )

    return check


def _paragraphs(document: Document, near: list[Section], phrases: list[str]) -> tuple[Change, ...]:
    """Phrases as paragraphs of their own directly below the section's heading or the title, the
    same change for each of them; nothing where there is more than one such place."""
    tops = [head.line for head in document.headings if head.level == 1]
    lines = [section.line for section in near] or tops
    line = document.line(lines[0]) if len(lines) == 1 else ""
    if not line.startswith("#") or not all(each[:1].isalpha() for each in phrases):
        return ()
    end = len(line) + 1
    apart = "\n" if document.line(lines[0] + 1).strip() else ""
    text = "".join(f"\n\n{phrase}" for phrase in phrases)
    return (Edit(lines[0], end, lines[0], end, text + apart),)


def claims(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Sentences that match one of `claims` and hold none of the words of `accept`.

    Harmless too are those below a heading with one of the words of `headings`, and the entries of
    a list whose lead-in holds a word of `accept`.
    """
    patterns = texts(parameters, "claims")
    keywords = texts(parameters, "keywords", required=False) or ("",)
    harmless = _holding(texts(parameters, "accept", required=False))
    excused = _holding(texts(parameters, "headings", required=False))

    def claimed(sentence: str) -> bool:
        return not harmless(sentence) and any(
            compiled(pattern, True).search(sentence) for pattern in patterns
        )

    def suspected(document: Document) -> bool:
        folded = document.once("folded", lambda it: it.text.lower())
        if not any(keyword in folded for keyword in keywords):
            return False
        spoken = document.once("spoken", _spoken)
        return any(_anywhere(pattern).search(spoken) for pattern in patterns)

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        if not document.readable or not suspected(document):
            return
        for block in _bare(document, excused, harmless):
            folded = block.text.lower()
            if any(keyword in folded for keyword in keywords):
                yield from _claimed(document, block, claimed)

    return check


def _holding(entries: Iterable[str]) -> Callable[[str], bool]:
    """A predicate: does a text hold one of these words, or runs of words, case ignored?"""
    runs = {" ".join(_words(entry)) for entry in entries}
    single = frozenset(run for run in runs if " " not in run)
    several = sorted(f" {run} " for run in runs - single)

    def holds(text: str) -> bool:
        words = _words(text)
        if not single.isdisjoint(words):
            return True
        joined = f" {' '.join(words)} " if several else ""
        return any(run in joined for run in several)

    return holds


def _words(text: str) -> list[str]:
    found: list[str] = re.findall(_WORD, text.lower().replace("\u2019", "'"))
    return found


def _spoken(document: Document) -> str:
    """The sentences of all paragraphs, list entries and table rows, one on a line."""
    running = [plain(shown(block)) for block in document.blocks if block.kind in _SPOKEN]
    return "\n".join(sentences("\n".join(running)))


def _anywhere(pattern: str) -> Any:
    """A pattern for one sentence as one for lines of sentences: a quick sieve, never too fine."""
    absolute = r"\A" in pattern or r"\z" in pattern
    return compiled("" if absolute else f"(?m){pattern}", True)


def _bare(
    document: Document, excused: Callable[[str], bool], harmless: Callable[[str], bool]
) -> Iterator[Block]:
    """Paragraphs, list entries and table rows that no heading and no lead-in above excuses."""
    top = title(document)
    heads: list[tuple[int, bool]] = []
    leads: list[bool] = []
    for block in document.blocks:
        if block.kind == outline.HEADING:
            while heads and heads[-1][0] >= block.level:
                heads.pop()
            heads.append((block.level, block != top and excused(block.text)))
            leads.clear()
        elif block.kind in _SPOKEN and not any(excuse for _, excuse in heads):
            depth = 1 if block.kind == outline.ROW else block.level
            del leads[depth:]
            if not any(leads):
                yield block
            leads += [False] * (depth - len(leads))
            leads.append(":" in block.text and _leads_in(block, harmless))


def _leads_in(block: Block, harmless: Callable[[str], bool]) -> bool:
    """Whether a block announces what follows it as something that is not so."""
    text = plain(shown(block))
    return text.endswith(":") and harmless(sentences(text)[-1])


def _claimed(document: Document, block: Block, claimed: Callable[[str], bool]) -> Iterator[Finding]:
    places: list[tuple[int, int]] = []
    start = 0
    for sentence in sentences(plain(shown(block))):
        end = start + len(sentence) - sentence.count(" ")
        if end > start and claimed(sentence):
            places = places or _places(document, block)
            yield Finding(
                _on_first_line(document, places[start:end]),
                f"plain claim: `{_quoted(block, sentence)[:120]}`",
            )
        start = end


def _quoted(block: Block, sentence: str) -> str:
    """A sentence as a message shows it: a table row without its bars."""
    if block.kind != outline.ROW:
        return sentence
    return ": ".join(cell for cell in outline.cells(sentence) if cell)


def _places(document: Document, block: Block) -> list[tuple[int, int]]:
    """Line and column of each character of a block that `plain` keeps, spaces left out."""
    found = []
    lines = zip(block.text.split("\n"), shown(block).split("\n"), strict=True)
    for number, (written, visible) in enumerate(lines, block.line):
        column = max(document.line(number).rfind(written), 0) + 1
        found += [
            (number, place)
            for place, character in enumerate(visible, column)
            if character not in "`*" and not character.isspace()
        ]
    return found


def _on_first_line(document: Document, places: list[tuple[int, int]]) -> Place:
    """The span of a sentence as far as the line reaches on which it starts."""
    (number, column), (last, end) = places[0], places[-1]
    if last != number:
        end = len(document.line(number).rstrip())
    return at(number, column, end - column + 1)


def family(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Phrases that one document requires and another one of its family lacks (VAL-38)."""
    kinds = frozenset(texts(parameters, "in"))

    def check(library: Library, applies: Callable[[str], bool]) -> Iterator[Found]:
        families: dict[str, list[str]] = {}
        for facts in library.facts.values():
            families.setdefault(facts.family, []).append(facts.path)
        for facts in library.facts.values():
            if not facts.demands or not applies(facts.path):
                continue
            for path in families[facts.family]:
                if path != facts.path and library.facts[path].kind in kinds:
                    yield from _lacking(library, facts.path, path)

    return check


def _lacking(library: Library, demanding: str, path: str) -> Iterator[Found]:
    for demand in library.facts[demanding].demands:
        stated = library.answer(path, "states", demand.phrase)
        document = library.document(path) if stated is False else None
        if document is not None:
            pointer = Pointer(demanding, at(demand.line, 1, 3), "required here")
            detail = f"document does not say `{plain(demand.phrase)}`, which its family requires"
            yield (
                path,
                Finding(
                    heading_place(document),
                    detail,
                    "add the phrase",
                    (pointer,),
                    insert=demand.phrase,
                ),
            )
