"""`sot check`: check a workspace and print what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sot_tools import disk
from sot_tools.cli import cache, terminal, workspace
from sot_tools.diagnostic import Report, Severity
from sot_tools.errors import SotError
from sot_tools.project import outcome
from sot_tools.project.files import governed
from sot_tools.project.outcome import Selection
from sot_tools.report.formats import FORMATS, render
from sot_tools.report.options import Options
from sot_tools.source import Folder

EDITS = ("json", "sarif")
"""Formats that carry the edits of a fix."""

if TYPE_CHECKING:
    from sot_tools.project.changes import Changes
    from sot_tools.project.memory import Memory
    from sot_tools.project.model import Settings
    from sot_tools.source import Source


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--profile", help="Profile for a tree without .sot/workspace.yaml (default: plain).")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@click.option(
    "--output",
    multiple=True,
    metavar="FORMAT=FILE",
    help="Write another format to a file; repeatable.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="CODE",
    help="Only rules that start so; repeatable, commas allowed.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    help="Not rules that start so; repeatable, commas allowed.",
)
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity]),
    default="warning",
    show_default=True,
    help="Mildest severity to report.",
)
@click.option(
    "--changed",
    is_flag=False,
    flag_value="HEAD",
    metavar="[REF]",
    help="Only what changed since a git commit (default HEAD), and what depends on it.",
)
@click.option(
    "--staged", is_flag=True, help="Check what git's index holds, which is what is committed next."
)
@click.option(
    "--stdin-filename", metavar="PATH", help="Check standard input as the content of this file."
)
@click.option("--statistics", is_flag=True, help="Count diagnostics by rule.")
@click.option("--all", "show_all", is_flag=True, help="Do not shorten repeats in text output.")
@click.option("--fix", "fix", is_flag=True, help="Mend what no person has to judge, then check.")
@click.option("--diff", "diff", is_flag=True, help="With --fix: print the changes, write nothing.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even with diagnostics.")
@click.option("--no-baseline", is_flag=True, help="Report what .sot/baseline.json knows, too.")
@click.option("--no-cache", is_flag=True, help="Neither use nor keep what earlier checks found.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.pass_context
def command(context: click.Context, /, paths: tuple[str, ...], **_: object) -> int:
    """Check the governed documents of a workspace.

    Without PATHS everything is checked and reported; with PATHS everything is checked, and the
    diagnostics of those files are reported.
    """
    options = context.params
    mending = options["fix"] or options["diff"]
    if mending and (not options["fix"] or options["stdin_filename"]):
        raise SotError("--diff goes with --fix, and --fix with files, not with standard input")
    source = _source(context, paths, options)
    outputs = [_output(each) for each in options["output"]]
    selection = _selection(source, paths, options)
    changes = _changes(context, source, options)
    forgetful = options["no_cache"] or mending
    brief = selection.ordinary and changes is None
    memory = None if forgetful else cache.memory(source, options["profile"], brief)
    if changes is not None:
        selection = selection._replace(changed=changes.paths())
    if mending:
        settings, selection = _opened(source, memory, selection, paths, options["profile"])
        if options["diff"]:
            return _diff(settings, selection, bool(options["exit_zero"]))
        from sot_tools.cli.mending import fix

        fix(settings, selection)
    report = _report(source, memory, selection, paths, options["profile"])
    for form, file in outputs:
        disk.write(Path(file), render(report, form, Options()).encode("utf-8", "backslashreplace"))
    _print(report, options)
    return 0 if options["exit_zero"] or not report.diagnostics else 1


def _source(context: click.Context, paths: tuple[str, ...], options: dict[str, Any]) -> Source:
    """The folder of the workspace, or git's index of it."""
    if not options["staged"]:
        return Folder(workspace.folder(options["root"], _start(paths, options["stdin_filename"])))
    if options["fix"]:
        raise SotError("--staged writes nothing: mend with `sot check --fix`, then `git add`")
    if options["stdin_filename"]:
        raise SotError("--staged and --stdin-filename exclude each other")
    from sot_tools.project.index import Index

    index = Index(workspace.folder(options["root"], _start((), *paths[:1])))
    context.call_on_close(index.close)
    return index


def _changes(context: click.Context, source: Source, options: dict[str, Any]) -> Changes | None:
    """What differs from the commit that is asked for; git looks while other things are done."""
    if options["changed"] is None:
        return None
    from sot_tools.project.changes import Changes

    begun = Changes(source.root, options["changed"], bool(options["staged"]))
    context.call_on_close(begun.close)
    return begun


