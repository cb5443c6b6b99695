"""Makes text from hostile documents safe to show: nothing hidden, nothing that moves the cursor.

Rule 1: control characters, line and paragraph separators, lone surrogates and noncharacters
are escaped, for they break lines, terminals, encoders or XML.
Rule 2: format characters (Cf: bidi controls, zero-width characters, tags) are escaped, for
they make a text look like another one (CVE-2021-42574).
Rule 3: of the marks on one character all after the eighth are escaped, for they pile up over
the lines around them.
"""

from __future__ import annotations

from unicodedata import category, east_asian_width

_MOST_MARKS = 8
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def visible(text: str) -> str:
    """The text on one line with every hidden character escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(pieces(text))


def pieces(text: str) -> list[str]:
    """What to show for each code point of the text, in order."""
    shown = []
    marks = 0
    for char in text:
        marks = marks + 1 if category(char) in _MARKS else 0
        shown.append(escaped(char) if _is_hidden(char) or marks > _MOST_MARKS else char)
    return shown


def escaped(char: str) -> str:
    """The character in the notation of Python string literals."""
    if char in _SHORT:
        return _SHORT[char]
    point = ord(char)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def cells(shown: str) -> int:
    """Number of terminal cells that shown text takes (UAX #11; ambiguous characters take one)."""
    if shown.isascii():
        return len(shown)
    return sum(map(_cells, shown))


def _cells(char: str) -> int:
    if category(char) in _MARKS or _joins_syllable(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _joins_syllable(char: str) -> bool:
    """Whether this is a Hangul vowel or final, drawn into the consonant before it."""
    return "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff"


def _is_hidden(char: str) -> bool:
    point = ord(char)
    is_noncharacter = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return is_noncharacter or category(char) in _HIDDEN
