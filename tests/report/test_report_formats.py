"""What every format promises, whatever stands in the report."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_examples import EMPTY, FULL, TITLE, block, xml
from report_strategies import HOSTILE, reports

import sot_tools
from sot_tools.diagnostic import Report, Span
from sot_tools.errors import SotError
from sot_tools.report.excerpt import excerpt
from sot_tools.report.formats import FORMATS, render
from sot_tools.report.options import Options
from sot_tools.report.visible import cells, visible

RAW = {"Cc", "Cf", "Cs", "Zl", "Zp"}
COMMAND = re.compile(
    r"::(error|warning|notice) file=[^,:]*,line=\d+,col=\d+,endColumn=\d+,title=[^,:]+::.*"
)


def test_the_formats_are_those_that_the_documents_promise() -> None:
    assert list(FORMATS) == ["text", "json", "github", "sarif", "junit"]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("reported", [EMPTY, FULL], ids=["empty", "full"])
def test_every_format_renders_the_same_text_each_time_and_ends_the_last_line(
    name: str, reported: Report
) -> None:
    once = render(reported, name, Options())
    assert once == render(reported, name, Options())
    assert once.endswith("\n")
    assert not once.endswith("\n\n")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "text"])
def test_the_options_change_the_text_format_only(name: str) -> None:
    chosen = Options(color=True, statistics=True, cap=1, width=20)
    assert render(FULL, name, chosen) == render(FULL, name, Options())


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SotError) as failure:
        render(EMPTY, "yaml", Options())
    assert str(failure.value) == (
        "no output format 'yaml': choose one of text, json, github, sarif, junit"
    )


def test_only_the_module_of_the_asked_format_is_imported() -> None:
    program = (
        "import sys; from sot_tools.report.formats import FORMATS; "
        "assert not set(FORMATS.values()) & set(sys.modules); "
        "import sot_tools.report.text; "
        "assert not {'json', 'xml', 'urllib.parse'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-S", "-c", program], check=True, env={"PYTHONPATH": _root()})


def _root() -> str:
    return str(Path(sot_tools.__path__[0]).parent)


@given(reports(), st.booleans(), st.integers(0, 2))
def test_text_has_no_raw_control_characters(reported: Report, statistics: bool, cap: int) -> None:
    output = render(reported, "text", Options(statistics=statistics, cap=cap))
    raw = {char for char in output if unicodedata.category(char) in RAW}
    assert raw <= {"\n"}
    output.encode("utf-8")


@given(reports())
def test_text_starts_each_diagnostic_with_its_place_code_and_message(reported: Report) -> None:
    lines = render(reported, "text", Options()).split("\n")
    for one in reported.diagnostics:
        place = f"{visible(one.path)}:{one.span.line}:{one.span.column}"
        assert f"{place} {one.code} {visible(one.message)}" in lines


@given(reports())
def test_colour_adds_nothing_but_colour(reported: Report) -> None:
    colored = render(reported, "text", Options(color=True))
    assert re.sub(r"\x1b\[[0-9]+m", "", colored) == render(reported, "text", Options())


@given(reports())
def test_json_and_sarif_parse(reported: Report) -> None:
    for name in ("json", "sarif"):
        output = render(reported, name, Options())
        assert output.isascii()
        json.loads(output)


@given(reports())
def test_junit_is_well_formed(reported: Report) -> None:
    xml(render(reported, "junit", Options()))


@given(reports())
def test_github_has_one_line_for_each_diagnostic_and_one_that_sums_up(reported: Report) -> None:
    lines = render(reported, "github", Options()).splitlines()
    assert len(lines) == len(reported.diagnostics) + 1
    assert all(COMMAND.fullmatch(line) for line in lines[:-1])
    assert not lines[-1].lstrip().startswith("::")
    assert "##[" not in lines[-1]


@given(st.text("abc: \x1b\ud800\U000e0041", min_size=1, max_size=300), st.data())
def test_the_carets_cover_the_start_of_the_span_and_nothing_beside_it(
    line: str, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(line) - 1))
    last = data.draw(st.integers(first + 1, len(line)))
    cut = excerpt(line, Span(1, first + 1, last + 1), data.draw(st.integers(0, 120)))
    assert visible(line[first:last]).startswith(cut.text[cut.start : cut.start + cut.length])
    assert cut.length >= 1


@given(HOSTILE, st.integers(1, 30), st.integers(0, 30), st.integers(40, 80))
def test_an_excerpt_stays_in_its_room(line: str, column: int, length: int, room: int) -> None:
    cut = excerpt(line * 9, Span(1, column, column + length), room)
    assert cells(cut.text) <= room
    assert cut.start + cut.length <= room


@given(st.text("ab計\x1b\ud800", min_size=1, max_size=300), st.integers(0, 120))
def test_the_caret_of_a_place_past_the_end_stands_right_after_the_line(
    line: str, room: int
) -> None:
    cut = excerpt(line, Span(1, len(line) + 1, len(line) + 1), room)
    assert (cut.start, cut.length) == (cells(cut.text), 1)
    assert not cut.text.endswith("...")


def test_an_expanded_tab_moves_no_caret_of_a_later_line() -> None:
    found = TITLE._replace(source="\ta", span=Span(1, 2, 3))
    assert block(found).split("\n")[1:] == ["1 |     a", "  |     ^"]
