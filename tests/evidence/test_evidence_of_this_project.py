"""The board of this repository names runs; the archives of exactly these lie beside it, and each is
the run whose digest the board pins. What the board calls validated was earned on them."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from sot_tools.board import board
from sot_tools.board.board import BoardItem, Proof
from sot_tools.documents.document import parse
from tests.cli.command import sot

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".sot" / "evidence"


def items() -> tuple[BoardItem, ...]:
    value = parse("WORKBOARD.yaml", (ROOT / "WORKBOARD.yaml").read_bytes()).data
    return board.read("WORKBOARD.yaml", value).items


def proofs() -> list[Proof]:
    return [proof for item in items() for proof in item.proofs]


def test_every_run_that_the_board_names_is_kept_and_is_what_the_board_says(tmp_path: Path) -> None:
    assert proofs()
    assert {path.name for path in KEPT.iterdir()} == {f"{proof.run}.zip" for proof in proofs()}
    for proof in proofs():
        pinned = ["--digest", f"sha256:{proof.digest}"]
        found = sot(tmp_path, "evidence", "verify", str(KEPT / f"{proof.run}.zip"), *pinned)
        assert found.code == 0, found.out
        assert found.out.startswith(f"verified  {proof.run}: pass\n")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of this repository on a machine that has no run and no key."""
    root = tmp_path_factory.mktemp("clone") / "sot-tools"
    shutil.copytree(ROOT / ".sot", root / ".sot")
    for name in ("WORKBOARD.yaml", "CONTEXT.md"):
        shutil.copy(ROOT / name, root)
    for folder in ("sot_tools", "schemas", "tests", "tools"):
        (root / folder).symlink_to(ROOT / folder)
    return root


def codes(root: Path) -> set[str]:
    runs = str(root.parent / "no-runs")
    found = sot(root, "check", "--no-cache", "--format", "json", SOT_RUNS_DIR=runs)
    return {each["code"] for each in json.loads(found.out)["diagnostics"]}


def test_what_this_board_calls_validated_is_hashed_again_without_any_run_directory(
    clone: Path,
) -> None:
    validated = [each.id for each in items() if each.status == "validated"]
    assert validated == ["CTO-WORK-093", "CTO-WORK-094", "CTO-WORK-095"]
    assert codes(clone) == set()


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        (".sot/evidence/*-planning-form-*.zip", "SOT805"),
        (".sot/evidence/*-run-all-*.zip", "SOT805"),
        (".sot/approvals/*-094-advance-*.json", "SOT803"),
        (".sot/trust/maintainers.json", "SOT806"),
        (".sot/ledger.jsonl", "SOT804"),
        (".sot/03-PROTOCOLS/CTO-WORK-095-CLOSEOUT.md", "SOT805"),
    ],
)
def test_one_changed_byte_of_what_stands_behind_it_turns_the_check_red(
    clone: Path, glob: str, expected: str
) -> None:
    (path,) = clone.glob(glob)
    content = path.read_bytes()
    for place in (len(content) // 3, len(content) // 2):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        found = codes(clone)
        path.write_bytes(content)
        assert expected in found, (glob, place)


def test_a_state_that_was_typed_is_refused(clone: Path) -> None:
    board = clone / "WORKBOARD.yaml"
    before = board.read_text()
    entry = "    title: Contained Real Engines\n    type: HITL\n    status: "
    board.write_text(before.replace(f"{entry}candidate", f"{entry}validated"))
    found = codes(clone)
    board.write_text(before)
    assert "SOT801" in found


def test_an_archive_with_a_changed_byte_cannot_be_read(tmp_path: Path) -> None:
    proof = proofs()[0]
    content = bytearray((KEPT / f"{proof.run}.zip").read_bytes())
    place = content.index(b"PK\x01\x02") // 2
    content[place] ^= 1
    changed = tmp_path / f"{proof.run}.zip"
    changed.write_bytes(content)
    pinned = ["--digest", f"sha256:{proof.digest}"]
    found = sot(tmp_path, "evidence", "verify", str(changed), *pinned)
    assert (found.code, found.out) == (2, "")


def test_an_archive_that_was_packed_again_with_one_changed_byte_is_no_evidence(
    tmp_path: Path,
) -> None:
    """Forged with care: the sums of the bag are those of the changed content."""
    proof = proofs()[0]
    changed = tmp_path / f"{proof.run}.zip"
    with ZipFile(KEPT / f"{proof.run}.zip") as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    log = next(name for name in files if name.endswith("/test.log"))
    replace(files, log, bytes([files[log][0] ^ 1]) + files[log][1:], "manifest-sha256.txt")
    with ZipFile(changed, "w") as forged:
        for name, content in files.items():
            forged.writestr(name, content)
    pinned = ["--digest", f"sha256:{proof.digest}"]
    found = sot(tmp_path, "evidence", "verify", str(changed), *pinned)
    assert found.code == 1
    assert "test.log" in found.out


def replace(files: dict[str, bytes], name: str, content: bytes, listed: str) -> None:
    """Put content into a bag, and its sum into every list that has the sum of what stood there."""
    before, after = (sha256(each).hexdigest().encode() for each in (files[name], content))
    files[name] = content
    for path, lines in list(files.items()):
        if path.endswith(f"/{listed}") and before in lines:
            replace(files, path, lines.replace(before, after), "tagmanifest-sha256.txt")


def test_a_kept_run_is_not_taken_for_another(tmp_path: Path) -> None:
    one, other = proofs()[:2]
    pinned = ["--digest", f"sha256:{other.digest}"]
    found = sot(tmp_path, "evidence", "verify", str(KEPT / f"{one.run}.zip"), *pinned)
    assert found.code == 1