def _report(
    source: Source,
    memory: Memory | None,
    selection: Selection,
    paths: tuple[str, ...],
    profile: str | None,
) -> Report:
    """The report that is remembered where nothing changed, else the one of a check."""
    known = memory.outcome if memory is not None else None
    if known is not None and selection.ordinary and not selection.changed:
        selection = _narrowed(selection, source, paths, known.paths)
        checked = selection.changed if selection.paths is None else selection.paths
        return outcome.report(source, known, selection, checked)
    from sot_tools.project.check import check
    from sot_tools.project.snapshot import Snapshot

    settings, selection = _opened(source, memory, selection, paths, profile)
    snapshot = Snapshot(settings, selection.replaced, memory)
    return check(settings, selection, terminal.Progress(), snapshot)


def _opened(
    source: Source,
    memory: Memory | None,
    selection: Selection,
    paths: tuple[str, ...],
    profile: str | None,
) -> tuple[Settings, Selection]:
    """The settings, and the selection of the files that the command line names."""
    from sot_tools.project import settings

    read = workspace.with_runs(settings.within(source, profile, memory))
    if paths:
        entries = memory.governed(read.scope) if memory else governed(source, read.scope)
        selection = _narrowed(selection, source, paths, [each.path for each in entries])
    return read, selection


def _narrowed(
    selection: Selection, source: Source, paths: tuple[str, ...], listed: Sequence[str]
) -> Selection:
    """The selection of the governed files, `listed`, that the command line names."""
    if not paths:
        return selection
    return selection._replace(paths=workspace.select(source.root, paths, listed, source.name))


def _diff(settings: Settings, selection: Selection, exit_zero: bool) -> int:
    """Print what `--fix` would change, and on standard error what would remain."""
    from sot_tools.cli.mending import diff
    from sot_tools.project.check import check
    from sot_tools.report.phrases import summary

    mended = diff(settings, selection)
    remaining = check(
        settings, selection._replace(replaced={each.path: each.after for each in mended})
    )
    sys.stdout.flush()
    files = "1 file" if len(mended) == 1 else f"{len(mended)} files"
    sys.stderr.write(f"sot: {files} would change; then: {summary(remaining)}\n")
    return int(not exit_zero and bool(mended or remaining.diagnostics))


def _start(paths: tuple[str, ...], absent: str | None = None) -> tuple[str, ...]:
    """The paths that say where the workspace is; what need not exist (a file given on standard
    input, or one that is only in git's index) says it by the nearest folder."""
    if absent is None:
        return paths
    folder = Path(absent)
    while not folder.is_dir():
        folder = folder.parent
    return (str(folder),)


def _selection(source: Source, paths: tuple[str, ...], options: dict[str, Any]) -> Selection:
    """What the command line asks for, but for PATHS and what changed."""
    name = options["stdin_filename"]
    if name is not None and paths:
        raise SotError("--stdin-filename and PATHS exclude each other")
    replaced = {workspace.relative(source.root, name): sys.stdin.buffer.read()} if name else {}
    return Selection(
        frozenset(replaced) if replaced else None,
        None,
        _codes(options["select"]),
        _codes(options["ignore"]),
        Severity(options["severity"]),
        replaced,
        not options["no_baseline"],
        any(form in EDITS for form in (options["form"], *_forms(options["output"]))),
    )


def _forms(given: object) -> list[str]:
    entries = given if isinstance(given, tuple) else ()
    return [entry.partition("=")[0] for entry in entries]


def _codes(given: object) -> tuple[str, ...]:
    entries = given if isinstance(given, tuple) else ()
    return tuple(
        code.strip().upper() for entry in entries for code in entry.split(",") if code.strip()
    )


def _output(given: str) -> tuple[str, str]:
    form, equals, file = given.partition("=")
    if not equals or not file or form not in FORMATS:
        raise SotError(f"--output {given}: write FORMAT=FILE with one of {', '.join(FORMATS)}")
    return form, file


def _print(report: Report, options: dict[str, object]) -> None:
    cap = 0 if options["show_all"] else 5
    shown = terminal.options(str(options["color"]), bool(options["statistics"]), cap)
    text = render(report, str(options["form"]), shown)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8"))
