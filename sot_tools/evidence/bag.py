"""A run as one archive that verifies elsewhere: a BagIt bag (RFC 8493) in a zip file.

Other people's tools check the bag; `sot evidence verify` checks the run inside it.
"""

from __future__ import annotations

import errno
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sot_tools import disk, journal
from sot_tools.errors import SotError
from sot_tools.evidence.canonical import sha256
from sot_tools.evidence.manifest import escapes

_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The one time of every entry: equal runs make equal archives."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OSError,
)
"""What the library raises where an archive is damaged."""
_ROOM = 1 << 34
"""Bytes that an archive may unpack to."""


def write(run: Path, target: Path, today: str) -> int:
    """Pack a run directory into a new zip file; returns the number of files in it.

    Raises SotError, and leaves no file, where it cannot be written to its end.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with journal.all_or_none(target) as stream:
            return pack(run, stream, today)
    except FileExistsError as error:
        raise SotError(f"{target} exists; an archive of evidence overwrites nothing") from error
    except OSError as error:
        why = error.strerror or error
        raise SotError(f"{target}: could not be written, and is not there: {why}") from error


def pack(run: Path, stream: IO[bytes], today: str) -> int:
    """Pack a run directory; equal runs and days make equal bytes. Raises OSError."""
    listed = [entry.path.removeprefix("./") for entry in disk.walk(run, ".")]
    stamps = {f"data/{run.name}/{name}": journal.stamp(run / name) for name in sorted(listed)}
    payload = "".join(f"{each.sha256}  {name}\n" for name, each in stamps.items()).encode()
    octets = sum(each.size for each in stamps.values())
    info = (
        f"Bagging-Date: {today}\n"
        f"External-Identifier: {run.name}\n"
        f"Payload-Oxum: {octets}.{len(stamps)}\n"
        "Bag-Software-Agent: sot-tools\n"
    ).encode()
    tags = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": info,
        "manifest-sha256.txt": payload,
    }
    tags["tagmanifest-sha256.txt"] = "".join(
        f"{sha256(content)}  {name}\n" for name, content in sorted(tags.items())
    ).encode()
    folder = f"{run.name}/"
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in tags.items():
            archive.writestr(zipfile.ZipInfo(folder + name, _EPOCH), content)
        for name, each in stamps.items():
            entry = zipfile.ZipInfo(folder + name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = each.size
            place = run / name.removeprefix(f"data/{run.name}/")
            with archive.open(entry, "w") as goal:
                if journal.pour(place, goal) != each.sha256:
                    raise OSError(errno.EBUSY, f"{place} changed while it was packed")
    return len(stamps)


def unpack(source: Path, into: Path, room: int = _ROOM, content: bytes | None = None) -> Path:
    """Unpack a bag that was exported here or elsewhere; returns its run directory.

    Names that lead elsewhere, links and too much content are refused before anything is written.
    `content` stands in for what the file holds.
    """
    try:
        with zipfile.ZipFile(source if content is None else io.BytesIO(content)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            fault = next(_faults(members, room), "")
            if fault:
                raise SotError(f"{source}: {fault}; this is no archive of `sot evidence export`")
            archive.extractall(into, [each.filename for each in members])
    except _BROKEN as error:
        raise SotError(f"{source}: is no readable zip archive: {error}") from error
    name = members[0].filename.split("/")[0]
    _compare(source, into / name)
    return into / name / "data" / name


def _faults(members: list[zipfile.ZipInfo], room: int) -> Iterator[str]:
    if not members:
        yield "is empty"
        return
    top = members[0].filename.split("/")[0]
    names = [each.filename for each in members]
    if len(set(names)) != len(names):
        yield "holds a name twice"
    if sum(each.file_size for each in members) > room:
        yield f"unpacks to more than {room} bytes"
    for each in members:
        kind = each.external_attr >> 28
        if escapes(each.filename) or "\\" in each.filename or kind not in {0, 8}:
            yield f"holds `{each.filename}`, which is no plain file inside it"
        elif not each.filename.startswith(f"{top}/"):
            yield f"holds `{each.filename}` outside `{top}/`"
    for needed in ("bagit.txt", "manifest-sha256.txt", f"data/{top}/manifest.json"):
        if f"{top}/{needed}" not in names:
            yield f"lacks `{needed}`"


def _compare(source: Path, bag: Path) -> None:
    """The payload is what the bag's own manifest says."""
    text = disk.read(bag / "manifest-sha256.txt", 1 << 24).decode("utf-8", "replace")
    wanted = {name: digest for digest, _, name in (row.partition("  ") for row in text.split("\n"))}
    wanted.pop("", None)
    found = {
        entry.path: journal.stamp(bag / entry.path).sha256
        for entry in disk.walk(bag, "data")
        if not entry.trouble
    }
    if found != wanted:
        wrong = sorted(
            name for name in found.keys() | wanted if found.get(name) != wanted.get(name)
        )
        raise SotError(f"{source}: `{wrong[0]}` is not what the bag's manifest says")
