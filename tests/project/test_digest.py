"""Digests are SHA-256, whoever computes them."""

from __future__ import annotations

import hashlib
import sys
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot_tools import digest


@given(st.binary(), st.booleans())
def test_a_digest_is_the_one_of_the_standard_library(content: bytes, loaded: bool) -> None:
    with patch.dict(sys.modules):
        if not loaded:
            del sys.modules["hashlib"]
        assert digest.of_bytes(content) == hashlib.sha256(content).hexdigest()
        assert ("hashlib" in sys.modules) is loaded


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) - 1])
def test_so_is_the_one_of_a_large_content(size: int) -> None:
    assert digest.of_bytes(b"x" * size) == hashlib.sha256(b"x" * size).hexdigest()


@given(st.lists(st.text(), max_size=5))
def test_no_part_runs_into_the_next(parts: list[str]) -> None:
    whole = b"".join(b"%d:%b" % (len(each.encode()), each.encode()) for each in parts)
    assert digest.of_parts(parts) == hashlib.sha256(whole).hexdigest()
