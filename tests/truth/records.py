"""The JSON records of the consistent workspace, and the rows of the child profile."""

from __future__ import annotations

import json
from typing import Any

import yaml

from sot_tools.project import data


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"


FORBIDDEN = (
    "push",
    "merge",
    "deploy",
    "close",
    "pr_open",
    "issue_close",
    "public_publication",
    "credential_change",
    "vendor_source_mutation",
    "cortex_core_mutation",
)
_MODEL = {
    "status": "admitted",
    "provider": "local",
    "model": "m-1",
    "credential_source_class": "none",
    "allowed_network_class": "loopback",
    "approval_source": "operator note of 2026-05-29",
    "admission_timestamp": "2026-05-29T10:00:00-04:00",
    "review_trigger": "Before the model changes, or before promotion beyond governed workflow.",
}
_OTHER = {**_MODEL, "status": "not_admitted", "model": "m-2"}
_TARGET = {
    "admission_status": "admitted",
    "target_repository_path": "/srv/target",
    "repository_owner": "jp",
    "ownership_evidence": "the operator made it",
    "risk_classification": "low_risk_noncritical",
    "noncritical_rationale": "nothing depends on it",
    "allowed_paths": ["src/", "README.md"],
    "forbidden_paths": [".env", "vendor/"],
    "forbidden_actions": list(FORBIDDEN),
    "approval_source": "operator note of 2026-05-31",
    "approval_timestamp": "2026-05-31",
    "operator_outcome_required": True,
    "review_trigger": "before another target",
}
RECORDS = {
    "LATHE-MODEL-PROVIDER-ADMISSION.local-m-1.json": _text(_MODEL),
    "LATHE-MODEL-PROVIDER-ADMISSION.local-m-2.json": _text(_OTHER),
    "GOVERNED-TARGET-REPOSITORY-ADMISSION.json": _text(_TARGET),
}


def child_rows() -> str:
    """The truth rows that the child profile ships, as rows of the workspace's own."""
    path = data.shipped() / "profiles" / "cto-child" / "rules.yaml"
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    own = [row for row in rows if row["code"].startswith("CTO7")]
    text: str = yaml.safe_dump({"rules": own}, sort_keys=False)
    return text
