"""The table of output formats and the one function that renders a report in any of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Protocol, cast

from sot_tools.diagnostic import Report
from sot_tools.errors import SotError
from sot_tools.report.options import Options

__all__ = ["FORMATS", "Format", "Options", "render"]

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "text": "sot_tools.report.text",
        "json": "sot_tools.report.json_object",
        "github": "sot_tools.report.github",
        "sarif": "sot_tools.report.sarif",
        "junit": "sot_tools.report.junit",
    }
)
"""Format name -> the module that renders it, imported when it is asked for and not before."""


class Format(Protocol):
    """What a module named in `FORMATS` offers."""

    def render(self, report: Report, options: Options) -> str:
        """The whole report as text that ends with a line end."""
        ...


def render(report: Report, format: str, options: Options) -> str:
    """The report in the format of that name; `SotError` where there is no such format."""
    if format not in FORMATS:
        raise SotError(f"no output format {format!r}: choose one of {', '.join(FORMATS)}")
    module = cast(Format, import_module(FORMATS[format]))
    return module.render(report, options)
