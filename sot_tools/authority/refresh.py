"""The real-governed refresh: two passes that exist, judged again; values in, reasons out.

Nothing is run and nothing is stated: how many passes there are, whether they differ, and what that
makes of the repeatability is computed from evidence that was hashed again (REF-01, REF-07).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sot_tools.engines import scrub
from sot_tools.evidence.canonical import canonical
from sot_tools.evidence.verdict import Verified
from sot_tools.runs import order, wire

REQUIRED = 2
"""Distinct governed passes that make a result repeatable."""
TYPE = "stage6-real-governed-read-only"
FILES = (
    *("report.json", "events.normalized.jsonl", "patch.diff", "test.log", "trace.jsonl"),
    *("eligibility-decision.json", "stage5-owned-repo-proof.json"),
    *("stage5-target-admission.json", "stage5-approval.json"),
)
_SECRET = re.compile(
    r"(?:.*_)?(?:api_?key|access_?key|private_?key|secret|token|password|passwd|authorization)",
    re.IGNORECASE,
)


class Target(NamedTuple):
    """The repository that a pass changed, as it is now."""

    mark: str = ""
    """What was seen of it, as one text that differs where anything does."""
    fault: str = ""
    """Why it cannot be read, or is not clean, or does not hold the commit."""
    moved: bool = False
    """Whether it changed while it was looked at."""


class Pass(NamedTuple):
    """One governed pass, or why there is none."""

    role: str
    """`first` or `repeat`."""
    item: str
    missing: str = ""
    """Why there is no such pass; empty where there is one."""
    differs: str = ""
    """Why its evidence is not what was sealed; empty where it is."""
    verified: Verified | None = None
    path: str = ""
    """The run directory."""
    files: frozenset[str] = frozenset()
    proof: Mapping[str, Any] = {}
    approval: str = ""
    """Digest of the approval that the run used, as the ledger has it."""
    granted: bool = False
    """Whether the ledger grants that approval before the run began."""
    target: Target = Target()
    prose: bool = True
    """Whether the item's closeout names the approval that the proof names."""

    @property
    def report(self) -> Mapping[str, Any]:
        """The report of the run."""
        return self.verified.report if self.verified else {}


class Known(NamedTuple):
    """What stands around the passes."""

    candidate: str
    default: str
    """The default engine of the register."""
    promotion: str
    """The one status of promotion that any artifact may state."""
    comparison: Mapping[str, Any]
    """The newest sealed comparison of lanes; empty where there is none."""
    stale: tuple[str, ...]
    """Documents of the candidate's source that no longer say that it is admitted."""
    staged: bool
    """Whether the candidate has a source that must be admitted."""
    rationale: Mapping[str, str]
    """Lane → why it stays blocked."""


Question = Callable[[Pass, Known], str]


def _shape(one: Pass, _: Known) -> str:
    return wire.fault("report", dict(one.report)) or wire.fault("stage5-proof", dict(one.proof))


def _events(one: Pass, _: Known) -> str:
    names = one.report.get("harness", {}).get("events", ())
    wanted = order.required(True, str(one.report.get("approval_status")))
    return next(order.faults(names, wanted), "")


def _paths(one: Pass, _: Known) -> str:
    facts = (
        one.report.get("allowed_writes_passed"),
        one.proof.get("allowed_paths_passed"),
        one.proof.get("forbidden_paths_passed"),
    )
    if facts != (True, True, True):
        return "a path outside the allowed ones, or a forbidden one, was changed"
    same = one.proof.get("changed_files") == one.report.get("changed_files")
    return "" if same else "report and proof name other changed files"


def _closure(_: Pass, known: Known) -> str:
    held = known.comparison.get("checks", {}).get("stage5_failure_closure_inherited")
    return "" if held is True else "no sealed comparison shows that every failure fails closed"


def _matrix(_: Pass, known: Known) -> str:
    rows = known.comparison.get("failure_matrix", {})
    open_ones = sorted(name for name, said in rows.items() if said != "covered")
    if not rows:
        return "no sealed comparison says what of the failure matrix is covered"
    return f"not covered: {', '.join(open_ones)}" if open_ones else ""


def _artifacts(one: Pass, _: Known) -> str:
    lacking = [name for name in FILES if name not in one.files]
    return f"missing: {', '.join(lacking)}" if lacking else one.differs


