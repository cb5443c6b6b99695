"""One check of a workspace: settings and files in, a report out. Every surface calls this."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import sot_tools
from sot_tools.diagnostic import Diagnostic, Finding, Related, Report, RuleText, Severity, Span
from sot_tools.digest import of_parts
from sot_tools.documents.place import locate
from sot_tools.errors import SotError
from sot_tools.project import data
from sot_tools.project.fixes import fix_of, is_complete, without_fixes_beside_secrets
from sot_tools.project.settings import Settings
from sot_tools.project.snapshot import Snapshot
from sot_tools.project.suppress import BASELINE, Suppressions, rule_for
from sot_tools.rules.model import Facts, Rule
from sot_tools.rules.nearest import rule_hint
from sot_tools.rules.newer import dated, newer
from sot_tools.rules.plan import Hit, Plan, not_moot
from sot_tools.rules.table import CHECKS

Progress = Callable[[int, int], None]
"""Takes how many documents are checked, and how many there are."""


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


def check(
    settings: Settings,
    selection: Selection,
    progress: Progress | None = None,
    opened: Snapshot | None = None,
) -> Report:
    """Check a workspace; raises SotError where nothing could be checked.

    `opened` is a snapshot that the caller needs too; without it the check opens its own.
    """
    rules = selected(settings.rules, selection)
    snapshot = opened or Snapshot(settings, selection.replaced)
    if not snapshot.paths():
        roots = ", ".join(f"{root}/" for root in settings.scene.roots)
        raise SotError(
            f"{settings.root}: no governed document below {roots}; `sot init` begins a workspace"
        )
    found = _diagnostics(settings, rules, snapshot, progress, selection.edits)
    baseline = _baseline(settings.root) if selection.use_baseline else None
    documents = (document for document, _ in snapshot)
    suppressions = Suppressions(settings, documents, baseline, is_complete(settings, snapshot))
    kept = [each for each in found if not suppressions.drops(each)]
    suppressed = len(found) - len(kept)
    if not selection.select and not selection.ignore:
        kept += _about_suppressions(settings, snapshot, suppressions, selection.edits)
    kept = without_fixes_beside_secrets(kept, found, rules)
    checked = _checked(snapshot, selection)
    kept = [each for each in kept if _shown(each, checked, selection)]
    loud = [each for each in kept if each.severity.reaches(selection.severity)]
    return Report(
        str(settings.root),
        settings.profile.name,
        settings.assumed,
        tuple(sorted(checked)),
        tuple(sorted(loud, key=lambda each: each.order)),
        tuple(rule_text(each) for each in rules),
        suppressed,
        len(kept) - len(loud),
        sot_tools.__version__,
    )


def rule_text(rule: Rule) -> RuleText:
    """What output formats tell about a rule."""
    return RuleText(rule.code, rule.title, rule.severity, rule.why, rule.fix, rule.fixable)


def selected(rules: Iterable[Rule], selection: Selection) -> list[Rule]:
    """The rules that a selection asks for; raises SotError for a code that is none of them."""
    rules = list(rules)
    codes = [rule.code for rule in rules]
    for prefix in (*selection.select, *selection.ignore):
        if not any(code.startswith(prefix) for code in codes):
            raise SotError(f"rule `{prefix}` is not known or off; {rule_hint(prefix, codes)}")
    return [
        rule
        for rule in rules
        if (not selection.select or rule.code.startswith(selection.select))
        and not (selection.ignore and rule.code.startswith(selection.ignore))
    ]


def _diagnostics(
    settings: Settings,
    rules: list[Rule],
    snapshot: Snapshot,
    progress: Progress | None,
    edits: bool,
) -> list[Diagnostic]:
    plan = Plan(not_moot(rules, snapshot), settings.scene)
    hits: list[Hit] = []
    total = len(snapshot.paths())
    for number, (document, kind) in enumerate(snapshot, 1):
        hits.extend(plan.check_document(document, kind))
        if progress is not None:
            progress(number, total)
    hits.extend(plan.check_workspace(snapshot))
    resolved = [_diagnostic(snapshot, *hit, edits) for hit in hits]
    resolved = _masked(resolved, _secrets(snapshot, hits))
    return _fingerprinted(sorted(resolved, key=lambda each: each.order))


Secrets = Mapping[str, Mapping[int, set[str]]]
"""Path → line → values that must not be repeated."""
_MANY = 200
"""Secrets in one file above which only those of a diagnostic's own line are looked for in it."""
_QUOTED = re.compile(r"`[^`]*`")
"""What messages quote; all of it is masked where a line holds too many secrets to look for."""
_SHORT = 6
"""Characters below which a value is masked on its own line only: elsewhere it is just a word."""


def _secrets(snapshot: Snapshot, hits: Iterable[Hit]) -> Secrets:
    found: dict[str, dict[int, set[str]]] = {}
    for _, path, finding in hits:
        document = snapshot.document(path) if finding.secret else None
        if document is not None:
            span = locate(document, finding.place)
            value = document.line(span.line)[span.column - 1 : span.end_column - 1]
            if value:
                found.setdefault(path, {}).setdefault(span.line, set()).add(value)
    return found


def _masked(diagnostics: list[Diagnostic], secrets: Secrets) -> list[Diagnostic]:
    """The diagnostics with asterisks for secrets, also where another rule quotes their line."""
    return [_mask(each, secrets) for each in diagnostics] if secrets else diagnostics


