"""No process of an engine outlives its run: neither its limit nor a kill -9 of the harness.

`SOT_TRIALS` says how often each is tried; `make test-engines` says 100.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sot_tools.engines import isolation
from tests.engines import lanes
from tests.engines.trials import LEFT, trial

TRIALS = int(os.environ.get("SOT_TRIALS", "1"))


@pytest.mark.parametrize("kill", [True, False], ids=["kill -9 of the harness", "timeout"])
@pytest.mark.parametrize("level", ["bubblewrap", "landlock", "subreaper"])
@pytest.mark.parametrize("name", ["fake", "pi", "codex", "case"])
def test_nobody_is_left(name: str, level: str, kill: bool, tmp_path: Path) -> None:
    used = lanes.lane(name)
    if isolation.at(level).level != level:
        pytest.skip(f"not run: this machine does not reach `{level}`")
    with ThreadPoolExecutor(2) as pool:
        found = list(
            pool.map(
                lambda number: trial(used, level, tmp_path / str(number), kill),
                range(TRIALS),
            )
        )
    tried = [each for each in found if each.started >= LEFT + 1]
    assert len(tried) == TRIALS, f"not every trial saw its processes: {found}"
    assert sum(each.left for each in found) == 0, found
