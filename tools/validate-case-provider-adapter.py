#!/usr/bin/env python3
"""Validate the provider adapter with a test double: `--harness-root DIR --json` are accepted.

Belongs to a checkout: the double stands among its tests and is no part of the installed toolkit.
"""

import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON = CHECKOUT / ".venv" / "bin" / "python"
ACCEPTED = {"--harness-root", "--json"}


def main() -> None:
    """Run the named checks with a Python that has what they need."""
    unknown = [each for each in sys.argv[1:] if each.startswith("-") and each not in ACCEPTED]
    if unknown:
        sys.stderr.write(f"validate-case-provider-adapter: unknown option {unknown[0]}\n")
        sys.exit(2)
    sys.path.insert(0, str(CHECKOUT))
    try:
        import pytest  # noqa: F401  the dependencies of the tests, and one of the toolkit
        import re2  # noqa: F401

        from tests.engines.provider_adapter import main as validate
    except ImportError:
        if PYTHON.exists() and Path(sys.prefix).resolve() != CHECKOUT / ".venv":
            os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606  our own interpreter
        sys.stderr.write("validate-case-provider-adapter: run `make check` once\n")
        sys.exit(2)
    sys.exit(validate())


if __name__ == "__main__":
    main()
