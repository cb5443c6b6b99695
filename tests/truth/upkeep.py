"""Small untruths: SOT760 … SOT765."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from tests.truth.change import Change, Changes, added, made, plan, texts
from tests.truth.papers import RUNS
from tests.truth.workspace import FAMILIES

PAPERS = [path for path in texts() if path.endswith(".md") and path.startswith(".sot")][::2]


def late_review() -> Iterator[Change]:
    """SOT760: a section is dated after the review."""
    for path, day in zip(PAPERS, cycle(("2026-06-03", "2026-07-01", "2027-01-01")), strict=False):
        head = f"## Word From The Floor - {day}"
        line = next(line for line in texts()[path].split("\n") if line.startswith("last_reviewed"))
        yield Change(added(path, f"{head}\n\nAll quiet."), (path, line), (path, head))


def twice() -> Iterator[Change]:
    """SOT761: two sections with one dated heading."""
    for path in PAPERS:
        one, two = "## Word - 2026-05-29\n\nOne.", "## Word - 2026-05-29\n\nTwo."
        above = texts()[path].rstrip()[-60:]
        head = one.split("\n", maxsplit=1)[0]
        first, second = (path, f"{above}\n\n{head}"), (path, f"{one}\n\n{head}")
        yield Change(added(path, f"{one}\n\n{two}"), second, first)


def out_of_order() -> Iterator[Change]:
    """SOT762: a dated section holds a run that is older than the one above it."""
    for path, newest in (
        (plan("LATHE-PROVIDER-BLOCKER.md"), "artificial"),
        (plan("REPEATABILITY-EVIDENCE.md"), "repeat two"),
        (plan("DISPOSABLE-SANDBOX-EVIDENCE.md"), "sandbox"),
    ):
        for older in ("20260529T150000Z-r1-lathe-1", "20260530T000000Z-r1-lathe-2"):
            text = f"## Look Back - 2026-05-31\n\n- Run: `/srv/runs/{older}`."
            stated = texts()[path]
            upto = stated[: stated.index(RUNS[newest])].rsplit("\n\n", 1)[1]
            yield Change(added(path, text), (path, text), (path, upto + RUNS[newest]))


def same_bullet() -> Iterator[Change]:
    """SOT763: a list holds an entry twice."""
    for path in texts():
        if not path.endswith(("-PRD.md", "-CONTRACT.md", "-CLOSEOUT.md", "-BLOCKER.md")):
            continue
        entry = "- The same thing is said here."
        block = f"## Said\n\n{entry}\n- Another thing is said here.\n{entry}"
        first = f"## Said\n\n{entry}"
        yield Change(added(path, block), (path, block), (path, first))


def questions() -> Iterator[Change]:
    """SOT764: a finished document still asks."""
    for path in PAPERS:
        text = texts()[path]
        if path.endswith(".md") and "\nstatus: validated" in text and "## Open Q" not in text:
            new = "## Open Questions\n\n- Who reads it?"
            yield Change(added(path, new), (path, "## Open Questions"), (path, "status: validated"))


def miscounted() -> Iterator[Change]:
    """SOT765: the sentence counts other items than the document holds."""
    counts = {"one slice": 1, "two slices": 2, "three slices": 3}
    for family in FAMILIES:
        path = family.path("ISSUES")
        old = next(each for each in counts if f"intentionally {each};" in texts()[path])
        head = f"## {family.pieces[-1].id} - "
        for new in ("four slices", "six items", "nine issues"):
            edits = made((path, f"intentionally {old};", f"intentionally {new};"))
            yield Change(edits, (path, f"intentionally {new};"), (path, head))


UPKEEP: dict[str, Changes] = {
    "SOT760": late_review,
    "SOT761": twice,
    "SOT762": out_of_order,
    "SOT763": same_bullet,
    "SOT764": questions,
    "SOT765": miscounted,
}
