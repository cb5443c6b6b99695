"""Whatever somebody does to a sealed run directory, `verify` names it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sot_tools.evidence import seals
from sot_tools.evidence.canonical import canonical, report_digest, sha256
from sot_tools.evidence.verdict import Differences, Interrupted, Verified
from tests.runs import harness
from tests.runs.harness import ARTIFACTS


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two sealed runs of one case, the older first."""
    folder = tmp_path_factory.mktemp("sealed")
    root = harness.case(folder / "harness")
    runs = folder / "runs"
    return harness.perform(root, runs).path, harness.perform(root, runs).path


@pytest.fixture
def run(sealed: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of a sealed run with the record of its seal."""
    for each in sealed:
        shutil.copytree(each, tmp_path / each.name)
    shutil.copy(sealed[0].parent / seals.FILE, tmp_path / seals.FILE)
    copied = tmp_path / sealed[1].name
    assert isinstance(harness.judged(copied), Verified)
    return copied


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes() or b"\0")
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] if content else b"x")


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def replace(path: Path) -> None:
    path.unlink()
    path.write_bytes(b'{"status":"pass"}\n')


def delete(path: Path) -> None:
    path.unlink()


def rename(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}.old"))


def link(path: Path) -> None:
    """The same bytes, reached through a symbolic link."""
    elsewhere = path.parents[2] / f"elsewhere-{path.name}"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def empty(path: Path) -> None:
    path.write_bytes(b"" if path.read_bytes() else b"\0")


CHANGES = (flip, truncate, append, replace, delete, rename, link, folder, pipe, empty)


@pytest.mark.parametrize("name", ARTIFACTS)
@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each.__name__)
def test_a_changed_artifact_is_named(run: Path, name: str, change: Callable[[Path], None]) -> None:
    change(run / name)
    verdict = harness.judged(run)
    assert isinstance(verdict, Differences)
    assert name in {each.path for each in verdict.found}


@pytest.mark.parametrize("one", ARTIFACTS[:-1])
def test_two_artifacts_that_changed_places_are_named(run: Path, one: str) -> None:
    other = ARTIFACTS[ARTIFACTS.index(one) + 1]
    mine, its = (run / one).read_bytes(), (run / other).read_bytes()
    (run / one).write_bytes(its)
    (run / other).write_bytes(mine)
    assert isinstance(harness.judged(run), Differences)


@pytest.mark.parametrize("name", ["note.txt", "backend/more.log", ".hidden", "backend/.x"])
def test_a_file_that_was_added_is_named(run: Path, name: str) -> None:
    (run / name).write_text("x")
    verdict = harness.judged(run)
    assert isinstance(verdict, Differences)
    assert [(each.kind, each.path) for each in verdict.found] == [("extra", name)]


def test_a_link_that_was_added_is_named_and_not_followed(run: Path) -> None:
    (run / "backend" / "more").symlink_to("/etc")
    verdict = harness.judged(run)
    assert isinstance(verdict, Differences)
    assert [(each.kind, each.path) for each in verdict.found] == [("symlink", "backend/more")]


def test_an_older_run_under_the_name_of_a_newer_one_is_refused(
    run: Path, sealed: tuple[Path, Path]
) -> None:
    shutil.rmtree(run)
    shutil.copytree(sealed[0], run)
    verdict = harness.judged(run)
    assert isinstance(verdict, Differences)
    assert ("stale", "manifest.json") in {(each.kind, each.path) for each in verdict.found}


def reseal(run: Path, name: str, content: bytes) -> None:
    """Replace an artifact and everything in the directory that speaks of it, consistently."""
    (run / name).write_bytes(content)
    report = json.loads((run / "report.json").read_bytes())
    if name != "report.json":
        report["artifact_digests"][name] = sha256(content)
    report["artifact_digests"]["report.json"] = report_digest(report)
    (run / "report.json").write_bytes(canonical(report) + b"\n")
    manifest = json.loads((run / "manifest.json").read_bytes())
    for each in (name, "report.json"):
        data = (run / each).read_bytes()
        manifest["artifacts"][each].update(sha256=sha256(data), size=len(data))
    (run / "manifest.json").write_bytes(canonical(manifest) + b"\n")


@pytest.mark.parametrize("name", ["patch.diff", "test.log", "report.md", "backend/stdout.log"])
def test_a_consistent_forgery_fails_at_the_digest_that_is_recorded_elsewhere(
    run: Path, name: str
) -> None:
    reseal(run, name, b"forged\n")
    verdict = harness.judged(run)
    assert isinstance(verdict, Differences)
    assert [(each.kind, each.path) for each in verdict.found] == [("changed", "manifest.json")]


def test_a_consistent_forgery_without_a_recorded_digest_is_not_called_verified(run: Path) -> None:
    reseal(run, "test.log", b"forged\n")
    (run.parent / seals.FILE).unlink()
    verdict = harness.judged(run)
    assert isinstance(verdict, Differences)
    assert [each.kind for each in verdict.found] == ["unrecorded"]


def test_a_manifest_whose_names_lead_elsewhere_opens_nothing(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_bytes())
    for name in ("../../etc/passwd", "/etc/passwd", "a/../b", ""):
        manifest["artifacts"][name] = {"sha256": "0" * 64, "size": 0, "written_at": "x"}
    (run / "manifest.json").write_bytes(canonical(manifest) + b"\n")
    verdict = harness.judged(run)
    assert isinstance(verdict, Differences)
    escapes = {each.path for each in verdict.found if each.kind == "path-escape"}
    assert escapes == {"../../etc/passwd", "/etc/passwd", "a/../b", ""}


def test_taking_the_manifest_away_does_not_make_a_sealed_run_look_interrupted(run: Path) -> None:
    (run / "manifest.json").unlink()
    verdict = harness.judged(run)
    assert isinstance(verdict, Differences)
    assert [(each.kind, each.path) for each in verdict.found] == [("missing", "manifest.json")]


@pytest.mark.parametrize("line", [0, 1, 3, -1])
def test_a_line_taken_out_of_a_chain_breaks_it(run: Path, line: int) -> None:
    path = run / "events.normalized.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[line]
    reseal(run, path.name, b"".join(lines))
    verdict = harness.judged(run)
    assert isinstance(verdict, Differences)
    kinds = {each.kind for each in verdict.found}
    assert ("broken-chain" in kinds) == (line != -1)
    assert "changed" in kinds


def test_a_seal_that_was_edited_breaks_the_record(run: Path) -> None:
    path = run.parent / seals.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    assert seals.read(run.parent).faults == ()
    path.write_bytes(lines[0].replace(b'"pass"', b'"fail"') + lines[1])
    assert seals.read(run.parent).faults == ("line 2 does not follow from the line before",)


def test_a_directory_that_was_never_sealed_is_interrupted_whatever_it_claims(
    tmp_path: Path,
) -> None:
    path = tmp_path / "20260101T000000Z-demo-1"
    path.mkdir()
    (path / "report.json").write_text('{"status":"pass"}')
    assert isinstance(harness.judged(path), Interrupted)


@pytest.mark.parametrize("name", ["run.json", "events.normalized.jsonl", "trace.jsonl"])
def test_a_link_in_a_directory_that_was_never_sealed_is_no_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / "20260101T000000Z-demo-1"
    path.mkdir()
    (path / name).symlink_to("/etc/passwd")
    verdict = harness.judged(path)
    assert isinstance(verdict, Interrupted)
    assert not verdict.active
