"""The state of one run between its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sot_tools.engines import scrub
from sot_tools.engines.order import Claim
from sot_tools.engines.supervise import Ending, Warden
from sot_tools.engines.traffic import Traffic
from sot_tools.evidence.instants import Clock
from sot_tools.evidence.rundir import TRACE, ArtifactFault, RunDirectory
from sot_tools.marks import Seen
from sot_tools.runs.admitted import Admissions, Target
from sot_tools.runs.approval import Approval
from sot_tools.runs.baseline import Baseline, Change
from sot_tools.runs.contract import Register, RegisteredCase, Registration
from sot_tools.runs.log import TestLog
from sot_tools.runs.record import Record
from sot_tools.runs.trees import CopiedTree, Trees, WorkTree
from sot_tools.tree import Snapshot

if TYPE_CHECKING:
    from sot_tools.engines.isolation import Shelter

GRACE = 1.0
"""Seconds that a process has between SIGTERM and SIGKILL."""


class Witness(Protocol):
    """Who hears of a run besides its directory: the ledger of the workspace, or nobody."""

    def began(self, run_id: str, nonce: str) -> None:
        """A run began; raises SotError where that cannot be recorded."""

    def use(self, run_id: str, nonce: str) -> str:
        """The run uses its approval up, before an engine starts; says why it may not."""

    def sealed(self, run_id: str, nonce: str, manifest_digest: str, status: str) -> None:
        """The run was sealed; raises SotError where that cannot be recorded."""


class Unheard:
    """Nobody hears of the run; it is evidence for no status."""

    def began(self, run_id: str, nonce: str) -> None:
        """Say nothing."""

    def use(self, run_id: str, nonce: str) -> str:
        """There is nothing to use up."""
        return ""

    def sealed(self, run_id: str, nonce: str, manifest_digest: str, status: str) -> None:
        """Say nothing."""


class Ran(NamedTuple):
    """What a run has come to when its stage is asked for its proof."""

    patch: bytes
    passed: bool
    """Whether nothing stands against the run so far."""
    tree: str
    """Folder of the copy that the engine worked in."""
    directory: str
    """The run directory."""
    started: bool = True
    """Whether the engine started."""
    changed_files: tuple[str, ...] = ()
    allowed_writes_passed: bool = True
    attempted: tuple[str, ...] = ()
    """Forbidden actions that the engine tried to take."""
    isolation: Mapping[str, Any] = {}
    """What held the engine, as the report has it."""


class Attested(NamedTuple):
    """What a stage adds to a run at its end."""

    files: Mapping[str, bytes]
    """Proof files by name."""
    blockers: tuple[tuple[str, str], ...]
    """Blocker codes with messages."""
    report: Mapping[str, Any] = {}
    """Fields of the report that the stage adds (table C)."""


class Stage(Protocol):
    """What a stage of the ladder asks of a repository besides the run itself."""

    @property
    def policy(self) -> Mapping[str, Any]:
        """What is recorded of the repository before anything starts (STG4-05)."""

    def before(self) -> tuple[tuple[str, str], ...]:
        """Blocker codes with messages where the run may not begin."""

    def after(self, ran: Ran) -> Attested:
        """The proof of the stage, once everything but the report is known."""

    def withdraw(self) -> None:
        """Take back what was left in a repository: the run is no sealed evidence of a pass."""


class NoRepository:
    """A run on a fixture: no repository takes part."""

    policy: Mapping[str, Any] = {}

    def before(self) -> tuple[tuple[str, str], ...]:
        """Nothing is in the way."""
        return ()

    def after(self, ran: Ran) -> Attested:
        """There is nothing to prove."""
        return Attested({}, ())

    def withdraw(self) -> None:
        """There is nothing to take back."""


class Surroundings(NamedTuple):
    """What a run gets from outside: time, environment, places, and who watches."""

    runs: Path
    """Folder of the run directories."""
    clock: Clock
    environment: Mapping[str, str]
    documents: Mapping[str, str]
    """`path#field` of a governed document → its value, for the gates that look at one."""
    target: Mapping[str, Any]
    """The record that admits a target repository; empty where there is none."""
    pid: int
    warden: Warden
    stop: Callable[[], bool]
    """Whether somebody wants the run to end."""
    progress: Callable[[str, str], None]
    """Takes the phase that begins, and a detail."""
    trees: Trees
    """How trees are made."""
    witness: Witness = Unheard()
    stage: Stage = NoRepository()
    admissions: Admissions = Admissions()
    """What a person has admitted for the engine."""
    isolation: str = ""
    """Level of isolation that is asked for; empty for the strongest of the machine."""


class Governed(NamedTuple):
    """One run with everything that authority adds to it."""

    case: RegisteredCase
    approval: Approval | None = None
    witness: Witness = Unheard()
    stage: Stage = NoRepository()
    target: Target | None = None
    """The record that admits the repository of a run that changes one."""

    def around(self, given: Surroundings) -> Surroundings:
        """The surroundings of a run with all of it."""
        known = given.admissions
        if self.target is not None:
            known = known._replace(target=self.target)
        return given._replace(witness=self.witness, stage=self.stage, admissions=known)


class Finished(NamedTuple):
    """A sealed run."""

    run_id: str
    path: Path
    report: Mapping[str, Any]
    manifest_digest: str
    """Empty where the seal failed; the directory then reads as interrupted."""
    left: tuple[str, ...] = ()
    """Work trees that could not be removed, and why; the evidence is not touched by that."""

    @property
    def exit_code(self) -> int:
        """0 for a sealed pass, 1 for everything else."""
        return 0 if self.report["status"] == "pass" and self.manifest_digest else 1


class Blocked(Exception):
    """The rest of the steps does not apply; the blocker is already noted."""


class Order(NamedTuple):
    """What is to be run."""

    register: Register
    case: RegisteredCase
    engine: str
    approval: Approval | None


class State:
    """What the steps of a run hand to each other."""

    def __init__(
        self, order: Order, around: Surroundings, directory: RunDirectory, work: Path
    ) -> None:
        self.register, self.case, self.engine, self.approval = order
        self.around = around
        self.directory = directory
        self.work = work
        """Folder of the trees of this run; it is gone afterwards."""
        self.hidden = scrub.known(around.environment.items(), addresses(around.admissions.endpoint))
        """Values that no artifact may hold, in every disguise."""
        self.record = Record(self.case, self.engine, clean=self.clean)
        directory.clean = self.clean
        self.log = TestLog()
        self.fixture: Snapshot = {}
        self.seen: Seen | None = None
        """What the marks of the fixture were, where trees are layers over it."""
        self.place: WorkTree = CopiedTree(self.tree, {})
        """The tree that the engine works in."""
        self.baseline: Baseline | None = None
        self.changes: list[Change] = []
        self.patch = b""
        self.ending: Ending | None = None
        self.claims: list[Claim] = []
        self.traffic: Traffic | None = None
        self.settled = False
        """Whether the harness ended a lingering engine after its change was committed."""
        self.private: tuple[str, ...] = ()
        """Paths of the tree that are the engine's own and no part of the task."""

    def stop(self) -> bool:
        """Whether somebody wants the run to end, or the case rehearses that somebody does."""
        rehearsed = self.case.interrupted and self.record.engine_started
        return rehearsed or self.around.stop()

    @property
    def tree(self) -> Path:
        """The copy that the engine works in."""
        return self.work / "tree"

    @property
    def state_folder(self) -> Path:
        """Where the engine keeps its own state; gone after the run."""
        return self.work / "state"

    @property
    def shelter(self) -> Shelter:
        """The isolation that is in force for this run."""
        from sot_tools.engines import isolation

        return isolation.at(self.around.isolation) if self.around.isolation else isolation.shelter()

    @property
    def contained(self) -> bool:
        """Whether processes of this run are kept inside limits, not only watched."""
        return bool(self.registration.prefix or self.case.min_isolation)

    @property
    def registration(self) -> Registration:
        """How the engine is registered."""
        return self.register.engines[self.engine]

    def clean(self, value: Any) -> Any:
        """A value without what must not be written down; bytes, or anything of JSON."""
        if isinstance(value, bytes):
            return scrub.clean(value, self.hidden)
        return scrub.cleaned(value, self.hidden)

    def block(self, code: str, message: str) -> None:
        """Note a blocker and skip what is left of the steps."""
        self.record.block(code, message)
        raise Blocked

    def unwritable(self, fault: ArtifactFault) -> None:
        """Note that an artifact cannot be written."""
        self.record.block(
            "artifact_write_failure", f"{fault.path} could not be written: {fault.why}"
        )
        if fault.path != TRACE:
            try:
                self.directory.trace("write artifact", "failed", path=fault.path, why=fault.why)
            except ArtifactFault as again:
                self.record.block("artifact_write_failure", f"{again.path}: {again.why}")

    def scrubbed(self, name: str) -> dict[str, str]:
        """The environment of a process: nothing of the user's but the PATH."""
        home = self.work / f"{name}-home"
        temporary = home / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": self.around.environment.get("PATH", "/usr/bin:/bin"),
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }


def addresses(endpoint: str) -> tuple[str, ...]:
    """An endpoint, and the host and port in it (LOC-01)."""
    return (endpoint, endpoint.partition("://")[2].partition("/")[0]) if endpoint else ()
