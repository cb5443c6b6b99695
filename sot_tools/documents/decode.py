"""Bytes become text here, with every reason to distrust them written down."""

from __future__ import annotations

import re

from sot_tools.documents.problems import Problem, at, problem

MAX_LINE = 10_000
"""Longest line in characters that a governed document may have."""

_CONTROLS = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_HIDDEN = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2028\u2029\ufeff]")


def decode(data: bytes) -> tuple[str, list[Problem]]:
    """Text with `\\n` line ends, and the problems of the bytes (UTF-8, RFC 3629).

    Undecodable bytes become U+FFFD, so that later steps always have text.
    """
    problems: list[Problem] = []
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        problems.append(_undecodable(data, error))
    if text.startswith("\ufeff"):
        text = text[1:]
        problems.append(
            problem(
                "bom",
                at(1),
                "file starts with a byte order mark (U+FEFF)",
                "save the file as UTF-8 without a byte order mark",
            )
        )
    if "\r" in text:
        problems.append(_carriage_return(text))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(data) != len(data.translate(None, _CONTROLS)):
        problems.append(_control(text))
    if not data.isascii() and (hidden := _HIDDEN.search(text)):
        problems.append(_character(text, hidden.start(), "hidden", "is invisible or reorders text"))
    return text, problems


def long_lines(lines: list[str]) -> list[Problem]:
    """One problem for the first line longer than `MAX_LINE`."""
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            detail = f"line has {len(line):,} characters; the limit is {MAX_LINE:,}"
            return [problem("long-line", at(number, MAX_LINE), detail, "break the line")]
    return []


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character offset."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - text.rfind("\n", 0, offset)


def _undecodable(data: bytes, error: UnicodeDecodeError) -> Problem:
    line, column = position(
        data[: error.start].decode("utf-8", "replace") + "?",
        len(data[: error.start].decode("utf-8", "replace")),
    )
    detail = f"byte 0x{data[error.start]:02x} is not UTF-8"
    return problem("encoding", at(line, column), detail, "save the file as UTF-8")


def _carriage_return(text: str) -> Problem:
    offset = text.index("\r")
    line, column = position(text.replace("\r", "\n") if "\n" not in text else text, offset)
    windows = text.startswith("\r\n", offset)
    detail = "line ends with CR LF" if windows else "line contains a carriage return (U+000D)"
    return problem("line-end", at(line, column), detail, "use LF line ends throughout")


def _control(text: str) -> Problem:
    offset = next(
        i for i, char in enumerate(text) if (char < " " and char not in "\t\n") or char == "\x7f"
    )
    fault = "nul" if "\x00" in text else "control"
    if fault == "nul":
        offset = text.index("\x00")
    return _character(text, offset, fault, "is a control character")


def _character(text: str, offset: int, fault: str, what: str) -> Problem:
    line, column = position(text, offset)
    detail = f"character U+{ord(text[offset]):04X} {what}"
    return problem(fault, at(line, column), detail, "remove the character")
