"""Globs mean the same whether a pattern tells it or something quicker."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sot_tools.globs import glob_test, matches, pattern

GLOBS = st.text("ab./*?-\n", max_size=7)
PATHS = st.text("ab./-\n", max_size=9)


@given(GLOBS, PATHS)
@example("a*a", "a")
@example("*-a.b", "b/a-a.b")
@example("a/*", "a/b/a")
@example("**/a", "a")
@example("a**", "a/b")
def test_a_quick_test_says_what_the_pattern_says(glob: str, path: str) -> None:
    assert bool(glob_test(glob)(path)) == bool(pattern(glob).fullmatch(path))


def test_a_glob_without_a_folder_is_about_the_file_name() -> None:
    assert matches("a/b/X-PRD.md", ["*-PRD.md"])
    assert not matches("a/b/X-PRD.md", ["a/*-PRD.md"])
    assert matches("a/b/X-PRD.md", ["a/**-PRD.md"])
    assert not matches("a/b/X-PRD.md", [])
