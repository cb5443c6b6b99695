"""A change of one file as a unified diff that `git apply` takes, byte for byte."""

from __future__ import annotations


def patch(path: str, before: bytes, after: bytes) -> bytes:
    """The diff from `before` to `after`; empty where they are equal."""
    from difflib import diff_bytes, unified_diff  # only who asks for a diff pays for it

    lines = diff_bytes(
        unified_diff, _lines(before), _lines(after), _name("a", path), _name("b", path)
    )
    return b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
        for line in lines
    )


def _lines(content: bytes) -> list[bytes]:
    """Lines with their LF; a carriage return is part of its line, as git sees it."""
    lines = [line + b"\n" for line in content.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _name(side: str, path: str) -> bytes:
    """The file name as git quotes it; a tab ends one that holds a blank."""
    name = f"{side}/{path}"
    if '"' in name or "\\" in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}"'
    elif " " in name:
        name += "\t"
    return name.encode()
