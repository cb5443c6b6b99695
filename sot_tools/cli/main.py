"""The command `sot`: finds the verb, and turns expected failures into exit codes in one place.

0: nothing to report. 1: diagnostics, or the answer is no. 2: it could not be done.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from importlib import import_module
from typing import NoReturn

gc.disable()  # what a command builds lives to its end; looking for garbage costs a third of it

import click  # noqa: E402

import sot_tools  # noqa: E402
from sot_tools.errors import Refused, SotError  # noqa: E402

VERBS = {
    "check": "Check the governed documents of a workspace.",
    "prose": "Ask whether final claims are written plainly.",
    "explain": "Explain a rule: why it exists, a bad and a good example, how to mend.",
    "rules": "List the rules, kinds or profiles that are in force.",
    "board": "List work items, show one, or show what can be worked on next.",
    "graph": "Draw work items, blockers and evidence as text, Mermaid or DOT.",
    "trace": "Print which requirement leads to which work item and evidence.",
    "init": "Begin a workspace that passes from the first minute.",
    "new": "Begin a document that passes its own check.",
    "run": "Run a registered case under the harness and seal the evidence.",
    "engines": "Show the engines: open, blocked or off, and what to do next.",
    "admit": "Check what is admitted for an engine, or show what a record admits.",
    "stage": "Prove what a stage of the ladder asks for, and earn it.",
    "matrix": "Produce every failure class for real and show expected beside seen.",
    "health": "Check the documents, run every case, verify what they left.",
    "evidence": "Verify, show, list, compare and export the evidence of runs.",
    "request": "Write the record that asks for one governed run.",
    "packet": "Write what a person is asked to approve.",
    "approve": "Sign a yes to one run, or to one change of status.",
    "deny": "Sign a no; it is terminal.",
    "advance": "Change a status on verified evidence that a person accepted.",
    "ladder": "Show the stages, what earned them, and what may be done next.",
    "guard": "Ask whether another repository is idle, and change nothing there.",
    "closeout": "Write a closeout again from its evidence, or compare it.",
    "record": "Write a document that follows from evidence, or compare it.",
    "keys": "Make, list, add and revoke the keys whose approval counts.",
    "ledger": "Verify and show what was granted, run and advanced.",
    "baseline": "Record what is known to be wrong today, so that only new faults fail.",
    "completion": "Print the completion script of a shell.",
}
"""Verb → its help; the command is the object `command` in `sot_tools.cli.<verb>`."""


class _Verbs(click.Group):
    """Loads the module of a verb when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"sot_tools.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from sot_tools.rules.nearest import hint

            known = hint(args[0], VERBS) or "`sot --help` lists the verbs"
            raise SotError(f"`{args[0]}` is no verb of sot; {known}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 nothing to report, 1 diagnostics, 2 could not run.",
)
@click.version_option(sot_tools.__version__, "--version", message="sot %(version)s")
def sot() -> None:
    """Keep a team's source of truth true."""


def main() -> NoReturn:
    """The console script; never shows a traceback for an expected failure."""
    code = run(sot)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # `run` has said so where it matters
            stream.flush()
    os._exit(code)  # to free every object first takes as long as to check hundreds of documents


def run(command: click.Command) -> int:
    """Run a click command and say its outcome as an exit code."""
    message, code = "", 2
    try:
        outcome = command.main(prog_name="sot", complete_var="_SOT_COMPLETE", standalone_mode=False)
        sys.stdout.flush()
        code = outcome if isinstance(outcome, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
    except click.ClickException as error:
        message = error.format_message()
    except SotError as error:
        message = str(error)
    except Refused as refusal:
        message, code = str(refusal), 1
    except (click.Abort, KeyboardInterrupt):
        message = "interrupted"
    except BrokenPipeError:  # whoever read it has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        message = f"{error.filename or 'the output'}: {error.strerror or error}"
    if message:
        _complain(message)
    return code


def _complain(message: str) -> None:
    """One line on standard error, without characters that a terminal would obey."""
    line = " ".join(message.split())
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line)
    click.echo(f"sot: {shown.encode('utf-8', 'backslashreplace').decode()}", err=True)
