"""Runs that a workspace keeps: archives in a tracked folder, for a fresh clone to hash again.

Run directories stand outside tracked source (EVI-06); what is kept of one is its export.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sot_tools.errors import SotError

if TYPE_CHECKING:
    from sot_tools.source import Source

FOLDER = ".sot/evidence"
LIMIT = 1 << 26
"""Bytes that a kept run may have, packed and unpacked: a check opens it."""
_PACKED = 2 * LIMIT
"""Bytes above which an archive is not read to its end, and is broken."""


def path_of(run_id: str) -> str:
    """Where the archive of a run stands."""
    return f"{FOLDER}/{run_id}.zip"


@contextmanager
def directory(
    source: Source, runs: Path | None, run_id: str, sound: Container[str]
) -> Iterator[Path | None]:
    """The directory of a run: the one on this machine, else the kept one, unpacked; None for none.

    Only a path of `sound` is opened, which is what the ledger recorded. Raises SotError where what
    is kept is no archive of a run.
    """
    if not run_id or "/" in run_id:
        yield None
    elif runs is not None and (runs / run_id).is_dir():
        yield runs / run_id
    elif path_of(run_id) not in sound or not source.exists(path_of(run_id)):
        yield None
    else:
        import tempfile  # only where a run is opened

        from sot_tools.evidence import bag

        prefix = "sot-evidence-"
        try:
            with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as place:
                content = source.read(path_of(run_id), _PACKED)
                shown = source.root / path_of(run_id)
                yield bag.unpack(shown, Path(place), LIMIT, content)
        except OSError as error:
            why = error.strerror or str(error)
            raise SotError(f"{path_of(run_id)} cannot be unpacked: {why}") from error
