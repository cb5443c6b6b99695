"""The gates before a repository that a record admits is looked at: record, owner, risk, paths.

No reason names the repository: a run that is blocked leaves no path of it behind (STG5-04).
"""

from __future__ import annotations

from sot_tools.runs.admitted import UNADMITTED
from sot_tools.runs.gates import OWNED, Circumstances, Gate
from sot_tools.runs.paths import allowed


def _owned(given: Circumstances) -> bool:
    return given.case.task.mutation_mode == OWNED


def _said(given: Circumstances, code: str) -> list[str]:
    return [each.message for each in given.admissions.target.reasons if each.code == code]


def _record_gate(name: str, code: str) -> Gate:
    """The part of the record's rejections that ends in one failure class."""
    return Gate(
        name,
        code,
        _owned,
        lambda given: not _said(given, code),
        lambda given: "; ".join(_said(given, code)),
    )


def _admitted(given: Circumstances) -> bool:
    return _owned(given) and given.admissions.target.status == "admitted"


def uncovered(wanted: tuple[str, ...], admitted: tuple[str, ...]) -> list[str]:
    """The paths of a contract that the paths of a record do not cover."""
    return [each for each in wanted if not allowed(each, admitted)]


def _uncovered(given: Circumstances) -> list[str]:
    record = given.admissions.target
    return uncovered(given.case.task.allowed_paths, record.texts("allowed_paths"))


GATES = (
    Gate(
        "target_named",
        UNADMITTED,
        _owned,
        lambda given: bool(given.case.task.target_repository),
        lambda given: f"mode `{OWNED}` needs a `target_repository` in the task contract",
    ),
    _record_gate("target_record_complete", UNADMITTED),
    _record_gate("target_owned", "unowned_repository"),
    _record_gate("target_harmless", "critical_repository"),
    Gate(
        "target_as_contracted",
        UNADMITTED,
        _admitted,
        lambda given: given.admissions.target.path == given.case.task.target_repository,
        lambda given: "the record admits another repository than the task contract names",
    ),
    Gate(
        "target_paths_admitted",
        UNADMITTED,
        _admitted,
        lambda given: not _uncovered(given),
        lambda given: (
            f"the task contract allows {', '.join(f'`{each}`' for each in _uncovered(given))}, "
            "which the record's `allowed_paths` do not cover"
        ),
    ),
)
