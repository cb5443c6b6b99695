"""What the engine changed, in bytes that were read once, and whether it may have."""

from __future__ import annotations

from sot_tools import tree
from sot_tools.evidence.canonical import sha256
from sot_tools.evidence.rundir import ArtifactFault
from sot_tools.runs.baseline import Change, patch
from sot_tools.runs.paths import ALWAYS_FORBIDDEN, allowed, forbidden
from sot_tools.runs.state import State
from sot_tools.tree import Node, Unreadable


def diff(run: State) -> None:
    """What changed, in bytes that were read once, and whether it may have (EVI-24)."""
    run.around.progress("diff", "")
    now = run.place.differing({})
    differing = [
        path
        for path in sorted(now)
        if not forbidden(tree.shown(path), run.case.scratch_paths)
        and not allowed(tree.shown(path), run.private)
    ]
    run.record.changed_files = sorted(tree.shown(path) for path in differing)
    run.changes = [_change(run, path, now[path]) for path in differing]
    wrong = [each.shown for each in run.changes if not _allows(run, each)]
    run.record.allowed_writes_passed = not wrong
    made = patch(run.changes)
    run.patch = made.content
    clean = run.clean(run.patch)
    if clean != run.patch:
        run.patch = clean
        message = "the change holds a secret, or what is shaped like one; the patch withholds it"
        run.record.block("secret_exposed", message)
    left_out = (*(run.baseline.left_out if run.baseline else ()), *made.left_out)
    if left_out:
        run.directory.trace("make patch", "incomplete", left_out=list(dict.fromkeys(left_out)))
    run.directory.event("patch.applied", {"changed_files": run.record.changed_files})
    checked = {
        "changed_files": run.record.changed_files,
        "allowed_writes_passed": run.record.allowed_writes_passed,
    }
    run.directory.event("git.diff.checked", checked)
    if wrong:
        message = f"changed outside the allowed paths: {', '.join(sorted(wrong))}"
        run.record.block("disallowed_file_change", message)
    elif not run.changes:
        run.record.block("no_diff", "the engine changed nothing")
    run.directory.trace("check diff", "refused" if wrong else "allowed", changed=len(run.changes))


def _change(run: State, path: bytes, after: Node | None) -> Change:
    """One path that differs, with its bytes."""
    readable = after is not None and after.kind != "special"
    limit = run.case.limits.artifact_bytes
    try:
        content = run.place.content(path, limit) if readable else None
        before = run.fixture.get(path)
        original = tree.content(run.case.fixture, path, limit) if before else None
        if before and original is not None and sha256(original) != before.digest:
            message = f"{tree.shown(path)} of the fixture changed while the engine ran"
            run.block("source_repository_mutated", message)
    except Unreadable as fault:
        raise ArtifactFault("patch.diff", str(fault)) from fault
    return Change(path, before, after, content, original)


def _allows(run: State, change: Change) -> bool:
    """Whether the contract allows a change: a regular file, or its removal, on its paths."""
    plain = all(each is None or each.kind == "file" for each in (change.before, change.after))
    barred = (*ALWAYS_FORBIDDEN, *run.case.task.forbidden_paths)
    return (
        plain
        and run.case.task.mutation_mode != "none"
        and allowed(change.shown, run.case.task.allowed_paths)
        and not forbidden(change.shown, barred)
    )
