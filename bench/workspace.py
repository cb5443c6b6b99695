"""Writes a workspace of any size that `sot check` accepts, the same bytes for the same seed.

python bench/workspace.py FOLDER --documents 2000

The proportions follow real planning documents: about 4.6 kB and 110 lines, most of them plans and
issue sequences, one in ten with characters beyond ASCII, one in twelve with an address in it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

import prose

PLANS_IN_FOLDER = 150
"""A plan has at most five documents and three on average, so a folder holds less than 500."""

EVERY = {"PRD": 1, "ISSUES": 1, "EVIDENCE": 2, "CLOSEOUT": 4, "DECISION-RECORD": 5}
"""Ending of a document's name → which plans have one: all, every second, ..."""

SECTIONS = {
    "PRD": (
        ("Problem Statement", "pr"),
        ("Solution", "pl"),
        ("Scope", "l"),
        ("Non-Goals", "l"),
        ("Acceptance Criteria", "c"),
        ("Validation", "pf"),
        ("Risks", "t"),
        ("Success Definition", "p"),
    ),
    "EVIDENCE": (
        ("Scope", "pr"),
        ("Result", "pl"),
        ("Implementation Evidence", "lpl"),
        ("Validation Evidence", "tf"),
        ("Governance Evidence", "pl"),
        ("Next Steps", "l"),
    ),
    "CLOSEOUT": (
        ("Workboard", "r"),
        ("Result", "pl"),
        ("Evidence", "tl"),
        ("What Was Learned", "ppl"),
        ("What This Does Not Permit", "pl"),
    ),
    "DECISION-RECORD": (
        ("Decision State", "pl"),
        ("Context", "ppr"),
        ("Options", "tpl"),
        ("Reasons", "pl"),
        ("Consequences", "cp"),
    ),
}
"""Kind → its sections, each made of paragraphs, references, lists, checkboxes, tables, fences."""


@dataclass(frozen=True)
class Item:
    """A work item, as the board and an issue sequence both state it."""

    id: str
    title: str
    type: str
    status: str
    blocked_by: tuple[str, ...]


@dataclass
class Plan:
    """One subject with its documents and work items."""

    number: int
    topic: str
    paths: dict[str, str]
    """Kind → path in the workspace."""
    finished: bool
    """Everything in it is validated; a plan waits only for plans before it, so the first are."""
    items: list[Item] = field(default_factory=list)


def plans(documents: int, seed: int) -> Iterator[Plan]:
    """Plans that have exactly `documents` documents together; the last one may be cut short."""
    left = documents
    number = 0
    while left:
        rng = Random(f"{seed}:{number}")
        topic = prose.topic(rng)
        stem = f"{topic.upper().replace(' ', '-')}-{number:05d}"
        folder = f".sot/plans-{number // PLANS_IN_FOLDER:03d}"
        kinds = [kind for kind, nth in EVERY.items() if number % nth == 0][:left]
        plan = Plan(
            number,
            topic,
            {kind: f"{folder}/{stem}-{kind}.md" for kind in kinds},
            number < documents // 8,
        )
        if "ISSUES" in plan.paths:
            plan.items = [_item(rng, 3 * number + index, plan) for index in range(3)]
        yield plan
        left -= len(kinds)
        number += 1


def _item(rng: Random, number: int, plan: Plan) -> Item:
    """Work item `number`; it waits only for items before it, so that no loop can arise."""
    before = sorted(rng.sample(range(max(0, number - 20), number), min(number, rng.randrange(3))))
    return Item(
        _id(number),
        prose.topic(rng).title(),
        rng.choice(("AFK", "AFK", "HITL")),
        "validated" if plan.finished else "candidate",
        tuple(map(_id, before)),
    )


def _id(number: int) -> str:
    return f"WORK-{number + 1:04d}"


def document(plan: Plan, kind: str, earlier: Plan, seed: int) -> str:
    """The text of one document; it refers to its own plan and to an earlier one."""
    rng = Random(f"{seed}:{plan.number}:{kind}")
    size = rng.lognormvariate(0.0, 0.45)
    stem = plan.paths[kind].rpartition("/")[2].removesuffix(".md")
    parts = [_front_matter(rng, stem, plan, kind), f"# {stem.replace('-', ' ').title()}"]
    parts.append(prose.paragraph(rng, 2))
    if kind == "ISSUES":
        for item in plan.items:
            parts += _issue(rng, item, size, _boxes(plan))
    for title, letters in SECTIONS.get(kind, ()):
        parts.append(f"## {title}")
        for letter in letters:
            if letter == "r":
                parts += _references(plan, kind, earlier)
            elif letter == "c":
                parts.append(prose.checkboxes(rng, size, _boxes(plan)))
            else:
                parts.append(prose.BLOCKS[letter](rng, size))
    if rng.randrange(12) == 0:
        parts.append(f"The history is kept [elsewhere](https://example.org/{plan.number}).")
    if rng.randrange(10) == 0:
        parts.append(prose.wrap("Zoë and André agreed — draft → review → done, in that order."))
    return "\n\n".join(parts) + "\n"


