"""Whether files that are not written yet would pass the check of their workspace."""

from __future__ import annotations

from collections.abc import Mapping

from sot_tools.errors import Refused
from sot_tools.project.check import check
from sot_tools.project.model import Settings
from sot_tools.project.outcome import Selection

BY_HAND = "give what it asks for, or write the document by hand"


def require(settings: Settings, files: Mapping[str, bytes], step: str = BY_HAND) -> None:
    """Refuse files (path → content) with which the check would find something new."""
    before = check(settings, Selection()).diagnostics
    known = {(each.path, each.code, each.message) for each in before}
    for each in check(settings, Selection(replaced=files)).diagnostics:
        if (each.path, each.code, each.message) not in known:
            place = f"{each.path}:{each.span.line}"
            raise Refused(f"nothing was written: {place} {each.code} {each.message}; {step}")
