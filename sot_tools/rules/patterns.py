"""Patterns from rules and schemas: RE2, so that matching is linear whatever a file contains."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sot_tools.errors import SotError

HOLDERS = ("patterns", "claims", "allow")
"""Parameters of rows that hold patterns."""


@cache
def compiled(pattern: str, fold: bool = False) -> Any:
    """The RE2 pattern; raises SotError where RE2 does not know the syntax."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 16 << 20
    options.case_sensitive = not fold
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else error
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise SotError(f"pattern `{pattern}` is not RE2: {reason}") from None


def check_patterns(parameters: Mapping[str, Any], where: str) -> None:
    """Raise SotError where a row's pattern is not RE2, before any document meets it."""
    for name in HOLDERS:
        value = parameters.get(name, [])
        for pattern in [value] if isinstance(value, str) else value:
            try:
                compiled(pattern)
            except SotError as error:
                raise SotError(f"{where}: {error}") from None
