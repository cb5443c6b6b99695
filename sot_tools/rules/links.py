"""What documents name must exist: paths, sources, required documents, terms (VAL-09…35, CTX)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from sot_tools.diagnostic import Change, Finding, Replace, Value, Whole
from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.problems import at
from sot_tools.documents.sections import fold, plain, sections
from sot_tools.rules.facts import in_code
from sot_tools.rules.loops import chain, loops
from sot_tools.rules.model import Found, Library, Link, Parameters, Scene, WorkspaceCheck, texts
from sot_tools.rules.nearest import hint

Applies = Callable[[str], bool]


def paths(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Paths that documents name, front matter included, and that do not exist."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        for facts in library.facts.values():
            if not applies(facts.path):
                continue
            for link in facts.links:
                target = link.target
                if link.markdown:
                    target = posixpath.normpath(
                        posixpath.join(posixpath.dirname(facts.path), target)
                    )
                if library.exists(target):
                    continue
                document = library.document(facts.path)
                if document is None:
                    continue
                if not (link.markdown and in_code(document, link)):
                    detail = f"`{link.target}` does not exist"
                    place = at(link.line, link.column, len(link.target))
                    step = hint(target, library.facts) or "correct the path"
                    changes = _moved(library, scene, document, link, target)
                    yield facts.path, Finding(place, detail, step, changes=changes)

    return check


_SAFE = re.compile(r"[A-Za-z0-9._/-]+")
_LABEL = re.compile(r"\[([^\[\]]*)\]\(\Z")


def _moved(
    library: Library, scene: Scene, document: Document, link: Link, target: str
) -> tuple[Change, ...]:
    """The link of the body made to lead where it is certain to have led.

    Rule 1: one document has the whole path, read from the workspace, letter case aside.
    Rule 2: else one document has the file name, and its title is the text of the link; which
    record proves something is never guessed.
    """
    line = document.line(link.line)
    if not link.markdown or not line.startswith(link.target, link.column - 1):
        return ()
    folded = {link.target.removeprefix("./").lower(), target.lower()}
    found = [path for path in library.facts if path.lower() in folded]
    if not found:
        label = _LABEL.search(line, 0, link.column - 1)
        said = plain(label.group(1)) if label else ""
        name = posixpath.basename(target)
        found = [path for path in library.facts if posixpath.basename(path) == name]
        kinds = [scene.kinds.by_name.get(library.facts[path].kind) for path in found]
        if any(kind is None or kind.record for kind in kinds):
            return ()
        found = found if [library.facts[path].title for path in found] == [said] else []
    if len(found) != 1:
        return ()
    path = posixpath.relpath(found[0], posixpath.dirname(document.path) or ".")
    if not _SAFE.fullmatch(path):
        return ()
    return (Replace(at(link.line, link.column, len(link.target)), path),)


def source_loops(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """A chain of `source` that comes back to where it began."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        sources = {facts.path: facts.source for facts in library.facts.values() if facts.source}
        for loop in loops({path: (source,) for path, source in sources.items()}):
            first = min(loop)
            if applies(first):
                start = loop.index(first)
                turned = [*loop[start:], *loop[:start]]
                yield (
                    first,
                    Finding(
                        Value(("source",)),
                        f"`source` leads back to itself: {chain(turned)}",
                        "name the document it really comes from",
                    ),
                )

    return check


def documents_exist(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Documents that the workspace must hold."""
    wanted = texts(parameters, "documents")
    item = texts(parameters, "item", required=False)

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        names: dict[str, str] = {path.rpartition("/")[2]: path for path in library.facts}
        board = library.board
        known = board.by_id.get(item[0]) if board is not None and item else None
        for name in wanted:
            if name not in names:
                needs = f"`{item[0]}` needs the document" if item else "the workspace needs"
                place = Value(("items", known.position, "id")) if known else Whole()
                step = hint(name, names) or f"write `{scene.roots[0]}/.../{name}`"
                detail = f"{needs} `{name}`, which does not exist"
                yield board.path if board else scene.roots[0], Finding(place, detail, step)

    return check


def glossary_terms(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Terms that the glossary does not define (CTX-01, CTX-02)."""
    wanted = texts(parameters, "terms")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        glossary = library.document(scene.glossary_path)
        if glossary is None or not glossary.readable:
            return
        heads = {fold(section.title): section for section in sections(glossary)}
        defined = {
            title
            for title, section in heads.items()
            if any(block.kind != outline.HTML for block in section.blocks)
        }
        for block in glossary.blocks:
            head, bold, _ = block.text.removeprefix("**").partition("**")
            if bold and block.text.startswith("**"):
                defined.add(fold(head.removesuffix(":")))
        for term in wanted:
            if fold(term) in defined:
                continue
            empty = heads.get(fold(term))
            place = at(empty.line, 1, len(glossary.line(empty.line))) if empty else Whole()
            detail = f"the glossary does not define `{plain(term)}`"
            step = "say what it means" if empty else f"add `## {term}` and a sentence"
            insert = "" if empty else f"## {term}"
            yield scene.glossary_path, Finding(place, detail, step, insert=insert)

    return check


def workspace_files(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """The files that make a directory a workspace, named in one finding."""
    wanted = texts(parameters, "files")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        names = {"board": scene.board_path, "glossary": scene.glossary_path}
        files = [names.get(name, name) for name in wanted]
        missing = [path for path in files if path and not library.exists(path)]
        if missing:
            detail = "the workspace has no " + " and no ".join(f"`{path}`" for path in missing)
            step = "`sot init` writes them; what depends on them was not checked"
            yield scene.roots[0], Finding(Whole(), detail, step)

    return check
