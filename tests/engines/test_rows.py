"""Every failure row and provider class, done by every engine that is there, in less than a minute.

What is not installed is not run, and says so.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.engines import lanes, rows


@pytest.mark.parametrize("name", ["fake", "pi", "codex", "case"])
def test_every_row_of_an_engine_ends_in_its_own_class(name: str, tmp_path: Path) -> None:
    used = lanes.lane(name)
    todo = rows.of(used)
    with ThreadPoolExecutor(2) as pool:
        places = [tmp_path / str(number) for number in range(len(todo))]
        found = list(pool.map(lambda row, place: rows.see(used, row, place), todo, places))
    wrong = {each.row.name: each.codes for each in found if not each.as_expected}
    assert wrong == {}


def test_each_engine_produces_every_row_or_says_why_it_cannot() -> None:
    silent = [
        (row.name, lane)
        for row in (*rows.ROWS, *rows.PROVIDER)
        for lane, why in row.not_for.items()
        if not why
    ]
    assert silent == []
    assert {row.name for row in rows.ROWS if "case" in row.not_for} == set()
