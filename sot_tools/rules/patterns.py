"""Patterns from rules and schemas: RE2, so that matching is linear whatever a file contains."""

from __future__ import annotations

from functools import cache
from typing import Any

from sot_tools.rules.model import BadParameters


@cache
def compiled(pattern: str, fold: bool = False) -> Any:
    """The RE2 pattern; raises BadParameters where RE2 does not know the syntax."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 16 << 20
    options.case_sensitive = not fold
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else error
        raise BadParameters(f"pattern `{pattern}` is not RE2: {reason}") from None
