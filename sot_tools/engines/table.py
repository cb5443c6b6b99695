"""Engine id → its adapter; one line each."""

from __future__ import annotations

from sot_tools.engines import case, codex, fake, pi
from sot_tools.engines.order import Engine

ENGINES: dict[str, Engine] = {
    "fake": fake.ENGINE,
    "case": case.ENGINE,
    "codex": codex.ENGINE,
    "pi": pi.ENGINE,
}
