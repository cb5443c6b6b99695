"""`sot stage refresh`: judge two governed passes again, and compute what they come to."""

from __future__ import annotations

import json

import click

from sot_tools.cli import desk as desks
from sot_tools.cli import runs
from sot_tools.errors import SotError


@click.command("refresh")
@click.option("--first", metavar="ITEM", help="Work item whose evidence is the first pass.")
@click.option("--repeat", metavar="ITEM", help="Work item whose evidence is the second pass.")
@desks.ROOT
@desks.HARNESS
@desks.RUNS
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def command(
    first: str | None,
    repeat: str | None,
    root: str | None,
    harness_root: str | None,
    runs_dir: str | None,
    as_json: bool,
) -> int:
    """Hash two governed passes again, judge them in twelve dimensions, write the comparison.

    Nothing is run, and nothing that exists is written again. The items are those of the profile
    unless they are named. Exit codes: 0 repeatable, 1 blocked or failed, 2 could not look.
    """
    from sot_tools.authority import passes, refresh
    from sot_tools.cli.run import surroundings
    from sot_tools.evidence.verify import REFRESH
    from sot_tools.runs import registry

    place = runs.place(root, harness_root, runs_dir)
    desk = desks.opened(str(place.root))
    said = passes.words(desk)
    named = (first, repeat) if first and repeat else said.items
    if len(named) != refresh.REQUIRED:
        raise SotError("name two work items with --first and --repeat; the profile names none")
    register = registry.read(place.harness)
    engine = register.engines.get(said.candidate)
    documents = runs.documents(place.root, engine) if engine else {}
    known = passes.known(desk, place.runs, said, register, documents)
    found = passes.find(desk, place.runs, (named[0], named[1]))
    value = refresh.record(tuple(refresh.judge(each, known) for each in found), known)
    show = runs.Progress(passes.NAME)
    around = surroundings(place, register, register.default_engine, runs.Stop(), show)
    done = passes.seal(value, around)
    written = str(done.path / REFRESH)
    answer = {"ok": value["status"] == "pass", **value, "comparison_report": written}
    if as_json:
        click.echo(json.dumps(answer, sort_keys=True, separators=(",", ":")))
    else:
        from sot_tools.report import comparison_text

        click.echo(f"{value['status']}  {value['repeatability_count']} of 2 governed passes")
        click.echo("\n".join(comparison_text.render(value)))
        click.echo(f"  written {written}")
    return 0 if answer["ok"] else 1
