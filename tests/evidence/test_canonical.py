"""One value has one text: the fast writer equals RFC 8785, chains and manifests follow from it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from sot_tools.evidence import chain, manifest
from sot_tools.evidence.canonical import canonical, plain, report_digest, sha256
from sot_tools.evidence.instants import compact, instant

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text()
    | st.floats(-(2.0**50), 2.0**50)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def utf8(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@given(VALUES.filter(utf8))
def test_canonical_is_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(VALUES.filter(utf8))
def test_canonical_is_json_and_one_text_for_one_value(value: Any) -> None:
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize("value", [2**53, 1.5, {"é": 1}, [float("1e300")], {"a": [0.0]}])
def test_what_is_not_plain_goes_to_the_reference(value: Any) -> None:
    assert not plain(value)


@pytest.mark.parametrize("value", [2**53, float("nan"), "\ud800"])
def test_what_has_no_canonical_text_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical(value)


@given(st.lists(st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=2), min_size=1))
def test_a_chain_reads_back_and_any_other_root_breaks_it(entries: list[dict[str, Any]]) -> None:
    made = chain.Chain("root")
    content = b"".join(made.next(each) for each in entries if utf8(each))
    found = chain.read(content, "root")
    assert (found.faults, found.torn) == ((), b"")
    assert len(found.entries) == content.count(b"\n")
    if content:
        assert chain.read(content, "other").faults


@given(st.binary(max_size=200))
def test_reading_a_chain_never_fails(content: bytes) -> None:
    found = chain.read(content, "root")
    assert found.faults or not content.count(b"\n") or found.entries


@given(st.binary(max_size=200))
def test_reading_a_manifest_never_fails(content: bytes) -> None:
    assert isinstance(manifest.parse(content), str)


def test_a_manifest_reads_back() -> None:
    made = manifest.Manifest("r", "n", "t", {"a": manifest.Artifact("0" * 64, 3, "t")})
    assert manifest.parse(made.content()) == made


@pytest.mark.parametrize("path", ["..", "../x", "/x", "a/../b", "a//b", "./a", "", "a/", "a\0b"])
def test_paths_that_lead_elsewhere_are_known(path: str) -> None:
    assert manifest.escapes(path)


def test_the_report_digest_does_not_depend_on_its_own_entry() -> None:
    report = {"status": "pass", "artifact_digests": {"patch.diff": "x"}}
    digest = report_digest(report)
    assert digest == sha256(b'{"artifact_digests":{"patch.diff":"x"},"status":"pass"}')
    report["artifact_digests"]["report.json"] = digest  # type: ignore[index]
    assert report_digest(report) == digest


@given(st.integers(0, 4 * 10**18), st.integers(0, 4 * 10**18))
def test_instants_sort_as_texts(one: int, other: int) -> None:
    one, other = one // 1000 * 1000, other // 1000 * 1000
    assert (instant(one) < instant(other)) == (one < other)
    assert compact(0) == "19700101T000000Z"
    assert instant(1) == "1970-01-01T00:00:00.000000Z"
