"""The table of checks: what a row of a rules file may name; and the table of questions.

A function is named by its place and imported when a document meets it (`rules.plan`): a run that
finds a workspace nearly as it was needs few of them. A test resolves every place.
"""

from importlib import import_module
from typing import Any, NamedTuple


class Check(NamedTuple):
    """An entry of the table: how a row becomes a function."""

    document: str = ""
    """Module below `sot_tools.rules` and function that make a `model.DocumentCheck`."""
    workspace: str = ""
    """The same for a `model.WorkspaceCheck`."""
    parameters: frozenset[str] = frozenset()
    """Names of the parameters that the check knows."""
    of_reading: bool = False
    """Whether it tells only what reading the file met."""
    mends: bool = False
    """Whether its findings can carry changes, so that a row may be fixable."""
    compares: bool = False
    """Whether the first pointer of a finding contradicts its place: one of them is stale."""


CHECKS: dict[str, Check] = {
    "reading": Check(
        "reading.reading", parameters=frozenset({"faults"}), of_reading=True, mends=True
    ),
    "kind-known": Check("reading.kind_known"),
    "schema": Check("shape.schema", parameters=frozenset({"faults"})),
    "title": Check("structure.one_title"),
    "title-agrees": Check("structure.title_agrees", mends=True),
    "named-after": Check("structure.named_after", parameters=frozenset({"keys"})),
    "date-order": Check("structure.date_order", parameters=frozenset({"earlier", "later"})),
    "phrases": Check("phrases.phrases", parameters=frozenset({"phrases", "near"}), mends=True),
    "claims": Check(
        "phrases.claims", parameters=frozenset({"claims", "keywords", "accept", "headings"})
    ),
    "long-sentences": Check("prose.long_sentences", parameters=frozenset({"section", "words"})),
    "hedges": Check("prose.hedges", parameters=frozenset({"section", "hedges"})),
    "undefined-terms": Check(
        workspace="prose.undefined_terms",
        parameters=frozenset({"section", "known"}),
    ),
    "family": Check(workspace="phrases.family", parameters=frozenset({"in"})),
    "sections": Check("structure.required_sections", parameters=frozenset({"sections", "advised"})),
    "fields": Check("fields.fields", parameters=frozenset({"section", "fields", "when"})),
    "table": Check("tables.table", parameters=frozenset({"section", "columns", "rows"})),
    "lists": Check("records.lists", parameters=frozenset({"section", "entries"})),
    "fence": Check("records.fence", parameters=frozenset({"section", "contains", "kind"})),
    "items": Check("work_items.work_items", parameters=frozenset({"need", "values"})),
    "secrets": Check(
        "secrets.secrets",
        parameters=frozenset({"patterns", "keywords", "allow", "what", "entropy"}),
    ),
    "suppressions": Check(parameters=frozenset({"need"}), mends=True),
    "workspace-files": Check(workspace="links.workspace_files", parameters=frozenset({"files"})),
    "paths": Check(workspace="links.paths", mends=True),
    "source-loops": Check(workspace="links.source_loops"),
    "registered": Check(workspace="registry.registered"),
    "one-heading": Check(workspace="registry.one_heading"),
    "status-agrees": Check(workspace="registry.status_agrees", compares=True),
    "evidence-agrees": Check(workspace="truth.status.evidence_agrees", compares=True),
    "stale": Check(
        workspace="truth.status.stale", parameters=frozenset({"also", "attempts"}), compares=True
    ),
    "blockers-finished": Check(workspace="truth.status.blockers_finished"),
    "open-boxes": Check(workspace="truth.status.open_boxes"),
    "family-boxes": Check(workspace="truth.status.family_boxes"),
    "stage-order": Check(workspace="truth.status.stage_order"),
    "document-state": Check(
        workspace="truth.status.document_state", parameters=frozenset({"when"})
    ),
    "gates-hold": Check(workspace="truth.gates.gates_hold", compares=True),
    "type-agrees": Check(workspace="registry.type_agrees", compares=True),
    "blockers-agree": Check(workspace="registry.blockers_agree", compares=True),
    "titles-agree": Check(workspace="truth.identity.titles_agree", compares=True),
    "unopened": Check(workspace="truth.identity.unopened"),
    "kin-missing": Check(workspace="truth.identity.kin_missing", parameters=frozenset({"titled"})),
    "prose-loops": Check(workspace="truth.identity.prose_loops"),
    "modes-blocked": Check(
        workspace="truth.admission.modes_blocked", parameters=frozenset({"labels"})
    ),
    "scope-exceeded": Check(
        workspace="truth.admission.scope_exceeded", parameters=frozenset({"about"})
    ),
    "admitted-after": Check(
        workspace="truth.admission.admitted_after",
        parameters=frozenset({"instant", "match", "provider", "model"}),
    ),
    "one-admitted": Check(
        workspace="truth.admission.one_admitted", parameters=frozenset({"field", "values"})
    ),
    "record-agrees": Check(
        workspace="truth.agreement.record_agrees", parameters=frozenset({"identity"}), compares=True
    ),
    "lists-agree": Check(
        workspace="truth.agreement.lists_agree", parameters=frozenset({"allowed", "forbidden"})
    ),
    "state-of-record": Check(
        workspace="truth.agreement.state_of_record",
        parameters=frozenset({"fields", "states"}),
        compares=True,
    ),
    "consumed-open": Check(
        workspace="truth.approval.consumed_open", parameters=frozenset({"open", "used"})
    ),
    "request-after-run": Check(
        workspace="truth.approval.request_after_run",
        parameters=frozenset({"pending", "open", "used"}),
    ),
    "runs-exceed": Check(
        workspace="truth.approval.runs_exceed", parameters=frozenset({"open", "begun", "scope"})
    ),
    "sources-differ": Check(
        workspace="truth.approval.sources_differ", parameters=frozenset({"source"}), compares=True
    ),
    "labels-distinct": Check(
        workspace="truth.approval.labels_distinct", parameters=frozenset({"labels", "others"})
    ),
    "runs-agree": Check(
        workspace="truth.evidence.runs_agree", parameters=frozenset({"facts"}), compares=True
    ),
    "run-contradicts": Check(
        workspace="truth.evidence.run_contradicts",
        parameters=frozenset({"status", "passed", "changed", "digest"}),
    ),
    "pass-on-fail": Check(
        workspace="truth.evidence.pass_on_fail", parameters=frozenset({"status", "result"})
    ),
    "bare-results": Check(
        workspace="truth.evidence.bare_results", parameters=frozenset({"values"})
    ),
    "stage-evidence": Check(
        workspace="truth.evidence.stage_evidence", parameters=frozenset({"required", "shown"})
    ),
    "stray-facts": Check(workspace="truth.evidence.stray_facts", parameters=frozenset({"facts"})),
    "needs": Check(workspace="truth.evidence.needs", parameters=frozenset({"when", "need", "of"})),
    "vocabulary": Check(
        workspace="truth.contract.vocabulary", parameters=frozenset({"section", "near"})
    ),
    "answered": Check(
        workspace="truth.promise.answered", parameters=frozenset({"demand", "answer", "count"})
    ),
    "unevidenced": Check(
        workspace="truth.contract.unevidenced", parameters=frozenset({"section", "answer", "begun"})
    ),
    "promised": Check(workspace="truth.promise.promised"),
    "roles-agree": Check(
        workspace="truth.contract.roles_agree", parameters=frozenset({"roles"}), compares=True
    ),
    "closed-column": Check(
        workspace="truth.contract.closed_column", parameters=frozenset({"column", "labels"})
    ),
    "claimed-admitted": Check(
        workspace="truth.agreement.claimed_admitted",
        parameters=frozenset({"phrase", "kind", "good"}),
        compares=True,
    ),
    "review-lags": Check(workspace="truth.housekeeping.review_lags"),
    "heading-twice": Check(workspace="truth.housekeeping.heading_twice"),
    "runs-in-order": Check(workspace="truth.housekeeping.runs_in_order"),
    "bullet-twice": Check(workspace="truth.housekeeping.bullet_twice"),
    "open-questions": Check(
        workspace="truth.housekeeping.open_questions", parameters=frozenset({"sections"})
    ),
    "counts": Check("truth.housekeeping.counts", parameters=frozenset({"nouns"})),
    "proven": Check(workspace="truth.earned.proven", parameters=frozenset({"fault", "finished"})),
    "board-follows": Check(workspace="truth.earned.board_follows"),
    "ledger-sound": Check(workspace="truth.earned.ledger_sound"),
    "records-kept": Check(workspace="truth.earned.records_kept"),
    "trust-holds": Check(workspace="truth.earned.trust_holds"),
    "grandfathered": Check(
        workspace="truth.earned.grandfathered", parameters=frozenset({"finished"})
    ),
    "board-ids": Check(workspace="registry.board_ids"),
    "blockers": Check(workspace="registry.blockers"),
    "stated-blockers": Check(workspace="registry.stated_blockers"),
    "board-documents": Check(workspace="registry.board_documents"),
    "home-linked": Check(workspace="registry.home_linked"),
    "documents-exist": Check(
        workspace="links.documents_exist", parameters=frozenset({"documents"})
    ),
    "glossary-terms": Check(workspace="links.glossary_terms", parameters=frozenset({"terms"})),
}


QUESTIONS: dict[str, str] = {
    "board": "registry.board",
    "states": "phrases.states",
    "called used": "truth.approval.called_used",
    "one-line fences": "truth.approval.one_line_fences",
    "approval sources": "truth.approval.approval_sources",
    "event lines": "truth.contract.event_lines",
    "roles": "truth.contract.roles_given",
    "part has entries": "truth.housekeeping.part_has_entries",
    "says": "truth.promise.says",
    "holds": "truth.promise.holds",
    "promised fields": "truth.promise.promised_fields",
    "pinned heads": "truth.earned.pinned_heads",
}
"""What cross-document checks ask about the text of a document, and the `model.Question`."""
ASKED = {"workboard": "board", "closeout": "pinned heads"}
"""Kind → what each of its documents is asked whatever stands in others, while it is open."""


def function(place: str) -> Any:
    """What a place of this table names."""
    module, _, name = place.rpartition(".")
    return getattr(import_module(f"sot_tools.rules.{module}"), name)
