"""Engine id → its adapter; one line each."""

from __future__ import annotations

from sot_tools.engines import fake
from sot_tools.engines.order import Engine

ENGINES: dict[str, Engine] = {
    "fake": fake.ENGINE,
}