def _forbidden(one: Pass, _: Known) -> str:
    tried = one.proof.get("forbidden_actions_attempted")
    if tried != []:
        return f"attempted: {', '.join(map(str, tried or ['unknown']))}"
    held = one.proof.get("forbidden_actions_possible") is False
    return "" if held else "nothing but words kept the engine from forbidden actions"


def _accepted(one: Pass, _: Known) -> str:
    said = (one.report.get("operator_outcome"), one.proof.get("operator_outcome"))
    return "" if said == ("accepted", "accepted") else f"the operator's outcome is {said[1]}"


def _provenance(one: Pass, _: Known) -> str:
    if not one.proof.get("approval_source"):
        return "the proof names no approval source"
    if not one.approval or one.proof.get("approval") != one.approval:
        return "the approval of the proof is not the one that the ledger used for the run"
    return "" if one.granted else "the ledger does not grant the approval before the run began"


def _source(one: Pass, known: Known) -> str:
    if known.stale:
        return f"no longer admitted: {', '.join(known.stale)}"
    status = one.report.get("source_admission_status")
    if known.staged and status != "admitted":
        return f"the report says that the source was `{status or 'not stated'}`"
    return ""


def _validated(one: Pass, _: Known) -> str:
    found = one.report.get("verification") or [{"command": "nothing", "outcome": "not run"}]
    bad = [each for each in found if each.get("outcome") != "passed"]
    return f"`{bad[0].get('command')}` {bad[0].get('outcome')}" if bad else ""


def _read_only(one: Pass, _: Known) -> str:
    if one.target.moved:
        return "the target repository changed while it was looked at"
    return one.target.fault


DIMENSIONS: Mapping[str, Question] = {
    "report_shape": _shape,
    "event_validity": _events,
    "allowed_path_compliance": _paths,
    "failure_closure": _closure,
    "failure_matrix_coverage": _matrix,
    "artifact_completeness": _artifacts,
    "forbidden_action_closure": _forbidden,
    "operator_acceptance": _accepted,
    "approval_provenance": _provenance,
    "source_admission_freshness": _source,
    "target_validation": _validated,
    "target_read_only": _read_only,
}
"""Exactly twelve (REF-08)."""


def _facts(one: Pass, known: Known) -> str:
    if one.report.get("status") != "pass" or one.proof.get("passed") is not True:
        return f"the run ended with `{one.report.get('status')}`"
    engine = one.report.get("backend")
    if engine != known.candidate:
        return f"the pass is one of `{engine}`, not of `{known.candidate}`"
    clean = (one.proof.get("target_start_clean"), one.proof.get("target_end_clean"))
    return "" if clean == (True, True) else "the target was not clean before and after"


def _activation(one: Pass, known: Known) -> str:
    if known.default != "fake":
        return f"the default engine is `{known.default}`"
    values = (one.report, one.proof, known.comparison)
    active = [each for each in values if each.get("runtime_default_activation", False) is not False]
    return "an artifact activates a default" if active else ""


def _promotion(one: Pass, known: Known) -> str:
    for value in (one.report, one.proof, known.comparison):
        for name, said in _fields(value):
            if name == "core_promotion_status" and said != known.promotion:
                return f"an artifact states the promotion `{said}`"
    return ""


def _secrets(one: Pass, _: Known) -> str:
    for value in (one.report, one.proof):
        for name, said in _fields(value):
            if _SECRET.fullmatch(name) and said not in (None, "", False, True):
                return f"an artifact has the key `{name}`"
        text = canonical(dict(value))
        if scrub.clean(text, ()) != text:
            return "an artifact holds what is shaped like a secret"
    return ""


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name), each
            yield from _fields(each)
    elif isinstance(value, list):
        for each in value:
            yield from _fields(each)


REJECTIONS: Mapping[str, Question] = {
    "missing_artifacts": _artifacts,
    "failed_pass_facts": _facts,
    "target_mutation": _read_only,
    "default_activation": _activation,
    "core_promotion": _promotion,
    "forbidden_actions": _forbidden,
    "missing_approval_provenance": _provenance,
    "stale_source_admission": _source,
    "secret_shaped_keys": _secrets,
}
"""What a refresh rejects (REF-10)."""


class Judged(NamedTuple):
    """A pass with what stands against it."""

    one: Pass
    dimensions: Mapping[str, str]
    rejections: Mapping[str, str]

    @property
    def holds(self) -> bool:
        """Whether it is there and nothing stands against it."""
        against = (*self.dimensions.values(), *self.rejections.values(), self.one.differs)
        return not self.one.missing and not any(against)


