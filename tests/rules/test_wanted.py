"""What no rule asks for is not kept, and no rule misses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from sot_tools.diagnostic import Severity
from sot_tools.documents import assertions
from sot_tools.documents.document import Document, parse
from sot_tools.project import settings
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection
from sot_tools.project.snapshot import Snapshot
from sot_tools.rules.facts import collect
from sot_tools.rules.model import Rule, Scene
from sot_tools.rules.table import CHECKS
from sot_tools.rules.wanted import Wanted
from tests.documents.strategies import texts
from tests.workspaces import CASES, begin, case, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
ISSUES = ".sot/plans/FIRST-PLAN-ISSUES.md"


def _rules() -> dict[str, Rule]:
    root = Path(__file__).parent
    return {
        rule.code: rule
        for profile in ("plain", "cto-child")
        for rule in settings.read(root, profile).rules
    }


COMPARING = sorted(
    code
    for code, rule in _rules().items()
    if CHECKS[rule.check].workspace and (CASES / code / "fail").is_dir()
)


@pytest.mark.parametrize("code", COMPARING)
def test_a_check_finds_the_same_in_all_that_documents_say(code: str, tmp_path: Path) -> None:
    root = case(tmp_path / "demo", CASES / code / "fail")
    read = settings.read(root.resolve(), None)
    wanted = Selection(severity=Severity.ADVICE)
    whole = check(read, wanted, opened=Snapshot(read, {}, whole=True))
    assert check(read, wanted) == whole


def test_prose_that_no_rule_asks_for_leaves_nothing_behind(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo")
    more = "\n## A Part\n\n- build: the nightly one\n- It was stopped by hand.\n"
    read = settings.read(root.resolve(), None)

    def kept() -> object:
        snapshot = Snapshot(read, {})
        check(read, Selection(), opened=snapshot)
        return snapshot.facts[PRD]._replace(
            said=snapshot.facts[PRD].said._replace(parts=(), lists=frozenset())
        )

    before = kept()
    write(root, PRD, (root / PRD).read_text() + more)
    assert kept() == before
    write(root, PRD, (root / PRD).read_text() + "- report status: pass\n")
    assert kept() != before


def _wanted(profile: str) -> tuple[Wanted, Scene]:
    read = settings.read(Path(__file__).parent, profile)
    return Wanted(read.rules, read.scene), read.scene


WANTED = {profile: _wanted(profile) for profile in ("plain", "cto-child")}
HEADS = st.sampled_from(
    ["", "## Entry Gates", "## Risks", "### B is not done", "Preconditions:", "Acceptance:\n\n- one", "Report status:\n\n```"]
    + ["Report status:\n\nMore.\n\n~~~", "| Field | Value |\n| --- | --- |", "Key: x.", "- one\n- two", "A\n=\n", "Gates:"]
)  # fmt: skip
LEADS = st.sampled_from(
    ["", "", "- ", "> ", "1. ", "- [ ] ", "- [x] ", "  - ", "> - [x] ", "> # ", "    ", "| ", "- a\n  - ", "One.\n", "<!-- c --> "]
)  # fmt: skip
SUBJECTS = st.sampled_from(
    ["Status", "sta`t`us", "*Report* status", "report_status", "Work items", "Old source  admissions", "Source_admission"]
    + ["x", "Provider", "Done\tevidence", "Next\n  step", "Next_step", "WORK-001", "The plan", "WORK-001, W and WORK-002"]
    + ["Its active blocker", "Stage 2", "<!-- c -->Status", "Re<!-- c -->sult", "If it", "Validated", "status: x. WORK-001"]
)  # fmt: skip
JOINTS = st.sampled_from(
    [": ", ": ", ": `", " was ", "\nwas ", ":  ", ":\xa0", ":\n", "** | ", " is ", " remains ", "\n> is ", " is not ", "_is_ "]
    + [" is currently ", " Plan of it", " <!-- c --> is "]
)  # fmt: skip
ENDS = st.sampled_from(
    ["pending", "`validated`.", "to\u212aen", "20260601T120000Z-run", "2026060`1T120000Z`-run", "un`proven`", "unready"]
    + ["blocked until then", "unroadblocker", "Required later", "WORK-002", "tbd;", "[a](b.json)", "\nnext", "é", "|", ""]
)  # fmt: skip
SAYINGS = st.tuples(LEADS, SUBJECTS, JOINTS, ENDS).map("".join)
DOCUMENTS = st.tuples(
    HEADS, st.sampled_from(["\n", "\n\n"]), SAYINGS, st.just("\n"), SAYINGS | texts
).map("".join)


def _same(document: Document) -> bool:
    """Whether what is read where it touches is what is kept of the whole, and of every line."""
    return all(
        wanted.touched(document, None)
        == wanted.of(collect(document, None, scene))
        == wanted.of(collect(document, None, scene, assertions.EVERYTHING))
        for wanted, scene in WANTED.values()
    )


@effort(max_examples=400)
@given(DOCUMENTS)
def test_what_is_asked_for_is_found_where_it_is_hinted_at(text: str) -> None:
    assert _same(parse("a.md", f"---\nstatus: draft\n---\n# A\n\n{text}\n".encode()))


@pytest.mark.parametrize("folder", ["pass", "fail"])
def test_what_is_asked_for_is_found_in_documents_that_people_write(folder: str) -> None:
    paths = list(CASES.glob(f"*/{folder}/**/*.md"))
    paths += (Path(__file__).parents[2] / ".sot").rglob("*.md") if folder == "pass" else ()
    assert len(paths) > 100
    for path in filter(Path.is_file, paths):
        assert _same(parse(path.name, path.read_bytes())), path


def test_a_pattern_that_is_too_large_hints_at_every_line() -> None:
    words = [f"{number}{'word' * 200}" for number in range(3000)]
    assert assertions.hinted(b"a\n\nb", assertions.label(words, ())) == frozenset({1, 2, 3})
