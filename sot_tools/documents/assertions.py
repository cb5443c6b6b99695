"""What a text asserts about the state of things: `X is validated`, `X remains blocked until …`.

Only assertions count. Conditions, demands and reported speech say what ought to be or what
somebody else says; they assert nothing. A state is a word in `-ed` or `-en`, or one that the
workspace calls a state; what is denied may be any word.
"""

import re
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

VERB = r"(?:is|are|remain(?:s|ed)?|stay(?:s|ed)?|becomes?|was|were)"
ADVERB = r"(?: (?:still|now|already|also|therefore|again|[a-z]{4,12}ly))?"
NOT = r" not| no longer"
_ENDINGS = "ed", "en", BLOCKER
ENDING = "|".join(_ENDINGS)
"""How a word ends that is a state in every workspace."""
_REST = re.compile(rf" {VERB}{ADVERB}(?P<not>{NOT})?{ADVERB} (?:the )?(?P<state>[a-z][a-z_-]+)")
_REACH = 400
_UNTIL = re.compile(rf"\W((?:until|because|unless|by|for|as|except)\b.{{0,{_REACH}}})")
_SHORTEST = 3
_SUBJECT = re.compile(rf"[A-Za-z][^.:;]{{{_SHORTEST - 1},90}}")
_TRIGGER = re.compile(
    r" (?:is|are|remain(?:s|ed)?|stay(?:s|ed)?|becomes?|was|were|returns to|tracked by) "
)
_SENTENCE = re.compile(r" (?<=[.;!?] )(?=[A-Z])")
"""The space between two sentences; a pattern that begins with it is searched fast."""
_MODAL = (
    r"(?i)\b(?:if|unless|when|once|after|before|whether|must|may|might|should|shall|can|cannot|could"
    r"|will|would|require[sd]?|records|states?|stated|says?|shows?|mark|marks|claims?|ensure|never"
    r"|do not|does not|prove|proves|unlocks?|until|so that|treat|name[sd]?|in order)\b"
)
_QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|“[^“”]*”")
_SHORT = 240
"""Characters above which a sentence is an explanation, not the assertion of a state."""
_LONG = 1000


@cache
def _about(id_pattern: str) -> re.Pattern[str]:
    """An assertion about at most forty listed work items, or about a stage."""
    listed = rf"(?P<ids>(?:{id_pattern}(?:, and |, | and )?){{1,40}})"
    return re.compile(
        rf"(?:{listed}|(?:Real \w+ )?(?P<stage>Stage [0-9]{{1,4}})(?![0-9]))"
        rf"(?P<words>(?: [^\s.,;:]+){{0,9}}?){_REST.pattern}"
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
        text = _QUOTED.sub(_unsaid, text)
    found: list[Assertion] = []
    for sentence in _SENTENCE.split(plain(text)):
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
    return words if alone or not _TRIGGER.search(plain(words)) else " … "


def _sentence(
    sentence: str, id_pattern: str, states: frozenset[str] | None
) -> tuple[Assertion, ...]:
    """The assertions of one sentence: those about items and stages; else the sentence itself."""
    rest = _REST.search(sentence)
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
        rest = _REST.search(sentence, _SHORTEST)
    if rest is None or not _counts(rest, states):
        return []
    subject = sentence[: rest.start()]
    if not _SUBJECT.fullmatch(subject) or _is_modal(subject):
        return []
    return [_assertion(subject, "", rest)]


_remembered = lru_cache(maxsize=4096)(_sentence)
"""Documents repeat many of their sentences; none above `_LONG` is kept, so memory is bounded."""


def _counts(match: re.Match[str], states: frozenset[str] | None) -> bool:
    """Whether what is asserted is a state, or denied."""
    return states is None or bool(match["not"]) or is_state(match["state"], states)


def _is_modal(text: str) -> bool:
    """Whether a text holds a modal word or run of words; RE2 is many times as fast as `re`, and
    its words are the same in ASCII."""
    if text.isascii():
        return _modal().search(text.encode()) is not None
    return re.search(_MODAL, text) is not None


@cache
def _modal() -> Any:
    import re2

    return re2.compile(_MODAL.encode())


def _assertion(subject: str, words: str, match: re.Match[str]) -> Assertion:
    until = _UNTIL.search(match.string, match.end())
    follows = until.group(1) if until is not None else ""
    return Assertion(subject, words.strip(), match["state"], bool(match["not"]), follows)
