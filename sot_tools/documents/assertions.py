"""What a text asserts about the state of things: `X is validated`, `X remains blocked until …`.

Only assertions count. Conditions, demands and reported speech say what ought to be or what
somebody else says; they assert nothing. A state is a word in `-ed` or `-en`, or one that the
workspace calls a state; what is denied may be any word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

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
_STATE = r"[a-z][a-z_-]*e[dn]"
_ENDINGS = ("ed", "en", BLOCKER)
_REST = rf" {_VERB}{_ADVERB}(?P<not>{_NOT})?{_ADVERB} (?:the )?(?P<state>[a-z][a-z_-]+)"
_REACH = 400
_UNTIL = re.compile(rf"\b(?:until|because|unless|by|for|as|except)\b.{{0,{_REACH}}}")
_WHOLE = re.compile(rf"(?P<subject>[A-Za-z][^.:;]{{2,90}}?){_REST}")
_TRIGGER = re.compile(
    r" (?:is|are|remain(?:s|ed)?|stay(?:s|ed)?|becomes?|was|were|returns to|tracked by) "
)
_SENTENCE = re.compile(r"(?<=[.;!?]) +(?=[A-Z])")
_MODAL = re.compile(
    r"\b(?:if|unless|when|once|after|before|whether|must|may|might|should|shall|can|cannot|could"
    r"|will|would|require[sd]?|records|states?|stated|says?|shows?|mark|marks|claims?|ensure|never"
    r"|do not|does not|prove|proves|unlocks?|until|so that|treat|name[sd]?|in order)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|“[^“”]*”")
_SHORT = 240
"""Characters above which a sentence is an explanation, not the assertion of a state."""


@cache
def _about(id_pattern: str) -> re.Pattern[str]:
    """An assertion about at most forty listed work items, or about a stage."""
    listed = rf"(?P<ids>(?:{id_pattern}(?:, and |, | and )?){{1,40}})"
    return re.compile(
        rf"(?:{listed}|(?:Real \w+ )?(?P<stage>Stage [0-9]{{1,4}})(?![0-9]))"
        rf"(?P<words>(?: [^\s.,;:]+){{0,9}}?){_REST}"
    )


@cache
def hint(states: frozenset[str]) -> re.Pattern[str]:
    """Occurs in every text, marked up but with single spaces, that asserts a state: one search
    tells the texts that are worth reading."""
    words = "|".join([_STATE, BLOCKER, *map(re.escape, sorted(states))])
    asserts = rf"{_VERB}{_ADVERB}(?:{_NOT}|{_ADVERB} (?:the )?(?:{words})(?![a-z_-]))"
    told = f"{asserts}|{BLOCKER} ".replace(" ", "[ *`]+")
    return re.compile(f" [*`]*(?:{told})|<!--")


@cache
def _named_blocker(id_pattern: str) -> re.Pattern[str]:
    """A sentence that calls an item what stands in the way: it says that the item is open."""
    verbs = r"(?:returns to|remains|is|is tracked by|is now)"
    return re.compile(rf"\b(?:active|current|downstream) blocker {verbs} (?P<id>{id_pattern})")


def asserted(text: str, id_pattern: str, states: frozenset[str] | None) -> list[Assertion]:
    """The assertions of a paragraph or list entry, in reading order; without `states` any word
    counts as one, since an entry gate asks for what it likes."""
    said = plain(text)
    if not _TRIGGER.search(said):
        return []
    if "`" in text or '"' in text or "“" in text:
        said = plain(_QUOTED.sub(_unsaid, text))
    sentences = _SENTENCE.split(said)
    if states is None:
        return [found for sentence in sentences for found in _sentence(sentence, id_pattern)]
    hints = hint(states).search
    return [
        found
        for sentence in sentences
        if hints(sentence)
        for found in _sentence(sentence, id_pattern)
        if found.negated or is_state(found.state, states)
    ]


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


def _sentence(sentence: str, id_pattern: str) -> Iterator[Assertion]:
    matches = list(_about(id_pattern).finditer(sentence))
    for match in matches:
        if _MODAL.search(sentence, 0, match.start()) or _MODAL.search(match["words"]):
            continue  # behind a modal word nothing is asserted
        until = _UNTIL.search(sentence, match.end())
        for subject in re.findall(id_pattern, match["ids"] or "") or [match["stage"]]:
            yield _assertion(subject, match["words"], match, until)
    named = _named_blocker(id_pattern).search(sentence)
    if named is not None:
        yield Assertion(named["id"], "", BLOCKER, False, "")
    if not matches and len(sentence) <= _SHORT:
        whole = _WHOLE.match(sentence)
        if whole is not None and not _MODAL.search(whole["subject"]):
            yield _assertion(whole["subject"], "", whole, _UNTIL.search(sentence, whole.end()))


def _assertion(
    subject: str, words: str, match: re.Match[str], until: re.Match[str] | None
) -> Assertion:
    follows = until.group() if until is not None else ""
    return Assertion(subject, words.strip(), match["state"], bool(match["not"]), follows)
