"""Known values leave nothing behind, wherever a block breaks and however they are written."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sot_tools.engines import scrub
from sot_tools.engines.stream_scrub import StreamScrub

SECRET = "s3cr3t/value+with=signs&81b2"


def through(secrets: list[bytes], blocks: list[bytes]) -> bytes:
    stream = StreamScrub(secrets, scrub.MARK)
    return b"".join(stream.feed(block) for block in blocks) + stream.end()


@given(st.lists(st.sampled_from([b"abcabd", b"abc", b"ab", b"d", b"x", b"abcabcabd"])), st.data())
def test_a_stream_is_cut_alike_wherever_its_blocks_break(parts: list[bytes], data: object) -> None:
    whole = b"".join(parts)
    blocks, rest = [], whole
    while rest:
        size = data.draw(st.integers(1, len(rest)))  # type: ignore[attr-defined]
        blocks.append(rest[:size])
        rest = rest[size:]
    assert through([b"abcabd"], blocks) == whole.replace(b"abcabd", scrub.MARK)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_nothing_else_is_lost(before: bytes, after: bytes) -> None:
    hidden = scrub.known([("A_TOKEN", SECRET)])
    content = before + SECRET.encode() + after
    found = through(list(hidden), [content[:7], content[7:]])
    assert SECRET.encode() not in found
    assert found.replace(scrub.MARK, b"").endswith(after[-8:]) or SECRET[0].encode() in after


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        json.dumps(SECRET),
        SECRET.encode().hex(),
        *(base64.b64encode(b"x" * shift + SECRET.encode() + b"yz").decode() for shift in range(3)),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_disguised_value_is_found(written: str) -> None:
    hidden = scrub.known([("A_TOKEN", SECRET)])
    found = scrub.clean(f"before {written} after".encode(), hidden)
    assert scrub.MARK in found
    assert written.encode() not in found


def test_only_variables_that_are_named_like_secrets_count() -> None:
    environment = [("PATH", "/usr/bin:/bin"), ("API_KEY", "short"), ("MY_PASSWORD", "long-enough")]
    assert b"long-enough" in scrub.known(environment)
    assert b"/usr/bin:/bin" not in scrub.known(environment)
    assert b"short" not in scrub.known(environment)


def test_a_long_value_is_cut_out_whole() -> None:
    key = "-----BEGIN KEY-----\n" + "A1b2" * 600
    hidden = scrub.known([("SSH_KEY", key)])
    found = scrub.exact(f"before {key} after".encode(), hidden)
    assert b"A1b2" not in found


@pytest.mark.parametrize(
    "value",
    ["sk-" + "a1B2" * 8, "ghp_" + "a1B2" * 9, "AKIA" + "A1B2" * 4, "xoxb-1234567890-abcdef"],
)
def test_what_is_shaped_like_a_key_is_cut_out(value: str) -> None:
    assert scrub.clean(f"x {value} y".encode(), ()) == b"x [withheld] y"
