"""The table of checks: what a row of a rules file may name."""

from __future__ import annotations

from typing import Any

from sot_tools.rules import (
    fields,
    links,
    phrases,
    reading,
    records,
    registry,
    secrets,
    shape,
    structure,
    tables,
    work_items,
)
from sot_tools.rules.model import Check, Question
from sot_tools.rules.truth import (
    admission,
    agreement,
    approval,
    contract,
    earned,
    evidence,
    gates,
    housekeeping,
    identity,
    promise,
    status,
)


def _prose() -> Any:
    """The checks of `sot prose`, which no other verb pays for."""
    from sot_tools.rules import prose

    return prose


CHECKS: dict[str, Check] = {
    "reading": Check(
        reading.reading, parameters=frozenset({"faults"}), of_reading=True, mends=True
    ),
    "kind-known": Check(reading.kind_known),
    "schema": Check(shape.schema, parameters=frozenset({"faults"})),
    "title": Check(structure.one_title),
    "title-agrees": Check(structure.title_agrees, mends=True),
    "named-after": Check(structure.named_after, parameters=frozenset({"keys"})),
    "date-order": Check(structure.date_order, parameters=frozenset({"earlier", "later"})),
    "phrases": Check(phrases.phrases, parameters=frozenset({"phrases", "near"}), mends=True),
    "claims": Check(
        phrases.claims, parameters=frozenset({"claims", "keywords", "accept", "headings"})
    ),
    "long-sentences": Check(
        lambda *given: _prose().long_sentences(*given), parameters=frozenset({"section", "words"})
    ),
    "hedges": Check(
        lambda *given: _prose().hedges(*given), parameters=frozenset({"section", "hedges"})
    ),
    "undefined-terms": Check(
        workspace=lambda *given: _prose().undefined_terms(*given),
        parameters=frozenset({"section", "known"}),
    ),
    "family": Check(workspace=phrases.family, parameters=frozenset({"in"})),
    "sections": Check(structure.required_sections, parameters=frozenset({"sections", "advised"})),
    "fields": Check(fields.fields, parameters=frozenset({"section", "fields", "when"})),
    "table": Check(tables.table, parameters=frozenset({"section", "columns", "rows"})),
    "lists": Check(records.lists, parameters=frozenset({"section", "entries"})),
    "fence": Check(records.fence, parameters=frozenset({"section", "contains", "kind"})),
    "items": Check(work_items.work_items, parameters=frozenset({"need", "values"})),
    "secrets": Check(
        secrets.secrets,
        parameters=frozenset({"patterns", "keywords", "allow", "what", "entropy"}),
    ),
    "suppressions": Check(parameters=frozenset({"need"}), mends=True),
    "workspace-files": Check(workspace=links.workspace_files, parameters=frozenset({"files"})),
    "paths": Check(workspace=links.paths, mends=True),
    "source-loops": Check(workspace=links.source_loops),
    "registered": Check(workspace=registry.registered),
    "one-heading": Check(workspace=registry.one_heading),
    "status-agrees": Check(workspace=registry.status_agrees, compares=True),
    "evidence-agrees": Check(workspace=status.evidence_agrees, compares=True),
    "stale": Check(
        workspace=status.stale, parameters=frozenset({"also", "attempts"}), compares=True
    ),
    "blockers-finished": Check(workspace=status.blockers_finished),
    "open-boxes": Check(workspace=status.open_boxes),
    "family-boxes": Check(workspace=status.family_boxes),
    "stage-order": Check(workspace=status.stage_order),
    "document-state": Check(workspace=status.document_state, parameters=frozenset({"when"})),
    "gates-hold": Check(workspace=gates.gates_hold, compares=True),
    "type-agrees": Check(workspace=registry.type_agrees, compares=True),
    "blockers-agree": Check(workspace=registry.blockers_agree, compares=True),
    "titles-agree": Check(workspace=identity.titles_agree, compares=True),
    "unopened": Check(workspace=identity.unopened),
    "kin-missing": Check(workspace=identity.kin_missing, parameters=frozenset({"titled"})),
    "prose-loops": Check(workspace=identity.prose_loops),
    "modes-blocked": Check(workspace=admission.modes_blocked, parameters=frozenset({"labels"})),
    "scope-exceeded": Check(workspace=admission.scope_exceeded, parameters=frozenset({"about"})),
    "admitted-after": Check(
        workspace=admission.admitted_after,
        parameters=frozenset({"instant", "match", "provider", "model"}),
    ),
    "one-admitted": Check(
        workspace=admission.one_admitted, parameters=frozenset({"field", "values"})
    ),
    "record-agrees": Check(
        workspace=agreement.record_agrees, parameters=frozenset({"identity"}), compares=True
    ),
    "lists-agree": Check(
        workspace=agreement.lists_agree, parameters=frozenset({"allowed", "forbidden"})
    ),
    "state-of-record": Check(
        workspace=agreement.state_of_record,
        parameters=frozenset({"fields", "states"}),
        compares=True,
    ),
    "consumed-open": Check(
        workspace=approval.consumed_open, parameters=frozenset({"open", "used"})
    ),
    "request-after-run": Check(
        workspace=approval.request_after_run, parameters=frozenset({"pending", "open", "used"})
    ),
    "runs-exceed": Check(
        workspace=approval.runs_exceed, parameters=frozenset({"open", "begun", "scope"})
    ),
    "sources-differ": Check(
        workspace=approval.sources_differ, parameters=frozenset({"source"}), compares=True
    ),
    "labels-distinct": Check(
        workspace=approval.labels_distinct, parameters=frozenset({"labels", "others"})
    ),
    "runs-agree": Check(
        workspace=evidence.runs_agree, parameters=frozenset({"facts"}), compares=True
    ),
    "run-contradicts": Check(
        workspace=evidence.run_contradicts,
        parameters=frozenset({"status", "passed", "changed", "digest"}),
    ),
    "pass-on-fail": Check(
        workspace=evidence.pass_on_fail, parameters=frozenset({"status", "result"})
    ),
    "bare-results": Check(workspace=evidence.bare_results, parameters=frozenset({"values"})),
    "stage-evidence": Check(
        workspace=evidence.stage_evidence, parameters=frozenset({"required", "shown"})
    ),
    "stray-facts": Check(workspace=evidence.stray_facts, parameters=frozenset({"facts"})),
    "needs": Check(workspace=evidence.needs, parameters=frozenset({"when", "need", "of"})),
    "vocabulary": Check(workspace=contract.vocabulary, parameters=frozenset({"section", "near"})),
    "answered": Check(
        workspace=promise.answered, parameters=frozenset({"demand", "answer", "count"})
    ),
    "unevidenced": Check(
        workspace=contract.unevidenced, parameters=frozenset({"section", "answer", "begun"})
    ),
    "promised": Check(workspace=promise.promised),
    "roles-agree": Check(
        workspace=contract.roles_agree, parameters=frozenset({"roles"}), compares=True
    ),
    "closed-column": Check(
        workspace=contract.closed_column, parameters=frozenset({"column", "labels"})
    ),
    "claimed-admitted": Check(
        workspace=agreement.claimed_admitted,
        parameters=frozenset({"phrase", "kind", "good"}),
        compares=True,
    ),
    "review-lags": Check(workspace=housekeeping.review_lags),
    "heading-twice": Check(workspace=housekeeping.heading_twice),
    "runs-in-order": Check(workspace=housekeeping.runs_in_order),
    "bullet-twice": Check(workspace=housekeeping.bullet_twice),
    "open-questions": Check(
        workspace=housekeeping.open_questions, parameters=frozenset({"sections"})
    ),
    "counts": Check(housekeeping.counts, parameters=frozenset({"nouns"})),
    "proven": Check(workspace=earned.proven, parameters=frozenset({"fault", "finished"})),
    "board-follows": Check(workspace=earned.board_follows),
    "ledger-sound": Check(workspace=earned.ledger_sound),
    "records-kept": Check(workspace=earned.records_kept),
    "trust-holds": Check(workspace=earned.trust_holds),
    "grandfathered": Check(workspace=earned.grandfathered, parameters=frozenset({"finished"})),
    "board-ids": Check(workspace=registry.board_ids),
    "blockers": Check(workspace=registry.blockers),
    "stated-blockers": Check(workspace=registry.stated_blockers),
    "board-documents": Check(workspace=registry.board_documents),
    "home-linked": Check(workspace=registry.home_linked),
    "documents-exist": Check(workspace=links.documents_exist, parameters=frozenset({"documents"})),
    "glossary-terms": Check(workspace=links.glossary_terms, parameters=frozenset({"terms"})),
}


QUESTIONS: dict[str, Question] = {
    "value": lambda document: [document.data],
    "states": phrases.states,
    "called used": approval.called_used,
    "one-line fences": approval.one_line_fences,
    "approval sources": approval.approval_sources,
    "event lines": contract.event_lines,
    "roles": contract.roles_given,
    "part has entries": housekeeping.part_has_entries,
    "says": promise.says,
    "holds": promise.holds,
    "promised fields": promise.promised_fields,
    "pinned heads": earned.pinned_heads,
}
"""What cross-document checks ask about the text of a document."""
