"""Which findings can be mended without a person, and the edits that do it.

Rule 1: the row of the rule must say so (`fixable`), and the finding must carry its changes.
Rule 2: records (evidence, closeouts, approvals, admissions) are never changed, not in one byte.
Rule 3: a file in which a secret stands is left to its author: every view of the change would
repeat it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sot_tools.diagnostic import Diagnostic, Edit, Finding
from sot_tools.documents.document import Document
from sot_tools.project.snapshot import Snapshot
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import Rule


def fix_of(
    rule: Rule, kind: Kind | None, document: Document | None, finding: Finding, wanted: bool
) -> tuple[bool, tuple[Edit, ...]]:
    """Whether `--fix` mends a finding, and where `wanted` also how."""
    if not finding.changes or not rule.fixable or document is None:
        return False, ()
    if kind is not None and kind.record:
        return False, ()
    if not wanted:
        return True, ()
    from sot_tools.documents.edits import settle

    return True, settle(document, finding.changes)


def without_fixes_beside_secrets(
    kept: list[Diagnostic], found: Iterable[Diagnostic], rules: Iterable[Rule]
) -> list[Diagnostic]:
    """The diagnostics, not fixable in files where a rule about secrets found something."""
    if not any(each.fixable for each in kept):
        return kept
    codes = {rule.code for rule in rules if rule.check == "secrets"}
    closed = {each.path for each in found if each.code in codes}
    return [
        each._replace(fixable=False, edits=()) if each.path in closed else each for each in kept
    ]


def is_complete(snapshot: Snapshot, readable: bool) -> bool:
    """Whether board, glossary and every document were read; without one of them, rules are silent
    that would speak again when it is back."""
    scene = snapshot.settings.scene
    wanted = (scene.board_path, scene.glossary_path)
    return readable and all(path in snapshot.entries for path in wanted if path)
