"""Options of the test run, and the one helper that opens workspaces for tests."""

from __future__ import annotations

import os
import tempfile

import hypothesis
import pytest

hypothesis.settings.register_profile("house", deadline=None)  # no test depends on timing
hypothesis.settings.load_profile("house")
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="sot-tests-")  # not the developer's own
os.environ.pop("CI", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="write expected.txt of tests/cases anew from what is found now; review the diff",
    )