def _mask(diagnostic: Diagnostic, secrets: Secrets) -> Diagnostic:
    def mask(text: str, path: str, line: int) -> str:
        if len(secrets.get(path, {}).get(line, ())) > _MANY:
            return _QUOTED.sub("`***`", text)
        for value in _near(secrets.get(path, {}), line):
            text = text.replace(value, "*" * len(value))
        return text

    path, line = diagnostic.path, diagnostic.span.line
    crowded = len(secrets.get(path, {}).get(line, ())) > _MANY
    return diagnostic._replace(
        source="" if crowded else mask(diagnostic.source, path, line),
        message=mask(diagnostic.message, path, line),
        step=mask(diagnostic.step, path, line),
        insert=mask(diagnostic.insert, path, line),
        related=tuple(
            other._replace(label=mask(other.label, other.path, other.span.line))
            for other in diagnostic.related
        ),
    )


def _near(lines: Mapping[int, set[str]], line: int) -> list[str]:
    """The secrets that a text about a line can repeat, longest first."""
    near = set(lines.get(line, ()))
    if len(lines) <= _MANY:
        near |= {value for values in lines.values() for value in values if len(value) >= _SHORT}
    return sorted(near, key=lambda value: (-len(value), value))


def _diagnostic(
    snapshot: Snapshot, rule: Rule, path: str, finding: Finding, edits: bool
) -> Diagnostic:
    """The one place where a finding gets its code, severity, line and column."""
    document = snapshot.document(path)
    span = locate(document, finding.place) if document else Span()
    source = document.line(span.line) if document else ""
    related = tuple(
        Related(pointer.path, locate(other, pointer.place), pointer.label)
        for pointer in finding.pointers
        if (other := snapshot.document(pointer.path)) is not None
    )
    compares = CHECKS[rule.check].compares and related and related[0].path != path
    which = f"; {_newer(snapshot, path, span, related[0])}" if compares else ""
    return Diagnostic(
        path,
        span,
        rule.code,
        rule.severity,
        finding.detail,
        finding.step + which,
        finding.insert,
        related,
        source,
        _applies(snapshot, rule, path),
        "",
        *fix_of(rule, snapshot.kind(path), document, finding, edits),
    )


def _newer(snapshot: Snapshot, path: str, span: Span, other: Related) -> str:
    """Which of two contradicting places is newer, and why."""
    here, there = snapshot.facts[path], snapshot.facts[other.path]
    return newer(dated(here, span.line), dated(there, other.span.line)).reason


def _applies(snapshot: Snapshot, rule: Rule, path: str) -> str:
    kind = snapshot.kind(path)
    made = f"rule of {rule.origin}"
    if kind is not None:
        made = f"document of kind {kind.name}, {made}"
    return f"{made}, in force because {rule.item} exists" if rule.item else made


_LINE_START = 400
"""Characters of a source line that a fingerprint depends on."""
_LINE_NUMBER = re.compile(r"\bline [0-9]+")


def _fingerprinted(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Each diagnostic with a digest of what it says, not of its line; equal ones are numbered."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    made = []
    for each in diagnostics:
        message = _LINE_NUMBER.sub("line", each.message)
        key = (each.code, each.path, message, each.source.strip()[:_LINE_START])
        mark = of_parts((*key, str(seen[key])))
        seen[key] += 1
        made.append(each._replace(fingerprint=mark))
    return made


def _baseline(root: Path) -> object:
    path = root / BASELINE
    return data.load(path, BASELINE).data if path.is_file() else None


def _about_suppressions(
    settings: Settings, snapshot: Snapshot, suppressions: Suppressions, edits: bool
) -> list[Diagnostic]:
    found = []
    for need, path, finding in suppressions.findings():
        rule = rule_for(settings.rules, need)
        if rule is not None:
            found.append(_diagnostic(snapshot, rule, path, finding, edits))
    return _fingerprinted(found)


def _checked(snapshot: Snapshot, selection: Selection) -> frozenset[str]:
    paths = frozenset(snapshot.paths())
    if selection.paths is not None:
        paths &= selection.paths
    if selection.changed is not None:
        paths &= dependents(snapshot.facts, selection.changed)
    return paths


def _shown(diagnostic: Diagnostic, checked: frozenset[str], selection: Selection) -> bool:
    if diagnostic.path in checked or (selection.paths is None and selection.changed is None):
        return True
    return (
        any(related.path in checked for related in diagnostic.related) and selection.paths is None
    )


def dependents(facts: Mapping[str, Facts], changed: frozenset[str]) -> frozenset[str]:
    """The changed files and those whose verdict can depend on them: they name a changed path or
    one of its work items, or belong to its family; everything, where it is no document."""
    known = [facts[path] for path in changed if path in facts]
    data_files = [
        each for each in known if not each.path.lower().endswith(".md") and not each.items
    ]
    if any(
        each.kind in {"workboard", "workspace", "rules", "glossary", "baseline"}
        for each in data_files + known
    ):
        return frozenset(facts)
    ids = {item.id for each in known for item in each.items}
    families = {each.family for each in known}
    gone = changed - frozenset(facts)
    names = changed | gone
    return changed | frozenset(
        each.path
        for each in facts.values()
        if each.family in families
        or any(link.target in names for link in each.links)
        or any(mention.id in ids for mention in each.mentions)
    )
