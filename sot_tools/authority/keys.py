"""Keys of persons: made here, trusted by the workspace, taken back for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sot_tools import locked
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import authority, envelope, keys, ledger
from sot_tools.evidence import trust as trusts
from sot_tools.evidence.canonical import sha256
from sot_tools.evidence.instants import Clock, instant
from sot_tools.evidence.trust import TrustedKey


class Place(NamedTuple):
    """Where things stand."""

    root: Path
    """The workspace."""
    keys: Path
    """Folder of the private keys, outside every workspace."""
    clock: Clock


def init(place: Place, name: str) -> TrustedKey:
    """The first key of a workspace: its root of trust."""
    known = ledger.load(place.root)
    if known.lines:
        first = next((each.text("name") for each in known.of("key.added")), "")
        raise Refused(f"{trusts.FOLDER} begins with the key `{first}`; `sot keys add` adds another")
    private = keys.create(_outside(place), _checked(name))
    key = _described(name, "operator", private.public_key().public_bytes_raw())
    return _record(place, key, None)


def add(place: Place, name: str, role: str, by: str, public: str | None) -> TrustedKey:
    """One more key, endorsed by an operator's key that is trusted already."""
    known = authority.load(place.root)
    endorser = known.trust.named(by)
    if endorser is None or endorser.role != "operator" or endorser.keyid in known.trust.revoked:
        raise Refused(f"the key `{by}` endorses nothing: it is not a trusted operator's key")
    if known.trust.named(name) is not None:
        raise Refused(f"a key `{name}` is known; names are never used again")
    if role not in trusts.ROLES:
        raise SotError(f"role `{role}` is not known; roles: {', '.join(trusts.ROLES)}")
    _checked(name)
    own = keys.read(_outside(place), by)
    if own.public_key().public_bytes_raw() != endorser.public:
        raise Refused(f"the private key `{by}` here is not the one that the workspace trusts")
    raw = _raw(public) if public else keys.create(place.keys, name).public_key().public_bytes_raw()
    key = _described(name, role, raw)
    if key.keyid in known.trust.keys:
        raise Refused(f"this key is known as `{known.trust.keys[key.keyid].name}`")
    return _record(place, key, envelope.sign(trusts.endorsement(key).payload(), own))


def revoke(place: Place, name: str, reason: str) -> TrustedKey:
    """Take trust back for good: what the key signed before stays signed, nothing new counts."""
    known = authority.load(place.root).trust
    key = known.named(name)
    if key is None:
        raise SotError(f"no trusted key `{name}`; `sot keys list` shows them")
    if key.keyid in known.revoked:
        raise Refused(f"the key `{name}` is revoked since entry {known.revoked[key.keyid]}")
    about = {"name": name, "keyid": key.keyid, "reason": reason}
    ledger.append(place.root, place.clock, lambda _: [("key.revoked", about)])
    return key


class Row(NamedTuple):
    """One key as it is listed."""

    key: TrustedKey
    state: str
    here: bool
    """Whether its private part is on this machine."""


def listing(place: Place) -> Iterator[Row]:
    """Every trusted key, oldest first."""
    known = authority.load(place.root).trust
    own = keys.present(place.keys)
    for key in known.keys.values():
        state = "revoked" if key.keyid in known.revoked else "trusted"
        yield Row(key, state, key.name in own)


def _record(place: Place, key: TrustedKey, endorsed: envelope.Envelope | None) -> TrustedKey:
    path = trusts.path_of(key.name)
    content = trusts.record(key, instant(place.clock()), endorsed)
    if not locked.claim(place.root / path, content):
        raise SotError(f"{path} exists; a record of a key is never overwritten")
    about = {
        "name": key.name,
        "keyid": key.keyid,
        "role": key.role,
        "files": {path: sha256(content)},
    }
    ledger.append(place.root, place.clock, lambda _: [("key.added", about)])
    return key


def _described(name: str, role: str, public: bytes) -> TrustedKey:
    return TrustedKey(name, role, envelope.key_id(public), public)


def _checked(name: str) -> str:
    if not keys.NAME.fullmatch(name):
        raise SotError(f"name `{name}`: use lower-case letters, digits, dots, hyphens, underscores")
    return name


def _outside(place: Place) -> Path:
    if place.keys.resolve().is_relative_to(place.root.resolve()):
        raise SotError(f"{place.keys} lies inside the workspace; a private key never does")
    return place.keys


def _raw(public: str) -> bytes:
    try:
        raw = bytes.fromhex(public)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise SotError("--public takes the 64 hexadecimal digits of an ed25519 public key")
    if envelope.weak(raw):
        raise Refused("this public key is of small order: anybody can sign for it; make another")
    return raw
