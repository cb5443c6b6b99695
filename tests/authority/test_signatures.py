"""Other programs read our signatures and statements, and we read theirs."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from in_toto_attestation.v1.statement import Statement as OtherStatement
from securesystemslib import dsse
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from sot_tools.errors import Refused
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import envelope, ledger, statement
from sot_tools.evidence import trust as trusts
from sot_tools.evidence.approval import Approval, Terms
from sot_tools.evidence.canonical import sha256
from sot_tools.evidence.envelope import Envelope
from sot_tools.evidence.trust import Trust, TrustedKey
from sot_tools.runs import wire
from tests.authority.figures import figure

TERMS = Terms(
    "run", "WORK-001", "demo", "0" * 64, "", "0" * 64, ("a.txt",), "fake", 2, "copied-fixture"
)
MADE = Approval(
    TERMS,
    "granted",
    "jp",
    "2026-06-01T00:00:00Z",
    "2026-06-02T00:00:00Z",
    "0" * 32,
    "I do.",
    "",
    {},
)


def their_key(private: Ed25519PrivateKey) -> SSlibKey:
    return SSlibKey.from_crypto(private.public_key())


@given(st.binary(max_size=200))
def test_securesystemslib_verifies_what_we_sign(payload: bytes) -> None:
    private = Ed25519PrivateKey.generate()
    ours = envelope.sign(payload, private)
    theirs = dsse.Envelope.from_dict(json.loads(ours.content()))
    assert theirs.pae() == envelope.framed(ours.payload_type, payload)
    assert theirs.verify([their_key(private)], 1)
    with pytest.raises(VerificationError):
        theirs.verify([their_key(Ed25519PrivateKey.generate())], 1)


@given(st.binary(max_size=200))
def test_we_verify_what_securesystemslib_signs(payload: bytes) -> None:
    private = Ed25519PrivateKey.generate()
    theirs = dsse.Envelope(payload, envelope.PAYLOAD_TYPE, {})
    theirs.sign(CryptoSigner(private))
    ours = envelope.parse(json.dumps(theirs.to_dict()).encode())
    assert isinstance(ours, Envelope)
    public = private.public_key().public_bytes_raw()
    assert envelope.key_id(public) == their_key(private).keyid == ours.signatures[0][0]
    assert envelope.signed_by(ours, public)
    assert not envelope.signed_by(ours._replace(payload=payload + b"x"), public)


def test_in_toto_attestation_validates_our_statements() -> None:
    value = MADE.statement().value()
    other = OtherStatement.copy_from_pb(_parsed(value))
    other.validate()
    assert other.pb.predicate_type == statement.APPROVAL
    assert other.pb.subject[0].digest["sha256"] == TERMS.contract_digest


def _parsed(value: dict[str, Any]) -> Any:
    from google.protobuf.json_format import Parse
    from in_toto_attestation.v1 import statement_pb2

    return Parse(json.dumps(value), statement_pb2.Statement())


def test_a_statement_has_the_shape_of_its_schema_and_is_read_as_it_was() -> None:
    stated = MADE.statement()
    assert wire.fault("statement", stated.value()) == ""
    assert statement.parse(stated.payload()) == stated
    assert approvals.parse(stated.payload()) == MADE


@given(st.binary(max_size=300))
def test_reading_an_envelope_never_fails(content: bytes) -> None:
    assert isinstance(envelope.parse(content), Envelope | str)
    assert isinstance(statement.parse(content), statement.Statement | str)
    assert isinstance(approvals.parse(content), Approval | str)
    assert isinstance(approvals.opened(content, trusts.NOBODY), str)


FIELDS = ("payload", "payloadType", "signatures")


@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5),
    )
)
def test_reading_a_strange_envelope_says_what_is_wrong(value: Any) -> None:
    assert isinstance(envelope.from_value(value), Envelope | str)


def test_a_statement_about_other_subjects_than_its_terms_is_no_approval() -> None:
    stated = MADE.statement()
    moved = stated._replace(subjects=(statement.Subject("demo", "1" * 64),))
    assert approvals.parse(moved.payload()) == "names other subjects than its terms do"
    more = stated._replace(predicate={**stated.predicate, "extra": 1})
    assert approvals.parse(more.payload()) == "lacks a field of an approval, or has one too many"
    other = stated._replace(predicate_type="urn:other")
    assert approvals.parse(other.payload()) == (
        "has the predicate type `urn:other`, which is no approval"
    )


def test_an_approval_says_who_signed_it() -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = TrustedKey("ann", "operator", envelope.key_id(public), public)
    trust = Trust({key.keyid: key}, {}, ())
    content = envelope.sign(MADE.statement().payload(), private).content()
    assert approvals.opened(content, trust) == "it says that `jp` decided, but `ann` signed it"


def test_published_vectors_go_as_they_must_through_our_verification() -> None:
    """The vectors of the authors of ed25519, and what can be made of each to deceive."""
    import cryptography_vectors

    place = Path(cryptography_vectors.__file__).parent / "asymmetric" / "Ed25519" / "sign.input"
    tried = 0
    for line in place.read_text().splitlines():
        both, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        signature = signed[:64]
        assert both[32:] == public
        assert envelope.holds(public, message, signature)
        for wrong in (
            (public, message + b"x", signature),
            (public, message, bytes([signature[0] ^ 1]) + signature[1:]),
            (public, message, signature[:-1] + bytes([signature[-1] ^ 0x80])),
            (public, message, _plus_order(signature)),
            (public, message, signature[:-1]),
            (public, message, signature + b"\0"),
            (public, message, b""),
            (public[:-1], message, signature),
            (bytes(32), message, signature),
        ):
            assert not envelope.holds(*wrong)
        tried += 1
    assert tried == 1024
    shown = f"{tried} true: all hold; {9 * tried} made of them to deceive: none holds"
    figure("published ed25519 signatures", shown)


ORDER = 2**252 + 27742317777372353535851937790883648493


def _plus_order(signature: bytes) -> bytes:
    """The same signature with the order of the group added: equal to a careless verifier."""
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + scalar.to_bytes(33, "little")[:32]


VECTORS = Path(__file__).parent / "wycheproof-ed25519.json.xz"
"""Known-good and known-bad signatures of Project Wycheproof; `wycheproof.md` says from where."""


def test_wycheproof_vectors_go_as_they_must_through_our_verification() -> None:
    """`acceptable` are signatures that hold for keys which nobody should have: those that need no
    private key are refused here, as are all that are `invalid`."""
    tried: Counter[str] = Counter()
    for group in json.loads(lzma.decompress(VECTORS.read_bytes()))["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            held = envelope.holds(public, message, signature)
            if test["result"] == "valid":
                assert held, test
            elif test["result"] == "invalid" or "SmallOrderPublicKey" in test["flags"]:
                assert not held, test
            tried[test["result"]] += 1
    assert tried == {"valid": 117, "invalid": 64, "acceptable": 29}
    shown = f"{tried['valid']} valid: all hold; {tried['invalid']} invalid: none holds"
    figure("Wycheproof ed25519 vectors", f"{shown}; no key of small order is trusted")


def test_a_key_for_which_anybody_can_sign_is_trusted_nowhere(tmp_path: Path) -> None:
    """The identity as a public key: this signature holds for every message, says RFC 8032."""
    from sot_tools.authority import keys
    from tests.authority import story

    public = bytes([1]) + bytes(31)
    forged = bytes.fromhex("58" + "66" * 31) + bytes([1]) + bytes(31)
    assert not envelope.holds(public, b"I approve everything.", forged)
    world = story.new(tmp_path / "m")
    with pytest.raises(Refused) as refusal:
        keys.add(world.place, "ann", "operator", "jp", public.hex())
    assert str(refusal.value) == (
        "this public key is of small order: anybody can sign for it; make another"
    )
    key = TrustedKey("ann", "operator", envelope.key_id(public), public)
    content = trusts.record(key, "2026-06-01T00:00:00Z", None)
    about = {"name": "ann", "files": {".sot/trust/ann.json": sha256(content)}}
    known = ledger.read(ledger.line(1, ledger.ROOT, "key.added", "2026-06-01T00:00:00Z", about))
    trust = trusts.read({".sot/trust/ann.json": content}, known)
    assert trust.faults == (
        (".sot/trust/ann.json", "is of small order, so anybody can sign for it"),
    )
