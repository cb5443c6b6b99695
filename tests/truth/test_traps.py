"""What looks untrue and is not, put into every document of the consistent workspace at once: the
check stays silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.truth.change import texts
from tests.truth.papers import RUNS
from tests.truth.test_mutations import checked

TRAPS = {
    "a demand in the negative": "Do not mark `WORK-105` as unresolved, and never call it blocked.",
    "a negated state": "`WORK-117` is not validated.",
    "a finished item that is no longer open": "`WORK-105` is no longer blocked.",
    "a condition": "If `WORK-105` is blocked again, tell the operator.",
    "a condition behind a comma": "Tell the operator, when `WORK-117` is validated.",
    "a time to come": "Once `WORK-117` is validated, the trial ends.",
    "a possibility": "`WORK-105` may be blocked by a silent provider.",
    "a duty": "`WORK-117` must be validated before a release.",
    "reported speech": "The first packet says `WORK-105` is blocked.",
    "a quotation": "The words `WORK-105 remains blocked` were struck out.",
    "a quotation in quotes": 'The words "WORK-105 remains blocked" were struck out.',
    "a quotation in curly quotes": "The words “WORK-105 remains blocked” were struck out.",
    "a title": "The paper named WORK-105 remains blocked was thrown away, as it must.",
    "history by its heading": "### Probe - 2026-05-28\n\n`WORK-105` remains blocked by the provider.",
    "history below history": (
        "### Probes of 2026-05-28\n\n#### The first\n\n`WORK-105` is blocked.\n\n"
        "#### The second\n\n- `WORK-108` remains candidate."
    ),
    "acceptance criteria": "### Acceptance\n\n- `WORK-117` is validated.\n- Stage 7 is validated.",
    "acceptance by label": "Acceptance:\n\n- `WORK-117` is validated.",
    "non-goals": "### Non-Goals\n\n- `WORK-117` is validated.\n- Stage 3 is blocked.",
    "a definition": "### Definition Of Done\n\n- `WORK-105` is blocked until it is not.",
    "rules": "### Rules\n\n- Stage 2 is blocked until the operator signs.",
    "a template": "### Template\n\n`WORK-105` is blocked.",
    "risks": "### Risks\n\n- `WORK-105` is blocked again.",
    "forbidden words": "Forbidden claims:\n\n- `WORK-117` is validated.",
    "required words in a list": "Required phrases:\n\n- `WORK-117` is validated",
    "a comment": "<!-- `WORK-105` is blocked -->",
    "a comment in a sentence": "All is well <!-- `WORK-105` is blocked --> today.",
    "a listing": "```text\nWORK-105 is blocked\nStatus: blocked\n```",
    "a listing by indent": "    WORK-105 is blocked",
    "another meaning of blocked": "Writes outside the fixture are blocked.",
    "another meaning of candidate": "The next candidate is a faster lathe.",
    "a stage that is open": "Stage 7 remains blocked until somebody asks for a release.",
    "an open item": "`WORK-117` remains blocked until `WORK-116` is proven.",
    "the absolute path of another machine": "Seen: `/home/other/.lathe/runs/report.json`.",
    "a run id beside a local date": f"- On 2026-05-31 at night: `/srv/runs/{RUNS['sandbox']}`.",
    "a run cited again": f"- Cited: `/srv/runs/{RUNS['copied']}/report.json`.",
    "facts of a run in other words": (
        f"- Run: `/srv/runs/{RUNS['copied']}`.\n- Changed files: tests/test_turn.py, src/turn.py."
    ),
    "one run with its files in code": (
        f"- Run: `/srv/runs/{RUNS['copied']}`.\n- Changed files: `src/turn.py`, "
        "`tests/test_turn.py`"
    ),
    "a short commit": (f"- Run: `/srv/runs/{RUNS['governed']}`.\n- Target commit: `0a1b2c3`."),
    "a file name that looks like an event": "The event log is `events.jsonl`, the note `a.md`.",
    "a module that looks like an event": "Nothing emits; see `lathe.turn` in the source.",
    "an event of the list": "The gate emits the event `backend.gate.passed`.",
    "a blocker in prose only": "Blocked by: a licence note of the vendor.",
    "entries that differ in a word": "- It is shown to jp.\n- It is shown to us.",
    "one entry in two lists": "One:\n\n- It is shown here.\n\nTwo:\n\n- It is shown here.",
    "a date in running text": "The vendor answers by 2027-01-01 at the latest.",
    "a number of other things": "There are nine lathes in the shop, and the tools are four items.",
    "a question": "Is `WORK-105` blocked? No.",
    "a table": "| Item | State |\n| --- | --- |\n| `WORK-105` is blocked | no |",
}
ELSEWHERE = {"a number of other things": "-ISSUES", "a short commit": "-REQUEST"}
"""Trap → documents where it would be no trap: a count of their items, the run that they ask for."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.truth import workspace

    return workspace.build(tmp_path_factory.mktemp("traps"))


@pytest.mark.parametrize("name", TRAPS)
def test_what_only_looks_untrue_is_passed_over(name: str, root: Path) -> None:
    edits = {
        path: f"{text.rstrip()}\n\n## A Word Aside\n\n{TRAPS[name]}\n"
        for path, text in texts().items()
        if path.endswith(".md") and path.startswith(".sot")
        if ELSEWHERE.get(name, "?") not in path
    }
    found = checked(root, edits).diagnostics
    assert [f"{each.path}:{each.span.line} {each.code} {each.message}" for each in found] == []
