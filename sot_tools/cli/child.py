"""`validate_cto_child [ROOT]`: the child-workspace validator (VAL-01, VAL-02).

Prints one line of compact JSON, `{"ok": …, "checked": […], "errors": […]}`, and exits 0 when
nothing is wrong, 1 with errors, 2 when nothing could be checked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from sot_tools.cli import workspace
from sot_tools.diagnostic import Diagnostic, Severity
from sot_tools.errors import SotError
from sot_tools.project import settings
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection

PROFILE = "cto-child"


def main(arguments: list[str] | None = None) -> NoReturn:
    """The console script."""
    given = sys.argv[1:] if arguments is None else arguments
    answer, code = validate(given)
    sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
    sys.exit(code)


def validate(given: list[str]) -> tuple[dict[str, Any], int]:
    """The answer and the exit code for the arguments of the command line."""
    if len(given) > 1 or any(each.startswith("-") for each in given):
        return _failed("usage: validate_cto_child.py [ROOT]"), 2
    root = Path(given[0] if given else ".")
    try:
        if not root.is_dir():
            raise SotError(f"{root}: no such folder")
        opened = workspace.with_runs(settings.read(root.resolve(), PROFILE))
        found = check(opened, Selection(severity=Severity.ERROR))
    except SotError as error:
        return _failed(str(error)), 2
    errors = [_error(each) for each in found.diagnostics]
    return {"ok": not errors, "checked": list(found.checked), "errors": errors}, int(bool(errors))


def _error(each: Diagnostic) -> dict[str, Any]:
    return {
        "code": each.code,
        "path": each.path,
        "line": each.span.line,
        "column": each.span.column,
        "message": each.message,
    }


def _failed(message: str) -> dict[str, Any]:
    error = {"code": "SOT000", "path": "", "line": 0, "column": 0, "message": message}
    return {"ok": False, "checked": [], "errors": [error]}
