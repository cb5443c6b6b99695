"""Many cases, each run for real and compared with what it must end in (FAIL-14)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sot_tools import tree
from sot_tools.evidence import rundir
from sot_tools.evidence.canonical import canonical
from sot_tools.evidence.instants import instant
from sot_tools.evidence.rundir import TRACE
from sot_tools.evidence.verdict import Verified
from sot_tools.evidence.verify import verify
from sot_tools.runs import matrix_page, registry, wire
from sot_tools.runs.approval import rehearsed
from sot_tools.runs.classes import CLASSES, MATRIX, FailureClass
from sot_tools.runs.contract import Register, RegisteredCase
from sot_tools.runs.run import run
from sot_tools.runs.state import Finished, Order, Surroundings


class Row(NamedTuple):
    """One case: what it must end in, and what it ended in."""

    case: RegisteredCase
    done: Finished
    checks: Mapping[str, bool]

    @property
    def as_expected(self) -> bool:
        """Whether every check held."""
        return all(self.checks.values())

    def record(self) -> dict[str, Any]:
        """The row as the combined report holds it."""
        return {
            "case_id": self.case.case_id,
            "run_id": self.done.run_id,
            "manifest_sha256": self.done.manifest_digest,
            "expected_status": self.case.expected_status,
            "expected_failure": self.case.expected_failure,
            "status": self.done.report["status"],
            "blocker_codes": [each["code"] for each in self.done.report["blockers"]],
            "checks": dict(self.checks),
        }


class Matrix(NamedTuple):
    """All rows, and the classes that nothing produced."""

    rows: tuple[Row, ...]
    without_case: tuple[str, ...]

    @property
    def as_expected(self) -> bool:
        """Whether every row ended as expected and every class has one."""
        return not self.without_case and all(row.as_expected for row in self.rows)

    def record(self, engine: str) -> dict[str, Any]:
        """The combined report."""
        return {
            "status": "pass" if self.as_expected else "fail",
            "backend": engine,
            "classes_without_case": list(self.without_case),
            "runs": [row.record() for row in self.rows],
        }


Open = Callable[[], Surroundings]
"""Makes surroundings with a warden of their own, for one worker."""


def run_all(
    register: Register, engine: str, cases: Sequence[str], workers: int, make: Open
) -> Matrix:
    """Run cases side by side, at most `workers` at a time; each in its own directory."""
    known = [registry.case(register, name) for name in cases]
    todo: queue.SimpleQueue[RegisteredCase] = queue.SimpleQueue()
    for each in known:
        todo.put(each)
    rows: dict[str, Row] = {}
    faults: list[BaseException] = []

    def work() -> None:
        try:
            around = make()
            try:
                while not around.stop():
                    case = todo.get_nowait()
                    rows[case.case_id] = _row(register, case, engine, around)
            finally:
                around.warden.close()
        except queue.Empty:
            return
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(max(1, min(workers, len(known))))]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.2)  # so that a signal is heard between two looks
    if faults:
        raise faults[0]
    done = tuple(rows[each.case_id] for each in known if each.case_id in rows)
    covered = {row.case.expected_failure for row in done}
    lacking = [each.name for each in MATRIX if each.name not in covered] if engine == "fake" else []
    return Matrix(done, tuple(lacking))


def _row(register: Register, case: RegisteredCase, engine: str, around: Surroundings) -> Row:
    before = tree.snapshot(case.fixture)
    approval = rehearsed(case, instant(around.clock()))
    done = run(Order(register, case, engine, approval), around)
    verdict = verify(done.path, {"the run": done.manifest_digest}, wire.fault)
    wanted = next((each for each in CLASSES.values() if each.name == case.expected_failure), None)
    checks = {
        "blocker": _blocker(done, wanted),
        "event": wanted is None or wanted.event in _events(done),
        "status": done.report["status"] == case.expected_status
        and (wanted is None or wanted.status == case.expected_status),
        "exit": (done.exit_code == 0) == (case.expected_status == "pass"),
        "artifacts": isinstance(verdict, Verified),
        "source": tree.snapshot(case.fixture) == before,
    }
    return Row(case, done, checks)


def _blocker(done: Finished, wanted: FailureClass | None) -> bool:
    codes = [each["code"] for each in done.report["blockers"]]
    return codes == ([wanted.code] if wanted else [])


def _events(done: Finished) -> set[str]:
    return set(done.report["harness"]["events"])


def seal(found: Matrix, engine: str, around: Surroundings) -> Finished:
    """Write the combined report into a sealed directory of its own."""
    name = f"run-all-{engine}"
    about = {"kind": "matrix", "case_id": name, "backend": engine, "pid": around.pid}
    directory = rundir.begin(around.runs, name, around.pid, about, around.clock)
    try:
        record = found.record(engine)
        for row in found.rows:
            outcome = "as expected" if row.as_expected else "otherwise"
            directory.trace("run case", outcome, run_id=row.done.run_id)
        if not found.rows:
            directory.trace("run case", "none")
        directory.close(TRACE)
        directory.write("matrix.md", matrix_page.render(record).encode())
        directory.write("matrix.json", canonical(record) + b"\n")
        digest = directory.seal({"case_id": name, "backend": engine, "status": record["status"]})
    finally:
        directory.leave()
    return Finished(directory.begun.run_id, directory.path, record, digest)
