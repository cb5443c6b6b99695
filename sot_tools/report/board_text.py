"""Work items for people: the list, one item with all there is about it, and what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sot_tools.diagnostic import Diagnostic
from sot_tools.report.columns import aligned
from sot_tools.report.phrases import heading, next_step, where
from sot_tools.report.visible import visible
from sot_tools.views.detail import Detail, Neighbour
from sot_tools.views.faults import Faults
from sot_tools.views.ready import Next, State
from sot_tools.views.work import Spot, Stated, Work, WorkItem

_HEAD = ("", "ID", "STATUS", "TYPE", "TITLE", "BLOCKED BY")
_NONE = "-"


def listing(items: Sequence[WorkItem], work: Work, faults: Faults, width: int | None) -> str:
    """The items as a table, and what the table does not hold in lines below it."""
    rows = [_HEAD, *(_row(item, bool(faults.of_item(item.id))) for item in items)]
    marked = any(row[0] for row in rows)
    shown = rows if marked else [row[1:] for row in rows]
    last = len(shown[0]) - 1
    blocks = ["\n".join(aligned(shown, width, (last - 1, last)))] if items else []
    return "\n\n".join([*blocks, "\n".join(_summary(items, work, faults))]) + "\n"


def _row(item: WorkItem, wrong: bool) -> tuple[str, ...]:
    words = f"{len(item.conditions)} in words" if item.conditions else ""
    blockers = ", ".join([*item.blocked_by, *([words] if words else [])])
    return (
        "!" if wrong else "",
        item.id,
        item.status or _NONE,
        item.type or _NONE,
        item.title,
        blockers,
    )


def _summary(items: Sequence[WorkItem], work: Work, faults: Faults) -> Iterator[str]:
    totals = Counter(item.status or "without a status" for item in items)
    kinds = ", ".join(f"{number} {visible(status)}" for status, number in totals.most_common())
    total = _count(len(items), "item", "items")
    all_items = [item for item in work.items.values() if item.registered or not work.board]
    if not all_items:
        yield nothing(work)
    elif not items:
        yield f"no item matches; there are {len(all_items)}"
    else:
        yield f"{total}: {kinds}" if len(totals) > 1 else f"{total}, {next(iter(totals))}"
    yield from _about_wrong(sum(bool(faults.of_item(item.id)) for item in items))
    yield from notes(work)


def _about_wrong(number: int) -> Iterator[str]:
    if number:
        items = _count(number, "item", "items")
        yield f"! {items} with diagnostics: `sot board show ID` shows them"


def nothing(work: Work) -> str:
    """What to say where there is no item at all."""
    if work.board:
        return f"{visible(work.board)} registers no work item"
    return "no work item: the workspace has no board, and no heading of a document opens one"


def notes(work: Work) -> Iterator[str]:
    """Where the items come from if not from the board, and what was left out."""
    if not work.board and work.items:
        yield "the workspace has no board; the items come from the headings of its documents"
    apart = [item.id for item in work.items.values() if not item.registered]
    if work.board and apart:
        ids = ", ".join(map(visible, apart[:5])) + (", ..." if len(apart) > 5 else "")
        yield f"not on the board, opened by documents only: {ids}"
    if work.unusable:
        entries = _count(work.unusable, "entry", "entries")
        yield f"{entries} of {visible(work.board)} without an id left out: `sot check` says where"


def upcoming(found: Sequence[Next], work: Work, faults: Faults, width: int | None) -> str:
    """What can be begun, what a person must open, and why the rest must wait."""
    parts = []
    wrong = {each.item.id for each in found if faults.of_item(each.item.id)}
    for state, title in _STATES.items():
        rows = [_next_row(each, wrong) for each in found if each.state is state]
        if rows:
            table = aligned(rows, width and width - 2, (2, 3))
            parts.append("\n".join([title, *(f"  {line}" for line in table)]))
    if not work.items:
        parts.append(nothing(work))
    elif not found:
        parts.append(f"nothing left: all {len(work.items)} items are validated")
    elif not any(each.state is State.READY for each in found):
        parts.append("no item can be begun without a person")
    last = [*_about_wrong(len(wrong)), *notes(work)]
    return "\n\n".join([*parts, *(["\n".join(last)] if last else [])]) + "\n"


_STATES = {
    State.READY: "Ready:",
    State.PERSON: "Ready once a person decides (HITL, or a condition in words):",
    State.WAITING: "Not yet:",
}


def _next_row(found: Next, wrong: set[str]) -> tuple[str, ...]:
    item = found.item
    mark = " !" if item.id in wrong else ""
    return (f"{item.id}{mark}", item.type or _NONE, item.title, "; ".join(found.reasons))


def shown(detail: Detail) -> str:
    """One item: what the board says, what documents say, evidence, mentions, diagnostics."""
    item = detail.item
    marks = _marks(detail.faults)
    blocks = [
        [f"{visible(item.id)} {visible(item.title)}".rstrip(), *_fields(detail, marks)],
        *(["", *_stated(stated, marks)] for stated in item.stated),
    ]
    lines = [line for block in blocks for line in block]
    for title, rows in (
        ("Blocked by", [_neighbour(each) for each in detail.blocked_by]),
        ("In words", [visible(text) for text in item.conditions]),
        ("Blocks", [_neighbour(each) for each in detail.blocks]),
        ("Documents", [_document(path, exists) for path, exists in detail.documents]),
        ("Evidence", [_evidence(each.spot, each.label, marks) for each in detail.evidence]),
        ("Mentioned", [_mention(each.spot, each.section, each.times) for each in detail.mentions]),
    ):
        if rows:
            lines += ["", f"{title}:", *(f"  {row}" for row in rows)]
    if detail.faults:
        lines += ["", "Diagnostics (!):"]
        for fault in detail.faults:
            lines += [f"  {line}" for line in _fault(fault)]
    return "\n".join(lines) + "\n"


def _fields(detail: Detail, marks: frozenset[tuple[str, int]]) -> Iterator[str]:
    item = detail.item
    if item.spot is None:
        yield "  only mentioned: neither registered nor opened by a heading"
        return
    where_it_is = "registered" if item.registered else "opened, not registered"
    if not item.registered and not detail.board:
        where_it_is = "opened"
    wrong = item.registered and any(path == item.spot.path for path, _ in marks)
    place = f"{visible(item.spot.path)}:{item.spot.line}"
    yield f"  {'! ' if wrong else ''}{where_it_is} at {place}"
    yield f"  status {visible(item.status) or _NONE}, type {visible(item.type) or _NONE}"


def _stated(stated: Stated, marks: frozenset[tuple[str, int]]) -> Iterator[str]:
    path = stated.spot.path
    yield f"{_place(stated.spot, marks)} opens it: {visible(stated.title)}"
    if stated.empty:
        yield "  nothing stands below the heading"
        return
    status = Spot(path, stated.status_line or stated.spot.line)
    yield f"  {_place(status, marks)}  status {visible(stated.status) or _NONE}"
    blockers = "; ".join(map(visible, [*stated.blocked_by, *stated.conditions]))
    yield f"  type {visible(stated.type) or _NONE}, blocked by {blockers or 'nothing'}"
    ticks = [each.ticked for each in stated.criteria]
    counted = [f"{ticks.count(True)} ticked", f"{ticks.count(False)} open"]
    counted += [f"{ticks.count(None)} without a box"] if None in ticks else []
    yield f"  acceptance: {', '.join(counted) if ticks else 'none'}"
    for criterion in stated.criteria:
        box = {True: "[x]", False: "[ ]", None: " - "}[criterion.ticked]
        place = _place(Spot(path, criterion.line), marks)
        yield f"  {box} {place}  {visible(criterion.text)}"


def _marks(faults: Iterable[Diagnostic]) -> frozenset[tuple[str, int]]:
    """The lines that diagnostics point to."""
    found = {(each.path, each.span.line) for each in faults}
    return frozenset(
        found | {(other.path, other.span.line) for each in faults for other in each.related}
    )


def _place(spot: Spot, marks: frozenset[tuple[str, int]]) -> str:
    mark = "! " if (spot.path, spot.line) in marks else ""
    return f"{mark}{visible(spot.path)}:{spot.line}"


def _neighbour(each: Neighbour) -> str:
    if not each.known:
        return f"{visible(each.id)}  ! not known"
    return f"{visible(each.id)}  {visible(each.status) or _NONE}  {visible(each.title)}"


def _document(path: str, exists: bool) -> str:
    return visible(path) if exists else f"{visible(path)}  ! does not exist"


def _evidence(spot: Spot, label: str, marks: frozenset[tuple[str, int]]) -> str:
    return f"{_place(spot, marks)}  {visible(label)}"


def _mention(spot: Spot, section: str, times: int) -> str:
    again = f" ({times} times)" if times > 1 else ""
    return f"{visible(spot.path)}:{spot.line}  {visible(section)}{again}".rstrip()


def _fault(fault: Diagnostic) -> Iterator[str]:
    yield heading(fault)
    for note in [*map(where, fault.related), next_step(fault)]:
        if note:
            yield f"  = {note}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
