"""`python3 tools/validate_cto_child.py [ROOT]`: one line of compact JSON, exit 0, 1 or 2 (VAL-01, VAL-02)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.workspaces import begin, edit, write

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "validate_cto_child.py"


def validate(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], cwd=folder, capture_output=True, check=False
    )
    assert done.stderr == b""
    text = done.stdout.decode()
    assert text.count("\n") == 1
    answer = json.loads(text)
    assert text == json.dumps(answer, separators=(",", ":")) + "\n"
    assert sorted(answer) == ["checked", "errors", "ok"]
    return done.returncode, answer


def test_this_repository_is_valid() -> None:
    code, answer = validate(ROOT)
    assert (code, answer["ok"], answer["errors"]) == (0, True, [])
    assert "WORKBOARD.yaml" in answer["checked"]


def test_an_error_has_code_path_line_column_message(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo", "cto-child")
    edit(
        root,
        ".sot/00-INTENT/CTO-WORKSPACE-INTENT.md",
        "core_promotion_status: not-promoted",
        "core_promotion_status: promoted",
    )
    code, answer = validate(tmp_path, str(root))
    assert code == 1
    assert not answer["ok"]
    error = answer["errors"][0]
    assert (error["code"], error["path"], error["line"], error["column"]) == (
        "SOT204",
        ".sot/00-INTENT/CTO-WORKSPACE-INTENT.md",
        10,
        24,
    )
    assert "`core_promotion_status` is `promoted`; allowed: `not-promoted`" in error["message"]


def test_warnings_are_no_errors(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo", "cto-child")
    (root / ".sot" / "workspace.yaml").unlink()
    assert validate(root)[0] == 0


def test_what_cannot_be_checked_is_not_ok_and_exits_2(tmp_path: Path) -> None:
    for arguments in ([str(tmp_path)], [str(tmp_path / "gone")], ["--help"], ["a", "b"]):
        code, answer = validate(tmp_path, *arguments)
        assert (code, answer["ok"], answer["checked"]) == (2, False, [])
        assert answer["errors"][0]["message"]


def test_a_workspace_of_another_profile_is_refused(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo", "plain")
    code, answer = validate(root)
    assert code == 2
    assert "names the profile `plain`" in answer["errors"][0]["message"]


def test_a_document_that_does_not_parse_is_never_ok(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo", "cto-child")
    write(root, ".sot/03-PROTOCOLS/CTO-A-PRD.md", b"\xff\xfe\x00")
    assert validate(root)[0] == 1
