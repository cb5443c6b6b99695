"""The shared words for what is wrong and where: spans, findings, diagnostics.

Lines and columns count from 1; columns count code points; `end_column` is exclusive.

Values here and elsewhere are named tuples rather than frozen dataclasses: making the class costs a
sixth of the time, and every commit pays for start-up. So do modules full of values without
`annotations` from `__future__`: the text of each field would be compiled a second time.
"""

import enum
from typing import Annotated, NamedTuple

LineNumber = Annotated[int, "line"]
"""Of a document's facts: compared with other lines of the same document, never counted with; 0 for
none. `rules.visible` relies on that."""
Column = Annotated[int, "column"]
"""Of a document's facts, as is a length: it tells where a finding is, and decides nothing."""


class Severity(enum.Enum):
    """How much harm a diagnostic stands for, worst first."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"

    @property
    def rank(self) -> int:
        """0 for the worst; a larger number is milder."""
        return _RANKS[self]

    def reaches(self, least: "Severity") -> bool:
        """Whether this severity is at least as bad as `least`."""
        return self.rank <= least.rank


_RANKS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.ADVICE: 2}


class Span(NamedTuple):
    """A stretch of one line in one file."""

    line: int = 1
    column: int = 1
    end_column: int = 1


class Whole(NamedTuple):
    """The file as such, shown at its first character."""


class At(NamedTuple):
    """A span that the check already knows."""

    span: Span


class Value(NamedTuple):
    """The value at a path of keys and indices in the front matter or the data file."""

    path: tuple[str | int, ...]


class Key(NamedTuple):
    """The key that ends a path in the front matter or the data file."""

    path: tuple[str | int, ...]


class Absent(NamedTuple):
    """Where a key that is missing from the mapping at `path` belongs."""

    path: tuple[str | int, ...]
    key: str


Place = Whole | At | Value | Key | Absent
"""Where a finding is, said symbolically; `documents.place.locate` turns it into a Span, once."""


class Pointer(NamedTuple):
    """A second place that explains a finding: what stands there, in another file or line."""

    path: str
    place: Place
    label: str


class Edit(NamedTuple):
    """A stretch of a file's text, from one place to another, and the text to put there.

    Columns count the line end too, and column 0 of line 1 is the byte order mark. A line feed in
    `text` stands for the line end that the file has there.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Replace(NamedTuple):
    """What stands at a place becomes `text`."""

    place: Place
    text: str


class LineEnds(NamedTuple):
    """The lines that end with CR LF shall end with LF."""

    lines: tuple[int, ...]


Change = Edit | Replace | LineEnds
"""A part of a fix, said symbolically; `documents.edits.settle` turns it into edits."""


class Finding(NamedTuple):
    """What a check returns: a place and a detail, with the next step and the other places."""

    place: Place
    detail: str
    step: str = ""
    pointers: tuple[Pointer, ...] = ()
    insert: str = ""
    """The line to insert where something is missing, ready to copy."""
    secret: bool = False
    """The text at `place` must not be repeated anywhere, not even as a source line."""
    changes: tuple[Change, ...] = ()
    """What mends it for certain, all of it together; `--fix` uses it where the row allows it."""


class Related(NamedTuple):
    """A resolved second place of a diagnostic."""

    path: str
    span: Span
    label: str


class Diagnostic(NamedTuple):
    """A finding with its rule's code and severity and its resolved place."""

    path: str
    span: Span
    code: str
    severity: Severity
    message: str
    step: str = ""
    insert: str = ""
    related: tuple[Related, ...] = ()
    source: str = ""
    """The source line at `span`, without its line end; empty where the file has no such line."""
    applies: str = ""
    """Why the rule applies to this file: its kind, and the profile or file the rule comes from."""
    fingerprint: str = ""
    """Hex SHA-256 over code, path and content, independent of line numbers."""
    fixable: bool = False
    """`sot check --fix` mends it."""
    edits: tuple[Edit, ...] = ()
    """The fix, where the check was asked for it (`Selection.edits`)."""

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """The sort key that makes output deterministic."""
        return (self.path, self.span.line, self.span.column, self.code, self.message)


class RuleText(NamedTuple):
    """What an output format tells about one rule."""

    code: str
    title: str
    severity: Severity
    why: str
    fix: str
    fixable: str = ""
    """What `sot check --fix` does about it; empty for nothing."""


class Report(NamedTuple):
    """The result of one check of a workspace, ready for any output format."""

    root: str
    """Absolute path of the workspace, for the reader; diagnostics carry paths relative to it."""
    profile: str
    assumed: bool
    """True where no workspace.yaml names the profile."""
    checked: tuple[str, ...]
    """Relative paths of the files that this report speaks of, sorted."""
    diagnostics: tuple[Diagnostic, ...]
    """Sorted by `Diagnostic.order`."""
    rules: tuple[RuleText, ...]
    """Every rule that was in force, sorted by code."""
    suppressed: int = 0
    hidden: int = 0
    """Diagnostics milder than the severity that was asked for."""
    version: str = ""
    source: str = ""
    """Where the files were taken from; empty for the folder."""

    def counts(self) -> dict[str, int]:
        """Number of diagnostics by severity name, all three names present."""
        totals = {severity.value: 0 for severity in Severity}
        for diagnostic in self.diagnostics:
            totals[diagnostic.severity.value] += 1
        return totals
