"""Which public keys a workspace trusts: records that the ledger knows, each endorsed by an earlier.

The first key is the root; git review answers for it. Every other key is endorsed by a signature of
a key that was trusted before, so adding a file adds no trust.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sot_tools.evidence import envelope, statement
from sot_tools.evidence.canonical import canonical, sha256
from sot_tools.evidence.ledger import Ledger
from sot_tools.evidence.statement import Statement, Subject

FOLDER = ".sot/trust"
ROLES = ("operator", "reviewer")
"""An operator approves; a reviewer is known and approves nothing."""


class TrustedKey(NamedTuple):
    """One public key."""

    name: str
    role: str
    keyid: str
    public: bytes


class Trust(NamedTuple):
    """The keys of a workspace."""

    keys: Mapping[str, TrustedKey]
    """Key id → key, revoked ones included: what they signed before stays signed."""
    revoked: Mapping[str, int]
    """Key id → number of the ledger entry that revoked it."""
    faults: tuple[tuple[str, str], ...]
    """Path of a record and why it is not trusted."""

    def named(self, name: str) -> TrustedKey | None:
        """A key by name."""
        return next((key for key in self.keys.values() if key.name == name), None)


NOBODY = Trust({}, {}, ())


def path_of(name: str) -> str:
    """Where the record of a key stands."""
    return f"{FOLDER}/{name}.json"


def endorsement(key: TrustedKey) -> Statement:
    """What an earlier key signs so that a new one is trusted."""
    described = {"name": key.name, "role": key.role, "keyid": key.keyid}
    return Statement((Subject(key.name, sha256(key.public)),), statement.ENDORSEMENT, described)


def record(key: TrustedKey, added_at: str, endorsed: envelope.Envelope | None) -> bytes:
    """The bytes of a key's record."""
    return (
        canonical(
            {
                "version": 1,
                "name": key.name,
                "role": key.role,
                "keyid": key.keyid,
                "scheme": "ed25519",
                "public_key": key.public.hex(),
                "added_at": added_at,
                "endorsement": endorsed.value() if endorsed else None,
            }
        )
        + b"\n"
    )


def read(records: Mapping[str, bytes], ledger: Ledger) -> Trust:
    """The trusted keys among the records (path → bytes), in the order in which they were added."""
    keys: dict[str, TrustedKey] = {}
    revoked = {each.text("keyid"): each.number for each in ledger.of("key.revoked")}
    faults: list[tuple[str, str]] = []
    left = dict(records)
    for entry in ledger.of("key.added"):
        path = path_of(entry.text("name"))
        content = left.pop(path, None)
        if content is None:
            faults.append((path, f"is missing; entry {entry.number} of the ledger added it"))
            continue
        if {path: sha256(content)} != entry.about.get("files"):
            faults.append((path, f"is not what entry {entry.number} of the ledger added"))
            continue
        fault, key = _key(content, keys)
        if key is None:
            faults.append((path, fault))
        else:
            keys[key.keyid] = key
    faults += [(path, "is not in the ledger; `sot keys add` adds a key") for path in sorted(left)]
    return Trust(keys, revoked, tuple(faults))


def _key(content: bytes, known: Mapping[str, TrustedKey]) -> tuple[str, TrustedKey | None]:
    try:
        value: Any = json.loads(content)
        public = bytes.fromhex(value["public_key"])
        key = TrustedKey(value["name"], value["role"], value["keyid"], public)
        given = value["endorsement"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return "is no record of a key", None
    fault = _unfit(key)
    if fault:
        return fault, None
    if not known:
        return ("", key) if given is None else ("is the first key and yet endorsed", None)
    found = envelope.from_value(given)
    if isinstance(found, str):
        return "is not endorsed by a key that was trusted before", None
    endorsers = [each for each in known.values() if each.role == "operator"]
    if found.payload != endorsement(key).payload() or not any(
        envelope.signed_by(found, each.public) for each in endorsers
    ):
        return (
            "its endorsement is not signed by an operator key that was trusted before",
            None,
        )
    return "", key


def _unfit(key: TrustedKey) -> str:
    """Why a key cannot be anybody's; empty where it can."""
    sound = len(key.public) == 32 and key.keyid == envelope.key_id(key.public)
    if not sound or key.role not in ROLES:
        return "names another key id than its public key has, or an unknown role"
    return "is of small order, so anybody can sign for it" if envelope.weak(key.public) else ""