def _boxes(plan: Plan) -> str:
    return "x" if plan.finished else " "


def _front_matter(rng: Random, stem: str, plan: Plan, kind: str) -> str:
    created = date(2025, 1, 1) + timedelta(days=rng.randrange(400))
    lines = [
        f"name: {stem.lower()}",
        f"status: {'validated' if plan.finished else rng.choice(('draft', 'candidate'))}",
        f"owner: {rng.choice(prose.OWNERS)}",
        f"created: {created}",
        f"last_reviewed: {created + timedelta(days=rng.randrange(60))}",
        f'description: "{prose.sentence(rng)}"',
        f"tags: [{', '.join(rng.sample(prose.TAGS, 3))}]",
    ]
    source = _source(plan, kind)
    if source:
        lines.append(f"source: {source}")
    return "\n".join(["---", *lines, "---"])


def _source(plan: Plan, kind: str) -> str:
    """The path of the document that comes before this one in its plan; empty for the first."""
    kinds = list(plan.paths)
    place = kinds.index(kind)
    return plan.paths[kinds[place - 1]] if place else ""


def _issue(rng: Random, item: Item, size: float, boxes: str) -> Iterator[str]:
    yield f"## {item.id} - {item.title}"
    yield f"Type: {item.type}"
    yield f"Status: {item.status}."
    yield prose.paragraph(rng, 2)
    yield "Acceptance:"
    yield prose.checkboxes(rng, size, boxes)
    if item.blocked_by:
        yield "Blocked by:"
        yield "\n".join(f"- `{blocker}`" for blocker in item.blocked_by)
    yield "Notes:"
    yield prose.entries(rng, size)


def _references(plan: Plan, kind: str, earlier: Plan) -> Iterator[str]:
    source = _source(plan, kind)
    if source:
        yield f"Source: `{source}`"
    kind_there, path = next(iter(earlier.paths.items()))
    link = Path(path).name if _folder(path) == _folder(plan.paths[kind]) else f"../../{path}"
    yield f"An earlier plan:\n[{earlier.topic.title()} {kind_there}]({link})"
    items = plan.items or earlier.items
    if items:
        yield "Work items: " + ", ".join(f"`{item.id}`" for item in items)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def board(all_plans: list[Plan]) -> str:
    """The board that registers every item of every plan."""
    finished = [item.id for plan in all_plans for item in plan.items if plan.finished]
    lines = ["version: 1"]
    if finished:
        lines += ["grandfathered:", "  since: 2026-01-01"]
        lines += ["  reason: validated before the ledger began", "  items:"]
        lines += [f"    - {each}" for each in finished]
    lines.append("items:")
    for plan in all_plans:
        evidence = plan.paths.get("EVIDENCE")
        for item in plan.items:
            proven = [evidence] if evidence and item.status == "validated" else []
            lines += [
                f"  - id: {item.id}",
                f"    title: {item.title}",
                f"    type: {item.type}",
                f"    status: {item.status}",
                *_list("blocked_by", item.blocked_by),
                *_list("documents", [plan.paths["PRD"], plan.paths["ISSUES"]]),
                *_list("evidence", proven),
            ]
    return "\n".join(lines) + "\n"


def _list(key: str, values: tuple[str, ...] | list[str]) -> list[str]:
    return [f"    {key}:", *(f"      - {value}" for value in values)] if values else []


def glossary() -> str:
    """The glossary: one heading and one sentence a term."""
    rng = Random("glossary")
    terms = (f"## {topic.capitalize()}\n\n{prose.paragraph(rng, 1)}\n" for topic in prose.SUBJECTS)
    return "# Context\n\nThe words of this workspace.\n\n" + "\n".join(terms)


def write(folder: Path, documents: int, seed: int) -> dict[str, int]:
    """Write the workspace into an empty or absent folder, and say what it holds."""
    all_plans = list(plans(documents, seed))
    files = {
        ".sot/workspace.yaml": "version: 1\nprofile: plain\nname: Benchmark\n",
        "WORKBOARD.yaml": board(all_plans),
        "CONTEXT.md": glossary(),
    }
    size = 0
    for path, text in files.items():
        size += _write(folder / path, text)
    for plan in all_plans:
        earlier = all_plans[max(0, plan.number - 7)]
        for kind, path in plan.paths.items():
            size += _write(folder / path, document(plan, kind, earlier, seed))
    items = sum(len(plan.items) for plan in all_plans)
    return {"documents": documents, "items": items, "files": documents + len(files), "bytes": size}


def _write(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(text.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a workspace that `sot check` accepts.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.folder.exists() and any(given.folder.iterdir()):
        parser.error(f"{given.folder} is not empty")
    print(json.dumps(write(given.folder, given.documents, given.seed)))


if __name__ == "__main__":
    main()
