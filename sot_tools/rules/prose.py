"""How final claims are written: short sentences, no hedges, no term that nobody defined."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from sot_tools.diagnostic import Finding, Place
from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.problems import at
from sot_tools.documents.sections import fold, named, plain, sections, shown
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import (
    BadParameters,
    DocumentCheck,
    Found,
    Library,
    Parameters,
    Scene,
    WorkspaceCheck,
    texts,
)
from sot_tools.rules.patterns import compiled
from sot_tools.rules.phrases import sentences

_CODE = re.compile(r"`[^`]*`")
_WORD = re.compile(r"\S*\w\S*")
_TERM = re.compile(r"\b[A-Z][\w'-]*(?: [A-Z][\w'-]*)+|\b[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*s?\b")
"""Two capitalised words in a row, or a word in capitals."""


class _Said(NamedTuple):
    """One sentence of a final claim."""

    text: str
    """Plain; a code span counts as one word and says nothing by itself."""
    line: int
    last: int
    """The last line of its block."""


def _claims(document: Document, titles: tuple[str, ...]) -> Iterator[_Said]:
    seen = set()
    for section in named(document, titles):
        for block in section.blocks:
            if block.kind in {outline.PARAGRAPH, outline.ITEM} and block.line not in seen:
                seen.add(block.line)
                text = plain(_CODE.sub(" \N{WHITE SQUARE} ", shown(block)))
                for sentence in sentences(text):
                    yield _Said(sentence.strip(), block.line, block.end)


def _place(document: Document, said: _Said, word: str) -> Place:
    """Where a word stands in the lines of its block; the block's first line where it is broken."""
    alone = re.compile(rf"(?<![\w`-]){re.escape(word)}(?![\w-])")
    for number in range(said.line, said.last + 1):
        hit = alone.search(document.line(number))
        if hit is not None:
            return at(number, hit.start() + 1, len(word))
    return at(said.line, 1, len(document.line(said.line)))


def long_sentences(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Sentences of the sections `section` that have more than `words` words."""
    titles, most = texts(parameters, "section"), parameters.get("words")
    if not isinstance(most, int) or most < 1:
        raise BadParameters("parameter `words` must be a number above 0")

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        for said in _claims(document, titles) if document.readable else ():
            count = len(_WORD.findall(said.text.replace("\N{WHITE SQUARE}", "x")))
            if count > most:
                begun = " ".join(said.text.replace("\N{WHITE SQUARE}", "…").split()[:4])
                place = at(said.line, 1, len(document.line(said.line)))
                detail = f"the sentence `{begun} …` has {count} words; up to {most} are allowed"
                yield Finding(place, detail, "make one sentence of each claim")

    return check


def hedges(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Words of `hedges` in sentences of the sections `section`."""
    titles = texts(parameters, "section")
    words = sorted(texts(parameters, "hedges"), key=len, reverse=True)
    pattern = re.compile(
        rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])", re.IGNORECASE
    )

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        for said in _claims(document, titles) if document.readable else ():
            for hit in pattern.finditer(said.text):
                step = "say what was seen, or that it was not proven"
                detail = f"`{hit.group()}` leaves open whether it is so"
                yield Finding(_place(document, said, hit.group()), detail, step)

    return check


def undefined_terms(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Terms in sentences of the sections `section` that neither the glossary nor the document's
    title, nor `known`, has; `known` also names short forms."""
    titles = texts(parameters, "section")
    item = compiled(scene.id_pattern)
    known = {fold(each) for each in texts(parameters, "known", required=False)}

    def check(library: Library, applies: Callable[[str], bool]) -> Iterator[Found]:
        glossary = library.document(scene.glossary_path)
        defined = known | (_defined(glossary) if glossary is not None else set())
        for path in library.facts:
            document = library.document(path) if applies(path) else None
            if document is None or not document.readable:
                continue
            head = {fold(section.title) for section in sections(document)}
            for said in _claims(document, titles):
                for term in _terms(said.text):
                    if not item.fullmatch(term) and not _is_known(fold(term), defined | head):
                        detail = f"`{term}` is a term that {scene.glossary_path} does not define"
                        step = "define it there, or write the plain words"
                        yield path, Finding(_place(document, said, term), detail, step)

    return check


def _terms(text: str) -> Iterator[str]:
    """The terms of a sentence; its first word is capitalised anyway."""
    seen = set()
    for hit in _TERM.finditer(text):
        term = hit.group()
        if hit.start() == 0 and " " in term and not term.split(" ")[0].isupper():
            term = term.partition(" ")[2]
            if " " not in term and not (term.isupper() and len(term) > 1):
                continue
        if term not in seen:
            seen.add(term)
            yield term


def _defined(glossary: Document) -> set[str]:
    """What the glossary has: its headings, and the short forms that it gives in parentheses."""
    words = {fold(section.title) for section in sections(glossary)}
    text = " ".join(shown(block) for block in glossary.blocks)
    return words | {fold(each) for each in re.findall(r"\(([A-Z][A-Z0-9-]+)\)", text)}


def _is_known(term: str, defined: set[str]) -> bool:
    """Whether a term, or each of the terms that it is made of, is defined; one of many counts."""
    single = term.removesuffix("s")
    if term in defined or single in defined:
        return True
    return any(
        term.startswith(f"{each} ") and _is_known(term[len(each) + 1 :], defined)
        for each in defined
        if each
    )
