#!/usr/bin/env python3
"""Judge the governed passes again: `python3 tools/validate-case-stage6-real-refresh.py --json`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import main

main("refresh")
