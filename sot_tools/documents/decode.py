"""Bytes become text here, with every reason to distrust them written down."""

from __future__ import annotations

import re
from functools import cache

from sot_tools.diagnostic import Change, Edit, LineEnds
from sot_tools.documents.problems import Problem, at, problem

MAX_LINE = 10_000
"""Longest line in characters that a governed document may have."""
MAX_HIDDEN = 20
"""Most lines of a file whose hidden characters are reported."""

WITHOUT_MARK = Edit(1, 0, 1, 1, "")
"""Removes the byte order mark."""
MAX_ENDS = 10_000
"""Most line ends of a file that a fix changes."""

_CONTROLS = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_USUAL = bytes(set(range(0x80)) - set(_CONTROLS))
"""ASCII without controls: most files hold nothing else."""
_HIDDEN = (
    "[\x80-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e01ff]"
)
"""Controls, fillers and format characters that show nothing, tags, and variation selectors."""
_LETTERS = (
    "\u0620-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\u1820-\u18af\u1b00-\u1b7f"
    "\ufb50-\ufdff\ufe70-\ufefc"
)
"""Letters and marks of the scripts that spell with joiners (Arabic, Indic and their kin)."""
_VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
"""Signs that end a consonant of Indic scripts; a joiner after one is part of the spelling."""
_EMOJI = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2934\u2935"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"


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
                () if problems else (WITHOUT_MARK,),
            )
        )
    if "\r" in text:
        problems.append(_carriage_return(text))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    unusual = data.translate(None, _USUAL)
    if unusual:
        if len(unusual) != len(unusual.translate(None, _CONTROLS)):
            problems.append(_control(text))
        if re.search(_HIDDEN, unusual.decode("utf-8", "replace")):
            problems += _hidden(text)
    return text, problems


def long_lines(lines: list[str]) -> list[Problem]:
    """One problem for the first line longer than `MAX_LINE`."""
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            detail = f"line has {len(line):,} characters; the limit is {MAX_LINE:,}"
            return [problem("long-line", at(number, MAX_LINE + 1), detail, "break the line")]
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
    return problem(
        "line-end", at(line, column), detail, "use LF line ends throughout", _line_ends(text)
    )


def _line_ends(text: str) -> tuple[Change, ...]:
    """CR LF can become LF; a carriage return anywhere else hides text, so a person must look."""
    ends = text.count("\r\n")
    if ends != text.count("\r") or ends > MAX_ENDS or "\ufffd" in text:
        return ()
    lines = enumerate(text.split("\n"), 1)
    return (LineEnds(tuple(number for number, line in lines if line.endswith("\r"))),)


def _control(text: str) -> Problem:
    offset = next(
        i for i, char in enumerate(text) if (char < " " and char not in "\t\n") or char == "\x7f"
    )
    fault = "nul" if "\x00" in text else "control"
    if fault == "nul":
        offset = text.index("\x00")
    return _character(text, offset, fault, "is a control character")


def _hidden(text: str) -> list[Problem]:
    """The first hidden character of each line, on at most `MAX_HIDDEN` lines."""
    found: list[Problem] = []
    offset = 0
    hidden = re.compile(_HIDDEN)
    while len(found) < MAX_HIDDEN and (match := hidden.search(text, offset)):
        offset = match.end()
        if not _shapes(text, match.start()):
            what = "is invisible or reorders text"
            found.append(_character(text, match.start(), "hidden", what))
            line_end = text.find("\n", offset)
            offset = line_end if line_end >= 0 else len(text)
    return found


def _shapes(text: str, offset: int) -> bool:
    """Whether a hidden character decides how the visible one beside it looks."""
    shaping, flag = _shaping()
    if shaping.match(text, offset):
        return True
    black_flag = text.rfind("\U0001f3f4", max(offset - 7, 0), offset)
    region = flag.match(text, black_flag) if black_flag >= 0 else None
    return region is not None and region.end() > offset


@cache
def _shaping() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Joiners and variation selectors in letters and emoji; the flag of a region, named in tags."""
    return re.compile(
        f"(?<=[{_LETTERS}])[\u200c\u200d](?=[{_LETTERS}])"
        f"|(?<=[{_VIRAMAS}])\u200d"
        f"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
        f"|(?<=[#*0-9]|[^\x00-\x7f{_SELECTORS}])[\ufe00-\ufe0f]"
        "|(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
    ), re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")


def _character(text: str, offset: int, fault: str, what: str) -> Problem:
    line, column = position(text, offset)
    detail = f"character U+{ord(text[offset]):04X} {what}"
    return problem(fault, at(line, column), detail, "remove the character")
