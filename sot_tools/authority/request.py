"""Asking: the request record and the approval packet; neither grants anything (APR-03, APR-06)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sot_tools import disk, journal, locked
from sot_tools.authority import pages
from sot_tools.authority.pages import Page, bullets
from sot_tools.authority.terms import Task
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import ledger
from sot_tools.evidence.canonical import sha256
from sot_tools.evidence.instants import Clock, instant
from sot_tools.evidence.ledger import Ledger
from sot_tools.project.model import Settings
from sot_tools.project.snapshot import Snapshot

REQUEST, PACKET = "REQUEST-RECORD", "APPROVAL-PACKET"


class Desk(NamedTuple):
    """Where documents are written: the workspace, opened, and the clock."""

    settings: Settings
    snapshot: Snapshot
    clock: Clock

    @property
    def root(self) -> Path:
        """The folder of the workspace."""
        return self.settings.root

    @property
    def today(self) -> str:
        """The day, as documents have it."""
        return instant(self.clock())[:10]

    def home(self, subject: str) -> tuple[str, str]:
        """Where a subject is described, and who answers for it: its first document, else the
        board."""
        board = self.snapshot.board
        item = board.by_id.get(subject) if board else None
        anybody = str(self.settings.profile.settings.get("owner", "team"))
        for path in item.documents if item else ():
            document = self.snapshot.document(path)
            if document is not None and isinstance(document.data, dict):
                return path, str(document.data.get("owner") or anybody)
        return f"{self.settings.scene.board_path} {subject}", anybody


def sentence(desk: Desk, task: Task) -> str:
    """The one sentence that approves (APR-02); the words are the profile's."""
    form = str(desk.settings.profile.settings.get("approval_sentence", ""))
    if not form:
        raise SotError(f"profile `{desk.settings.profile.name}` has no `approval_sentence`")
    target = task.terms.target_repository or f"a copy of {task.case.case_id}"
    title = task.case.title.rstrip(".")
    return form.format(item=task.terms.item, target=target, task=title[:1].lower() + title[1:])


def command(task: Task) -> str:
    """The command that uses the approval."""
    terms = task.terms
    return f"sot run {terms.case_id} --engine {terms.engine} --stage {terms.stage} --approval FILE"


def request(desk: Desk, task: Task) -> Page:
    """The request record of an item."""
    return pages.render(desk.settings.profile, REQUEST, task.terms.item, words(desk, task))


def packet(desk: Desk, task: Task) -> Page:
    """The approval packet of an item."""
    return pages.render(desk.settings.profile, PACKET, task.terms.item, words(desk, task))


def words(desk: Desk, task: Task) -> dict[str, str]:
    """Everything that request and packet say; nothing of it is typed by hand."""
    board = desk.snapshot.board
    item = board.by_id.get(task.terms.item) if board else None
    if item is None:
        raise Refused(f"`{task.terms.item}` is not registered in {desk.settings.scene.board_path}")
    source, owner = desk.home(task.terms.item)
    contract = task.case.task
    terms = task.terms
    admitted = task.target.status == "admitted"
    folder = task.register.root.relative_to(desk.root).as_posix()
    return {
        "title": item.title,
        "owner": owner,
        "today": desk.today,
        "source": source,
        "packet": pages.path_of(desk.settings.profile, PACKET, terms.item),
        "sentence": sentence(desk, task),
        "target": f"`{terms.target_repository}`" if terms.target_repository else "none",
        "from_commit": terms.from_commit,
        "allowed_labels": "\n".join(f"- allowed paths: `{each}`" for each in terms.allowed_paths),
        "allowed_paths": bullets(terms.allowed_paths),
        "command": command(task),
        "contract": f"{folder}/cases/{terms.case_id}/case.yaml",
        "contract_digest": terms.contract_digest,
        "admission_source": f"`sha256:{terms.admission_digest}`" if admitted else "none",
        "admission_status": task.target.status,
        "repository_owner": str(task.target.record.get("repository_owner", "none")),
        "risk": str(task.target.record.get("risk_classification", contract.risk_class)),
        "task": task.case.prompt,
        "engine": terms.engine,
        "stage": str(terms.stage),
        "mode": terms.mutation_mode,
        "forbidden_actions": bullets(contract.forbidden_actions, code=False),
        "forbidden_paths": bullets(contract.forbidden_paths),
        "criteria": bullets(contract.evidence_expectations, code=False),
        "validation": bullets(contract.verification_commands),
        "rollback": (
            "revert the one commit that the run made in the target"
            if terms.target_repository
            else "the run changes a copy, which is thrown away"
        ),
    }


def write(desk: Desk, page: Page, item: str, kind: str = "document.recorded", run: str = "") -> str:
    """Write a document and record its digest, and the run that it is about; returns `wrote` or
    `kept`.

    A document that stands there unchanged is kept; one that somebody edited is not overwritten.
    """
    digest = sha256(page.content)
    made = locked.claim(desk.root / page.path, page.content)
    if not made and _found(desk.root, page.path) != digest:
        if _found(desk.root, page.path) != recorded(ledger.load(desk.root), page.path):
            raise Refused(f"{page.path} was edited since it was written; remove it first")
        disk.write(desk.root / page.path, page.content)
        made = True

    def entry(known: Ledger) -> list[ledger.Note]:
        if recorded(known, page.path) == digest:
            return []
        about = {"item": item, "files": {page.path: digest}}
        return [(kind, {**about, "run_id": run} if run else about)]

    ledger.append(desk.root, desk.clock, entry)
    return "wrote" if made else "kept"


def recorded(known: Ledger, path: str) -> str:
    """The digest that the ledger has of a file; empty where it has none."""
    found = ""
    for entry in known.of():
        files = entry.about.get("files")
        if isinstance(files, dict) and path in files:
            found = str(files[path])
    return found


def _found(root: Path, path: str) -> str:
    try:
        return journal.stamp(root / path).sha256
    except OSError:
        return ""


def shown(desk: Desk, task: Task) -> dict[str, str]:
    """Path → digest of request and packet as they stand; refuses where they are not of today's
    facts."""
    known = ledger.load(desk.root)
    found = {}
    for ending, verb in ((REQUEST, "request"), (PACKET, "packet")):
        path = pages.path_of(desk.settings.profile, ending, task.terms.item)
        digest = _found(desk.root, path)
        if not digest:
            raise Refused(f"{path} is missing; `sot {verb} {task.terms.item}` writes it")
        if digest != recorded(known, path):
            raise Refused(f"{path} is not what the ledger recorded; somebody edited it")
        day = _day(known, path)
        fresh = pages.render(
            desk.settings.profile, ending, task.terms.item, {**words(desk, task), "today": day}
        )
        if sha256(fresh.content) != digest:
            step = f"`sot {verb} {task.terms.item}` writes it anew"
            raise Refused(f"{path} no longer says what the task contract says; {step}")
        found[path] = digest
    return found


def _day(known: Ledger, path: str) -> str:
    written = [
        each for each in known.of("document.recorded") if path in each.about.get("files", ())
    ]
    return written[-1].written.at[:10] if written else ""
