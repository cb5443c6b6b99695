"""`sot completion`: the completion script of a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell, to be sourced from its start-up file."""
    from sot_tools.cli.main import sot

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(sot, {}, "sot", "_SOT_COMPLETE").source())
