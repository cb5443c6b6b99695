"""One document is read and checked by itself, and what is kept of it outlives it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sot_tools.diagnostic import Diagnostic
from sot_tools.digest import of_bytes
from sot_tools.project.encoding import encoded
from sot_tools.project.masking import Secret
from sot_tools.project.resolve import diagnostic, secret
from sot_tools.project.snapshot import Snapshot
from sot_tools.project.suppress import Comment, comments
from sot_tools.rules.facts import collect
from sot_tools.rules.model import Facts
from sot_tools.rules.plan import Plan
from sot_tools.rules.table import ASKED
from sot_tools.rules.visible import visible

Progress = Callable[[int, int], None]
"""Takes how many documents are checked, and how many there are."""


class Found(NamedTuple):
    """A diagnostic, and the work item without which it is moot; empty for none."""

    item: str
    diagnostic: Diagnostic


class Examined(NamedTuple):
    """What is kept of one document."""

    facts: Facts
    seen: str
    """Digest of what rules can see of the facts; empty where nothing is kept."""
    digest: str
    """Digest of the content; empty also where it could not be read."""
    readable: bool
    found: tuple[Found, ...]
    secrets: tuple[Secret, ...]
    comments: tuple[Comment, ...]
    told: Mapping[str, Any]
    """What it was asked, and the answers."""

    @property
    def clean(self) -> bool:
        """Whether it was read, no rule found anything in it, and it suppresses nothing."""
        return self.readable and not (self.found or self.secrets or self.comments)


def examine(
    snapshot: Snapshot,
    plan: Plan,
    paths: Iterable[str],
    kept: bool,
    edits: bool,
) -> Iterator[Examined]:
    """Read and check documents, one after the other: with what is kept of them, and with the edits
    that mend them, if wanted."""
    for path in paths:
        content = snapshot.content(path)
        document = snapshot.read(path, content)
        kind = snapshot.kind(path)
        if kind is not None and kind.name in ASKED:
            snapshot.answer(path, ASKED[kind.name])
        hits = list(plan.check_document(document, kind))
        if snapshot.whole:
            facts = collect(document, kind, snapshot.settings.scene)
        else:
            facts = plan.wanted.facts(document, kind)
        examined = Examined(
            facts,
            of_bytes(encoded(visible(facts)).encode()) if kept else "",
            of_bytes(content) if kept and isinstance(content, bytes) else "",
            document.readable,
            tuple(
                Found(rule.item, diagnostic(snapshot, rule, where, finding, edits))
                for rule, where, finding in hits
            ),
            tuple(each for _, where, finding in hits for each in secret(snapshot, where, finding)),
            comments(document),
            snapshot.told.get(path, {}),
        )
        snapshot.leave(path)
        yield examined
