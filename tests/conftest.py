"""Options of the test run, and the one helper that opens workspaces for tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="write expected.txt of tests/cases anew from what is found now; review the diff",
    )
