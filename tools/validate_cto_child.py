#!/usr/bin/env python3
"""Validate a CTO child workspace: `python3 tools/validate_cto_child.py [ROOT]`.

Without ROOT the workspace is the current folder. Uses the installed toolkit, else the checkout
that this file stands in, with its own virtual environment.
"""

import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON = CHECKOUT / ".venv" / "bin" / "python"


def main() -> None:
    """Run the validator with a Python that has what it needs."""
    try:
        import re2  # noqa: F401  the one compiled dependency stands for all of them

        sys.path.insert(0, str(CHECKOUT))
        from sot_tools.cli.child import main as validate
    except ImportError:
        if PYTHON.exists() and Path(sys.prefix).resolve() != CHECKOUT / ".venv":
            os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606  our own interpreter
        sys.stderr.write("validate_cto_child: sot-tools is not installed; run `make check` once\n")
        sys.exit(2)
    validate()


if __name__ == "__main__":
    main()
