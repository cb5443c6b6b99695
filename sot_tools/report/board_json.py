"""The board's views for programs, in the shapes of `schemas/wire/`; every string is kept as is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sot_tools.diagnostic import Diagnostic
from sot_tools.views.detail import Detail, Neighbour
from sot_tools.views.faults import Faults, codes
from sot_tools.views.ready import Next
from sot_tools.views.work import Spot, Stated, Work, WorkItem


def listing(items: Sequence[WorkItem], work: Work, faults: Faults) -> str:
    """`schemas/wire/board-list.schema.json`."""
    return _text(
        {
            "board": work.board,
            "unusable": work.unusable,
            "items": [
                {**_item(item), "codes": list(codes(faults.of_item(item.id)))} for item in items
            ],
        }
    )


def upcoming(found: Sequence[Next], work: Work) -> str:
    """`schemas/wire/board-next.schema.json`."""
    return _text(
        {
            "board": work.board,
            "items": [
                {**_item(each.item), "state": each.state.value, "reasons": list(each.reasons)}
                for each in found
            ],
        }
    )


def shown(detail: Detail) -> str:
    """`schemas/wire/board-item.schema.json`."""
    return _text(
        {
            "board": detail.board,
            **_item(detail.item),
            "place": _spot(detail.item.spot) if detail.item.spot is not None else None,
            "blocked_by": [_neighbour(each) for each in detail.blocked_by],
            "blocks": [_neighbour(each) for each in detail.blocks],
            "documents": [{"path": path, "exists": exists} for path, exists in detail.documents],
            "stated": [_stated(each) for each in detail.item.stated],
            "evidence": [
                {"place": _spot(each.spot), "label": each.label, "form": each.form}
                for each in detail.evidence
            ],
            "mentions": [
                {"place": _spot(each.spot), "section": each.section, "times": each.times}
                for each in detail.mentions
            ],
            "diagnostics": [_diagnostic(each) for each in detail.faults],
        }
    )


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def _item(item: WorkItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "type": item.type,
        "status": item.status,
        "registered": item.registered,
        "blocked_by": list(item.blocked_by),
        "conditions": list(item.conditions),
    }


def _spot(spot: Spot) -> dict[str, Any]:
    return {"path": spot.path, "line": spot.line, "column": spot.column}


def _neighbour(each: Neighbour) -> dict[str, Any]:
    return {"id": each.id, "title": each.title, "status": each.status, "known": each.known}


def _stated(each: Stated) -> dict[str, Any]:
    return {
        "place": _spot(each.spot),
        "title": each.title,
        "status": each.status,
        "type": each.type,
        "blocked_by": list(each.blocked_by),
        "conditions": list(each.conditions),
        "acceptance": [
            {"text": criterion.text, "line": criterion.line, "ticked": criterion.ticked}
            for criterion in each.criteria
        ],
    }


def _diagnostic(each: Diagnostic) -> dict[str, Any]:
    return {
        "code": each.code,
        "severity": each.severity.value,
        "message": each.message,
        "step": each.step,
        "place": {"path": each.path, "line": each.span.line, "column": each.span.column},
        "related": [
            {
                "place": {"path": other.path, "line": other.span.line, "column": other.span.column},
                "label": other.label,
            }
            for other in each.related
        ],
        "fingerprint": each.fingerprint,
    }
