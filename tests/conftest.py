"""Options of the test run, and the one helper that opens workspaces for tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture(scope="session", autouse=True)
def ledger_untouched() -> Iterator[None]:
    """No test adds to the ledger of this repository, which tells what really happened."""
    ledger = Path(__file__).resolve().parents[1] / ".sot/ledger.jsonl"
    before = ledger.read_bytes()
    yield
    assert ledger.read_bytes() == before, "a test wrote into the ledger of this repository"
