"""Keeping a run: its archive goes into the workspace, and the ledger records its digest."""

from __future__ import annotations

import io
from pathlib import Path

from sot_tools.authority import advance, gate
from sot_tools.authority.pages import Page
from sot_tools.authority.request import Desk, write
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import bag, kept, ledger


def keep(desk: Desk, run: Path) -> tuple[str, str]:
    """Write the archive of a verified run; returns `wrote` or `kept`, and its path.

    Equal runs make equal archives. Refused is a run that changed a target repository: what it
    changed there is no content for a workspace (SEC-06).
    """
    verified = advance.evidence(desk.root, run)
    begun = gate.started(ledger.load(desk.root), verified.run_id)
    if begun is None and not verified.combined:  # which holds no content of a repository
        raise Refused(f"the ledger does not know that {verified.run_id} began; nothing is kept")
    target = begun.text("target_repository") if begun else ""
    if target:
        step = "keep its export elsewhere and name that folder with SOT_RUNS_DIR"
        raise Refused(f"{verified.run_id} holds content of the repository {target}; {step}")
    if verified.size > kept.LIMIT:
        raise Refused(f"{verified.run_id} has {verified.size} bytes; up to {kept.LIMIT} are kept")
    archive = io.BytesIO()
    try:
        bag.pack(run, archive, str(verified.report.get("run_finished_at"))[:10])
    except OSError as error:
        raise SotError(f"{run} cannot be read: {error.strerror or error}") from error
    path = kept.path_of(verified.run_id)
    item = begun.text("item") if begun else ""
    return write(desk, Page(path, archive.getvalue()), item), path
