"""What a text asserts about the state of things: `X is validated`, `X remains blocked until …`.

Only assertions count. Conditions, demands and reported speech say what ought to be or what
somebody else says; they assert nothing.
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


_VERB = r"(?P<verb>is|are|remain(?:s|ed)?|stay(?:s|ed)?|becomes?|was|were)"
_ADVERB = r"(?: (?:still|now|already|also|therefore|again|[a-z]{4,12}ly))?"
_REST = rf" {_VERB}{_ADVERB}(?P<not> not| no longer)?{_ADVERB} (?:the )?(?P<state>[a-z][a-z_-]+)"
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
def _named_blocker(id_pattern: str) -> re.Pattern[str]:
    """A sentence that calls an item what stands in the way: it says that the item is open."""
    verbs = r"(?:returns to|remains|is|is tracked by|is now)"
    return re.compile(rf"\b(?:active|current|downstream) blocker {verbs} (?P<id>{id_pattern})")


def asserted(text: str, id_pattern: str) -> list[Assertion]:
    """The assertions of a paragraph or list entry, in reading order."""
    said = plain(text)
    if not _TRIGGER.search(said):
        return []
    if "`" in text or '"' in text or "“" in text:
        said = plain(_QUOTED.sub(_unsaid, text))
    return [
        found for sentence in _SENTENCE.split(said) for found in _sentence(sentence, id_pattern)
    ]


def _unsaid(quoted: re.Match[str]) -> str:
    """A quotation as it counts: nothing where a sentence speaks of an assertion, else its words.

    An assertion that is all there is, or all that stands behind a label, is made and not quoted."""
    before = quoted.string[max(quoted.start() - 8, 0) : quoted.start()].rstrip()
    alone = not before or before.endswith((":", ":**"))
    words = quoted.group()
    return words if alone or not _TRIGGER.search(plain(words)) else " … "


def _sentence(sentence: str, id_pattern: str) -> Iterator[Assertion]:
    modal = _MODAL.search(sentence)
    begins = modal.end() if modal else len(sentence) + 1
    """Behind the first modal word nothing is asserted."""
    until = _UNTIL.search(sentence)
    ids = re.compile(id_pattern)
    matched = False
    for match in _about(id_pattern).finditer(sentence):
        matched = True
        if begins <= match.start() or _MODAL.search(match["words"]):
            continue
        while until is not None and until.start() < match.end():
            until = _UNTIL.search(sentence, until.start() + 1)
        for subject in ids.findall(match["ids"] or "") or [match["stage"]]:
            yield _assertion(subject, match["words"], match, until)
    named = _named_blocker(id_pattern).search(sentence)
    if named is not None:
        yield Assertion(named["id"], "", "blocker", False, "")
    if not matched and len(sentence) <= _SHORT:
        whole = _WHOLE.match(sentence)
        if whole is not None and not _MODAL.search(whole["subject"]):
            yield _assertion(whole["subject"], "", whole, _UNTIL.search(sentence, whole.end()))


def _assertion(
    subject: str, words: str, match: re.Match[str], until: re.Match[str] | None
) -> Assertion:
    follows = until.group() if until is not None else ""
    return Assertion(subject, words.strip(), match["state"], bool(match["not"]), follows)
