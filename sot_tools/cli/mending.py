"""`sot check --fix`: write what mending came to, or show it as a diff."""

from __future__ import annotations

import sys

from sot_tools import replacing
from sot_tools.errors import SotError
from sot_tools.project.mend import Mended, Outcome, mend
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Selection
from sot_tools.report.patch import patch
from sot_tools.report.visible import visible


def fix(settings: Settings, selection: Selection) -> None:
    """Write every file that can be mended, each at once or not at all, and say which."""
    outcome = mend(settings, selection)
    written = 0
    for each in outcome.mended:
        try:
            replacing.exchange(settings.root, each.path, each.before, each.after)
        except SotError as error:
            _say(str(error))
        else:
            written += 1
            _say(f"mended {each.path}")
    _say_left(outcome)
    if not written:
        _say("nothing was mended")


def diff(settings: Settings, selection: Selection) -> tuple[Mended, ...]:
    """Print what `fix` would write as a diff, and give it."""
    outcome = mend(settings, selection)
    for each in outcome.mended:
        content = patch(each.path, each.before, each.after)
        if sys.stdout.isatty():
            shown = content.decode("utf-8", "replace").removesuffix("\n").split("\n")
            sys.stdout.write("".join(f"{visible(line)}\n" for line in shown))
        else:
            sys.stdout.buffer.write(content)
    _say_left(outcome)
    return outcome.mended


def _say_left(outcome: Outcome) -> None:
    for path, reason in outcome.left.items():
        _say(f"{path}: {reason}")


def _say(text: str) -> None:
    shown = visible(text).encode("utf-8", "backslashreplace").decode()
    sys.stderr.write(f"sot: {shown}\n")
