"""A person's signed yes or no: what it is bound to, and why it may not count; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sot_tools.evidence import envelope, statement
from sot_tools.evidence.ledger import Entry, Ledger
from sot_tools.evidence.statement import Statement, Subject
from sot_tools.evidence.trust import Trust, TrustedKey

FOLDER = ".sot/approvals"
RUN, ADVANCE = "run", "advance"
"""What an approval opens: one run, or one change of status."""


class Terms(NamedTuple):
    """Everything that an approval is bound to; the absent is empty (APR-01, APR-08)."""

    purpose: str
    item: str
    """The work item, or `Stage N`."""
    case_id: str
    contract_digest: str
    """SHA-256 of the task contract's file."""
    target_repository: str
    from_commit: str
    """Commit of the target repository, or digest of the fixture that is copied."""
    allowed_paths: tuple[str, ...]
    engine: str
    stage: int
    mutation_mode: str
    run_id: str = ""
    manifest_digest: str = ""
    admission_digest: str = ""
    """SHA-256 of the record that admits the target repository (ADM-19)."""


class Approval(NamedTuple):
    """One decision of one person."""

    terms: Terms
    decision: str
    """`granted` or `denied`."""
    actor: str
    granted_at: str
    expires_at: str
    nonce: str
    sentence: str
    reason: str
    documents: Mapping[str, str]
    """Path → SHA-256 of the documents that the person was shown."""

    def statement(self) -> Statement:
        """The statement that is signed."""
        terms = self.terms
        about = (
            Subject(terms.case_id, terms.contract_digest)
            if terms.purpose == RUN
            else Subject(terms.run_id, terms.manifest_digest)
        )
        shown = (Subject(path, digest) for path, digest in sorted(self.documents.items()))
        fields = self._asdict()
        del fields["documents"]
        fields["terms"] = {**terms._asdict(), "allowed_paths": list(terms.allowed_paths)}
        if not terms.admission_digest:  # without a target repository there is no record
            del fields["terms"]["admission_digest"]
        return Statement((about, *shown), statement.APPROVAL, fields)


def parse(payload: bytes) -> Approval | str:
    """An approval from the payload of an envelope, or what is wrong with it."""
    stated = statement.parse(payload)
    if isinstance(stated, str):
        return stated
    if stated.predicate_type != statement.APPROVAL:
        return f"has the predicate type `{stated.predicate_type}`, which is no approval"
    fields: dict[str, Any] = dict(stated.predicate)
    try:
        terms = Terms(**{**fields.pop("terms")})
        paths = tuple(str(each) for each in terms.allowed_paths)
        documents = {each.name: each.sha256 for each in stated.subjects[1:]}
        made = Approval(terms._replace(allowed_paths=paths), documents=documents, **fields)
    except (TypeError, KeyError):
        return "lacks a field of an approval, or has one too many"
    return made if made.statement() == stated else "names other subjects than its terms do"


class Signed(NamedTuple):
    """An approval whose signature holds."""

    approval: Approval
    digest: str
    """What the approval is called: the digest of the signed payload."""
    keyid: str


def opened(content: bytes, trust: Trust) -> Signed | str:
    """An approval from the bytes of its file, or why it is none; its content is not judged."""
    found = envelope.parse(content)
    if isinstance(found, str):
        return f"the file {found}"
    signer = _signer(found, trust)
    if isinstance(signer, str):
        return signer
    approval = parse(found.payload)
    if isinstance(approval, str):
        return f"the signed statement {approval}"
    if approval.actor != signer.name:
        return f"it says that `{approval.actor}` decided, but `{signer.name}` signed it"
    if found.content() != content:
        return "the file is not in canonical form: it was edited after signing"
    return Signed(approval, found.digest, signer.keyid)


def _signer(found: envelope.Envelope, trust: Trust) -> TrustedKey | str:
    if found.payload_type != envelope.PAYLOAD_TYPE:
        return f"the payload type is `{found.payload_type}`, not `{envelope.PAYLOAD_TYPE}`"
    named = [keyid for keyid, _ in found.signatures]
    known = [trust.keys[keyid] for keyid in named if keyid in trust.keys]
    if not known:
        return f"no trusted key signed it; it names the key {named[0][:16]}"
    signer = next((key for key in known if envelope.signed_by(found, key.public)), None)
    return (
        signer or f"the signature of `{known[0].name}` does not hold: it was edited after signing"
    )


