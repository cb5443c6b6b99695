"""What `test.log` will hold."""

from __future__ import annotations


class TestLog:
    """What `test.log` will hold; bytes, since programs print what they like."""

    __test__ = False

    def __init__(self) -> None:
        self.content = b""

    def say(self, text: str) -> None:
        """A line of the harness."""
        self.content += f"# {text}\n".encode("utf-8", "backslashreplace")

    def add(self, output: bytes) -> None:
        """Output of a program."""
        self.content += output + (b"" if not output or output.endswith(b"\n") else b"\n")
