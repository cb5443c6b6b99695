"""Evidence is re-hashed from disk and compared: the only place where `Verified` comes from.

Three answers: `Verified`, `Differences` that name each difference, or `Interrupted` for a run that
was never sealed. A manifest that agrees with its files proves that they belong together; that they
are the ones that were sealed is proven by a digest that is recorded elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sot_tools import disk, journal
from sot_tools.evidence import chain
from sot_tools.evidence.canonical import report_digest, sha256
from sot_tools.evidence.manifest import NAME, RUN, SEALING, Manifest, escapes, parse
from sot_tools.evidence.rundir import EVENTS, TRACE
from sot_tools.evidence.verdict import Difference, Differences, Interrupted, Verdict, Verified

REPORT = "report.json"
MATRIX = "matrix.json"
COMPARISON = "stage6-candidate-default-comparison.json"
REFRESH = "stage6-real-governed-refresh-comparison.json"
_RUN_FILES = (
    ("eligibility-decision.json", "eligibility-decision"),
    (EVENTS, ""),
    ("patch.diff", ""),
    (REPORT, "report"),
    ("report.md", ""),
    (RUN, "run"),
    ("test.log", ""),
    (TRACE, ""),
)
REQUIRED = {
    "run": _RUN_FILES,
    "matrix": ((RUN, "run"), (MATRIX, "matrix"), ("matrix.md", ""), (TRACE, "")),
    "comparison": ((RUN, "run"), (COMPARISON, "stage6-comparison"), (TRACE, "")),
    "refresh": ((RUN, "run"), (REFRESH, "stage6-refresh"), (TRACE, "")),
}
"""Kind of directory → its files, each with the wire schema of its value."""
_MAIN = {"run": REPORT, "matrix": MATRIX, "comparison": COMPARISON, "refresh": REFRESH}
"""Kind of directory → the file that says what it came to."""
_SMALL = 64 << 20
"""Bytes up to which an artifact that must be read as a value is read."""

Validate = Callable[[str, Any], str]
"""Takes the name of a wire schema and a value; says what is wrong, or nothing."""


def verify(path: Path, recorded: Mapping[str, str], validate: Validate) -> Verdict:
    """Re-hash a run directory.

    `recorded` maps a place (the seals, a command line) to the manifest digest that it holds.
    """
    name = path.name
    if not (path / NAME).exists() and not (path / NAME).is_symlink():
        sealing = path / SEALING
        if not recorded or _is(sealing, recorded):
            return _interrupted(path)
        return Differences(name, (Difference("missing", NAME, "the run was sealed once"),))
    try:
        content = disk.read(path / NAME, _SMALL)
    except OSError as error:
        return Differences(name, (Difference("wrong-type", NAME, error.strerror or str(error)),))
    manifest = parse(content)
    if isinstance(manifest, str):
        return Differences(name, (Difference("schema", NAME, manifest),))
    digest = sha256(content)
    said = _value(path, RUN).get("kind")
    kind = said if isinstance(said, str) and said in REQUIRED else "run"
    found = [
        *_recorded(digest, recorded),
        *_identity(name, kind, manifest),
        *_files(path, manifest),
        *_content(path, kind, manifest, validate),
    ]
    if (path / NAME).is_symlink():
        found.append(Difference("symlink", NAME, "is a symbolic link"))
    if found:
        return Differences(name, tuple(sorted(set(found), key=lambda each: (each.path, each.kind))))
    size = sum(each.size for each in manifest.artifacts.values())
    report = _value(path, _MAIN[kind])
    by = ", ".join(sorted(recorded))
    return Verified(manifest.run_id, digest, report, len(manifest.artifacts), size, by)


def _is(path: Path, recorded: Mapping[str, str]) -> bool:
    try:
        return journal.stamp(path).sha256 in recorded.values()
    except OSError:
        return False


def _recorded(digest: str, recorded: Mapping[str, str]) -> Iterator[Difference]:
    if not recorded:
        detail = "no digest of it is recorded elsewhere; give the one you trust with --digest"
        yield Difference("unrecorded", NAME, detail)
    for place, wanted in sorted(recorded.items()):
        if wanted != digest:
            yield Difference("changed", NAME, f"has the digest {digest}, {place} says {wanted}")


def _identity(name: str, kind: str, manifest: Manifest) -> Iterator[Difference]:
    if manifest.run_id != name:
        detail = f"belongs to the run {manifest.run_id}, not to {name}"
        yield Difference("stale", NAME, detail)
    for required, _ in REQUIRED[kind]:
        if required not in manifest.artifacts:
            yield Difference("missing", required, "the manifest does not list it")


def _files(path: Path, manifest: Manifest) -> Iterator[Difference]:
    """Every file against the manifest, and every file that the manifest does not know."""
    for name, wanted in sorted(manifest.artifacts.items()):
        if escapes(name):
            yield Difference("path-escape", name, "leads out of the run directory")
            continue
        if any(part.is_symlink() for part in _folders(path, name)):
            yield Difference("symlink", name, "a folder on the way is a symbolic link")
            continue
        full = path / name
        if full.is_symlink():
            yield Difference("symlink", name, "is a symbolic link")
        elif not full.exists():
            yield Difference("missing", name, "the manifest lists it")
        elif not full.is_file():
            yield Difference("wrong-type", name, "is no regular file")
        else:
            yield from _hashed(full, name, wanted.sha256, wanted.size)
    for entry in disk.walk(path, "."):
        name = entry.path.removeprefix("./")
        if name not in manifest.artifacts and name != NAME:
            kind = "symlink" if entry.trouble in {"symlink", "folder-link"} else "extra"
            yield Difference(kind, name, "the manifest does not list it")


def _folders(path: Path, name: str) -> Iterator[Path]:
    parts = name.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        yield path.joinpath(*parts[:end])


def _hashed(full: Path, name: str, digest: str, size: int) -> Iterator[Difference]:
    try:
        found = journal.stamp(full)
    except OSError as error:
        yield Difference("wrong-type", name, error.strerror or str(error))
        return
    if found.size != size:
        yield Difference("changed", name, f"has {found.size} bytes, the manifest says {size}")
    elif found.sha256 != digest:
        yield Difference("changed", name, f"has the digest {found.sha256}, recorded is {digest}")


def _content(
    path: Path, directory: str, manifest: Manifest, validate: Validate
) -> Iterator[Difference]:
    """What the files say about themselves: schemas, chains, the report's digests, freshness."""
    root = manifest.artifacts[RUN].sha256 if RUN in manifest.artifacts else ""
    begun = _value(path, RUN)
    if begun.get("nonce") != manifest.nonce or begun.get("run_id") != manifest.run_id:
        yield Difference("stale", RUN, "its run id or nonce is not that of the manifest")
    for name, kind in REQUIRED[directory]:
        fault = validate(kind, _value(path, name)) if kind else ""
        if fault:
            yield Difference("schema", name, fault)
    for name in (EVENTS, TRACE) if directory == "run" else (TRACE,):
        reading = chain.read(_bytes(path, name), root)
        for fault in reading.faults or (("ends in a torn line",) if reading.torn else ()):
            yield Difference("broken-chain", name, fault)
        for entry in reading.entries if name == EVENTS else ():
            fault = validate("event", entry)
            if fault or entry.get("run_id") != manifest.run_id:
                detail = fault or "belongs to another run"
                yield Difference("schema", name, f"line {entry['sequence']}: {detail}")
    if directory == "run":
        yield from _report(_value(path, REPORT), manifest)


