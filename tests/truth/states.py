"""Contradictions of status and identity: SOT701 … SOT714."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle

from tests.truth.change import Change, Changes, Spot, added, made, plan, texts
from tests.truth.workspace import FAMILIES, PIECES, Family, Piece

BOARD = "WORKBOARD.yaml"
GATES = plan("LATHE-STAGED-GATES.md")
SAID = re.compile("(is|are) validated")
FINISHED = [(family, piece) for family, piece in PIECES if piece.status == "validated"]


def on_board(piece: Piece, status: str) -> str:
    """The entry of a piece on the board, up to its status."""
    return f"- id: {piece.id}\n    title: {piece.title}\n    type: AFK\n    status: {status}\n"


def heading(piece: Piece, status: str) -> str:
    """The heading of a piece, down to its status."""
    return f"## {piece.id} - {piece.title}\n\nType: AFK\n\nStatus: {status}."


def board_and_heading() -> Iterator[Change]:
    """SOT701: the heading, or the board, is given another state."""
    for family, piece in PIECES:
        path = family.path("ISSUES")
        for state in ("candidate", "validated", "blocked"):
            if state == piece.status:
                continue
            yield Change(
                made((path, heading(piece, piece.status), heading(piece, state))),
                (path, heading(piece, state)),
                (BOARD, on_board(piece, piece.status)),
                frozenset({"SOT702"}),
            )
            yield Change(
                made((BOARD, on_board(piece, piece.status), on_board(piece, state))),
                (path, heading(piece, piece.status)),
                (BOARD, on_board(piece, state)),
                AFTERMATH,
            )


AFTERMATH = frozenset({"SOT703", "SOT704", "SOT705", "SOT706", "SOT708", "SOT709", "SOT710"})
"""What a finished item that is reopened, or an open one that is closed, breaks around it."""


def lowered(family: Family, piece: Piece, state: str) -> dict[str, str]:
    """The item in another state on the board and in its heading."""
    return made(
        (family.path("ISSUES"), heading(piece, piece.status), heading(piece, state)),
        (BOARD, on_board(piece, piece.status), on_board(piece, state)),
    )


def evidence_and_heading() -> Iterator[Change]:
    """SOT702: the plan is taken back and its evidence is not, or the evidence alone."""
    for family, piece in FINISHED:
        path = family.path("ISSUES")
        for state in ("candidate", "blocked"):
            yield Change(
                lowered(family, piece, state),
                (path, heading(piece, state)),
                (family.path("CLOSEOUT"), "Status: validated."),
                AFTERMATH,
            )
    for family in FAMILIES:
        # where the running text repeats `X is validated`, the better of two equal words counts
        evidence = family.path("EVIDENCE")
        if family.done and not SAID.search(texts()[evidence].partition("Result\n")[2]):
            last = family.pieces[-1]
            for state in ("blocked", "candidate"):
                edits = made((evidence, "Status: validated.", f"Status: {state}."))
                closed = family.path("CLOSEOUT")
                edits |= made((closed, "Status: validated.", f"Status: {state}."))
                yield Change(
                    edits,
                    (family.path("ISSUES"), heading(last, "validated")),
                    (closed, f"Status: {state}."),
                )


STALE = (
    "As of today {}\nremains blocked until the operator signs.",
    "`{}` remains blocked until the operator signs.",
    "- `{}` is still blocked because nobody signed.",
    "**{}** stays unresolved.",
    "1. {} remains\n   blocked until the operator signs.",
    "The reader should know this first.\n{} is a draft now? No. {} remains candidate.",
    "- [x] `{}` remains `blocked` until the operator signs.",
    "> {} remains blocked until the operator signs.",
    "The active blocker remains {} and nothing else.",
    "`{}` trial pass on the second machine remains pending.",
    "`WORK-116` and `{}` remain blocked until the operator signs.",
)
SILENT = frozenset({"SOT714"})


def stale() -> Iterator[Change]:
    """SOT703: a sentence that was true before the item was finished, in any document and form."""
    papers = cycle(
        path
        for path, text in texts().items()
        if path.endswith("-ISSUES.md") or path.endswith(("-CONTRACT.md", "HANDBOOK.md"))
        if "## Probe" not in text
    )
    subjects = [piece.id for _, piece in FINISHED] + [f"Stage {n}" for n in range(1, 7)]
    for number, subject in enumerate(subjects):
        for form, sentence in enumerate(STALE):
            if (number + form) % 3 or (subject.startswith("Stage") and form in (8, 10)):
                continue
            path = next(papers)
            text = sentence.replace("{}", subject)
            edits = added(path, f"## Where We Stand {number}\n\n{text}")
            last = next(line for line in reversed(text.split("\n")) if subject in line)
            yield Change(edits, (path, last), first_word_of(subject), SILENT)


def first_word_of(subject: str) -> Spot | None:
    """Where it is said that the subject is finished: on the board, or at its stage."""
    for _, piece in PIECES:
        if piece.id == subject:
            return BOARD, on_board(piece, "validated")
    number = subject.split()[1]
    text = texts()[GATES]
    begin = text.index(f"## {subject} - ")
    return GATES, text[begin : text.index("validated", begin)] if number else ""


def blockers() -> Iterator[Change]:
    """SOT704: a finished item waits for one that is not, by its heading or by the board."""
    for family, piece in FINISHED:
        path = family.path("ISSUES")
        stated = f"Blocked by: {', '.join(piece.blocked_by) or 'None'}"
        listed = f"[{', '.join(piece.blocked_by)}]"
        head = on_board(piece, "validated") + "    blocked_by: "
        for blocker in ("WORK-116", "WORK-117"):
            old = f"{heading(piece, 'validated')}\n\n{stated}"
            new = f"{heading(piece, 'validated')}\n\nBlocked by: {blocker}"
            status = "candidate" if blocker == "WORK-116" else "blocked"
            other = next(each for _, each in PIECES if each.id == blocker)
            also = frozenset({"SOT507", "SOT714", "SOT716"})
            yield Change(
                made((path, old, new)), (path, new), (BOARD, on_board(other, status)), also
            )
            also |= {"SOT506"}
            edits = made((BOARD, head + listed, f"{head}[{blocker}]"))
            yield Change(
                edits, (BOARD, f"{head}[{blocker}]"), (BOARD, on_board(other, status)), also
            )
    edits = {
        path: text.replace("Status: candidate.\n\n", "")
        for path, text in texts().items()
        if path.endswith("NEXT-ENGINE-ISSUES.md")
    }
    family, piece = FINISHED[0]
    edits |= made((family.path("ISSUES"), "Blocked by: None", "Blocked by: WORK-116"))
    opened = (plan("NEXT-ENGINE-ISSUES.md"), "## WORK-116 - ")
    yield Change(
        edits,
        (family.path("ISSUES"), "Blocked by: WORK-116"),
        opened,
        frozenset({"SOT413", "SOT507"}),
        board=False,
    )


def boxes() -> Iterator[Change]:
    """SOT705: a criterion of a finished item is open."""
    for family, piece in FINISHED:
        path = family.path("ISSUES")
        for criterion in piece.criteria:
            edits = made((path, f"- [x] {criterion}", f"- [ ] {criterion}"))
            yield Change(edits, (path, f"- [ ] {criterion}"), (BOARD, on_board(piece, "validated")))


def plan_boxes() -> Iterator[Change]:
    """SOT706: a criterion of the plan is open though all its items are finished."""
    for family in FAMILIES:
        if not (family.done and family.has_prd):
            continue
        path = family.path("PRD")
        for line in texts()[path].split("\n"):
            if line.startswith("- [x] "):
                broken = line.replace("[x]", "[ ]")
                last = f"## {family.pieces[-1].id} - "
                yield Change(
                    made((path, line, broken)), (path, broken), (family.path("ISSUES"), last)
                )


def stage_order() -> Iterator[Change]:
    """SOT707: a stage in the middle loses its state."""
    text = texts()[GATES]
    for number in range(1, 6):
        begin = text.index(f"## Stage {number} - ")
        old = text[begin : text.index("Entry gates", begin)]
        after = text[text.index(f"## Stage {number + 1} - ") :].split("Entry")[0]
        for status in ("", "Status: candidate.\n\n", "Status: blocked by the operator.\n\n"):
            title = old.split("\n")[0]
            yield Change(
                made((GATES, old, f"{title}\n\n{status}")),
                (GATES, after.rstrip()),
                (GATES, title),
                frozenset({"SOT703"}),
            )


def ahead() -> Iterator[Change]:
    """SOT708: a document is finished before its items."""
    for family, piece in FINISHED:
        path = family.path("ISSUES")
        yield Change(
            lowered(family, piece, "candidate"),
            (path, "status: validated"),
            (BOARD, on_board(piece, "candidate")),
            AFTERMATH | {"SOT702"},
        )
    path = plan("NEXT-ENGINE-ISSUES.md")
    where = (BOARD, on_board(PIECES[-2][1], "candidate"))
    also = frozenset({"SOT710"})
    edits = made((path, "status: draft", "status: validated"))
    yield Change(edits, (path, "status: validated"), where, also)


def behind() -> Iterator[Change]:
    """SOT709: a document is called unfinished though its items are finished."""
    for family in FAMILIES:
        for status in ("draft", "candidate", "blocked") if family.done else ():
            path = family.path("ISSUES")
            last = (BOARD, on_board(family.pieces[-1], "validated"))
            edits = made((path, "status: validated", f"status: {status}"))
            yield Change(edits, (path, f"\nstatus: {status}"), last, frozenset({"SOT710"}))


def gates() -> Iterator[Change]:
    """SOT710: what a finished stage or plan takes for granted does not hold."""
    last = PIECES[-1][1]
    text = texts()[GATES]
    for number in range(1, 7):
        begin = text.index("Entry gates:", text.index(f"## Stage {number} - "))
        old = text[begin : text.index("\n\nRequired failure", begin)]
        for gate in ("`WORK-117` is validated.", "WORK-117 Engine Trial is `validated`."):
            new = f"{old}\n- {gate}"
            # the last stage that rests on nothing is not finished, and its gate may stay open
            place = (GATES, f"{new}\n\nRequired failure classes:\n\n".rsplit("\n\nReq", 1)[0])
            yield Change(made((GATES, old, new)), place, (BOARD, on_board(last, "blocked")))
        for title, name in (
            ("Lathe Event Contract", "LATHE-EVENT-CONTRACT.md"),
            ("Lathe Failure Matrix", "LATHE-FAILURE-MATRIX.md"),
            ("Lathe Engine Contract", "LATHE-ENGINE-CONTRACT.md"),
        ):
            new = f"{old}\n- {title} is validated."
            edits = made((GATES, old, new), (plan(name), "status: validated", "status: draft"))
            yield Change(edits, (GATES, new), (plan(name), "status: draft"))
        new = f"{old}\n- Vendor signature is resolved."
        note = plan("LATHE-SOURCE-ADMISSION-RECORD.md")
        said = "The vendor signature is unresolved."
        edits = made(
            (GATES, old, new),
            (note, "License status is resolved.", f"License status is resolved. {said}"),
        )
        yield Change(edits, (GATES, new), (note, said))
    for family in FAMILIES:
        if family.done and family.has_prd:
            path = family.path("PRD")
            gate = "- `WORK-117` is validated."
            edits = added(path, f"## Dependencies\n\n{gate}")
            where = (path, f"## Dependencies\n\n{gate}")
            yield Change(edits, where, (BOARD, on_board(last, "blocked")))


def titles() -> Iterator[Change]:
    """SOT711: one id, two titles."""
    for family, piece in PIECES:
        path = family.path("ISSUES")
        old = f"## {piece.id} - {piece.title}"
        new = f"## {piece.id} - Another Work"
        known = f"- id: {piece.id}\n    title: "
        also = frozenset({"SOT726"})
        edits = made((path, old, new))
        yield Change(edits, (path, new), (BOARD, known + piece.title), also)
        edits = made((BOARD, known + piece.title, f"{known}Another Work"))
        yield Change(edits, (path, old), (BOARD, f"{known}Another Work"), also)


def types() -> Iterator[Change]:
    """SOT715: an item needs a person by its heading, or by the board alone."""
    for family, piece in PIECES:
        path = family.path("ISSUES")
        stands = heading(piece, piece.status)
        needs = stands.replace("AFK", "HITL")
        entry = on_board(piece, piece.status)
        person = entry.replace("AFK", "HITL")
        changed = (path, needs[: needs.index("\n\nStatus")])
        yield Change(made((path, stands, needs)), changed, (BOARD, entry[: entry.index("    st")]))
        typed = (path, stands[: stands.index("\n\nStatus")])
        edits = made((BOARD, entry, person))
        yield Change(edits, typed, (BOARD, person[: person.index("    st")]))


def waits() -> Iterator[Change]:
    """SOT716: an item waits for another by its heading, or by the board alone."""
    for family, piece in PIECES:
        if piece.id not in ("WORK-116", "WORK-117"):
            path = family.path("ISSUES")
            stated = f"Blocked by: {', '.join(piece.blocked_by) or 'None'}"
            old = f"{heading(piece, piece.status)}\n\n{stated}"
            new = f"{heading(piece, piece.status)}\n\nBlocked by: WORK-117"
            head = on_board(piece, piece.status) + "    blocked_by: "
            also = frozenset({"SOT506", "SOT507", "SOT704", "SOT714"})
            yield Change(made((path, old, new)), (path, new), (BOARD, head), also)
            edits = made((BOARD, f"{head}[{', '.join(piece.blocked_by)}]", f"{head}[WORK-117]"))
            place = (path, f"## {piece.id} - {piece.title}")
            yield Change(edits, place, (BOARD, f"{head}[WORK-117"), also)


def unopened() -> Iterator[Change]:
    """SOT712: an id that nothing explains; SOT503 says so where there is a board."""
    forms = ("See WORK-901.", "- `WORK-902` comes later.", "| WORK-903 | x |", "(WORK-904)")
    papers = [path for path in texts() if path.endswith(".md") and path.startswith(".sot")]
    for path, form in zip(papers[::2], cycle(forms), strict=False):
        yield Change(added(path, form), (path, form), board=False)


def kin() -> Iterator[Change]:
    """SOT713: an item is titled after a plan that does not exist."""
    family, piece = next(pair for pair in FINISHED if not pair[0].has_prd)
    path = family.path("ISSUES")
    for title in ("Operator Handbook PRD", "Second Shift PRD", "Reading Reports PRD"):
        head = f"## {piece.id} - "
        edits = made(
            (path, head + piece.title, head + title),
            (BOARD, f"title: {piece.title}\n", f"title: {title}\n"),
        )
        where = (BOARD, on_board(piece._replace(title=title), "validated"))
        yield Change(edits, (path, head + title), where)


def loops() -> Iterator[Change]:
    """SOT714: two open items wait for each other, one of them in a sentence."""
    sentences = (
        "`WORK-116` remains blocked until `WORK-117` is proven.",
        "- WORK-116 is blocked by WORK-117.",
        "WORK-116 Engine Shortlist stays blocked because WORK-117 comes first.",
    )
    papers = [path for path in texts() if path.endswith(("-PRD.md", "-CLOSEOUT.md"))]
    for path, sentence in zip(papers, cycle(sentences), strict=False):
        other = (plan("NEXT-ENGINE-ISSUES.md"), "Blocked by: WORK-116")
        where = f"## What Waits\n\n{sentence}"
        yield Change(added(path, where), (path, where), other)


STATES: dict[str, Changes] = {
    "SOT701": board_and_heading,
    "SOT702": evidence_and_heading,
    "SOT703": stale,
    "SOT704": blockers,
    "SOT705": boxes,
    "SOT706": plan_boxes,
    "SOT707": stage_order,
    "SOT708": ahead,
    "SOT709": behind,
    "SOT710": gates,
    "SOT711": titles,
    "SOT712": unopened,
    "SOT713": kin,
    "SOT715": types,
    "SOT716": waits,
    "SOT714": loops,
}
