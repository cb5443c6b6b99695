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
    assert found == content.replace(SECRET.encode(), scrub.MARK)


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
    [
        "sk-" + "a1B2" * 8,
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2" * 9,
        "glpat-" + "a1B2" * 5,
        "AKIA" + "A1B2" * 4,
        "AIza" + "a1B2c" * 7,
        "xoxb-1234567890-abcdef",
        "eyJ" + "a1B2" * 4 + ".eyJ" + "a1B2" * 4 + ".abc",
        "-----BEGIN EC PRIVATE KEY-----\na1B2\n-----END EC PRIVATE KEY-----",
    ],
)
def test_what_is_shaped_like_a_key_is_cut_out(value: str) -> None:
    assert scrub.clean(f"x {value} y".encode(), ()) == b"x [withheld] y"


PARTS = st.sampled_from(["sk-" + "a1B2" * 5, "sk-a", SECRET, SECRET[:9], "\0", "x", "\udcff", "ü"])
TEXTS = st.lists(PARTS, max_size=4).map("".join)
VALUES = st.recursive(
    TEXTS | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@given(VALUES)
def test_a_value_is_cleaned_as_each_of_its_texts_alone(value: object) -> None:
    hidden = scrub.known([("A_TOKEN", SECRET)])

    def alone(part: object) -> object:
        if isinstance(part, str):
            raw = part.encode("utf-8", "surrogateescape")
            return scrub.clean(raw, hidden).decode("utf-8", "surrogateescape")
        if isinstance(part, dict):
            return {alone(key): alone(each) for key, each in part.items()}
        return [alone(each) for each in part] if isinstance(part, list) else part

    assert scrub.cleaned(value, hidden) == alone(value)
