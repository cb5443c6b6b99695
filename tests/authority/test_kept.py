"""A workspace carries the evidence of its own items: a fresh clone hashes every byte again."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from sot_tools.authority import keep, records
from sot_tools.authority.records import Wanted
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import bag, kept
from sot_tools.project import trail
from sot_tools.source import Folder
from tests.authority import story
from tests.authority.figures import figure
from tests.authority.story import Told, World
from tests.authority.test_flipped_bits import FLIPS, flipped
from tests.cli.command import sot
from tests.workspaces import edit


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One validated item whose run is kept."""
    made = story.told(tmp_path_factory.mktemp("kept") / "m")
    assert keep.keep(made.world.desk(), made.done.path) == ("wrote", archive(made))
    return made


def archive(told: Told) -> str:
    return kept.path_of(told.done.run_id)


def cloned(world: World, folder: Path) -> World:
    """What git brings to another machine: the workspace, and no run."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(world.root)]
    if not (world.root / ".git").exists():
        subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "all", "--allow-empty"], check=True)
    made = story.at(folder)
    subprocess.run(["git", "clone", "-q", str(world.root), str(made.root)], check=True)
    return made


def test_a_fresh_clone_hashes_the_kept_run_again_and_is_silent(told: Told, tmp_path: Path) -> None:
    clone = cloned(told.world, tmp_path / "clone")
    assert not clone.runs.exists()
    assert clone.check("advice") == told.world.check("advice")
    assert clone.check() == []
    records.compare(clone.desk(), Wanted("closeout", story.ITEM, clone.runs))


def test_without_a_kept_run_a_fresh_clone_says_that_nothing_was_hashed(tmp_path: Path) -> None:
    told = story.told(tmp_path / "m")
    clone = cloned(told.world, tmp_path / "clone")
    assert clone.check() == [
        "WORKBOARD.yaml:7:13 SOT807 `WORK-001` is `validated` and nothing was hashed: its run "
        f"{told.done.run_id} is not here and is not kept"
    ]
    with pytest.raises(Refused) as refusal:
        records.compare(clone.desk(), Wanted("closeout", story.ITEM, clone.runs))
    assert str(refusal.value) == (
        f"{told.done.run_id} is not in {clone.runs} and not in .sot/evidence; "
        "name its folder with --runs-dir"
    )


def test_every_flipped_bit_of_a_kept_run_turns_a_fresh_clone_red(
    told: Told, tmp_path: Path
) -> None:
    clone = cloned(told.world, tmp_path / "clone")
    path = clone.root / archive(told)
    content = path.read_bytes()
    bits = list(range(8 * len(content)))
    if FLIPS:
        bits = random.Random(1).sample(bits, 8 * FLIPS)
    for bit in bits:
        path.write_bytes(flipped(content, bit))
        found = trail.read(Folder(clone.root), clone.runs)
        assert [each for each, _ in found.changed] == [archive(told)]
        assert found.advanced[story.ITEM].absent
    found = "\n".join(clone.check())
    assert f"{archive(told)}:1:1 SOT805 the file is not what entry" in found
    assert " SOT807 " in found
    path.write_bytes(content)
    assert clone.check() == []
    figure("bits flipped of a kept run in a fresh clone", f"{len(bits)}: 0 accepted")


def test_another_file_in_its_place_is_told_and_opened_no_further(
    told: Told, tmp_path: Path
) -> None:
    clone = cloned(told.world, tmp_path / "clone")
    path = clone.root / archive(told)
    for content in (b"no archive", b""):
        path.write_bytes(content)
        assert " SOT805 " in "\n".join(clone.check())
    path.unlink()
    path.symlink_to("/dev/zero")
    assert " SOT805 " in "\n".join(clone.check())
    path.unlink()
    found = "\n".join(clone.check())
    assert "is missing; entry" in found
    assert " SOT807 " in found


def test_an_archive_that_is_damaged_or_swells_is_refused_in_one_line(
    told: Told, tmp_path: Path
) -> None:
    path = tmp_path / "20260601T000000Z-demo-1.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr(f"{path.stem}/bagit.txt", bytes(kept.LIMIT + 1))
    with pytest.raises(SotError, match=f"unpacks to more than {kept.LIMIT} bytes"):
        bag.unpack(path, tmp_path / "out", kept.LIMIT)
    content = (told.world.root / archive(told)).read_bytes()
    for bit in random.Random(2).sample(range(8 * len(content)), 100):
        path.write_bytes(flipped(content, bit))
        with contextlib.suppress(SotError):
            bag.unpack(path, tmp_path / "out", kept.LIMIT)


def test_a_run_is_kept_once_and_equal_runs_make_equal_archives(told: Told, tmp_path: Path) -> None:
    path = told.world.root / archive(told)
    content = path.read_bytes()
    assert keep.keep(told.world.desk(), told.done.path)[0] == "kept"
    other = told.world.copied(tmp_path / "other")
    shutil.rmtree(other.root / kept.FOLDER)
    for each in (other.runs / told.done.run_id).rglob("*"):
        os.utime(each, (0, 0))  # another machine: other times
    keep.keep(other.desk(), other.runs / told.done.run_id)
    assert (other.root / archive(told)).read_bytes() == content


def test_what_is_not_verified_or_belongs_to_a_target_repository_is_not_kept(
    tmp_path: Path,
) -> None:
    world = story.new(tmp_path / "m")
    place = ".sot/harness/cases/approved-case/case.yaml"
    edit(world.root, place, "target_repository: ''", "target_repository: /srv/target")
    done = story.perform(world, None)
    with pytest.raises(Refused) as refusal:
        keep.keep(world.desk(), done.path)
    assert str(refusal.value) == (
        f"{done.run_id} holds content of the repository /srv/target; "
        "keep its export elsewhere and name that folder with SOT_RUNS_DIR"
    )
    with (done.path / "test.log").open("a") as log:
        log.write("x")
    with pytest.raises(Refused, match=r"is not what was sealed: test\.log has"):
        keep.keep(world.desk(), done.path)
    assert not (world.root / kept.FOLDER).exists()


def test_an_archive_that_the_ledger_did_not_let_in_is_reported(told: Told, tmp_path: Path) -> None:
    clone = cloned(told.world, tmp_path / "clone")
    stranger = f"{kept.FOLDER}/20260601T000000Z-demo-1.zip"
    (clone.root / stranger).write_bytes(b"no archive")
    found = clone.check()
    detail = "does not count: is not in the ledger; `sot evidence keep` writes archives"
    assert [line for line in found if "SOT806" in line] == [f"{stranger}:1:1 SOT806 {detail}"]


def test_one_report_over_many_runs_is_kept_though_the_ledger_heard_of_none(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    where = {"SOT_RUNS_DIR": str(world.runs), "SOT_KEYS_DIR": str(world.keys)}
    sot(world.root, "run", "--all", **where)
    (combined,) = world.runs.glob("*-run-all-*")
    written = sot(world.root, "evidence", "keep", combined.name, **where)
    assert written.code == 0, written.err
    assert world.check() == []
    path = world.root / kept.path_of(combined.name)
    assert sot(world.root, "evidence", "verify", str(path), **where).code == 0
    path.write_bytes(path.read_bytes()[:-1])
    assert "SOT805" in "\n".join(world.check())
