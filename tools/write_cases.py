#!/usr/bin/env python3
"""Record the digest of each case's fixture in its case.yaml: `python tools/write_cases.py CASE…`.

A fixture that differs from its recorded digest is a dirty start; recording it anew says that it is
meant to be so. Review the difference first.
"""

import re
import sys
from pathlib import Path

from sot_tools import tree
from sot_tools.runs.registry import PLACE

CASES = Path(__file__).resolve().parent.parent / PLACE / "cases"


def main() -> int:
    """Rewrite the one line of each case named."""
    for name in sys.argv[1:]:
        path = CASES / name / "case.yaml"
        text = path.read_text(encoding="utf-8")
        of = re.search(r"^fixture_of: (\S+)$", text, re.MULTILINE)
        fixture = CASES / (of.group(1) if of else name) / "fixture"
        digest = tree.digest(tree.snapshot(fixture))
        made, count = re.subn(
            r"^fixture_digest: .*$", f"fixture_digest: {digest}", text, flags=re.MULTILINE
        )
        if count != 1:
            sys.stderr.write(f"{path}: has {count} lines with fixture_digest, expected one\n")
            return 1
        path.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
