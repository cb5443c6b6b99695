"""What the cross-document rules found when they last ran, and whether it still holds.

All that they can see of a document is its facts, its answers and, where they open it, its text;
of lines they see the order alone (`rules.visible`), until they open it.
Where a document changed, shows the same facts and answers, and was not opened, they find the same.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sot_tools.diagnostic import Diagnostic
from sot_tools.digest import of_bytes
from sot_tools.project.encoding import decoded, encoded
from sot_tools.project.examination import Examined
from sot_tools.project.masking import Secret
from sot_tools.project.memory import BROKEN, Memory
from sot_tools.project.resolve import diagnostic, secret
from sot_tools.project.snapshot import Snapshot
from sot_tools.rules.plan import Hit, Plan, moot


class Judgement(NamedTuple):
    """What the rules found by comparing documents, before anything is masked or suppressed."""

    absent: frozenset[str]
    """The work items without which rules are moot, and which do not exist."""
    found: tuple[Diagnostic, ...]
    opened: frozenset[str]
    """Paths of the documents whose text was looked at, and of the board."""
    secrets: tuple[Secret, ...]
    answers: tuple[tuple[str, bool], ...]
    """Paths of which the rules asked whether they are there, and the answer."""


class Kept(NamedTuple):
    """A judgement and what it was made of."""

    judgement: Judgement
    name: str
    """Under which the memory has it."""
    unclean: frozenset[str]
    """Paths of the documents that are examined again, whatever happens."""
    sights: Mapping[str, str]
    """Path → what the rules could see of the document: the digests of that and of answers."""
    changed: frozenset[str]
    """Paths of the documents that have changed since."""


def judge(plan: Plan, snapshot: Snapshot, edits: bool) -> Judgement:
    """Compare all documents."""
    snapshot.opened.clear()
    absent = moot(plan.rules, snapshot)
    found = []
    secrets: list[Secret] = []
    for rule, path, finding in sorted(plan.check_workspace(snapshot, absent), key=_path_of):
        found.append(diagnostic(snapshot, rule, path, finding, edits))
        secrets.extend(secret(snapshot, path, finding))
    opened = frozenset((*snapshot.opened, snapshot.settings.scene.board_path))
    answers = tuple(sorted(snapshot.answers.items()))
    return Judgement(absent, tuple(found), opened, tuple(secrets), answers)


def _path_of(hit: Hit) -> str:
    """Findings are resolved document by document, so that each is read once more at most."""
    return hit[1]


def load(memory: Memory, snapshot: Snapshot) -> Kept | None:
    """The judgement of the verdict that is stored; None where there is none, or where documents
    have come or gone."""
    text, verdict = memory.load_judgement(), memory.verdict
    if text is None or verdict is None:
        return None
    first, *sights = text.split("\n")
    try:
        judgement = decoded(Judgement, json.loads(first))
        seen = dict(zip(snapshot.entries, sights, strict=True))
    except BROKEN:
        return None
    return Kept(judgement, verdict.judged, verdict.unclean, seen, memory.changed)


def save(memory: Memory, judgement: Judgement, sights: Iterable[str]) -> str:
    """Keep a judgement and what it was made of, the sights of all documents; gives its name."""
    return memory.save_judgement("\n".join([encoded(judgement), *sights]))


def stands(kept: Kept, snapshot: Snapshot, examined: Mapping[str, Examined]) -> bool:
    """Whether the rules would find the same in the documents as they are now; `examined` has those
    that have changed."""
    judged = kept.judgement
    return (
        judged.opened.isdisjoint(kept.changed)
        and all(snapshot.exists(path) is found for path, found in judged.answers)
        and all(_looks(examined[path], snapshot, kept.sights[path]) for path in kept.changed)
    )


def sight(seen: str, answers: Mapping[str, Any]) -> str:
    """What can be seen of a document, as one line."""
    if not answers:
        return seen
    return f"{seen} {of_bytes(encoded(answers).encode())} {encoded(list(answers))}"


def _looks(each: Examined, snapshot: Snapshot, line: str) -> bool:
    """Whether a document still looks like this: it is asked again what it was asked."""
    seen, _, told = line.partition(" ")
    if each.seen != seen:
        return False
    asked = json.loads(told.partition(" ")[2]) if told else []
    path = each.facts.path
    return line == sight(seen, {ask: snapshot.answer(path, *json.loads(ask)) for ask in asked})
