"""Values that must not stand in a document: keys, tokens, credentials, endpoints (SEC-01…09)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from sot_tools.diagnostic import Finding
from sot_tools.documents.document import Document
from sot_tools.documents.problems import at
from sot_tools.rules.kinds import Kind
from sot_tools.rules.model import BadParameters, DocumentCheck, Parameters, Scene, texts
from sot_tools.rules.patterns import compiled


def secrets(parameters: Parameters, scene: Scene) -> DocumentCheck:
    """Matches of `patterns` (the first group, or the whole match, is the value).

    A pattern is tried only where one of the lower-case `keywords` occurs. Values that match one
    of `allow` in full, and values of less than `entropy` bits a character, are harmless.
    """
    patterns = texts(parameters, "patterns")
    keywords = texts(parameters, "keywords")
    allow = [f"(?i)^(?:{pattern})$" for pattern in texts(parameters, "allow", required=False)]
    what = texts(parameters, "what")[0]
    least = parameters.get("entropy", 0)
    if not isinstance(least, int | float):
        raise BadParameters("parameter `entropy` must be a number")

    def check(document: Document, _: Kind | None) -> Iterable[Finding]:
        folded = document.once("folded", lambda it: it.text.lower())
        if not any(keyword in folded for keyword in keywords):
            return
        for pattern in map(compiled, patterns):
            for match in pattern.finditer(document.text):
                group = 1 if pattern.groups and match.group(1) is not None else 0
                value = match.group(group)
                if entropy(value) < least or any(compiled(form).search(value) for form in allow):
                    continue
                line, column = document.position(match.start(group))
                length = len(value.partition("\n")[0])
                yield Finding(at(line, column, length), f"{what} stands here", secret=True)

    return check


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0
