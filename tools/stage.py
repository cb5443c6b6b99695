"""What the stage validators share: the toolkit that is installed, else that of this checkout."""

import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON = CHECKOUT / ".venv" / "bin" / "python"


def main(stage: int | str) -> None:
    """Validate one stage, or `refresh` its passes, with a Python that has what it needs."""
    try:
        import re2  # noqa: F401  the one compiled dependency stands for all of them

        sys.path.insert(0, str(CHECKOUT))
        from sot_tools.cli import main as entrance
        from sot_tools.cli import stage_refresh, stage_validate
    except ImportError:
        if PYTHON.exists() and Path(sys.prefix).resolve() != CHECKOUT / ".venv":
            os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606  our own interpreter
        sys.stderr.write(f"stage {stage}: sot-tools is not installed; run `make check` once\n")
        sys.exit(2)
    refresh = stage_refresh.command
    sys.exit(entrance.run(refresh if stage == "refresh" else stage_validate.entry(stage)))
