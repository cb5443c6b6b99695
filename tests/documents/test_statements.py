"""What a document asserts is found in every form it is written in, and nothing else is taken for
an assertion."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import assume, given
from hypothesis import strategies as st

from sot_tools.documents import outline
from sot_tools.documents.assertions import asserted, assertion, bare, hinted, is_state
from sot_tools.documents.document import parse
from sot_tools.documents.lists import entries
from sot_tools.documents.statements import Said, Statement, said
from sot_tools.rules.truth.runs import seconds

PATTERN = r"WORK-\d{3,6}"
WORDS = frozenset({"candidate", "next", "in-review"})
"""Words for states that do not end in -ed or -en."""
IDS = st.integers(100, 999_999).map(lambda number: f"WORK-{number}")
STATES = st.sampled_from(["validated", "blocked", "candidate", "resolved", "unproven"])
VERBS = st.sampled_from(["is", "remains", "stays", "becomes", "was", "remained"])
ADVERBS = st.sampled_from(["", " still", " now", " already", " currently"])
TAILS = st.sampled_from(["", " until jp signs", " because of the run", " by the wrapper"])
PROSE = st.text("abcdefgh ", min_size=1, max_size=30).map(lambda text: f"Xy {text.strip()} z.")
FORMS = {
    "a paragraph": "{}",
    "a list entry": "- {}",
    "a numbered entry": "1. {}",
    "a ticked entry": "- [x] {}",
    "a quoted paragraph": "> {}",
    "below another sentence": "Something else first. {}",
    "below another line": "Something else first.\n{}",
    "below a label": "State:\n\n- {}",
    "a nested entry": "- One.\n  - {}",
}
IDLE = {
    "a fence": "```text\n{}\n```",
    "a tilde fence": "~~~\n{}\n~~~",
    "indented code": "    {}",
    "a comment": "<!-- {} -->",
    "a comment over lines": "<!--\n{}\n-->",
    "a condition": "If {}",
    "a time": "Once {}",
    "a duty": "The operator must see that {}",
    "reported speech": "The packet says {}",
    "a prohibition": "Do not mark it so that {}",
    "a quotation": 'The words "{}" were struck out.',
    "a quoted code span": "The words `{}` were struck out.",
    "acceptance": "## Acceptance Criteria\n\n- {}",
    "acceptance by label": "Acceptance:\n\n- {}",
    "non-goals": "## Non-Goals\n\n{}",
    "required phrases": "## Required Phrases\n\n- {}",
    "risks": "## Risks\n\n- {}",
    "a template": "## Template\n\n{}",
}


def read(body: str) -> Said:
    """What a document with this body says."""
    return said(parse("a.md", f"---\nname: a\n---\n\n# A\n\n{body}\n".encode()), PATTERN, WORDS)


def about(found: Said, subject: str) -> list[Statement]:
    return [each for each in found.statements if each.subject == subject]


@st.composite
def assertions(draw: st.DrawFn) -> tuple[str, str, str]:
    """Subject, state and the sentence, some of its words in code or bold, some wrapped."""
    subject, state = draw(IDS), draw(STATES)
    mark = draw(st.sampled_from(["", "`", "**"]))
    name = draw(st.sampled_from(["", " Parser Pass", " first proof of it"]))
    shown = draw(st.sampled_from(["", "`"]))
    words = f"{mark}{subject}{mark}{name} {draw(VERBS)}{draw(ADVERBS)} {shown}{state}{shown}"
    return subject, state, f"{words}{draw(TAILS)}."


@given(assertions(), st.sampled_from(sorted(FORMS)), st.lists(PROSE, max_size=3))
def test_an_assertion_is_found_on_its_line_in_every_form(
    asserted: tuple[str, str, str], form: str, before: list[str]
) -> None:
    subject, state, sentence = asserted
    lead = "".join(f"{text}\n\n" for text in before)
    body = lead + FORMS[form].replace("{}", sentence)
    (found,) = about(read(body), subject)
    assert (found.state, found.negated) == (state, False)
    lines = f"---\nname: a\n---\n\n# A\n\n{body}\n".split("\n")
    assert subject in lines[found.line - 1]


@given(assertions(), st.data())
def test_an_assertion_is_found_wherever_its_line_is_wrapped(
    asserted: tuple[str, str, str], data: st.DataObject
) -> None:
    subject, state, sentence = asserted
    words = sentence.split(" ")
    at = data.draw(st.integers(1, len(words) - 1))
    for indent, lead in (("", ""), ("  ", "- ")):
        body = f"{lead}{' '.join(words[:at])}\n{indent}{' '.join(words[at:])}"
        assume(not words[at].startswith(("-", "#")))
        (found,) = about(read(body), subject)
        assert (found.state, found.line) == (state, 7)


@given(assertions(), st.sampled_from(sorted(IDLE)))
def test_what_does_not_assert_is_passed_over(asserted: tuple[str, str, str], form: str) -> None:
    subject, _, sentence = asserted
    if "code span" in form:
        sentence = sentence.replace("`", "")
    assert about(read(IDLE[form].replace("{}", sentence)), subject) == []


SCRAPS = st.sampled_from(
    [
        "WORK-123 ",
        "The plan ",
        "is ",
        "are ",
        "was ",
        "remains ",
        "stays ",
        "**is** ",
        "`is ",
        "currently ",
        "still ",
        "not ",
        "no longer ",
        "the ",
        "blocked",
        "`blocked`",
        "*proven*",
        "candidate",
        "in-review",
        "next",
        "nextly",
        "blocker ",
        "active blocker is ",
        "until ",
        "ready",
        "If ",
        ". ",
        ".\n",
        "\n",
        "\t",
        "\xa0",
        ": ",
        "<!-- x --> ",
        "**",
    ]
)


@given(st.lists(SCRAPS, max_size=14).map("".join))
def test_the_quick_look_loses_no_assertion(text: str) -> None:
    slow = [
        each
        for each in asserted(text, PATTERN, None)
        if each.negated or is_state(each.state, WORDS)
    ]
    assert asserted(text, PATTERN, WORDS) == slow


@given(st.lists(SCRAPS | st.sampled_from(["\n\n", "\n- ", "\n> ", "\n  - "])).map("".join))
def test_every_assertion_stands_on_a_line_that_is_read(text: str) -> None:
    document = parse("a.md", f"# A\n\n{text}".encode())
    lines = hinted(bare(document.text), assertion(WORDS))
    for block in document.blocks:
        if block.kind in {outline.PARAGRAPH, outline.ITEM} and asserted(block.text, PATTERN, WORDS):
            assert not lines.isdisjoint(range(block.line, block.end + 1))


@given(
    IDS, st.sampled_from(["candidate", "next", "in-review", "closed", "proven", "ready", "here"])
)
def test_a_state_is_a_word_in_ed_or_en_or_one_of_the_workspace(subject: str, word: str) -> None:
    known = word not in ("ready", "here")
    assert bool(about(read(f"{subject} is {word}."), subject)) is known
    assert about(read(f"## Entry gates\n\n- {subject} is {word}."), subject)


@given(IDS, STATES, st.sampled_from([" not", " no longer"]))
def test_a_negation_is_known_as_one(subject: str, state: str, negation: str) -> None:
    (found,) = about(read(f"{subject} is{negation} {state}."), subject)
    assert (found.state, found.negated) == (state, True)


@given(st.lists(IDS, min_size=2, max_size=12, unique=True), STATES)
def test_every_item_of_a_list_is_a_subject(ids: list[str], state: str) -> None:
    text = ", ".join(ids[:-1]) + f" and {ids[-1]} are {state}."
    assert [each.subject for each in read(text).statements] == ids


@given(IDS, STATES)
def test_the_date_of_the_heading_above_counts(subject: str, state: str) -> None:
    found = read(f"## Probe - 2026-05-31\n\n### Then\n\n{subject} is {state}.")
    (statement,) = about(found, subject)
    assert found.parts[statement.part].date == "2026-05-31"


@given(st.text(), st.text('`"“”*_-[]()#>|<!\n: iswaremn WORK-1', max_size=300))
def test_reading_never_fails(one: str, other: str) -> None:
    for text in (one, other, f"- {other}", f"{one}:\n\n- {other}"):
        document = parse("a.md", f"# A\n\n{text}".encode("utf-8", "surrogatepass"))
        found = said(document, PATTERN, WORDS)
        lines = len(document.lines)
        assert all(1 <= each.line <= lines for each in (*found.statements, *found.labels))
        assert all(1 <= entry.line <= lines for entry in entries(document))


@given(assertions(), st.sampled_from(sorted(FORMS)))
def test_line_ends_do_not_matter(asserted: tuple[str, str, str], form: str) -> None:
    body = "# A\n\n" + FORMS[form].replace("{}", asserted[2]) + "\n\n- Report status: `pass`.\n"
    plain = parse("a.md", body.encode())
    windows = parse("a.md", body.replace("\n", "\r\n").encode())
    assert said(plain, PATTERN, WORDS) == said(windows, PATTERN, WORDS)
    assert entries(plain) == entries(windows)


@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),
    st.integers(-23 * 60, 23 * 60),
)
def test_an_instant_is_the_one_that_the_standard_library_reads(
    moment: datetime, minutes: int
) -> None:
    zone = timezone(timedelta(minutes=minutes))
    told = moment.replace(microsecond=0, tzinfo=zone)
    expected = (told - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    assert seconds(told.isoformat()) == expected
    assert seconds(told.isoformat(" ")) == expected
    day = told.date().isoformat()
    begin = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    assert seconds(day) == (begin - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


@given(st.text("0123456789-:TZ+ .", max_size=30))
def test_what_is_no_instant_is_none(text: str) -> None:
    found = seconds(text)
    assert found is None or isinstance(found, int)
