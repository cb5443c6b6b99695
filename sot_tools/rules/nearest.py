"""The nearest valid word to what somebody wrote, for the "did you mean" of a message."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(written: str, allowed: Iterable[str]) -> str:
    """The closest of `allowed`, or an empty string where none is close."""
    from difflib import get_close_matches

    if len(written) > 200:
        return ""
    folded = {option.casefold(): option for option in allowed}
    found = get_close_matches(written.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def hint(written: str, allowed: Iterable[str]) -> str:
    """A next step that names the nearest valid word; empty where none is close."""
    found = nearest(written, allowed)
    return f"did you mean `{found}`?" if found else ""


def rule_hint(written: str, codes: Iterable[str]) -> str:
    """The next step for a rule code that does not exist."""
    return hint(written, codes) or "`sot rules` lists them"


def listed(words: Iterable[str], most: int = 8) -> str:
    """Words as a reader wants them: `a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) > most:
        quoted = [*quoted[:most], f"{len(quoted) - most} more"]
    if len(quoted) < 2:
        return "".join(quoted)
    return ", ".join(quoted[:-1]) + " or " + quoted[-1]
