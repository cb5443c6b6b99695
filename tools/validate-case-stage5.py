#!/usr/bin/env python3
"""Validate stage 5: `python3 tools/validate-case-stage5.py [--harness-root DIR] --json`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import main

main(5)
