"""Whatever happens to a workspace and to what is remembered of it: the report is the one of a check
that remembers nothing, byte for byte."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sot_tools.cli.check import command
from sot_tools.errors import SotError
from tests.cli.command import SOT
from tests.workspaces import begin, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
ISSUES = ".sot/plans/FIRST-PLAN-ISSUES.md"
OTHER = ".sot/plans/OTHER-PRD.md"
SETTINGS = ".sot/workspace.yaml"
RULE = """rules:
  - code: OWN101
    title: a plan must say a sentence
    check: phrases
    severity: {severity}
    kinds: [prd]
    parameters: {{phrases: [{phrase}]}}
    why: The team agreed on it.
    fix: Say it.
    bad: "x"
    good: "y"
"""
PARTS = (
    (),
    (PRD,),
    ("--severity", "advice"),
    ("--select", "SOT5"),
    ("--ignore", "SOT2"),
    ("--no-baseline",),
    ("--statistics", "--format", "text", "--all"),
)


class Place(NamedTuple):
    """A workspace and the folder of what is remembered of it."""

    root: Path
    caches: Path

    def run(self, *options: str) -> tuple[int, str]:
        """Exit code and output of the verb in this process."""
        before = Path.cwd()
        os.chdir(self.root)
        try:
            environment = {"XDG_CACHE_HOME": str(self.caches)}
            asked = ["--format", "json", *options]
            done = CliRunner(env=environment).invoke(command, asked, standalone_mode=False)
        finally:
            os.chdir(before)
        if done.exception is not None:
            return 2, f"{type(done.exception).__name__}: {done.exception}"
        return int(done.return_value), done.output


Act = Callable[[Place], object]


def written(path: str, content: str) -> Act:
    return lambda place: write(place.root, path, content)


def replaced(path: str, old: str, new: str) -> Act:
    def act(place: Place) -> None:
        file = place.root / path
        if file.is_file():
            write(place.root, path, file.read_text().replace(old, new))

    return act


def appended(path: str, line: str) -> Act:
    def act(place: Place) -> None:
        file = place.root / path
        if file.is_file():
            write(place.root, path, file.read_text() + line)

    return act


def secretly(path: str, old: str, new: str) -> Act:
    """As many bytes as before, and the time of the last write set back."""

    def act(place: Place) -> None:
        file = place.root / path
        if file.is_file():
            status = file.stat()
            write(place.root, path, file.read_text().replace(old, new))
            os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))

    return act


def gone(path: str) -> Act:
    def act(place: Place) -> None:
        file = place.root / path
        shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)

    return act


def moved(path: str, other: str) -> Act:
    """Two files change places; both keep their size and their times."""

    def act(place: Place) -> None:
        one, two = place.root / path, place.root / other
        if one.is_file() and two.is_file():
            one.rename(place.root / "aside")
            two.rename(one)
            (place.root / "aside").rename(two)

    return act


def linked(path: str, target: str) -> Act:
    def act(place: Place) -> None:
        file = place.root / path
        file.unlink(missing_ok=True)
        file.symlink_to(target)

    return act


def touched(place: Place) -> None:
    for file in place.root.rglob("*.md"):
        if file.is_file():
            os.utime(file)


def settled(place: Place) -> None:
    """Time passes, so that marks alone say that nothing changed."""
    time.sleep(0.11)


def cached(spoil: Callable[[bytes], bytes]) -> Act:
    def act(place: Place) -> None:
        for file in place.caches.rglob("*"):
            if file.is_file():
                file.write_bytes(spoil(file.read_bytes()))

    return act


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :] if data else data


def swapped(place: Place) -> None:
    """Each remembered file stands under another's name."""
    for folder in (place.caches / "sot-tools").glob("*"):
        names = sorted(folder.iterdir())
        contents = [file.read_bytes() for file in names]
        for file, content in zip(names, contents[1:] + contents[:1], strict=True):
            file.write_bytes(content)


def waived(place: Place) -> None:
    text = "suppress:\n  - {code: SOT501, path: .sot/plans/*, reason: waits for the release}\n"
    file = place.root / SETTINGS
    if file.is_file() and "suppress:" not in file.read_text():
        write(place.root, SETTINGS, file.read_text() + text)


def known(place: Place) -> None:
    from sot_tools.project.suppress import baseline_of
    from tests.workspaces import report

    with contextlib.suppress(SotError):  # the settings may be broken
        write(place.root, ".sot/baseline.json", baseline_of(report(place.root).diagnostics[:2]))


def many(place: Place) -> None:
    for number in range(70):
        write(place.root, f".sot/plans/M{number}-PRD.md", f"# M {number}\n\nWORK-001 is meant.\n")


