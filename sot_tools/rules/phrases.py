"""Sentences that must stand in a document, and claims that must not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from sot_tools.diagnostic import At, Finding, Place, Pointer, Span
from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.problems import at
from sot_tools.documents.sections import named, plain, prose, sections, title
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

_SENTENCE = re.compile(r"[^.!?;]+(?:[.!?;](?! |$)[^.!?;]*)*[.!?;]?")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def comparable(phrase: str) -> str:
    """A phrase as it is searched for: plain, its final period optional."""
    return plain(phrase).removesuffix(".")


def heading_place(document: Document) -> Place:
    """The document's title, where what is missing from the whole document is shown."""
    head = title(document)
    number = head.line if head else min(document.body + 1, len(document.lines))
    return At(Span(number, 1, max(len(document.line(number)), 1) + 1))


def phrases(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Each of `phrases` that the body, or the sections titled `near`, does not contain."""
    wanted = [(phrase, comparable(phrase)) for phrase in texts(parameters, "phrases")]
    near = texts(parameters, "near", required=False)

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        place = None
        body = prose(document)
        if near:
            found = list(named(document, near))
            if not found:
                return
            body = " ".join(plain(block.text) for section in found for block in section.blocks)
            place = at(found[0].line, 1, len(document.line(found[0].line)))
        for phrase, searched in wanted:
            if searched not in body:
                where = f"section `{near[0]}`" if near else "document"
                yield Finding(
                    place or heading_place(document),
                    f"{where} does not say `{plain(phrase)}`",
                    f"add the sentence `{phrase}`",
                    insert=phrase,
                )

    return check


def claims(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Sentences that match one of `claims` and hold none of the words of `accept`."""
    patterns = texts(parameters, "claims")
    keywords = texts(parameters, "keywords")
    accept = frozenset(word.lower() for word in texts(parameters, "accept"))

    def claimed(sentence: str) -> bool:
        if not accept.isdisjoint(_WORD.findall(sentence.lower())):
            return False
        return any(compiled(pattern, True).search(sentence) for pattern in patterns)

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        if not document.readable:
            return
        folded = document.once("folded", lambda it: it.text.lower())
        if not any(keyword in folded for keyword in keywords):
            return
        for head, block in _spoken(document):
            said = block.text.lower()
            if not any(keyword in said for keyword in keywords):
                continue
            if not accept.isdisjoint(_WORD.findall(head.lower())):
                continue
            for sentence in _SENTENCE.findall(plain(block.text)):
                if claimed(sentence):
                    detail = f"plain claim: `{sentence.strip()[:120]}`"
                    yield Finding(_line_of(document, block, sentence), detail)

    return check


def _spoken(document: Document) -> Iterator[tuple[str, outline.Block]]:
    """Paragraphs, list entries and table rows, each with the heading it stands under."""
    head = ""
    for block in document.blocks:
        if block.kind == outline.HEADING:
            head = block.text
        elif block.kind in {outline.PARAGRAPH, outline.ITEM, outline.ROW}:
            yield head, block


def _line_of(document: Document, block: outline.Block, sentence: str) -> Place:
    """The line of a block on which a sentence starts."""
    words = sentence.split()[:3]
    for number in range(block.line, block.end + 1):
        line = document.line(number)
        if words and all(word in plain(line) for word in words):
            return at(number, len(line) - len(line.lstrip()) + 1, len(line.strip()))
    line = document.line(block.line)
    return at(block.line, len(line) - len(line.lstrip()) + 1, len(line.strip()))


def demands(document: Document, titles: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The list entries under headings with one of `titles`: phrases required of a family."""
    for section in named(document, tuple(titles)):
        for block in section.blocks:
            if block.kind == outline.HEADING:
                break
            if block.kind == outline.ITEM:
                yield block.text, block.line


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
    document = library.document(path)
    if document is None or not document.readable:
        return
    body = prose(document)
    for demand in library.facts[demanding].demands:
        if comparable(demand.phrase) not in body:
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


def titles(document: Document) -> tuple[str, ...]:
    """The titles of all sections, folded for comparison."""
    return tuple(section.title for section in sections(document))
