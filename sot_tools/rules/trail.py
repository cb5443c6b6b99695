"""What stands behind the statuses of a workspace, as checks are told it: the authority trail."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Advanced(NamedTuple):
    """A status that the ledger says was earned, and what was found when its evidence was hashed."""

    status: str
    run: str
    digest: str
    fault: str
    """Why the evidence no longer counts; empty where it does."""
    absent: bool
    """Whether the run directory is not on this machine, so that nothing could be hashed."""


class Trail(NamedTuple):
    """What ledger, keys, approvals and evidence of a workspace say; made before any check."""

    begun: str = ""
    """Day of the ledger's first entry; empty where there is no ledger."""
    broken: tuple[str, ...] = ()
    heads: frozenset[str] = frozenset()
    """Every head that the ledger ever had."""
    advanced: Mapping[str, Advanced] = MappingProxyType({})
    """Work item or `Stage N` → its last change of status."""
    changed: tuple[tuple[str, str], ...] = ()
    """Path of a recorded file, and how it differs."""
    untrusted: tuple[tuple[str, str], ...] = ()
    """Path of a key or an approval, and why it does not count."""
