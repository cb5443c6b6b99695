"""Cuts known values out of a stream whose blocks may break anywhere; imports nothing."""

from __future__ import annotations


class StreamScrub:
    """Holds back as many bytes as a value could still be incomplete in."""

    def __init__(self, secrets: list[bytes], mark: bytes) -> None:
        self.secrets = secrets
        self.mark = mark
        self.held = b""

    def feed(self, block: bytes) -> bytes:
        """What can be written now."""
        if not self.secrets:
            return block
        found = self._cut(self.held + block)
        keep = 0
        for each in self.secrets:
            for size in range(min(len(each) - 1, len(found)), keep, -1):
                if found.endswith(each[:size]):
                    keep = size
                    break
        self.held = found[len(found) - keep :]
        return found[: len(found) - keep]

    def end(self) -> bytes:
        """What was held back and turned out to be nothing."""
        held, self.held = self.held, b""
        return held

    def _cut(self, content: bytes) -> bytes:
        for each in self.secrets:
            content = content.replace(each, self.mark)
        return content
