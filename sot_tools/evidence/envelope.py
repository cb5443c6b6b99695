"""Signed statements: DSSE envelopes with ed25519 (RFC 8032), as other tools read and write them.

Only the framing of DSSE stands here; keys and signatures are those of the library `cryptography`.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from sot_tools.evidence.canonical import canonical, sha256

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_FIELDS = {"payload", "payloadType", "signatures"}


class Envelope(NamedTuple):
    """A payload and who signed it."""

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]
    """Key id and signature."""

    @property
    def digest(self) -> str:
        """SHA-256 of the payload: what a signed statement is called, however it is signed."""
        return sha256(self.payload)

    def value(self) -> dict[str, Any]:
        """The envelope as JSON."""
        return {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.payload_type,
            "signatures": [
                {"keyid": keyid, "sig": base64.b64encode(signature).decode()}
                for keyid, signature in self.signatures
            ],
        }

    def content(self) -> bytes:
        """The bytes of its file."""
        return canonical(self.value()) + b"\n"


def framed(payload_type: str, payload: bytes) -> bytes:
    """What is signed: the pre-authentication encoding of DSSE version 1."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_id(public: bytes) -> str:
    """The id of a public key: the digest of its description, as securesystemslib has it."""
    described = {"keytype": "ed25519", "keyval": {"public": public.hex()}, "scheme": "ed25519"}
    return sha256(canonical(described))


def sign(payload: bytes, private: Any) -> Envelope:
    """An envelope around a payload, signed with one private key."""
    public = private.public_key().public_bytes_raw()
    signature = private.sign(framed(PAYLOAD_TYPE, payload))
    return Envelope(payload, PAYLOAD_TYPE, ((key_id(public), signature),))


def parse(content: bytes) -> Envelope | str:
    """An envelope from the bytes of its file, or what is wrong with them."""
    try:
        return from_value(json.loads(content))
    except (ValueError, RecursionError):
        return "is no JSON"


def from_value(value: Any) -> Envelope | str:
    """An envelope from its JSON, or what is wrong with it."""
    if not isinstance(value, dict) or set(value) != _FIELDS:
        return f"does not hold exactly {', '.join(sorted(_FIELDS))}"
    signatures = value["signatures"]
    if not isinstance(signatures, list) or not signatures:
        return "holds no signature"
    try:
        payload = _decoded(value["payload"])
        made = tuple((str(each["keyid"]), _decoded(each["sig"])) for each in signatures)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return "has a payload or a signature that is no base64 text"
    return Envelope(payload, str(value["payloadType"]), made)


def _decoded(text: Any) -> bytes:
    return base64.b64decode(str(text).encode("ascii"), validate=True)


def signed_by(envelope: Envelope, public: bytes) -> bool:
    """Whether the key's signature stands on the envelope and holds."""
    keyid = key_id(public)
    text = framed(envelope.payload_type, envelope.payload)
    return any(
        claimed == keyid and holds(public, text, signature)
        for claimed, signature in envelope.signatures
    )


def weak(public: bytes) -> bool:
    """Whether somebody without a private key can sign for a public one: its point is of small
    order, and RFC 8032 lets such signatures hold."""
    return public[:-1] + bytes([public[-1] & 0x7F]) in _SMALL_ORDER if public else True


_SMALL_ORDER = frozenset(
    bytes.fromhex(each)
    for each in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""The encodings of the eight points of small order without their sign bit, also the two that are
not reduced; the list that libsodium refuses."""


def holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an ed25519 signature over a message is the key's; never raises."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if weak(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
