"""One document is read and checked by itself, and what is kept of it outlives it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from sot_tools.diagnostic import Diagnostic
from sot_tools.project.masking import Secret
from sot_tools.project.resolve import diagnostic, secret
from sot_tools.project.snapshot import Snapshot
from sot_tools.project.suppress import Comment, comments
from sot_tools.rules.facts import collect
from sot_tools.rules.model import Facts
from sot_tools.rules.plan import Plan

Progress = Callable[[int, int], None]
"""Takes how many documents are checked, and how many there are."""


class Found(NamedTuple):
    """A diagnostic, and the work item without which it is moot; empty for none."""

    item: str
    diagnostic: Diagnostic


class Examined(NamedTuple):
    """What is kept of one document."""

    facts: Facts
    digest: str
    """Hex SHA-256 of its content; empty where nobody wants to know, or it could not be read."""
    readable: bool
    found: tuple[Found, ...]
    secrets: tuple[Secret, ...]
    comments: tuple[Comment, ...]

    @property
    def clean(self) -> bool:
        """Whether it was read, no rule found anything in it, and it suppresses nothing."""
        return self.readable and not (self.found or self.secrets or self.comments)


def examine(
    snapshot: Snapshot,
    plan: Plan,
    paths: Iterable[str],
    digest: Callable[[bytes], str],
    edits: bool,
) -> Iterator[Examined]:
    """Read and check documents, one after the other; with the edits that mend them if wanted."""
    for path in paths:
        content = snapshot.content(path)
        document = snapshot.read(path, content)
        kind = snapshot.kind(path)
        hits = list(plan.check_document(document, kind))
        yield Examined(
            collect(document, kind, snapshot.settings.scene),
            digest(content) if isinstance(content, bytes) else "",
            document.readable,
            tuple(
                Found(rule.item, diagnostic(snapshot, rule, where, finding, edits))
                for rule, where, finding in hits
            ),
            tuple(each for _, where, finding in hits for each in secret(snapshot, where, finding)),
            comments(document),
        )
