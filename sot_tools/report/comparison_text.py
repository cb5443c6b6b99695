"""A comparison of lanes, or of passes that exist, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sot_tools.report.visible import visible


def render(value: Mapping[str, Any]) -> Iterator[str]:
    """Lanes, named checks, passes with what stands against them, and what it does not do."""
    for name, lane in sorted(value.get("lanes", {}).items()):
        why = f": {visible(lane['rationale'])}" if "rationale" in lane else ""
        yield f"  lane    {visible(name):6} {lane['status']}{why}"
    for name, held in sorted(value.get("checks", {}).items()):
        yield f"  {'yes' if held else 'no':7} {visible(name)}"
    for each in value.get("real_stage5_passes", ()):
        said = each["missing"] or each["differs"] or each["run_id"]
        yield f"  {each['role']:7} {visible(each['item'])}  {visible(said)}"
        for name, why in sorted({**each["rejections"], **each["against"]}.items()):
            yield f"          {name}: {visible(why)}"
    yield "  activates no default; a person's signed acceptance is what counts"
