"""The last program before an engine: limits itself, restricts itself, and becomes the engine.

Runs as a script of its own, `python -I -S confine.py <policy as JSON> <program> <argument>…`, since
nothing may be restricted between fork and exec of a harness with threads. What was given up here
can never be regained by the engine or by anything that it starts.
"""

from __future__ import annotations

import json
import os
import resource
import stat
import sys

TYPE_CHECKING = False  # as `typing` has it, without its import: each engine and test waits for this
if TYPE_CHECKING:
    import socket
    from typing import Any

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""landlock_create_ruleset(2), landlock_add_rule(2), landlock_restrict_self(2)."""
_NO_NEW_PRIVILEGES = 38
_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_KNOWN_FILES = ((5, (1 << 16) - 1), (3, (1 << 15) - 1), (2, (1 << 14) - 1), (1, (1 << 13) - 1))
"""ABI of the kernel → the file rights that it can withhold, newest first."""
_CONNECT, _BIND = 1 << 1, 1 << 0
_SCOPES = 0b11
"""Abstract sockets and signals: nothing reaches a process outside (ABI 6)."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
_BLOCK = 1 << 16


def version() -> int:
    """The Landlock ABI of this kernel; 0 where there is none."""
    return max(0, _call(_CREATE, None, 0, 1))


def landlock(reads: list[str], writes: list[str], port: int) -> None:
    """Give up every file right that is not listed, and every TCP connection but one port."""
    import ctypes
    import struct

    abi = version()
    if abi < 1:
        raise OSError("this kernel has no Landlock")
    files = next(rights for least, rights in _KNOWN_FILES if abi >= least)
    net = _CONNECT | _BIND if abi >= 4 else 0
    fields = struct.pack("<QQQ", files, net, _SCOPES if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = _checked(_CREATE, fields, size, 0)
    for path in reads:
        _allow(rules, path, (_EXECUTE | _READ | _LIST) & files, files)
    for path in writes:
        _allow(rules, path, files & ~_IOCTL, files)
    for path in DEVICES:
        _allow(rules, path, _READ | _WRITE | _IOCTL, files)
    if net and port:
        _checked(_ADD, rules, 2, struct.pack("<QQ", _CONNECT, port), 0)
    if ctypes.CDLL(None, use_errno=True).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    _checked(_RESTRICT, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int, handled: int) -> None:
    import struct

    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no right
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
        _checked(_ADD, rules, 1, struct.pack("<Qi", rights & handled, handle), 0)
    finally:
        os.close(handle)


def _call(number: int, *arguments: Any) -> int:
    import ctypes

    values = [
        ctypes.c_long(each) if isinstance(each, int) else ctypes.c_char_p(each)
        for each in arguments
    ]
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *values))


def _checked(number: int, *arguments: Any) -> int:
    import ctypes

    found = _call(number, *arguments)
    if found < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"system call {number}: {os.strerror(code)}")
    return found


def limit(limits: dict[str, int]) -> None:
    """Hard limits; one that the system refuses is lowered to what it allows."""
    names = {"memory_bytes": "DATA", "processes": "NPROC", "file_bytes": "FSIZE", "core": "CORE"}
    for name, value in limits.items():
        which = getattr(resource, f"RLIMIT_{names[name]}")
        _, most = resource.getrlimit(which)
        least = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(which, (least, least))


def forward(port: int, path: str) -> None:
    """In a network of its own, carry loopback `port` to the socket file `path`, from a process
    that belongs to nobody."""
    import socket
    import threading

    door = socket.create_server(("127.0.0.1", port))
    if os.fork():
        door.close()
        return
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(null, target)
    while True:
        near, _ = door.accept()
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(path)
        except OSError:
            near.close()
            continue
        for ends in ((near, far), (far, near)):
            threading.Thread(target=_carry, args=ends, daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    from socket import SHUT_RD, SHUT_WR

    try:
        while block := source.recv(_BLOCK):
            target.sendall(block)
    except OSError:
        pass
    for each in (source, target):
        try:
            each.shutdown(SHUT_WR if each is target else SHUT_RD)
        except OSError:
            continue


def main(policy: dict[str, Any], argv: list[str]) -> None:
    """Apply a policy to this process and become the program; returns only by an error."""
    if policy.get("forward"):
        forward(*policy["forward"])
        os.wait()
    limit(policy.get("limits", {}))
    if policy.get("landlock"):
        landlock(**policy["landlock"])
    os.execvpe(argv[0], argv, os.environ)  # noqa: S606  a list, no shell


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]), sys.argv[2:])
    except OSError as error:
        os.write(2, f"confine: {sys.argv[2]}: {error.strerror or error}\n".encode())
        sys.exit(126)
