"""Approving, running and advancing ask nobody on any network, not even this machine's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALONE = ("unshare", "--map-root-user", "--net")
STORY = """
import socket, sys
from pathlib import Path
from tests.authority import story
assert [name for _, name in socket.if_nameindex()] in ([], ["lo"])
told = story.told(Path(sys.argv[1]))
print(told.entry.text("to"), told.world.check())
"""


def refused() -> str:
    """Why this machine makes no empty network; empty where it does."""
    if not shutil.which(ALONE[0]):
        return "unshare is not installed"
    done = subprocess.run([*ALONE, "true"], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


@pytest.mark.skipif(bool(refused()), reason=f"not run: {refused()}")
def test_the_whole_story_is_told_where_there_is_no_network(tmp_path: Path) -> None:
    done = subprocess.run(
        [*ALONE, sys.executable, "-c", STORY, str(tmp_path / "m")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "validated []\n", done.stderr
