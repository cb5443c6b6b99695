"""A person's yes or no: what is signed, where it is written, and what the ledger says of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from sot_tools import disk, locked
from sot_tools.authority.keys import Place
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import authority, envelope, keys, ledger
from sot_tools.evidence.approval import Approval, Signed, Terms
from sot_tools.evidence.canonical import sha256
from sot_tools.evidence.instants import instant
from sot_tools.evidence.ledger import Ledger
from sot_tools.evidence.trust import Trust


class Answer(NamedTuple):
    """What a person says."""

    decision: str
    """`granted` or `denied`."""
    key: str
    sentence: str
    """What was typed; a yes must be the exact sentence."""
    reason: str
    hours: int
    """How long a yes lasts."""


class Question(NamedTuple):
    """What a person was asked."""

    terms: Terms
    sentence: str
    documents: Mapping[str, str]


def sign(place: Place, question: Question, answer: Answer) -> tuple[Signed, str]:
    """Sign an answer, write it into the workspace, and enter it into the ledger."""
    if answer.decision == "granted" and answer.sentence != question.sentence:
        raise Refused(
            f"the sentence is not the exact one; nothing is approved. It is: {question.sentence}"
        )
    known = authority.load(place.root)
    _require_open(known.ledger, question.terms)
    key = _signer(known.trust, answer.key)
    private = keys.read(place.keys, answer.key)
    if private.public_key().public_bytes_raw() != key:
        raise Refused(f"the private key `{answer.key}` here is not the one the workspace trusts")
    now = place.clock()
    made = Approval(
        question.terms,
        answer.decision,
        answer.key,
        instant(now),
        instant(now + int(timedelta(hours=answer.hours).total_seconds()) * 10**9),
        os.urandom(16).hex(),
        question.sentence if answer.decision == "granted" else "",
        answer.reason,
        question.documents,
    )
    content = envelope.sign(made.statement().payload(), private).content()
    signed = approvals.opened(content, known.trust)
    if isinstance(signed, str):
        raise SotError(f"the signature just made does not hold: {signed}")
    path = f"{approvals.FOLDER}/{_file_name(signed)}"
    if not locked.claim(place.root / path, content):
        raise SotError(f"{path} exists; an approval is never overwritten")

    def entry(seen: Ledger) -> list[ledger.Note]:
        _require_open(seen, question.terms)
        return [approvals.note(signed, path, sha256(content))]

    ledger.append(place.root, place.clock, entry)
    return signed, path


def _require_open(known: Ledger, terms: Terms) -> None:
    closed = next(approvals.denials(known, terms), "")
    if closed:
        raise Refused(closed)


def _signer(trust: Trust, name: str) -> bytes:
    key = trust.named(name)
    if key is None:
        raise Refused(f"no trusted key `{name}`; `sot keys list` shows them")
    if key.role != "operator":
        raise Refused(f"the key `{name}` has the role `{key.role}`; an operator decides")
    if key.keyid in trust.revoked:
        raise Refused(f"the key `{name}` is revoked")
    return key.public


def _file_name(signed: Signed) -> str:
    approval = signed.approval
    item = approval.terms.item.replace(" ", "-")
    return f"{item}-{approval.terms.purpose}-{approval.decision}-{signed.digest[:12]}.json"


def only_key(place: Place, trust: Trust, wanted: str | None) -> str:
    """The key that a person signs with: the named one, or the one operator's key that is here."""
    if wanted:
        return wanted
    here = set(keys.present(place.keys))
    own = [
        key.name
        for key in trust.keys.values()
        if key.name in here and key.role == "operator" and key.keyid not in trust.revoked
    ]
    if len(own) != 1:
        raise SotError(f"{len(own)} operator keys are here; name one with --key")
    return own[0]


def read(path: Path, trust: Trust) -> Signed | str:
    """An approval file, or why it is none."""
    try:
        content = disk.read(path, 1 << 20)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or error}"
    return approvals.opened(content, trust)
