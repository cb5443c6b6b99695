"""One check of a workspace: settings and files in, a report out. Every surface calls this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sot_tools.diagnostic import Diagnostic, Report, RuleText
from sot_tools.digest import of_bytes
from sot_tools.errors import SotError
from sot_tools.project import data, notes, workers
from sot_tools.project.examination import Examined, Progress
from sot_tools.project.files import BASELINE
from sot_tools.project.fixes import is_complete, without_fixes_beside_secrets
from sot_tools.project.masking import by_line, masked
from sot_tools.project.memory import Memory, Verdict
from sot_tools.project.notes import Note
from sot_tools.project.outcome import Outcome, Selection, report
from sot_tools.project.resolve import diagnostic, fingerprinted, secret
from sot_tools.project.settings import Settings
from sot_tools.project.snapshot import Snapshot
from sot_tools.project.suppress import Suppressions, rule_for
from sot_tools.rules.model import Facts, Rule
from sot_tools.rules.nearest import rule_hint
from sot_tools.rules.plan import Hit, Plan, moot


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
        raise SotError(
            f"{settings.root}: no governed document below {roots}; `sot init` begins a workspace"
        )
    memory = snapshot.memory
    known = _unchanged(snapshot, memory) if memory is not None else {}
    plan = Plan(rules, settings.scene)
    edits = selection.edits or memory is not None
    examined = _examined(plan, snapshot, known, progress, edits)
    found = _found(plan, snapshot, examined, edits)
    outcome = _outcome(snapshot, plan, selection, found, examined)
    if memory is not None and selection.ordinary:
        _remember(memory, snapshot, outcome, known, examined)
    return report(settings.root, outcome, selection, _checked(snapshot, selection))


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


def _unchanged(snapshot: Snapshot, memory: Memory) -> dict[str, Note]:
    """The notes of documents that are as they were."""
    known = notes.load(memory)
    return {
        path: known[path]
        for path, entry in snapshot.entries.items()
        if path in known and entry.mark and known[path].digest == memory.state(entry)
    }


def _examined(
    plan: Plan,
    snapshot: Snapshot,
    known: Mapping[str, Note],
    progress: Progress | None,
    edits: bool,
) -> list[Examined]:
    """Every document that nothing is known of, by itself; and the facts of all."""
    examined = []
    total = len(snapshot.entries)
    digest = of_bytes if snapshot.memory is not None else _no_digest
    paths = [path for path in snapshot.entries if path not in known]
    for number, each in enumerate(
        workers.examined(snapshot, plan, paths, digest, edits), len(known) + 1
    ):
        examined.append(each)
        if progress is not None:
            progress(number, total)
    facts = {each.facts.path: each.facts for each in examined}
    facts |= {path: note.facts for path, note in known.items()}
    snapshot.facts.update((path, facts[path]) for path in snapshot.entries)
    snapshot.told.update((path, dict(note.told)) for path, note in known.items())
    return examined


def _no_digest(_: bytes) -> str:
    return ""


def _found(
    plan: Plan, snapshot: Snapshot, examined: list[Examined], edits: bool
) -> list[Diagnostic]:
    """All diagnostics before anything is suppressed, sorted."""
    absent = moot(plan.rules, snapshot)
    found = [each.diagnostic for one in examined for each in one.found if each.item not in absent]
    secrets = [each for one in examined for each in one.secrets]
    for rule, path, finding in sorted(plan.check_workspace(snapshot, absent), key=_path_of):
        found.append(diagnostic(snapshot, rule, path, finding, edits))
        secrets.extend(secret(snapshot, path, finding))
    return fingerprinted(sorted(masked(found, by_line(secrets)), key=lambda each: each.order))


def _path_of(hit: Hit) -> str:
    """Findings are resolved document by document, so that each is read once more at most."""
    return hit[1]


_WORTH = 30
"""Documents for which keeping facts takes as long as examining one."""


def _remember(
    memory: Memory,
    snapshot: Snapshot,
    outcome: Outcome,
    known: Mapping[str, Note],
    examined: Iterable[Examined],
) -> None:
    """Keep the outcome, and the facts where many of them are new."""
    digests = {each.facts.path: each.digest for each in examined}
    answers = tuple(sorted(snapshot.answers.items()))
    if not snapshot.beyond:
        memory.save_verdict(Verdict(snapshot.settings.scope, answers, outcome), digests)
    new = [Note(each.digest, each.facts, {}) for each in examined if each.clean and each.digest]
    if len(new) * _WORTH > len(snapshot.entries):
        kept = [*known.values(), *new]
        told = snapshot.told
        notes.save(memory, [each._replace(told=told.get(each.facts.path, {})) for each in kept])


def _outcome(
    snapshot: Snapshot,
    plan: Plan,
    selection: Selection,
    found: list[Diagnostic],
    examined: list[Examined],
) -> Outcome:
    """What is left when everything that is knowingly not reported is dropped."""
    settings = snapshot.settings
    baseline = _baseline(settings.root) if selection.use_baseline else None
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


def _baseline(root: Path) -> object:
    path = root / BASELINE
    return data.load(path, BASELINE).data if path.is_file() else None


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
        paths &= dependents(snapshot.facts, selection.changed)
    return paths


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
