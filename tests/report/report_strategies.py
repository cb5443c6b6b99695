"""Reports with arbitrary strings in every field that a document or a path can fill."""

from __future__ import annotations

from hypothesis import strategies as st
from report_examples import RULES

from sot_tools.diagnostic import Diagnostic, Edit, Related, Report, Severity, Span

HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.text(
        st.sampled_from(
            "a\t\r\n\x00\x1b\x7f\x85\x9b\u200b\u0301\u2028\u202e\ud800\ufffe計%:,[]()#&<"
        ),
        max_size=20,
    ),
)
"""Any code points, lone surrogates and noncharacters included."""

spans = st.builds(
    lambda line, column, length: Span(line, column, column + length),
    st.integers(1, 10**6),
    st.integers(1, 300),
    st.integers(0, 300),
)


edits = st.one_of(
    st.just(Edit(1, 0, 1, 1, "")),
    st.builds(Edit, st.integers(1, 9), st.integers(1, 9), st.integers(10, 19), st.just(1), HOSTILE),
)


@st.composite
def reports(draw: st.DrawFn, strings: st.SearchStrategy[str] = HOSTILE) -> Report:
    """A report on any strings, with the rules of the examples."""
    related = st.builds(Related, strings, spans, strings)
    diagnostics = st.builds(
        Diagnostic,
        path=strings,
        span=spans,
        code=st.sampled_from([*(rule.code for rule in RULES), "X1"]),
        severity=st.sampled_from(Severity),
        message=strings,
        step=strings,
        insert=strings,
        related=st.lists(related, max_size=3).map(tuple),
        source=strings,
        applies=strings,
        fingerprint=st.sampled_from(["", "c" * 64]),
        fixable=st.booleans(),
        edits=st.lists(edits, max_size=2).map(tuple),
    )
    return Report(
        root=draw(strings),
        profile=draw(strings),
        assumed=draw(st.booleans()),
        checked=tuple(sorted(draw(st.sets(strings, max_size=3)))),
        diagnostics=tuple(
            sorted(draw(st.lists(diagnostics, max_size=4)), key=lambda one: one.order)
        ),
        rules=RULES,
        suppressed=draw(st.integers(0, 3)),
        hidden=draw(st.integers(0, 3)),
        version=draw(st.sampled_from(["", "0.1.0"])),
    )
