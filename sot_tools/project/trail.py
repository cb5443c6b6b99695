"""Ledger, keys, approvals and evidence of a workspace, looked at and hashed again for the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sot_tools.errors import SotError
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import authority, kept
from sot_tools.evidence.approval import ADVANCE, Signed
from sot_tools.evidence.authority import Authority
from sot_tools.evidence.ledger import FILE, Entry, Ledger, merged_from
from sot_tools.evidence.trust import FOLDER as TRUST
from sot_tools.evidence.verdict import Differences, Verified
from sot_tools.evidence.verify import verify
from sot_tools.project import wire
from sot_tools.rules.trail import Advanced, Trail

if TYPE_CHECKING:
    from sot_tools.source import Source

_LIMIT = 1 << 20
Spot = tuple[str, str]
Decisions = Mapping[str, tuple[Entry, Signed]]
"""Digest of an approval → the entry that recorded it, and the approval with its signature."""


class Places(NamedTuple):
    """Where runs can be."""

    source: Source
    runs: Path | None
    sound: frozenset[str]
    """Paths of files that are what the ledger recorded."""


def read(source: Source, runs: Path | None) -> Trail:
    """Everything that the rules ask about authority; `runs` holds the run directories."""
    known = authority.within(source)
    ledger = known.ledger
    recorded = dict(_recorded(ledger))
    changed = tuple(_changed(source, recorded))
    edited = {path for path, _ in changed}
    faults: list[Spot] = []
    decisions = _decisions(source, known, edited, faults)
    places = Places(source, runs, frozenset(recorded.keys() - edited))
    entries = ledger.of()
    return Trail(
        entries[0].at[:10] if entries else "",
        ledger.faults,
        frozenset({each.sum for each in entries} | {merged_from(each) for each in entries}),
        {
            each.text("subject"): _advanced(each, decisions, places)
            for each in ledger.of("status.advanced")
        },
        changed,
        (*known.trust.faults, *faults, *_strangers(source, recorded)),
    )


def _recorded(ledger: Ledger) -> Iterator[tuple[str, tuple[Entry, str]]]:
    """Path → the last entry that recorded the file, and its digest."""
    for entry in ledger.of():
        files = entry.about.get("files")
        for path, digest in files.items() if isinstance(files, dict) else ():
            yield path, (entry, str(digest))


def _changed(source: Source, recorded: Mapping[str, tuple[Entry, str]]) -> Iterator[Spot]:
    for path, (entry, digest) in sorted(recorded.items()):
        if path.startswith(f"{TRUST}/"):
            continue  # the trusted keys say that themselves
        if not source.exists(path):
            yield path, f"is missing; entry {entry.number} of {FILE} recorded it"
        elif _digest(source, path) != digest:
            yield path, f"is not what entry {entry.number} of {FILE} recorded"


def _digest(source: Source, path: str) -> str:
    try:
        return source.sha256(path)
    except OSError:
        return ""


def _decisions(
    source: Source, known: Authority, edited: set[str], faults: list[Spot]
) -> dict[str, tuple[Entry, Signed]]:
    """The approvals whose signatures hold; the others go to `faults`."""
    found: dict[str, tuple[Entry, Signed]] = {}
    for entry in known.ledger.of(approvals.GRANTED, approvals.DENIED):
        files = entry.about.get("files")
        for path in files if isinstance(files, dict) else ():
            if path in edited:
                continue
            try:
                signed = approvals.opened(source.read(path, _LIMIT), known.trust)
            except OSError as error:
                signed = f"it cannot be read: {error.strerror or error}"
            fault = _against(entry, signed, known)
            if fault:
                faults.append((path, fault))
            elif isinstance(signed, Signed):
                found[signed.digest] = (entry, signed)
    return found


def _against(entry: Entry, signed: Signed | str, known: Authority) -> str:
    if isinstance(signed, str):
        return signed
    said = approvals.note(signed, "", "")[1]
    for name in ("approval", "purpose", "item", "subject", "actor"):
        if entry.text(name) != said[name]:
            return f"its `{name}` is not what entry {entry.number} of {FILE} says"
    if known.trust.keys[signed.keyid].role != "operator":
        return f"the key `{signed.approval.actor}` is no operator's"
    revoked = known.trust.revoked.get(signed.keyid, 0)
    if 0 < revoked < entry.number:
        return f"the key `{signed.approval.actor}` was revoked before, by entry {revoked}"
    return ""


_WRITTEN = (
    (approvals.FOLDER, ".json", "`sot approve` writes approvals"),
    (kept.FOLDER, ".zip", "`sot evidence keep` writes archives"),
)
"""Folder, ending and verb of what only the ledger lets in."""


def _strangers(source: Source, recorded: Mapping[str, tuple[Entry, str]]) -> Iterator[Spot]:
    for folder, ending, verb in _WRITTEN:
        for each in source.walk(folder):
            if each.path.endswith(ending) and each.path not in recorded:
                yield each.path, f"is not in the ledger; {verb}"


def _advanced(entry: Entry, decisions: Decisions, places: Places) -> Advanced:
    run, digest = entry.text("run_id"), entry.text("manifest_digest")
    fault, absent = _unaccepted(entry, decisions), False
    try:
        with kept.directory(places.source, places.runs, run, places.sound) as place:
            absent = place is None
            if not fault and place is not None:
                fault = _differs(place, digest, entry)
    except (SotError, OSError) as error:
        fault = fault or f"what is kept of {run} cannot be opened: {error}"
    return Advanced(entry.text("to"), run, digest, fault, absent)


def _unaccepted(entry: Entry, decisions: Decisions) -> str:
    """Why the approval that the entry names does not stand behind it."""
    found = decisions.get(entry.text("approval"))
    if found is None:
        return f"entry {entry.number} of {FILE} names an approval that does not count"
    granted, signed = found
    terms = signed.approval.terms
    wanted = (ADVANCE, entry.text("subject"), entry.text("run_id"), entry.text("manifest_digest"))
    given = (terms.purpose, terms.item, terms.run_id, terms.manifest_digest)
    if signed.approval.decision != "granted" or given != wanted:
        return f"entry {entry.number} of {FILE} names an approval of something else"
    if granted.number > entry.number:
        return f"entry {entry.number} of {FILE} comes before its approval, entry {granted.number}"
    return ""


def _differs(place: Path, digest: str, entry: Entry) -> str:
    verdict = verify(place, {f"entry {entry.number} of {FILE}": digest}, wire.fault)
    if isinstance(verdict, Verified):
        return ""
    if isinstance(verdict, Differences):
        first = verdict.found[0]
        more = f" and {len(verdict.found) - 1} more" if len(verdict.found) > 1 else ""
        return f"{first.path} of {place.name} {first.detail}{more}"
    return f"{place.name} is not sealed"