def differences(given: Terms, wanted: Terms) -> Iterator[str]:
    """Where an approval is for something else, in words."""
    for name, mine, other in zip(Terms._fields, given, wanted, strict=True):
        if mine != other:
            yield f"it is for {_WORDS[name]} `{_shown(mine)}`, not `{_shown(other)}`"


_WORDS = {
    "purpose": "the purpose",
    "item": "the work item",
    "case_id": "the case",
    "contract_digest": "the task contract with digest",
    "target_repository": "the target repository",
    "from_commit": "the starting state",
    "allowed_paths": "the allowed paths",
    "engine": "the engine",
    "stage": "stage",
    "mutation_mode": "the mutation mode",
    "run_id": "the run",
    "manifest_digest": "the manifest with digest",
    "admission_digest": "the target's admission record with digest",
}


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


class Moment(NamedTuple):
    """When an approval is to be used."""

    now: str
    started: int
    """Number of the ledger entry that began the run; 0 before a run."""


def faults(signed: Signed, wanted: Terms, ledger: Ledger, trust: Trust, when: Moment) -> list[str]:
    """Why an approval does not open this gate; empty where it does."""
    return list(_faults(signed, wanted, ledger, trust, when))


def _faults(
    signed: Signed, wanted: Terms, ledger: Ledger, trust: Trust, when: Moment
) -> Iterator[str]:
    approval = signed.approval
    key = trust.keys[signed.keyid]
    granted = next((each for each in _about(ledger, signed.digest) if each.kind == GRANTED), None)
    if approval.decision != "granted":
        yield f"{approval.actor} denied: {approval.reason or 'no reason given'}"
        return
    if key.role != "operator":
        yield f"the key `{key.name}` has the role `{key.role}`; an operator approves"
    if key.keyid in trust.revoked:
        yield f"the key `{key.name}` is revoked: entry {trust.revoked[key.keyid]} of the ledger"
    if granted is None:
        yield "the ledger has no entry that grants it"
    yield from differences(approval.terms, wanted)
    if approval.granted_at > when.now:
        yield f"it is dated {approval.granted_at}, after now, {when.now}"
    if approval.expires_at <= when.now:
        yield f"it expired at {approval.expires_at}; now is {when.now}"
    if granted is not None and 0 < when.started < granted.number:
        yield (
            f"it was granted after the run began: entry {granted.number} of the ledger, "
            f"the run is entry {when.started}"
        )
    for entry in _about(ledger, signed.digest):
        if entry.kind == CONSUMED:
            yield f"it was used by the run {entry.text('run_id')}: entry {entry.number}"
    yield from denials(ledger, approval.terms)


GRANTED, DENIED, CONSUMED = "approval.granted", "approval.denied", "approval.consumed"


def _about(ledger: Ledger, digest: str) -> list[Entry]:
    return [each for each in ledger.of(GRANTED, CONSUMED) if each.text("approval") == digest]


def denials(ledger: Ledger, terms: Terms) -> Iterator[str]:
    """The denials that close this question for good."""
    for entry in ledger.of(DENIED):
        same = entry.text("item") == terms.item and entry.text("subject") == subject(terms)
        if same and entry.text("purpose") == terms.purpose:
            yield (
                f"{entry.text('actor')} denied it at {entry.at} (entry {entry.number}); "
                "a denial is terminal: change the task contract, and request anew"
            )


def subject(terms: Terms) -> str:
    """The digest that the decision is about."""
    return terms.contract_digest if terms.purpose == RUN else terms.manifest_digest


def note(signed: Signed, path: str, file_digest: str) -> tuple[str, dict[str, Any]]:
    """The ledger's entry about a decision."""
    approval = signed.approval
    about = {
        "approval": signed.digest,
        "purpose": approval.terms.purpose,
        "item": approval.terms.item,
        "subject": subject(approval.terms),
        "actor": approval.actor,
        "keyid": signed.keyid,
        "files": {path: file_digest},
    }
    return (GRANTED if approval.decision == "granted" else DENIED), about
