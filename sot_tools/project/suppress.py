"""What is knowingly not reported: inline comments, waivers of the settings, the baseline.

Nothing is suppressed without a reason, and a suppression that suppresses nothing is reported.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from sot_tools.diagnostic import Change, Diagnostic, Edit, Finding, Value
from sot_tools.documents import outline
from sot_tools.documents.document import Document
from sot_tools.documents.problems import at
from sot_tools.globs import glob_test
from sot_tools.project.files import BASELINE, FILE
from sot_tools.project.model import Settings, Waiver
from sot_tools.rules.model import Rule
from sot_tools.rules.nearest import hint

MARK = "sot: ignore"
CHECK = "suppressions"

_COMMENT = r"sot: (ignore-file|ignore)\b((?:[^-]|-(?!->))*)"
_CODE = r"\b[A-Z]{2,8}[0-9]{3}\b"

Hit = tuple[str, str, Finding]
"""The need of a `suppressions` rule (used, reason, baseline), a path and a finding."""


class Comment(NamedTuple):
    """An inline suppression."""

    path: str
    line: int
    column: int
    codes: tuple[str, ...]
    target: int
    """The line it speaks of; 0 for the whole file."""
    reason: str


def comments(document: Document) -> tuple[Comment, ...]:
    """The suppressions that stand in a document's HTML comments or YAML comments."""
    if MARK not in document.text:
        return ()
    return tuple(
        _comment(document, number, match)
        for number, text in _comment_lines(document)
        for match in re.finditer(_COMMENT, text)
    )


def _comment_lines(document: Document) -> Iterator[tuple[int, str]]:
    """Lines of the file that hold a comment with the mark."""
    if document.format in {"markdown", "yaml"}:
        yaml_end = document.body if document.format == "markdown" else len(document.lines)
        for number, line in enumerate(document.lines[:yaml_end], 1):
            if MARK in line and (found := re.search(r"(?:^| )#", line)):
                yield number, " " * found.start() + line[found.start() :]
    fenced = {
        number
        for block in document.blocks
        if block.kind == outline.FENCE
        for number in range(block.line, block.end + 1)
    }
    for number, line in enumerate(document.lines[document.body :], document.body + 1):
        if document.format == "markdown" and MARK in line and number not in fenced:
            start = line.find("<!--")
            if start >= 0 and line.count("`", 0, start) % 2 == 0:
                yield number, line


def _comment(document: Document, number: int, match: re.Match[str]) -> Comment:
    word, rest = match.groups()
    head, _, reason = f"{rest} ".partition(" -- ")
    alone = document.line(number).strip().startswith(("<!--", "#"))
    target = 0 if word == "ignore-file" else (_next_line(document, number) if alone else number)
    codes = tuple(re.findall(_CODE, head))
    return Comment(document.path, number, match.start() + 1, codes, target, reason.strip())


_WHOLE = r"(?:<!--|#)[ \t]*sot: ignore(?:-file)?[ \t]+([A-Z0-9, \t]+?)[ \t]+-- (.*)"
"""A comment that is nothing but a suppression: its codes, and the reason with what follows."""


def _without(document: Document, number: int, gone: frozenset[str]) -> tuple[Change, ...]:
    """A comment without some of its codes; without its last one the comment goes, too.

    Nothing where the comment says more than that, or stands where it may not be one.
    """
    line = document.line(number)
    start = max(line.find("<!--"), 0) or len(line) - len(line.lstrip())
    match = re.compile(_WHOLE).fullmatch(line.rstrip(), start)
    if match is None or line.count(MARK) > 1 or line.startswith(("    ", "\t")):
        return ()
    rest = match.group(2)
    if line.startswith("<!--", start) and rest.find("-->") != len(rest) - 3:
        return ()
    codes = [each for each in re.findall(_CODE, match.group(1)) if each not in gone]
    first, last = match.start(1) + 1, match.end(1) + 1
    if codes:
        return (Edit(number, first, number, last, ", ".join(codes)),)
    if line[:start].strip():
        column = len(line[:start].rstrip()) + 1
        return (Edit(number, column, number, len(line) + 1, ""),)
    between = document.line(number - 1).strip() and document.line(number + 1).strip()
    if between and line.startswith("<!--", start):  # it kept two paragraphs apart
        return (Edit(number, 1, number, len(line) + 1, ""),)
    from sot_tools.documents.edits import without_line

    return (without_line(document, number),)


def _next_line(document: Document, number: int) -> int:
    """The next line that holds something, for a comment on a line of its own."""
    for following in range(number + 1, len(document.lines) + 1):
        if document.line(following).strip():
            return following
    return number + 1