def judge(one: Pass, known: Known) -> Judged:
    """Ask everything about a pass that is there."""
    if one.missing or one.differs:
        return Judged(one, {}, {})
    return Judged(
        one,
        {name: ask(one, known) for name, ask in DIMENSIONS.items()},
        {name: ask(one, known) for name, ask in REJECTIONS.items()},
    )


class Repeatability(NamedTuple):
    """What distinct passes come to; computed, never stated."""

    passes: int
    status: str
    """`pass`, `blocked` or `fail`."""


def repeatability(passes: tuple[Judged, ...]) -> Repeatability:
    """Distinct good passes: another run, another seal, another approval, another commit."""
    marks: list[tuple[Any, ...]] = []
    for each in passes:
        if not each.holds or each.one.verified is None:
            continue
        mine = (
            each.one.verified.run_id,
            each.one.verified.manifest_digest,
            each.one.approval,
            each.one.proof.get("target_commit"),
        )
        if not any(set(mine) & set(other) for other in marks):
            marks.append(mine)
    if any(not each.holds and not each.one.missing for each in passes):
        return Repeatability(len(marks), "fail")
    return Repeatability(len(marks), "pass" if len(marks) >= REQUIRED else "blocked")


def record(passes: tuple[Judged, ...], known: Known) -> dict[str, Any]:
    """The value of the refresh's file (REF-02 to REF-09)."""
    found = repeatability(passes)
    lanes = _lanes(known)
    fake = lanes.get("fake", {}).get("status") == "pass"
    status = found.status if fake or found.status == "fail" else "blocked"
    first, repeat = passes
    return {
        "version": 1,
        "refresh_type": TYPE,
        "status": status,
        "backend": known.candidate,
        "real_stage5_pass_report": _at(first, FILES[0]),
        "real_stage5_proof": _at(first, "stage5-owned-repo-proof.json"),
        "repeat_stage5_pass_report": _at(repeat, FILES[0]),
        "repeat_stage5_proof": _at(repeat, "stage5-owned-repo-proof.json"),
        "real_stage5_passes": [_pass(each) for each in passes],
        "dimensions": list(DIMENSIONS),
        "lanes": lanes,
        "fake_lane_evidence": fake,
        "repeatability_required": REQUIRED,
        "repeatability_count": found.passes,
        "repeatability_status": found.status,
        "repeatability_passed": found.status == "pass",
        "candidate_default_repeatability_eligible": status == "pass",
        "runtime_default_activation": False,
        "core_promotion_status": known.promotion,
        "target_repository_read_only": not any(each.one.target.moved for each in passes),
    }


def _lanes(known: Known) -> dict[str, dict[str, str]]:
    """The lanes of the last comparison; without one each is blocked with its reason (REF-04)."""
    found = {
        name: {"status": "blocked", "rationale": said} for name, said in known.rationale.items()
    }
    found["fake"] = {"status": "blocked", "rationale": "no sealed comparison shows this lane"}
    for name, lane in known.comparison.get("lanes", {}).items():
        if lane.get("status") != "blocked":
            found[name] = {"status": str(lane.get("status"))}
        elif name not in found:
            found[name] = {"status": "blocked", "rationale": str(lane.get("rationale"))}
    return found


def _at(judged: Judged, name: str) -> str:
    return f"{judged.one.path}/{name}" if judged.one.path else ""


def _pass(judged: Judged) -> dict[str, Any]:
    one = judged.one
    verified = one.verified
    return {
        "role": one.role,
        "item": one.item,
        "holds": judged.holds,
        "missing": one.missing,
        "differs": one.differs,
        "run_id": verified.run_id if verified else "",
        "manifest_sha256": verified.manifest_digest if verified else "",
        "target_commit": str(one.proof.get("target_commit", "")),
        "changed_files": list(one.report.get("changed_files", ())),
        "approval": one.approval,
        "approval_source": str(one.proof.get("approval_source", "")),
        "approval_source_in_prose": one.prose,
        "dimensions": {name: not why for name, why in judged.dimensions.items()},
        "rejections": {name: why for name, why in judged.rejections.items() if why},
        "against": {name: why for name, why in judged.dimensions.items() if why},
    }