ACTS: dict[str, Act] = {
    "many documents come": many,
    "a line of prose": appended(PRD, "A line that says nothing.\n"),
    "lines above everything": replaced(PRD, "\n# ", "\n\nAbove.\n\n# "),
    "lines above the items": replaced(ISSUES, "\n# ", "\n\n\n# "),
    "a line that names an unknown item": appended(PRD, "See WORK-777.\n"),
    "the line goes": replaced(PRD, "See WORK-777.\n", ""),
    "a line that names a missing file": appended(PRD, "See .sot/plans/NONE.md today.\n"),
    "a line that is a secret": appended(PRD, "api_key = sk-live-4f9aK2mQ8zR1tV6bX3cN7w\n"),
    "a line of prose in the board": appended("WORKBOARD.yaml", "# a remark\n"),
    "a line of prose in the glossary": appended("CONTEXT.md", "\nA remark.\n"),
    "a line of prose in the settings": appended(SETTINGS, "# a remark\n"),
    "a status that is not allowed": replaced(PRD, "status: draft", "status: drawn"),
    "the status is mended": replaced(PRD, "status: drawn", "status: draft"),
    "another status, secretly": secretly(PRD, "status: draft", "status: drawn"),
    "and back, secretly": secretly(PRD, "status: drawn", "status: draft"),
    "a link to nothing": replaced(ISSUES, "WORK-001", "WORK-001 docs/notes.md .sot/none.md"),
    "a link to a file outside the roots": replaced(PRD, "# ", "# [n](../../docs/n.md) "),
    "the file outside appears": written("docs/n.md", "x"),
    "the file outside goes": gone("docs/n.md"),
    "an id that is not registered": replaced(ISSUES, "WORK-001", "WORK-002"),
    "the board registers another": replaced("WORKBOARD.yaml", "WORK-001", "WORK-002"),
    "the board goes": gone("WORKBOARD.yaml"),
    "the glossary goes": gone("CONTEXT.md"),
    "a document goes": gone(PRD),
    "a document comes": written(OTHER, "---\nname: x\n---\n# Other\n"),
    "a document of no kind comes": written(".sot/plans/notes.md", "# Notes\n"),
    "a suppression": written(OTHER, "# Other\n\n<!-- sot: ignore-file SOT203 -- soon -->\n"),
    "bytes that are no text": lambda place: write(place.root, OTHER, b"\xff\x00# x"),
    "two files change places": moved(PRD, ISSUES),
    "a link leads out": linked(OTHER, "/etc/hostname"),
    "a link leads to a document": linked(OTHER, "FIRST-PLAN-PRD.md"),
    "a secret": written(OTHER, "# Other\n\napi_key = sk-live-4f9aK2mQ8zR1tV6bX3cN7w\n"),
    "a rule is turned down": replaced(
        SETTINGS, "version: 1", "version: 1\nrules: {SOT204: advice}"
    ),
    "a rule is turned off": replaced(SETTINGS, "SOT204: advice", 'SOT204: "off"'),
    "the settings are broken": replaced(SETTINGS, "version: 1", "version: ]"),
    "the settings are mended": replaced(SETTINGS, "version: ]", "version: 1"),
    "a waiver": waived,
    "a baseline": known,
    "the baseline goes": gone(".sot/baseline.json"),
    "a rule of one's own": written(".sot/rules.yaml", RULE.format(severity="error", phrase="abc")),
    "another one": written(".sot/rules.yaml", RULE.format(severity="advice", phrase="xyz")),
    "the own rule goes": gone(".sot/rules.yaml"),
    "everything is touched": touched,
    "time passes": settled,
    "the cache is cut": cached(lambda data: data[: len(data) // 2]),
    "the cache is emptied": cached(lambda data: b""),
    "a bit of the cache flips": cached(flipped),
    "the cache is foreign": cached(lambda data: b"\x80\x04\x95" + data),
    "the cache is mixed up": swapped,
    "the cache goes": lambda place: shutil.rmtree(place.caches, ignore_errors=True),
}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=False
)
@given(
    acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=8),
    parts=st.lists(st.sampled_from(PARTS), min_size=8, max_size=8),
)
def test_a_check_that_remembers_reports_what_one_that_does_not_reports(
    acts: list[str], parts: list[tuple[str, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(begin(Path(folder) / "demo"), Path(folder) / "caches")
        place.run()
        for name, part in zip(acts, parts, strict=False):
            ACTS[name](place)
            fresh = place.run("--no-cache", *part)
            assert place.run(*part) == fresh, name
            assert place.run(*part) == fresh, f"{name}, again"


CHAINS: tuple[tuple[str, ...], ...] = (
    ("a line of prose", "a line of prose", "a line that names an unknown item", "the line goes"),
    (
        "many documents come",
        "a line that names an unknown item",
        "the line goes",
        "a line of prose",
        "a line that names an unknown item",
        "a line of prose",
        "the line goes",
    ),
    ("many documents come", "a line of prose", "a line that is a secret", "a line of prose"),
    ("lines above everything", "lines above the items", "an id that is not registered"),
    ("an id that is not registered", "lines above the items", "lines above everything"),
    ("a line that names an unknown item", "lines above everything", "a line of prose"),
    ("many documents come", "a line of prose", "a line that names a missing file"),
    ("many documents come", "a line of prose", "a status that is not allowed", "a baseline"),
    *((name,) for name in sorted(ACTS)),
    ("a link to a file outside the roots", "the file outside appears"),
    ("the file outside appears", "a link to a file outside the roots", "the file outside goes"),
    ("another status, secretly", "and back, secretly", "another status, secretly"),
    ("a status that is not allowed", "two files change places"),
    ("a status that is not allowed", "a baseline", "the baseline goes"),
    ("a baseline", "the status is mended"),
    ("a link to nothing", "a waiver", "a document goes"),
    ("a rule of one's own", "another one", "the own rule goes"),
    ("a rule is turned down", "a status that is not allowed", "a rule is turned off"),
    ("the settings are broken", "the settings are mended"),
    ("a status that is not allowed", "everything is touched", "the status is mended"),
    ("an id that is not registered", "the board registers another", "the board goes"),
)


@pytest.mark.parametrize("chain", CHAINS, ids=" - ".join)
def test_after_time_has_passed_each_change_is_seen(chain: tuple[str, ...], tmp_path: Path) -> None:
    place = Place(begin(tmp_path / "demo"), tmp_path / "caches")
    for name in chain:
        place.run()
        settled(place)
        place.run()
        ACTS[name](place)
        assert place.run() == place.run("--no-cache")
        assert place.run(PRD) == place.run("--no-cache", PRD)


def test_whatever_bit_of_the_cache_flips_the_report_stays(tmp_path: Path) -> None:
    place = Place(begin(tmp_path / "demo"), tmp_path / "caches")
    ACTS["a status that is not allowed"](place)
    ACTS["a link to nothing"](place)
    fresh = place.run("--no-cache")
    for part in range(48):
        assert place.run() == fresh
        for file in place.caches.rglob("*"):
            if file.is_file():
                data = file.read_bytes()
                offset = len(data) * part // 48
                bit = bytes([data[offset] ^ (1 << part % 7)])
                file.write_bytes(data[:offset] + bit + data[offset + 1 :])


def test_a_folder_that_others_may_write_is_not_believed(tmp_path: Path) -> None:
    place = Place(begin(tmp_path / "demo"), tmp_path / "caches")
    place.run()
    (folder,) = (place.caches / "sot-tools").iterdir()
    held = {file.name: file.read_bytes() for file in folder.iterdir()}
    folder.chmod(0o777)
    ACTS["a status that is not allowed"](place)
    assert place.run() == place.run("--no-cache")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == held


def test_a_cache_inside_the_workspace_is_not_used(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo")
    place = Place(root, root / ".sot" / "caches")
    assert place.run() == place.run("--no-cache")
    assert list((root / ".sot" / "caches").rglob("verdict")) == []


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_folder_that_cannot_be_written_costs_only_time(mode: int, tmp_path: Path) -> None:
    place = Place(begin(tmp_path / "demo"), tmp_path / "caches")
    place.caches.mkdir()
    place.caches.chmod(mode)
    try:
        assert place.run() == place.run("--no-cache")
    finally:
        place.caches.chmod(0o700)


def test_a_file_in_the_place_of_the_folder_costs_only_time(tmp_path: Path) -> None:
    place = Place(begin(tmp_path / "demo"), tmp_path / "caches")
    place.caches.write_text("not a folder")
    assert place.run() == place.run("--no-cache")


def test_many_at_once_leave_a_cache_that_is_right(tmp_path: Path) -> None:
    """Eight processes check while the documents change; then the last state is reported."""
    place = Place(begin(tmp_path / "demo"), tmp_path / "caches")
    environment = {**os.environ, "XDG_CACHE_HOME": str(place.caches)}
    command = [*SOT, "check", "--format", "json"]
    for turn in range(3):
        running = [
            subprocess.Popen(command, cwd=place.root, env=environment, stdout=subprocess.DEVNULL)
            for _ in range(8)
        ]
        for number in range(20):
            text = f"---\nname: x\nstatus: {number}\n---\n# Other {turn}\n"
            write(place.root, OTHER, text)
        assert {each.wait() for each in running} <= {0, 1}
        assert place.run() == place.run("--no-cache")
    (folder,) = (place.caches / "sot-tools").iterdir()
    assert sorted(file.name for file in folder.iterdir()) == [
        "facts",
        "judgement",
        "settings",
        "verdict",
    ]
