"""What a check found, before anybody asks for a part of it; a report is made from it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import sot_tools
from sot_tools.diagnostic import Diagnostic, Report, RuleText, Severity

if TYPE_CHECKING:
    from sot_tools.source import Source


class Selection(NamedTuple):
    """Which part of what is found the report shows; the whole workspace is always checked."""

    paths: frozenset[str] | None = None
    """Only diagnostics of these files; None for all."""
    changed: frozenset[str] | None = None
    """Only diagnostics of these files and of those that depend on them; None for all."""
    select: tuple[str, ...] = ()
    """Only rules whose code starts with one of these."""
    ignore: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    replaced: Mapping[str, bytes] = MappingProxyType({})
    """Path → content that stands in for the file's own."""
    use_baseline: bool = True
    edits: bool = False
    """Whether diagnostics that can be mended carry the edits that do it."""

    @property
    def ordinary(self) -> bool:
        """Whether the files and settings alone decide what is found: the part may differ."""
        return not (self.select or self.ignore or self.replaced) and self.use_baseline


class Outcome(NamedTuple):
    """Everything that the rules in force found in a workspace, and what was suppressed."""

    profile: str
    assumed: bool
    paths: tuple[str, ...]
    """Of all governed files, sorted."""
    diagnostics: tuple[Diagnostic, ...]
    """With the edits that mend them."""
    suppressed: int
    rules: tuple[RuleText, ...]


def report(
    source: "Source", outcome: Outcome, selection: Selection, checked: frozenset[str] | None
) -> Report:
    """The part of an outcome that a selection shows; `checked` are the paths it is about, None
    for all of them."""
    kept = outcome.diagnostics
    if checked is not None:
        kept = tuple(each for each in kept if _shown(each, checked, selection))
    if not selection.edits:
        kept = tuple(each._replace(edits=()) if each.edits else each for each in kept)
    loud = [each for each in kept if each.severity.reaches(selection.severity)]
    return Report(
        str(source.root),
        outcome.profile,
        outcome.assumed,
        outcome.paths if checked is None else tuple(sorted(checked)),
        tuple(sorted(loud, key=lambda each: each.order)),
        outcome.rules,
        outcome.suppressed,
        len(kept) - len(loud),
        sot_tools.__version__,
        source.name,
    )


def _shown(diagnostic: Diagnostic, checked: frozenset[str], selection: Selection) -> bool:
    """A second place in a checked file counts where git chose the files, and a person did not."""
    if diagnostic.path in checked:
        return True
    return selection.paths is None and any(
        related.path in checked for related in diagnostic.related
    )
