"""Overlays, mounted by a warden in a mount namespace that only it and its jobs see.

Nothing outside finds the mount: the harness reads the upper folder, which is an ordinary one.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

_USER, _MOUNTS = 0x10000000, 0x20000
"""CLONE_NEWUSER and CLONE_NEWNS of unshare(2)."""
_NO_SETUID, _NO_DEVICES, _ALL, _PRIVATE = 2, 4, 1 << 14, 1 << 18
_DETACH = 2


class Mount(NamedTuple):
    """One overlay, by the paths of folders that exist."""

    lower: str
    upper: str
    work: str
    """An empty folder beside `upper`."""
    at: str


def leave() -> None:
    """Leave the mounts of this system for a copy of them; raises OSError.

    Without root that takes a user namespace; the user stays who he is in it.
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        _call("unshare", _MOUNTS)
    else:
        _call("unshare", _USER | _MOUNTS)
        for name, line in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            handle = os.open(f"/proc/self/{name}", os.O_WRONLY)
            try:
                os.write(handle, line.encode())
            finally:
                os.close(handle)
    _call("mount", None, b"/", None, _ALL | _PRIVATE, None)


def mount(wanted: Mount) -> None:
    """Mount an overlay; raises OSError.

    The folders are named by handles: no character of a path can be read as an option. Nothing is
    brought to the disk, since an upper folder does not outlive its run.
    """
    flags = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
    handles = [os.open(path, flags) for path in (wanted.lower, wanted.upper, wanted.work)]
    try:
        named = zip(("lowerdir", "upperdir", "workdir"), handles, strict=True)
        options = [f"{name}=/proc/self/fd/{handle}" for name, handle in named]
        given = ",".join([*options, "userxattr", "volatile"]).encode()
        how = _NO_SETUID | _NO_DEVICES
        _call("mount", b"overlay", os.fsencode(wanted.at), b"overlay", how, given)
    finally:
        for handle in handles:
            os.close(handle)


def unmount(wanted: Mount) -> None:
    """Take an overlay away, also where something still holds it."""
    _call("umount2", os.fsencode(wanted.at), _DETACH)


def _call(name: str, *arguments: Any) -> None:
    import ctypes

    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