class Suppressions:
    """Decides which diagnostics are dropped, and remembers what was never needed."""

    def __init__(
        self,
        settings: Settings,
        found: Iterable[Comment],
        baseline: Any,
        complete: bool,
        document: Callable[[str], Document | None],
    ) -> None:
        self.comments = [(comment, set[str]()) for comment in found]
        """Each with the codes of what it suppressed."""
        self._document = document
        self.waivers = [(waiver, glob_test(waiver.path)) for waiver in settings.waivers]
        self.used_waivers: set[int] = set()
        entries = baseline.get("entries", []) if isinstance(baseline, dict) else []
        self.entries: list[dict[str, Any]] = [each for each in entries if isinstance(each, dict)]
        self.open: dict[str, list[int]] = {}
        for index, entry in enumerate(self.entries):
            self.open.setdefault(str(entry.get("fingerprint")), []).append(index)
        self.codes = {rule.code for rule in settings.rules}
        self.found: set[tuple[str, str]] = set()
        """Path and code of every diagnostic, dropped or not."""
        self.complete = complete
        """Whether every document was read, so that what is unused now is unused for good."""

    def drops(self, diagnostic: Diagnostic) -> bool:
        """Whether something states that this diagnostic is known."""
        dropped = False
        for comment, used in self.comments:
            if (
                comment.path == diagnostic.path
                and diagnostic.code in comment.codes
                and comment.reason
                and comment.target in {0, diagnostic.span.line}
            ):
                used.add(diagnostic.code)
                dropped = True
        for waiver, meant in self.waivers:
            if waiver.code == diagnostic.code and meant(diagnostic.path):
                self.used_waivers.add(waiver.position)
                dropped = True
        if not dropped and self.open.get(diagnostic.fingerprint):
            self.open[diagnostic.fingerprint].pop()
            dropped = True
        self.found.add((diagnostic.path, diagnostic.code))
        return dropped

    def findings(self) -> Iterator[Hit]:
        """What is wrong with the suppressions themselves, once every diagnostic was shown."""
        for comment, used in self.comments:
            yield from self._comment(comment, used)
        for waiver, _ in self.waivers:
            if waiver.position not in self.used_waivers:
                yield "used", FILE, _unused_waiver(waiver)
        for indices in self.open.values():
            for index in indices:
                entry = self.entries[index]
                detail = f"{entry.get('code')} in {entry.get('path')} is no longer found"
                yield "baseline", BASELINE, Finding(Value(("entries", index)), detail)

    def _comment(self, comment: Comment, used: set[str]) -> Iterator[Hit]:
        place = at(comment.line, comment.column, len(MARK))
        if not comment.codes or not comment.reason:
            lacking = "names no rule" if not comment.codes else "gives no reason"
            step = "write `sot: ignore CODE -- reason`; until then it suppresses nothing"
            yield "reason", comment.path, Finding(place, f"suppression {lacking}", step)
            return
        for code in comment.codes:
            if code not in self.codes:
                step = hint(code, self.codes) or "correct the code"
                yield (
                    "reason",
                    comment.path,
                    Finding(place, f"suppression names `{code}`, which is no rule in force", step),
                )
            elif code not in used:
                yield (
                    "used",
                    comment.path,
                    Finding(
                        place,
                        f"suppression of {code} suppresses nothing",
                        "remove it",
                        changes=self._removal(comment, used, code),
                    ),
                )

    def _removal(self, comment: Comment, used: set[str], code: str) -> tuple[Change, ...]:
        """The same change for each unused code of a comment; nothing for one that may only stand
        in the wrong place, since the file has its fault elsewhere."""
        gone = frozenset(
            each
            for each in comment.codes
            if each in self.codes and each not in used and (comment.path, each) not in self.found
        )
        document = self._document(comment.path)
        if document is None or not self.complete or code not in gone:
            return ()
        return _without(document, comment.line, gone)


def _unused_waiver(waiver: Waiver) -> Finding:
    detail = f"`{waiver.path}` has no {waiver.code} to suppress"
    return Finding(Value(("suppress", waiver.position)), detail, "remove the entry")


def baseline_of(diagnostics: Iterable[Diagnostic]) -> bytes:
    """The content of a baseline file that knows these diagnostics."""
    entries = [
        {
            "code": each.code,
            "path": each.path,
            "fingerprint": each.fingerprint,
            "message": each.message,
        }
        for each in diagnostics
    ]
    return (
        json.dumps({"version": 1, "entries": entries}, indent=2, ensure_ascii=False) + "\n"
    ).encode()


def shrunk(baseline: Any, known: Callable[[str], int]) -> tuple[bytes, int]:
    """The baseline without entries that are no longer found, and how many went.

    `known` gives how many diagnostics there are with a fingerprint.
    """
    left: dict[str, int] = {}
    kept = []
    entries = baseline.get("entries", [])
    for entry in entries:
        mark = entry["fingerprint"]
        left.setdefault(mark, known(mark))
        if left[mark] > 0:
            left[mark] -= 1
            kept.append(entry)
    content = json.dumps({"version": 1, "entries": kept}, indent=2, ensure_ascii=False) + "\n"
    return content.encode(), len(entries) - len(kept)


def rule_for(rules: Iterable[Rule], need: str) -> Rule | None:
    """The rule in force that reports this need of suppressions."""
    return next(
        (rule for rule in rules if rule.check == CHECK and rule.parameters.get("need") == need),
        None,
    )
