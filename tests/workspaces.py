"""The one door of the tests to the API: make a workspace, check it, read the lines."""

from __future__ import annotations

import shutil
from pathlib import Path

from sot_tools.diagnostic import Diagnostic, Report, Severity
from sot_tools.project import data, settings, starter
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection

CASES = Path(__file__).parent / "cases"


def begin(root: Path, profile: str = "plain") -> Path:
    """A new workspace of a profile, as `sot init` writes it."""
    for path, content in starter.files(data.profile(profile), "Demo", "jp", "2026-06-01").items():
        write(root, path, content)
    return root


def write(root: Path, path: str, content: str | bytes) -> Path:
    """A file of a workspace."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    return target


def edit(root: Path, path: str, old: str, new: str) -> None:
    """Replace a text that stands in a file exactly once."""
    text = (root / path).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path} holds {text.count(old)} times {old!r}"
    write(root, path, text.replace(old, new))


def report(root: Path, profile: str | None = None, **selection: object) -> Report:
    """The report of a workspace, advice included."""
    chosen = Selection(**{"severity": Severity.ADVICE, **selection})  # type: ignore[arg-type]
    runs = root / "runs"
    found = settings.read(root.resolve(), profile)
    return check(found._replace(runs=runs if runs.is_dir() else None), chosen)


def lines(found: Report, code: str = "") -> list[str]:
    """The first line of each diagnostic, of one rule or of all."""
    return [line(each) for each in found.diagnostics if each.code.startswith(code)]


def line(each: Diagnostic) -> str:
    """A diagnostic as text output begins it."""
    return f"{each.path}:{each.span.line}:{each.span.column} {each.code} {each.message}"


def case(root: Path, folder: Path) -> Path:
    """A workspace made of a case on disk laid over a new workspace.

    The file `base` beside `pass/` and `fail/` names the profile of that workspace, or `none` for
    an empty folder; without it the code decides: CTO... is `cto-child`, others are `plain`.
    """
    code = folder.parent.name
    base_file = folder.parent / "base"
    base = "cto-child" if code.startswith("CTO") else "plain"
    if base_file.is_file():
        base = base_file.read_text(encoding="utf-8").strip()
    root.mkdir(parents=True, exist_ok=True)
    if base != "none":
        begin(root, base)
    for path in sorted(folder.rglob("*")):
        if path.name == "expected.txt" or (path.is_dir() and not path.is_symlink()):
            continue
        target = root / path.relative_to(folder).as_posix().replace("dot-sot/", ".sot/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy2(path, target, follow_symlinks=False)
    return root
