"""What is admitted for an engine, as values; the record is the authority, the request must match.

Pure: the records are read elsewhere and handed over (MOD-01, PROV-01, LOC-03, ADM-01).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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


UNADMITTED = "target_not_admitted"


class Reason(NamedTuple):
    """Why a record admits no repository."""

    code: str
    """Code of the failure class."""
    message: str


class Target(NamedTuple):
    """Whether a target repository is admitted."""

    status: str = "not_admitted"
    reasons: tuple[Reason, ...] = (Reason(UNADMITTED, "no admission record is named"),)
    path: str = ""
    record: Mapping[str, Any] = {}
    content: bytes = b""
    """The bytes of the record's file."""

    @property
    def faults(self) -> tuple[str, ...]:
        """The reasons in words."""
        return tuple(each.message for each in self.reasons)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of the record."""
        return tuple(str(each) for each in _list(self.record, name))


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


class Rejection(NamedTuple):
    """One thing that an admitted record must have."""

    code: str
    says: Callable[[Mapping[str, Any]], str]
    """What is wrong with a record; empty where nothing is."""


def _said(name: str, code: str = UNADMITTED) -> Rejection:
    return Rejection(code, lambda record: "" if record.get(name) else f"`{name}` is empty")


def _risk(record: Mapping[str, Any]) -> str:
    risk = record.get("risk_classification")
    if risk == "low_risk_noncritical":
        return ""
    return f"`risk_classification` is `{risk or 'missing'}`, not `low_risk_noncritical`"


def _paths(record: Mapping[str, Any]) -> str:
    return "" if _list(record, "allowed_paths") else "`allowed_paths` is empty"


def _inside(record: Mapping[str, Any]) -> str:
    wrong = [
        str(each)
        for each in _list(record, "allowed_paths")
        if str(each).startswith("/") or ".." in str(each).split("/")
    ]
    return f"`allowed_paths` leads out of the repository: {', '.join(wrong)}" if wrong else ""


def _actions(record: Mapping[str, Any]) -> str:
    lacking = [each for each in ACTIONS if each not in _list(record, "forbidden_actions")]
    return f"`forbidden_actions` lacks {', '.join(lacking)}" if lacking else ""


def _outcome(record: Mapping[str, Any]) -> str:
    required = record.get("operator_outcome_required") is True
    return "" if required else "`operator_outcome_required` is not `true`"


def _absolute(record: Mapping[str, Any]) -> str:
    path = str(record.get("target_repository_path", ""))
    good = not path or path.startswith("/")
    return "" if good else "`target_repository_path` is no absolute path"


REJECTIONS = (
    _said("target_repository_path"),
    _said("repository_owner", "unowned_repository"),
    _said("ownership_evidence", "unowned_repository"),
    _said("noncritical_rationale", "critical_repository"),
    _said("approval_source"),
    _said("approval_timestamp"),
    _said("review_trigger"),
    Rejection("critical_repository", _risk),
    Rejection(UNADMITTED, _paths),
    Rejection(UNADMITTED, _inside),
    Rejection(UNADMITTED, _actions),
    Rejection(UNADMITTED, _outcome),
    Rejection(UNADMITTED, _absolute),
)
"""What an admitted record is rejected for (ADM-06 to ADM-14)."""


def target(record: Mapping[str, Any]) -> Target:
    """The target repository's admission, with every reason against it (ADM-01 to ADM-14)."""
    status = record.get("admission_status")
    if status != "admitted":
        found = [f"`admission_status` is `{status or 'missing'}`, not `admitted`"]
        if record.get("target_repository_path"):
            found.append("a record that admits nothing names a repository")
        return Target("not_admitted", tuple(Reason(UNADMITTED, each) for each in found))
    reasons = tuple(Reason(each.code, said) for each in REJECTIONS if (said := each.says(record)))
    path = str(record.get("target_repository_path", ""))
    return Target("not_admitted" if reasons else "admitted", reasons, path, record)


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    return value if isinstance(value, list) else []
