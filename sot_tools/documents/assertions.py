"""What a text asserts about the state of things: `X is validated`, `X remains blocked until …`.

Only assertions count. Conditions, demands and reported speech say what ought to be or what
somebody else says; they assert nothing. A state is a word in `-ed` or `-en`, or one that the
workspace calls a state; what is denied may be any word.

At the end stand hints: one search tells the lines of a file that are worth reading. A pattern may
touch too many lines, but none too few; property tests hold that what is read of the lines that it
touches is all that is wanted.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sot_tools.documents.sections import plain


class Assertion(NamedTuple):
    """An assertion that something is in a state now."""

    subject: str
    """A work-item id, `Stage 2`, or the words of a sentence that is nothing but the assertion."""
    words: str
    """What stands between an id and its verb, often the title."""
    state: str
    negated: bool
    until: str
    """What follows the state, from `until`, `because`, `by` …; at most `_REACH` characters."""


BLOCKER = "blocker"
"""The state of what a sentence calls a blocker."""

_VERB = r"(?:is|are|remain(?:s|ed)?|stay(?:s|ed)?|becomes?|was|were)"
_ADVERB = r"(?: (?:still|now|already|also|therefore|again|[a-z]{4,12}ly))?"
_NOT = r" not| no longer"
_ENDINGS = "ed", "en", BLOCKER
_ENDING = "|".join(_ENDINGS)
"""How a word ends that is a state in every workspace."""
_REST = rf" {_VERB}{_ADVERB}(?P<not>{_NOT})?{_ADVERB} (?:the )?(?P<state>[a-z][a-z_-]+)"
"""This and the following are compiled with the first text that may assert something."""
_REACH = 400
_UNTIL = rf"\W((?:until|because|unless|by|for|as|except)\b.{{0,{_REACH}}})"
_SHORTEST = 3
_SUBJECT = rf"[A-Za-z][^.:;]{{{_SHORTEST - 1},90}}"
_TRIGGER = r" (?:is|are|remain(?:s|ed)?|stay(?:s|ed)?|becomes?|was|were|returns to|tracked by) "
_SENTENCE = r" (?<=[.;!?] )(?=[A-Z])"
"""The space between two sentences; a pattern that begins with it is searched fast."""
_MODALS = (
    "if|unless|when|once|after|before|whether|must|may|might|should|shall|can|cannot|could|will"
    "|would|require|requires|required|records|state|states|stated|say|says|show|shows|mark|marks"
    "|claim|claims|ensure|never|do not|does not|prove|proves|unlock|unlocks|until|so that|treat"
    "|name|names|named|in order"
)
"""Words and runs of words behind which nothing is asserted."""
_MODAL = rf"(?i)\b(?:{_MODALS})\b"
_MODAL_WORDS = frozenset(_MODALS.split("|"))
_MODAL_RUNS = tuple(each for each in _MODALS.split("|") if " " in each)
_QUOTED = r"`[^`]*`|\"[^\"]*\"|“[^“”]*”"
_SHORT = 240
"""Characters above which a sentence is an explanation, not the assertion of a state."""
_LONG = 1000


@cache
def _about(id_pattern: str) -> re.Pattern[str]:
    """An assertion about at most forty listed work items, or about a stage."""
    listed = rf"(?P<ids>(?:{id_pattern}(?:, and |, | and )?){{1,40}})"
    return re.compile(
        rf"(?:{listed}|(?:Real \w+ )?(?P<stage>Stage [0-9]{{1,4}})(?![0-9]))"
        rf"(?P<words>(?: [^\s.,;:]+){{0,9}}?){_REST}"
    )


@cache
def _named_blocker(id_pattern: str) -> re.Pattern[str]:
    """A sentence that calls an item what stands in the way: it says that the item is open."""
    verbs = r"(?:returns to|remains|is|is tracked by|is now)"
    return re.compile(rf"\b(?:active|current|downstream) blocker {verbs} (?P<id>{id_pattern})")


def asserted(text: str, id_pattern: str, states: frozenset[str] | None) -> list[Assertion]:
    """The assertions of a paragraph or list entry, in reading order; without `states` any word
    counts as one, since an entry gate asks for what it likes."""
    if "`" in text or '"' in text or "“" in text:
        text = re.sub(_QUOTED, _unsaid, text)
    found: list[Assertion] = []
    for sentence in re.split(_SENTENCE, plain(text)):
        read = _remembered if len(sentence) < _LONG else _sentence
        found += read(sentence, id_pattern, states)
    return found


def is_state(word: str, states: frozenset[str]) -> bool:
    """Whether a word is a state, given the words besides those in `-ed` and `-en`."""
    return word in states or word.endswith(_ENDINGS)


def _unsaid(quoted: re.Match[str]) -> str:
    """A quotation as it counts: nothing where a sentence speaks of an assertion, else its words.

    An assertion that is all there is, or all that stands behind a label, is made and not quoted."""
    before = quoted.string[max(quoted.start() - 8, 0) : quoted.start()].rstrip()
    alone = not before or before.endswith((":", ":**"))
    words = quoted.group()
    return words if alone or not re.search(_TRIGGER, plain(words)) else " … "


def _sentence(
    sentence: str, id_pattern: str, states: frozenset[str] | None
) -> tuple[Assertion, ...]:
    """The assertions of one sentence: those about items and stages; else the sentence itself."""
    rest = re.search(_REST, sentence)
    prefix = id_pattern.partition("\\")[0]
    named = rest is not None and (prefix in sentence or "Stage " in sentence)
    matches = list(_about(id_pattern).finditer(sentence)) if named else []
    found = []
    for match in matches:
        if not _counts(match, states):
            continue
        if _is_modal(sentence[: match.start()]) or _is_modal(match["words"]):
            continue  # behind a modal word nothing is asserted
        for subject in re.findall(id_pattern, match["ids"] or "") or [match["stage"]]:
            found.append(_assertion(subject, match["words"], match))
    blocker = _named_blocker(id_pattern).search(sentence) if BLOCKER in sentence else None
    if blocker is not None:
        found.append(Assertion(blocker["id"], "", BLOCKER, False, ""))
    if rest is not None and not matches and len(sentence) <= _SHORT:
        found += _alone(sentence, rest, states)
    return tuple(found)


def _alone(
    sentence: str, rest: re.Match[str] | None, states: frozenset[str] | None
) -> list[Assertion]:
    """The assertion that a sentence is as a whole, given the first verb with its state."""
    if rest is not None and rest.start() < _SHORTEST:
        rest = re.compile(_REST).search(sentence, _SHORTEST)
    if rest is None or not _counts(rest, states):
        return []
    subject = sentence[: rest.start()]
    if not re.fullmatch(_SUBJECT, subject) or _is_modal(subject):
        return []
    return [_assertion(subject, "", rest)]


_remembered = lru_cache(maxsize=4096)(_sentence)
"""Documents repeat many of their sentences; none above `_LONG` is kept, so memory is bounded."""


def _counts(match: re.Match[str], states: frozenset[str] | None) -> bool:
    """Whether what is asserted is a state, or denied."""
    return states is None or bool(match["not"]) or is_state(match["state"], states)


def _is_modal(text: str) -> bool:
    """Whether a text holds a modal word or run of words; those of ASCII are looked up."""
    if text.isascii():
        text = text.lower()
        if not _MODAL_WORDS.isdisjoint(re.findall(r"\w+", text)):
            return True
        if not any(run in text for run in _MODAL_RUNS):
            return False
    return re.search(_MODAL, text) is not None


def _assertion(subject: str, words: str, match: re.Match[str]) -> Assertion:
    until = re.compile(_UNTIL).search(match.string, match.end())
    follows = until.group(1) if until is not None else ""
    return Assertion(subject, words.strip(), match["state"], bool(match["not"]), follows)


_FOREIGN = r"[\x80-\xff]"
"""A byte of a character that is not ASCII: it may stand for any such character."""
_GAP = r"[\s_>\x0b\x1c-\x1f\x80-\xff]"
"""What may stand between two words in a file: white space of any kind, `_`, or a mark (RE2)."""
_BEGIN = r"(?m:^)(?:[^A-Za-z\n#][^A-Za-z\n]*(?:\[x\][^A-Za-z\n]*)?)?"
"""What may stand on a line before its first word, where it is no heading."""
_END = rf"(?:{_GAP}|[.:;]|$)"
"""What may stand behind the key of a label, or behind a word of its key or value."""
_ALL = rb"(?m)^"


Hints = tuple[str, str]
"""What is worth reading of any file: the patterns of assertions, and of labels."""


EVERYTHING: Hints = "", ""
"""Touches every line: to read a few documents costs less than to prepare a search."""


def bare(text: str) -> bytes:
    """A file as it is searched: marks may stand anywhere, also in words, so they are left out."""
    return text.encode().replace(b"`", b"").replace(b"*", b"")


def hinted(text: bytes, pattern: str) -> frozenset[int]:
    """The lines of a bare file that a pattern touches. A comment is a hint, too, since words on
    both its sides are neighbours."""
    if not pattern:
        return frozenset(range(1, text.count(b"\n") + 2))
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
    state = rf"(?:the )?(?:{begin}[a-z_-]*(?:{_ENDING})|{words})(?:[^a-z_-]|$)"
    return rf" {_VERB}{_ADVERB}(?:{_NOT}|{_ADVERB} {state})| {BLOCKER} "


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
