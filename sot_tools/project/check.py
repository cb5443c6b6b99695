"""One check of a workspace: settings and files in, a report out. Every surface calls this."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sot_tools.diagnostic import Diagnostic, Report, RuleText
from sot_tools.errors import SotError
from sot_tools.project import judgement
from sot_tools.project.examination import Examined, Progress
from sot_tools.project.files import BASELINE
from sot_tools.project.fixes import is_complete, without_fixes_beside_secrets
from sot_tools.project.masking import by_line, masked
from sot_tools.project.memory import Memory, Verdict
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Outcome, Selection, report
from sot_tools.project.resolve import diagnostic, fingerprinted
from sot_tools.project.snapshot import Snapshot
from sot_tools.project.suppress import Suppressions, rule_for
from sot_tools.project.survey import Survey, Surveyor
from sot_tools.rules.model import Rule
from sot_tools.rules.nearest import rule_hint
from sot_tools.rules.plan import Plan

if TYPE_CHECKING:
    from sot_tools.project.notes import Note
    from sot_tools.source import Source


def check(
    settings: Settings,
    selection: Selection,
    progress: Progress | None = None,
    opened: Snapshot | None = None,
) -> Report:
    """Check a workspace; raises SotError where nothing could be checked.

    `opened` is a snapshot that the caller needs too, or one that remembers; without it the check
    opens its own.
    """
    rules = selected(settings.rules, selection)
    snapshot = opened or Snapshot(settings, selection.replaced)
    if not snapshot.entries:
        roots = ", ".join(f"{root}/" for root in settings.scene.roots)
        where = f" in {settings.source.name}" if settings.source.name else ""
        step = "`git add` puts files there" if where else "`sot init` begins a workspace"
        raise SotError(f"{settings.root}: no governed document below {roots}{where}; {step}")
    plan = Plan(rules, settings.scene)
    memory = snapshot.memory if selection.ordinary else None
    last = judgement.load(memory, snapshot) if memory is not None else None
    edits = selection.edits or snapshot.memory is not None
    found = Surveyor(plan, snapshot, edits, progress).survey(last)
    outcome = _outcome(snapshot, plan, selection, found)
    if memory is not None:
        _remember(memory, snapshot, outcome, found)
    return report(settings.source, outcome, selection, _checked(snapshot, selection))


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


def _found(survey: Survey) -> list[Diagnostic]:
    """All diagnostics before anything is suppressed, sorted."""
    judged, examined = survey.judgement, survey.examined
    found = [
        each.diagnostic for one in examined for each in one.found if each.item not in judged.absent
    ]
    found += judged.found
    shown = masked(found, by_line(survey.secrets))
    return fingerprinted(sorted(shown, key=lambda each: each.order))


_WORTH = 30
"""Documents for which keeping facts takes as long as examining one."""


def _remember(memory: Memory, snapshot: Snapshot, outcome: Outcome, survey: Survey) -> None:
    """Keep the outcome and the judgement, and the facts where many of them are new."""
    examined = survey.examined
    if not snapshot.beyond:
        digests = {each.facts.path: each.digest for each in examined}
        answers = tuple(sorted(snapshot.answers.items()))
        unclean = frozenset(each.facts.path for each in examined if not each.clean)
        judged = "" if survey.secrets else _judged(memory, snapshot, survey)
        scope = snapshot.settings.scope
        memory.save_verdict(Verdict(scope, answers, outcome, unclean, judged), digests)
    new = [each for each in examined if each.clean and each.digest]
    if survey.kept is None and len(new) * _WORTH > len(snapshot.entries):
        _note(memory, snapshot, survey.known, new)


def _note(
    memory: Memory, snapshot: Snapshot, known: dict[str, Note], new: Iterable[Examined]
) -> None:
    """Keep the facts of documents."""
    from sot_tools.project import notes

    made = {each.facts.path: notes.Note(each.digest, each.seen, each.facts) for each in new}
    kept = {**known, **made}
    told = {path: answers for path, answers in snapshot.told.items() if path in kept}
    notes.save(memory, kept.values(), told)


def _judged(memory: Memory, snapshot: Snapshot, survey: Survey) -> str:
    """The name of the judgement, which is kept for next time."""
    if survey.kept is not None:
        return survey.kept.name
    board = snapshot.settings.scene.board_path
    seen = {path: each.seen for path, each in survey.known.items()}
    seen |= {each.facts.path: each.seen for each in survey.examined}
    sights = (
        judgement.sight(seen[path], snapshot.told.get(path, {}) if path != board else {})
        for path in snapshot.entries
    )
    return judgement.save(memory, survey.judgement, sights)


def _outcome(
    snapshot: Snapshot,
    plan: Plan,
    selection: Selection,
    survey: Survey,
) -> Outcome:
    """What is left when everything that is knowingly not reported is dropped."""
    found, examined = _found(survey), survey.examined
    settings = snapshot.settings
    baseline = _baseline(settings.source) if selection.use_baseline else None
    comments = [comment for each in examined for comment in each.comments]
    complete = is_complete(snapshot, all(each.readable for each in examined))
    suppressions = Suppressions(settings, comments, baseline, complete, snapshot.document)
    kept = [each for each in found if not suppressions.drops(each)]
    suppressed = len(found) - len(kept)
    if not selection.select and not selection.ignore:
        kept += _about_suppressions(snapshot, suppressions)
    return Outcome(
        settings.profile.name,
        settings.assumed,
        tuple(snapshot.entries),
        tuple(without_fixes_beside_secrets(kept, found, plan.rules)),
        suppressed,
        tuple(rule_text(each) for each in plan.rules),
    )


def _baseline(source: Source) -> object:
    if not source.is_file(BASELINE):
        return None
    from sot_tools.project import data

    return data.held(source, BASELINE).data


def _about_suppressions(snapshot: Snapshot, suppressions: Suppressions) -> list[Diagnostic]:
    found = []
    for need, path, finding in suppressions.findings():
        rule = rule_for(snapshot.settings.rules, need)
        if rule is not None:
            found.append(diagnostic(snapshot, rule, path, finding, True))
    return fingerprinted(found)


def _checked(snapshot: Snapshot, selection: Selection) -> frozenset[str] | None:
    """The paths that the report is about; None for all."""
    if selection.paths is None and selection.changed is None:
        return None
    paths = frozenset(snapshot.entries)
    if selection.paths is not None:
        paths &= selection.paths
    if selection.changed is not None:
        paths &= dependents(snapshot, selection.changed)
    return paths


def dependents(snapshot: Snapshot, changed: frozenset[str]) -> frozenset[str]:
    """The changed files and those whose verdict can depend on them: they name a changed path or
    one of its work items, or belong to its family; everything, where it is no document."""
    facts = snapshot.naming(changed)
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
    return changed | frozenset(
        each.path
        for each in snapshot.naming(changed | ids | families).values()
        if each.family in families
        or any(link.target in changed for link in each.links)
        or any(mention.id in ids for mention in each.mentions)
    )
