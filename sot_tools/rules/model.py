"""What a rule is, what a check is given, and what it gives back."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sot_tools.diagnostic import Column, Finding, LineNumber, Severity
from sot_tools.documents.assertions import is_state
from sot_tools.documents.document import Document
from sot_tools.documents.items import Item, Mention
from sot_tools.documents.statements import Said
from sot_tools.rules.kinds import Kind, Kinds

if TYPE_CHECKING:
    from sot_tools.board.board import Board
    from sot_tools.rules.trail import Trail

Parameters = Mapping[str, Any]


class Rule(NamedTuple):
    """One row of a rules file."""

    code: str
    title: str
    check: str
    severity: Severity
    parameters: Parameters
    why: str
    fix: str
    bad: str
    good: str
    kinds: frozenset[str]
    """Names of the kinds it applies to; empty for all."""
    documents: tuple[str, ...]
    """Globs of the files it applies to; empty for all."""
    exempt: tuple[str, ...]
    """Globs of the files it does not apply to."""
    item: str
    """The work item without which the row is moot; empty for none."""
    requirements: tuple[str, ...]
    origin: str
    """The file the row stands in, as a reader would look for it."""
    fixable: str
    """What `sot check --fix` does about it; empty where it does nothing."""


class States(NamedTuple):
    """What the words of a workspace for states mean."""

    finished: frozenset[str]
    unfinished: frozenset[str]
    other: frozenset[str]
    """Neither; a word in `-ed` or `-en` is taken for a state without standing here."""

    @property
    def words(self) -> frozenset[str]:
        """All of them."""
        return self.finished | self.unfinished | self.other


class Scene(NamedTuple):
    """What a check may know of the workspace besides the document in front of it."""

    id_pattern: str
    kinds: Kinds
    roots: tuple[str, ...]
    board_path: str
    glossary_path: str
    states: States


class Link(NamedTuple):
    """A path that a document names, as it stands there."""

    target: str
    line: LineNumber
    column: Column
    markdown: bool
    """A Markdown link, relative to the document; otherwise relative to the workspace."""


class Demand(NamedTuple):
    """A phrase that a document requires of its family (VAL-38)."""

    phrase: str
    line: LineNumber


class Facts(NamedTuple):
    """What cross-document checks know of one document."""

    path: str
    kind: str
    """Name of the kind; empty where none matches."""
    evidence: bool
    """Whether a document of the kind shows that a work item is done."""
    family: str
    """The file stem without the suffix of its kind."""
    title: str
    source: str
    """`source` of the front matter where it is a path; otherwise empty."""
    items: tuple[Item, ...]
    mentions: tuple[Mention, ...]
    links: tuple[Link, ...]
    demands: tuple[Demand, ...]
    fields: Mapping[str, str]
    """Front-matter values, or top-level values of a record, that are plain texts."""
    said: Said


class Library(Protocol):
    """All documents of a workspace, for checks that compare them."""

    @property
    def facts(self) -> Mapping[str, Facts]:
        """Path → facts of every readable document, sorted by path."""

    @property
    def board(self) -> "Board | None":
        """The work items, or None where the workspace has no readable board."""

    @property
    def trail(self) -> "Trail":
        """What ledger, keys, approvals and evidence say."""

    def document(self, path: str) -> Document | None:
        """A document that was read, or None."""

    def exists(self, path: str) -> bool:
        """Whether a path relative to the workspace exists inside it."""

    def once(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The value that `compute()` had when it was first asked for under `key`."""

    def answer(self, path: str, question: str, *about: str | int) -> Any:
        """What a governed document answers to a question of the table of questions; None where it
        cannot be read.

        The answer is remembered for as long as the content stays, also by later runs, so that
        the document need not be read for it again.
        """


Found = tuple[str, Finding]
"""A path and a finding there."""
DocumentCheck = Callable[[Document, Kind | None], Iterable[Finding]]
WorkspaceCheck = Callable[[Library, Callable[[str], bool]], Iterable[Found]]
"""Takes the library and a predicate: does the row apply to this path?"""


Question = Callable[..., Any]
"""Takes a document and what is asked about; gives a plain JSON value, and looks at nothing else."""


class BadParameters(Exception):
    """A row's parameters are not what its check takes; the message names them."""


def texts(parameters: Parameters, name: str, required: bool = True) -> tuple[str, ...]:
    """A parameter that is a text or a list of texts."""
    value = parameters.get(name)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and value and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    if value is None and not required:
        return ()
    raise BadParameters(f"parameter `{name}` must be a list of texts")


def state_words(parameters: Parameters, name: str, scene: Scene) -> frozenset[str]:
    """A parameter that lists states, each of which a sentence can give to something."""
    words = texts(parameters, name)
    for word in words:
        if not is_state(word, scene.states.words):
            raise BadParameters(
                f"parameter `{name}`: no document is read for the state `{word}`; "
                "list it as `other` below `states` in .sot/workspace.yaml"
            )
    return frozenset(words)
