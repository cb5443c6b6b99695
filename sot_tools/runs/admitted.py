"""What is admitted for an engine, as values; the record is the authority, the request must match.

Pure: the records are read elsewhere and handed over (MOD-01, PROV-01, LOC-03, ADM-01).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

DEFAULT_STAGE = "2"
"""The stage that a model admission covers where its scope names none (MOD-13)."""


class Executable(NamedTuple):
    """The program that a person named."""

    path: str = ""
    fault: str = "no executable is named"
    """Why it cannot be used; empty where it can."""
    sha256: str = ""
    version: str = ""


class ModelAdmission(NamedTuple):
    """Whether the requested provider and model are admitted."""

    status: str = "missing_admission"
    """`admitted`, `missing_admission`, `mismatch`, `invalid_admission` or `not_admitted`."""
    why: str = "no admission record is named"
    provider: str = ""
    model: str = ""
    network: str = ""
    credential: str = ""


class Target(NamedTuple):
    """Whether a target repository is admitted."""

    status: str = "not_admitted"
    faults: tuple[str, ...] = ("no admission record is named",)
    path: str = ""


class Admissions(NamedTuple):
    """All that was read for one engine."""

    executable: Executable = Executable()
    model: ModelAdmission = ModelAdmission()
    decision: Mapping[str, str] = {}
    """Field of the provider decision record → its value."""
    endpoint: str = ""
    """Where the model answers: a value that is never written down."""
    endpoint_fault: str = "no endpoint is named"
    target: Target = Target()


class Request(NamedTuple):
    """What the environment asks for; a request admits nothing."""

    provider: str
    model: str
    stage: str


def model(record: Mapping[str, Any], wanted: Request) -> ModelAdmission:
    """The admission that a record of the right shape gives to a request."""
    found = ModelAdmission(
        "admitted",
        "",
        record["provider"],
        record["model"],
        record["allowed_network_class"],
        record["credential_source_class"],
    )
    pair = (wanted.provider, wanted.model)
    if record["status"] != "admitted":
        return found._replace(status="not_admitted", why=f"its status is `{record['status']}`")
    if record.get("active") is False:
        return found._replace(status="not_admitted", why="it is not the active record")
    if not all(pair):
        return found._replace(status="mismatch", why="the run names no provider and model")
    if pair != (found.provider, found.model):
        asked = f"the run asks for `{pair[0]}` `{pair[1]}`"
        why = f"{asked}, the record admits `{found.provider}` `{found.model}`"
        return found._replace(status="mismatch", why=why)
    covered = stages(record)
    if (wanted.stage or DEFAULT_STAGE) not in covered:
        why = f"it covers stage {', '.join(covered)}, not stage {wanted.stage}"
        return found._replace(status="not_admitted", why=why)
    return found


def stages(record: Mapping[str, Any]) -> list[str]:
    """The stages that a model's record covers."""
    return re.findall(r"[Ss]tage[- ]?([1-6])", record.get("scope", "")) or [DEFAULT_STAGE]


ACTIONS = (
    *("push", "merge", "deploy", "close", "pr_open", "issue_close", "public_publication"),
    *("credential_change", "vendor_source_mutation", "cortex_core_mutation"),
)
_TEXTS = (
    *("target_repository_path", "repository_owner", "ownership_evidence", "noncritical_rationale"),
    *("approval_source", "approval_timestamp", "review_trigger"),
)


def target(record: Mapping[str, Any]) -> Target:
    """The target repository's admission, with every reason against it (ADM-01 to ADM-14)."""
    faults = []
    status = record.get("admission_status")
    if status != "admitted":
        faults.append(f"`admission_status` is `{status or 'missing'}`, not `admitted`")
        if record.get("target_repository_path"):
            faults.append("a record that admits nothing names a repository")
        return Target("not_admitted", tuple(faults))
    faults += [f"`{name}` is empty" for name in _TEXTS if not record.get(name)]
    risk = record.get("risk_classification")
    if risk != "low_risk_noncritical":
        faults.append(f"`risk_classification` is `{risk or 'missing'}`, not `low_risk_noncritical`")
    if not _list(record, "allowed_paths"):
        faults.append("`allowed_paths` is empty")
    lacking = [each for each in ACTIONS if each not in _list(record, "forbidden_actions")]
    if lacking:
        faults.append(f"`forbidden_actions` lacks {', '.join(lacking)}")
    if record.get("operator_outcome_required") is not True:
        faults.append("`operator_outcome_required` is not `true`")
    path = str(record.get("target_repository_path", ""))
    if path and not path.startswith("/"):
        faults.append("`target_repository_path` is no absolute path")
    return Target("not_admitted" if faults else "admitted", tuple(faults), path)


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    return value if isinstance(value, list) else []
