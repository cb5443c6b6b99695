"""Words, sentences and Markdown blocks for generated documents; every choice is the caller's rng's.

Lines are wrapped and blocks spaced as Markdown linters like it by default, so that no contender
of the benchmark has anything to report.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from random import Random

WIDTH = 78

SUBJECTS = (
    "ledger", "manifest", "adapter", "queue", "parser", "scheduler", "panel", "baseline", "runner",
    "registry", "gate", "report", "index", "archive", "digest", "router", "snapshot", "workbench",
)  # fmt: skip
QUALITIES = (
    "durable", "local", "signed", "nightly", "shared", "staged", "read-only", "bounded", "portable",
    "audited", "incremental", "minimal",
)  # fmt: skip
VERBS = (
    "records", "replaces", "keeps", "checks", "refuses", "explains", "publishes", "compares",
    "measures", "restores", "names", "separates",
)  # fmt: skip
OBJECTS = (
    "every change of status", "the evidence of a run", "paths outside the contract",
    "what a reviewer has to see", "the order of the stages", "old entries of the log",
    "the owner of each document", "results that nobody asked for", "files without a known kind",
    "the difference between two runs", "a request from another machine",
    "the list of open questions", "times and sizes of all artifacts",
)  # fmt: skip
CONDITIONS = (
    "before the work begins", "until a person has approved it", "without asking the network",
    "when the contract names them", "after the second review", "in less than one second",
    "unless the board says otherwise", "as the decision record requires", "on every machine alike",
    "so that the next reader can repeat it", "even where the run was stopped by hand",
)  # fmt: skip
OWNERS = ("ana", "jp", "mira", "platform-team", "tomas")
TAGS = ("audit", "build", "docs", "gates", "plans", "release", "runs", "safety", "storage")
COMMANDS = ("sot check", "make test", "git status --porcelain", "sot rules --kinds", "make lint")


def topic(rng: Random) -> str:
    """A short name such as `signed manifest router`."""
    first, second = rng.sample(SUBJECTS, 2)
    return f"{rng.choice(QUALITIES)} {first} {second}"


def sentence(rng: Random) -> str:
    """One plain sentence."""
    subject = f"The {rng.choice(QUALITIES)} {rng.choice(SUBJECTS)}"
    return f"{subject} {rng.choice(VERBS)} {rng.choice(OBJECTS)} {rng.choice(CONDITIONS)}."


def wrap(text: str, indent: str = "") -> str:
    """The text on lines of at most `WIDTH` characters, later ones indented."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= WIDTH:
            lines.append(line)
            line = indent + word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def paragraph(rng: Random, sentences: int) -> str:
    """A paragraph; now and then a word is marked as code or stressed."""
    said = [sentence(rng) for _ in range(sentences)]
    if rng.randrange(3) == 0:
        said.append(f"It is called `{rng.choice(SUBJECTS)}_{rng.choice(TAGS)}` in the code.")
    if rng.randrange(6) == 0:
        said.append("This is **not** a promise.")
    return wrap(" ".join(said))


def entries(rng: Random, size: float) -> str:
    """A list without repeats; one entry in ten has entries of its own."""
    lines = dict.fromkeys(_entry(rng, "- ") for _ in range(_count(6, size)))
    inner = iter(rng.sample([f"  - `{tag}: {owner}`" for tag in TAGS for owner in OWNERS], 8))
    parts = []
    for line in lines:
        parts.append(line)
        if rng.randrange(10) == 0:
            parts += list(islice(inner, 2))
    return "\n".join(parts)


def checkboxes(rng: Random, size: float, boxes: str = " x") -> str:
    """A list of acceptance lines without repeats, ticked or not as `boxes` has it."""
    lines = dict.fromkeys(_entry(rng, "") for _ in range(_count(7, size)))
    return "\n".join(f"- [{rng.choice(boxes)}] {line}" for line in lines)


def _entry(rng: Random, marker: str) -> str:
    """A list entry: a key with a value, a short clause, or a whole sentence."""
    form = rng.randrange(4)
    if form == 0:
        return f"{marker}{rng.choice(TAGS)}: `{rng.choice(SUBJECTS)}-{rng.randrange(1000)}`"
    if form == 1:
        return wrap(marker + sentence(rng), "  ")
    verb = rng.choice(VERBS).capitalize()
    return wrap(f"{marker}{verb} {rng.choice(OBJECTS)} {rng.choice(CONDITIONS)}.", "  ")


def table(rng: Random, size: float) -> str:
    """A table of three columns."""
    rows = [("Subject", "Owner", "Found")]
    for _ in range(_count(4, size)):
        subject = f"{rng.choice(QUALITIES)} {rng.choice(SUBJECTS)}"
        rows.append((subject, rng.choice(OWNERS), rng.choice(OBJECTS)))
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "| --- | --- | --- |", *lines[1:]])


def fence(rng: Random, size: float) -> str:
    """A fenced block with commands, or with a record."""
    if rng.randrange(2):
        lines = rng.choices(COMMANDS, k=_count(3, size))
        return "\n".join(["```bash", *lines, "```"])
    fields = [f'  "{tag}": "{rng.choice(SUBJECTS)}"' for tag in rng.sample(TAGS, 4)]
    return "\n".join(["```json", "{", ",\n".join(fields), "}", "```"])


def _count(usual: int, size: float) -> int:
    return max(2, round(usual * size))


BLOCKS: dict[str, Callable[[Random, float], str]] = {
    "p": lambda rng, size: paragraph(rng, _count(3, size)),
    "l": entries,
    "c": checkboxes,
    "t": table,
    "f": fence,
}
"""Letter in a section's plan → what writes the block; the number scales the block's length."""
