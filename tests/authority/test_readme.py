"""The story in the README is told by the commands that stand there, in minutes, from a fresh start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def block() -> str:
    """The commands of the story."""
    text = README.read_text(encoding="utf-8")
    found = re.search(r"## From a request to a proof\n.*?```bash\n(.*?)```", text, re.DOTALL)
    assert found
    return found.group(1)


def test_the_commands_of_the_story_run_and_end_as_they_say(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    sot = tools / "sot"
    sot.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from sot_tools.cli.main import main; main()" "$@"\n'
    )
    sot.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "pass  approved-case with the fake engine" in said
    assert "WORK-001: candidate -> validated on " in said
    assert "files checked, nothing to report (profile plain)" in said
    assert re.search(r"SOT803 `WORK-001` is `validated` and its evidence no longer counts", said)
    assert "Traceback" not in said
