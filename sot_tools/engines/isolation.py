"""What keeps an engine inside its limits on this machine, and the command line that does it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sot_tools.engines import confine
from sot_tools.engines.levels import LEVELS

_SYSTEM = ("/usr", "/opt")
_LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = (
    *("alternatives", "ca-certificates", "group", "hosts", "ld.so.cache", "ld.so.conf"),
    *("ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "os-release", "passwd"),
    *("pki", "protocols", "services", "ssl"),
)
"""Below /etc: what programs need to start and to speak TLS, and nothing with a secret."""
_REASONS = {
    "bubblewrap": "read-only root, own process, network and user namespace; allowed paths bound",
    "landlock": "allowed paths and one TCP port; modes of files and UDP are not covered",
    "subreaper": "writes are checked after the engine, not prevented",
    "process-group": "writes are checked after the engine, not prevented; processes can escape",
}
PROBE_SECONDS = 10


class Shelter(NamedTuple):
    """The strongest level of this machine."""

    level: str
    program: str
    """bubblewrap's path; empty where it does not work."""
    why_not: str
    """Why no stronger level is reached; empty at the strongest."""


class Policy(NamedTuple):
    """What one process may do."""

    folder: Path
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    """Files that may be written in place, folders that may be written in any way."""
    port: int = 0
    """The one TCP port on loopback; 0 for no network."""
    socket: str = ""
    """Socket file that stands behind the port for a process with a network of its own."""
    limits: tuple[tuple[str, int], ...] = ()


@cache
def shelter() -> Shelter:
    """The strongest level, tried once by starting something in it."""
    found = shutil.which("bwrap") or ""
    why = "bubblewrap is not installed" if not found else ""
    if found:
        policy = Policy(Path("/"), system(), ())
        command = _bubblewrap(found, policy, ("/bin/true",))
        try:
            tried = subprocess.run(  # noqa: S603  a fixed program
                command, capture_output=True, timeout=PROBE_SECONDS, check=False
            )
            why = tried.stderr.decode("utf-8", "replace").strip() if tried.returncode else ""
        except (OSError, subprocess.SubprocessError) as error:
            why = str(error)
        if not why:
            return Shelter("bubblewrap", found, "")
    if confine.version() >= 4:
        return Shelter("landlock", "", why)
    lacking = "this kernel has no Landlock that restricts TCP"
    return Shelter("subreaper", "", f"{why}; {lacking}" if why else lacking)


def at(level: str) -> Shelter:
    """The shelter at one named level, for measurements and tests; never above what there is."""
    best = shelter()
    if LEVELS.index(level) >= LEVELS.index(best.level):
        return best
    return Shelter(level, "", f"`{level}` was asked for")


def system() -> tuple[str, ...]:
    """What every program of this machine must be able to read, this interpreter included."""
    python = {sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1])}
    return (
        *_SYSTEM,
        *_LINKED,
        *(f"/etc/{name}" for name in _SETTINGS),
        *sorted(each for each in python if not each.startswith("/usr")),
        confine.__file__,
    )


def path(environment: str) -> str:
    """A PATH of those folders alone that can be read inside."""
    roots = [Path(each) for each in system()]
    folders = [f"{sys.prefix}/bin", f"{sys.base_prefix}/bin", *environment.split(":")]
    kept = [each for each in folders if any(Path(each).is_relative_to(root) for root in roots)]
    return ":".join(dict.fromkeys([*kept, "/usr/bin", "/bin"]))


def wrap(argv: tuple[str, ...], policy: Policy, where: Shelter) -> tuple[str, ...]:
    """The command line that runs `argv` inside its limits."""
    if where.level == "bubblewrap":
        return _bubblewrap(where.program, policy, _confined(policy, "namespaces", argv))
    return _confined(policy, where.level, argv)


def record(where: Shelter, policy: Policy) -> dict[str, Any]:
    """The isolation of a run as its report holds it."""
    enforced = where.level in {"landlock", "bubblewrap"}
    net = "none" if not policy.port else "model-port"
    return {
        "level": where.level,
        "enforced_writes": enforced,
        "enforced_net": enforced,
        "network": net if enforced else "open",
        "pid_ns": where.level == "bubblewrap",
        "reason": "; ".join(filter(None, (_REASONS[where.level], where.why_not))),
    }


def _confined(policy: Policy, level: str, argv: tuple[str, ...]) -> tuple[str, ...]:
    """Through the launcher, which must be this interpreter without its site packages."""
    given: dict[str, Any] = {"limits": dict(policy.limits)}
    if level == "landlock":
        reads = [*policy.reads, "/proc", "/sys/devices/system/cpu", "/sys/fs/cgroup"]
        rules = {"reads": reads, "writes": list(policy.writes), "port": policy.port}
        given["landlock"] = rules
    elif level == "namespaces" and policy.socket:
        given["forward"] = [policy.port, policy.socket]
    interpreter = str(Path(sys.executable).resolve())
    return (interpreter, "-I", "-S", confine.__file__, json.dumps(given), *argv)


def _bubblewrap(program: str, policy: Policy, argv: tuple[str, ...]) -> tuple[str, ...]:
    command = [program, "--die-with-parent", "--unshare-user", "--unshare-pid", "--unshare-net"]
    command += ["--unshare-ipc", "--unshare-uts", "--disable-userns", "--cap-drop", "ALL"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for each in _outermost(policy.reads):
        if Path(each).is_symlink() and each in _LINKED:
            command += ["--symlink", str(Path(each).readlink()), each]
        elif Path(each).exists():
            command += ["--ro-bind", each, each]
    for each in (*policy.writes, *([policy.socket] if policy.socket else [])):
        command += ["--bind", each, each]
    command += ["--remount-ro", "/", "--chdir", str(policy.folder), "--"]
    return (*command, *argv)


def _outermost(paths: tuple[str, ...]) -> list[str]:
    """Paths, short ones first, so that no folder hides what was bound below it."""
    return sorted(dict.fromkeys(os.path.normpath(each) for each in paths), key=len)
