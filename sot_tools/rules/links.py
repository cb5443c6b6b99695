"""What documents name must exist: paths, sources, required documents, terms (VAL-09…35, CTX)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from sot_tools.board.board import Board
from sot_tools.diagnostic import Finding, Value, Whole
from sot_tools.documents.problems import at
from sot_tools.documents.sections import fold, plain, sections
from sot_tools.rules.loops import loops
from sot_tools.rules.model import Found, Library, Parameters, Scene, WorkspaceCheck, texts
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
                if not library.exists(target):
                    detail = f"`{link.target}` does not exist"
                    place = at(link.line, link.column, len(link.target))
                    yield (
                        facts.path,
                        Finding(place, detail, hint(target, library.facts) or "correct the path"),
                    )

    return check


def source_loops(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """A chain of `source` that comes back to where it began."""

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        sources = {facts.path: facts.source for facts in library.facts.values() if facts.source}
        for loop in loops({path: (source,) for path, source in sources.items()}):
            first = min(loop)
            if applies(first):
                chain = " → ".join([*loop, loop[0]])
                yield (
                    first,
                    Finding(
                        Value(("source",)),
                        f"`source` leads back to itself: {chain}",
                        "name the document it really comes from",
                    ),
                )

    return check


def documents_exist(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Documents that the workspace must hold."""
    wanted = texts(parameters, "documents")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        names: dict[str, str] = {path.rpartition("/")[2]: path for path in library.facts}
        for name in wanted:
            if name not in names:
                path = _home(library.board, scene)
                detail = f"the workspace has no document `{name}`"
                yield (
                    path,
                    Finding(
                        Whole(), detail, hint(name, names) or f"write `{scene.roots[0]}/.../{name}`"
                    ),
                )

    return check


def _home(board: Board | None, scene: Scene) -> str:
    return board.path if board is not None else scene.roots[0]


def glossary_terms(parameters: Parameters, scene: Scene) -> WorkspaceCheck:
    """Terms that the glossary does not define (CTX-01, CTX-02)."""
    wanted = texts(parameters, "terms")

    def check(library: Library, applies: Applies) -> Iterator[Found]:
        glossary = library.document(scene.glossary_path)
        if glossary is None or not glossary.readable:
            return
        defined = {fold(section.title) for section in sections(glossary) if section.blocks}
        for block in glossary.blocks:
            head, bold, _ = block.text.removeprefix("**").partition("**")
            if bold and block.text.startswith("**"):
                defined.add(fold(head.removesuffix(":")))
        for term in wanted:
            if fold(term) not in defined:
                detail = f"the glossary does not define `{plain(term)}`"
                yield (
                    scene.glossary_path,
                    Finding(
                        Whole(), detail, f"add `## {term}` and a sentence", insert=f"## {term}"
                    ),
                )

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
