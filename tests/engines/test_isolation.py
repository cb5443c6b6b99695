"""Every level does what it says, for root and for nobody; the tests say where a level is missing."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sot_tools.engines import isolation
from sot_tools.engines.levels import LEVELS, reaches
from tests.runs import harness

NOBODY = 65534
STRONG = ("landlock", "bubblewrap")
PROBE = """
try() { "$@" 2>/dev/null && echo "LANDED: $*"; }
sh -c 'echo new > allowed.txt' && echo allowed-file
sh -c 'echo new > folder/inside.txt' && echo allowed-folder
sh -c 'echo new > ../state/own.txt' && echo own-state
try sh -c 'echo bad > other.txt'
try sh -c 'echo bad >> other.txt'
try sh -c 'echo bad > new.txt'
try sh -c 'echo bad > ../outside.txt'
try sh -c 'echo bad > /tmp/outside-of-everything'
try rm allowed.txt
try rm other.txt
try mv other.txt moved.txt
try mkdir new-folder
try ln -s other.txt link
try ln other.txt folder/hard
try truncate -s 0 other.txt
try cp allowed.txt new.txt
try cat ../secret.txt
true
"""


def usable(level: str) -> isolation.Shelter:
    found = isolation.at(level)
    if found.level != level:
        pytest.skip(f"not run: this machine reaches `{found.level}` only: {found.why_not}")
    return found


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    """A folder that everybody can reach and write."""
    place = Path("/var/tmp") / f"sot-{tmp_path.parent.name}-{tmp_path.name}"
    shutil.rmtree(place, ignore_errors=True)
    for each in ("tree/folder", "state"):
        (place / each).mkdir(parents=True)
    for each in ("tree/allowed.txt", "tree/other.txt", "secret.txt"):
        (place / each).write_text("old\n")
    for each in (place, *place.rglob("*")):
        each.chmod(0o777 if each.is_dir() else 0o666)
    yield place
    shutil.rmtree(place)


def policy(place: Path, **differs: object) -> isolation.Policy:
    tree = place / "tree"
    writes = (str(tree / "allowed.txt"), str(tree / "folder"), str(place / "state"))
    made = isolation.Policy(tree, (*isolation.system(), str(tree)), writes)
    return made._replace(**differs)


def perform(
    command: tuple[str, ...], where: isolation.Shelter, limits: isolation.Policy
) -> subprocess.CompletedProcess[str]:
    """A command inside its limits, as this person."""
    return subprocess.run(
        isolation.wrap(command, limits, where),
        cwd=limits.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin:/bin"},
    )


AS_ANOTHER = """
import json, subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from sot_tools.engines import isolation
level, tree, writes, command = json.loads(sys.argv[2])
where = isolation.at(level)
limits = isolation.Policy(Path(tree), (*isolation.system(), tree), tuple(writes))
done = subprocess.run(isolation.wrap(command, limits, where), cwd=tree, capture_output=True, text=True)
print(json.dumps([where.level, where.why_not, done.stdout, done.stderr]))
"""


def perform_as(person: int, level: str, place: Path, *command: str) -> str:
    """Output of a command inside the limits of a level that another person reaches."""
    python = "/usr/bin/python3"
    if os.getuid() != 0 or not Path(python).exists():
        pytest.skip(f"not run: only root can become {person}, with {python}")
    limits = policy(place)
    given = json.dumps([level, str(limits.folder), limits.writes, command])
    root = str(Path(isolation.__file__).parents[2])
    done = subprocess.run(
        [python, "-I", "-c", AS_ANOTHER, root, given],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        user=person,
        group=person,
        extra_groups=[],
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    reached, why, out, _ = json.loads(done.stdout)
    if reached != level:
        pytest.skip(f"not run: {person} reaches `{reached}` only: {why}")
    return str(out)


@pytest.mark.parametrize("person", ["this person", "nobody"])
@pytest.mark.parametrize("level", STRONG)
def test_nothing_lands_outside_what_is_allowed(level: str, person: str, ground: Path) -> None:
    if person == "nobody":
        out = perform_as(NOBODY, level, ground, "sh", "-c", PROBE)
    else:
        out = perform(("sh", "-c", PROBE), usable(level), policy(ground)).stdout
    assert out.split("\n") == ["allowed-file", "allowed-folder", "own-state", ""]
    assert (ground / "tree/other.txt").read_text() == "old\n"
    assert sorted(each.name for each in (ground / "tree").iterdir()) == [
        "allowed.txt",
        "folder",
        "other.txt",
    ]
    assert not (ground / "outside.txt").exists()


CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)"


@pytest.mark.parametrize("level", STRONG)
def test_without_a_port_there_is_no_network(level: str, ground: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        command = (sys.executable, "-c", CONNECT, port)
        found = perform(command, usable(level), policy(ground))
    assert found.returncode != 0
    assert "PermissionError" in found.stderr or "ConnectionRefused" in found.stderr


def test_landlock_lets_one_port_through_and_no_other(ground: Path) -> None:
    where = usable("landlock")
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        ports = [str(each.getsockname()[1]) for each in (one, other)]
        limits = policy(ground, port=int(ports[0]))
        commands = [(sys.executable, "-c", CONNECT, port) for port in ports]
        codes = [perform(each, where, limits).returncode for each in commands]
    assert codes[0] == 0
    assert codes[1] != 0


def test_inside_bubblewrap_no_process_of_the_machine_is_seen(ground: Path) -> None:
    count = ("sh", "-c", "ls /proc | grep -c '^[0-9]'")
    found = perform(count, usable("bubblewrap"), policy(ground))
    assert int(found.stdout) < 8


@pytest.mark.parametrize("level", ["subreaper", *STRONG])
def test_no_file_outgrows_its_limit(level: str, ground: Path) -> None:
    limits = policy(ground, limits=(("file_bytes", 1 << 16), ("core", 0)))
    write = ("sh", "-c", "head -c 1000000 /dev/zero > folder/large")
    found = perform(write, usable(level), limits)
    assert found.returncode != 0
    assert (ground / "tree/folder/large").stat().st_size <= 1 << 16


def test_no_process_outgrows_its_memory(ground: Path) -> None:
    limits = policy(ground, limits=(("memory_bytes", 64 << 20),))
    grow = (sys.executable, "-c", "x = bytearray(256 << 20); print('LANDED')")
    found = perform(grow, isolation.shelter(), limits)
    assert "MemoryError" in found.stderr
    assert "LANDED" not in found.stdout


def test_what_was_given_up_cannot_be_regained(ground: Path) -> None:
    remount = "mount -o remount,rw / && echo LANDED"
    again = f"unshare -Ur sh -c '{remount}'; {remount}"
    found = perform(("sh", "-c", again), usable("bubblewrap"), policy(ground))
    assert "LANDED" not in found.stdout


def test_a_launcher_that_cannot_start_a_program_says_so(ground: Path) -> None:
    limits = policy(ground)
    found = perform(("no-such-program",), isolation.at("subreaper"), limits)
    assert found.returncode == 126
    assert found.stderr == "confine: no-such-program: No such file or directory\n"


def test_levels_are_ordered_and_a_wish_never_raises_them() -> None:
    assert LEVELS == ("process-group", "subreaper", "landlock", "bubblewrap")
    best = isolation.shelter().level
    for wanted in LEVELS:
        assert reaches(best, isolation.at(wanted).level)
        assert reaches(wanted, wanted)
    assert not reaches("subreaper", "landlock")
    assert reaches("process-group", "")


@pytest.mark.parametrize("level", STRONG)
def test_a_case_that_demands_isolation_holds_the_fake_engine_and_its_verification(
    level: str, tmp_path: Path
) -> None:
    usable(level)
    outside = tmp_path / "outside.txt"
    play = [
        harness.PLAN,
        harness.CHANGE,
        {"run": ["sh", "-c", f"echo x > {outside}; echo x > folder/other.txt; echo x > new.txt"]},
        {"copy": {"from": "made.txt", "to": "made.txt"}},
        harness.DONE,
    ]
    proof = f"sh -c 'echo x > {outside}; test \"$(cat answer.txt)\" = 42'"
    root = harness.case(
        tmp_path / "harness",
        *play,
        min_isolation=level,
        task={"allowed_paths": ["answer.txt", "made.txt"], "verification_commands": [proof]},
    )
    (root / "cases/demo/recorded/made.txt").write_text("made\n")
    done = harness.perform(root, tmp_path / "runs", isolation=level)
    assert (done.report["status"], done.report["blockers"]) == ("pass", [])
    assert done.report["changed_files"] == ["answer.txt", "made.txt"]
    assert done.report["harness"]["isolation"]["level"] == level
    assert not outside.exists()


def test_an_allowed_file_that_nobody_makes_is_no_change(tmp_path: Path) -> None:
    usable("landlock")
    root = harness.case(
        tmp_path / "harness",
        min_isolation="landlock",
        task={"allowed_paths": ["answer.txt", "deep/never-made.txt"]},
    )
    done = harness.perform(root, tmp_path / "runs")
    assert done.report["changed_files"] == ["answer.txt"]
    assert done.report["status"] == "pass"