def _report(report: dict[str, Any], manifest: Manifest) -> Iterator[Difference]:
    digests, fresh = report.get("artifact_digests"), report.get("freshness")
    started = str(report.get("run_started_at", ""))
    if not isinstance(digests, dict) or not isinstance(fresh, dict):
        return
    if report.get("run_id") != manifest.run_id:
        yield Difference("stale", REPORT, f"is the report of the run {report.get('run_id')}")
    for name, each in manifest.artifacts.items():
        if name != REPORT and digests.get(name) != each.sha256:
            yield Difference("changed", REPORT, f"its digest of {name} is not the manifest's")
        if name not in fresh:
            yield Difference("stale", REPORT, f"has no proof of freshness for {name}")
    if digests.get(REPORT) != _own(report):
        yield Difference("changed", REPORT, "its own digest is not that of its content")
    for name, instants in sorted(fresh.items()):
        if isinstance(instants, dict) and min(map(str, instants.values()), default="") < started:
            yield Difference("stale", name, f"is older than the run, which began at {started}")
    if str(report.get("run_finished_at", "")) < started:
        yield Difference("stale", REPORT, "the run finished before it began")


def _own(report: dict[str, Any]) -> str:
    try:
        return report_digest(report)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _interrupted(path: Path) -> Interrupted:
    """What an unsealed run left: every complete event counts, a torn last line is dropped."""
    found: list[Difference] = []
    torn = []
    events: tuple[str, ...] = ()
    root = sha256(_bytes(path, RUN))
    for name in (EVENTS, TRACE):
        reading = chain.read(_bytes(path, name), root)
        found += [Difference("broken-chain", name, fault) for fault in reading.faults]
        if reading.torn:
            torn.append(name)
        if name == EVENTS:
            events = tuple(str(entry.get("event")) for entry in reading.entries)
    return Interrupted(path.name, _active(path), events, tuple(torn), tuple(found))


def _active(path: Path) -> bool:
    if not (path / RUN).is_file():
        return False
    try:
        return journal.is_held(path / RUN)
    except OSError:
        return False  # a link or the like, which no harness of ours holds


def _bytes(path: Path, name: str) -> bytes:
    try:
        return disk.read(path / name, _SMALL)
    except OSError:
        return b""


def _value(path: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(path, name))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
