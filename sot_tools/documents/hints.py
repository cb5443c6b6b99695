"""Which lines of a file are worth reading: one search tells them from the many that are not.

A pattern here may touch too many lines, but none too few; property tests hold that what is read
of the lines that it touches is all that is wanted.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from sot_tools.documents.assertions import ADVERB, BLOCKER, ENDING, NOT, VERB

_FOREIGN = r"[\x80-\xff]"
"""A byte of a character that is not ASCII: it may stand for any such character."""
_GAP = r"[\s_>\x0b\x1c-\x1f\x80-\xff]"
"""What may stand between two words in a file: white space of any kind, `_`, or a mark (RE2)."""
_BEGIN = r"(?m:^)(?:[^A-Za-z\n#][^A-Za-z\n]*(?:\[x\][^A-Za-z\n]*)?)?"
"""What may stand on a line before its first word, where it is no heading."""
_END = rf"(?:{_GAP}|[.:;]|$)"
"""What may stand behind the key of a label, or behind a word of its key or value."""
_ALL = rb"(?m)^"


class Hints(NamedTuple):
    """What is worth reading of any file, as patterns."""

    assertions: str
    labels: str


def bare(text: str) -> bytes:
    """A file as it is searched: marks may stand anywhere, also in words, so they are left out."""
    return text.encode().replace(b"`", b"").replace(b"*", b"")


def hinted(text: bytes, pattern: str) -> frozenset[int]:
    """The lines of a bare file that a pattern touches. A comment is a hint, too, since words on
    both its sides are neighbours."""
    found: set[int] = set()
    line = 1
    after = 0
    for match in _compiled(pattern).finditer(text):
        begin, end = match.span()
        line += text.count(b"\n", after, begin)
        last = line + text.count(b"\n", begin, end)
        found.update(range(line, last + 1))
        line, after = last, end
    return frozenset(found)


@cache
def _compiled(pattern: str) -> Any:
    """A pattern in which a space stands for any gap; one that is too large touches every line."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    try:
        whole = f"{pattern}|<!--".replace(" ", f"{_GAP}+")
        return re2.compile(whole.encode(), options)
    except re2.error:
        return re2.compile(_ALL, options)


@cache
def assertion(states: frozenset[str], begin: str = "") -> str:
    """What every assertion of a state touches that is one of these, or begins like this and ends
    like a state of every workspace, or is denied."""
    words = "|".join(sorted(map(_word, states)))
    state = rf"(?:the )?(?:{begin}[a-z_-]*(?:{ENDING})|{words})(?:[^a-z_-]|$)"
    return rf" {VERB}{ADVERB}(?:{NOT}|{ADVERB} {state})| {BLOCKER} "


def label(texts: Iterable[str], phrases: Iterable[str]) -> str:
    """What every label touches whose key or value is one of the texts or begins with it, or in
    whose key one of the phrases stands; letter case aside."""
    first = "|".join(sorted({_text(text.lower()) for text in texts}))
    inside = "".join(f"|{_text(phrase)}" for phrase in phrases)
    return rf"(?i:(?:{_BEGIN}|(?::| was) )(?:{first}){_END}{inside})"


def _text(text: str) -> str:
    """A text as a pattern."""
    return " ".join(map(_word, text.replace("_", " ").split()))


def _word(word: str) -> str:
    """A word as a pattern; a sign for Kelvin in a file is a `k`, too."""
    signs = (re.escape(sign) if sign.isascii() else f"{_FOREIGN}+" for sign in word)
    return "".join(signs).replace("k", f"(?:k|{_FOREIGN}+)")
