"""How a report is to be shown, as far as the reader may choose."""

from typing import NamedTuple


class Options(NamedTuple):
    """The reader's choices; the formats for machines ignore them."""

    color: bool = False
    statistics: bool = False
    cap: int = 0
    """Print at most this many diagnostics that share code and message shape; 0 prints all."""
    width: int = 100
    """Terminal cells that a source line may take, its gutter included."""
