"""The table of checks: what a row of a rules file may name."""

from __future__ import annotations

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
from sot_tools.rules.model import Check
from sot_tools.rules.truth import gates, standing, status

CHECKS: dict[str, Check] = {
    "reading": Check(reading.reading, parameters=frozenset({"faults"})),
    "kind-known": Check(reading.kind_known),
    "schema": Check(shape.schema, parameters=frozenset({"faults"})),
    "title": Check(structure.one_title),
    "title-agrees": Check(structure.title_agrees),
    "named-after": Check(structure.named_after, parameters=frozenset({"keys"})),
    "date-order": Check(structure.date_order, parameters=frozenset({"earlier", "later"})),
    "phrases": Check(phrases.phrases, parameters=frozenset({"phrases", "near"})),
    "claims": Check(
        phrases.claims, parameters=frozenset({"claims", "keywords", "accept", "headings"})
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
    "suppressions": Check(parameters=frozenset({"need"})),
    "workspace-files": Check(workspace=links.workspace_files, parameters=frozenset({"files"})),
    "paths": Check(workspace=links.paths),
    "source-loops": Check(workspace=links.source_loops),
    "registered": Check(workspace=registry.registered),
    "one-heading": Check(workspace=registry.one_heading),
    "status-agrees": Check(workspace=registry.status_agrees),
    "evidence-agrees": Check(workspace=status.evidence_agrees, parameters=standing.PARAMETERS),
    "stale": Check(workspace=status.stale, parameters=standing.PARAMETERS),
    "blockers-finished": Check(workspace=status.blockers_finished, parameters=standing.PARAMETERS),
    "open-boxes": Check(workspace=status.open_boxes, parameters=standing.PARAMETERS),
    "family-boxes": Check(workspace=status.family_boxes, parameters=standing.PARAMETERS),
    "stage-order": Check(workspace=status.stage_order, parameters=standing.PARAMETERS),
    "document-state": Check(
        workspace=status.document_state, parameters=standing.PARAMETERS | {"when"}
    ),
    "gates-hold": Check(workspace=gates.gates_hold, parameters=standing.PARAMETERS),
    "board-ids": Check(workspace=registry.board_ids),
    "blockers": Check(workspace=registry.blockers),
    "stated-blockers": Check(workspace=registry.stated_blockers),
    "board-documents": Check(workspace=registry.board_documents),
    "home-linked": Check(workspace=registry.home_linked),
    "documents-exist": Check(workspace=links.documents_exist, parameters=frozenset({"documents"})),
    "glossary-terms": Check(workspace=links.glossary_terms, parameters=frozenset({"terms"})),
}
