"""The board of this repository names runs; the archives of exactly these lie beside it, and each is
the run whose digest the board pins."""

from __future__ import annotations

from pathlib import Path

from sot_tools.board import board
from sot_tools.board.board import Proof
from sot_tools.documents.document import parse
from tests.cli.command import sot

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".sot" / "evidence"


def proofs() -> list[Proof]:
    value = parse("WORKBOARD.yaml", (ROOT / "WORKBOARD.yaml").read_bytes()).data
    return [proof for item in board.read("WORKBOARD.yaml", value).items for proof in item.proofs]


def test_every_run_that_the_board_names_is_kept_and_is_what_the_board_says(tmp_path: Path) -> None:
    assert proofs()
    assert {path.name for path in KEPT.iterdir()} == {f"{proof.run}.zip" for proof in proofs()}
    for proof in proofs():
        pinned = ["--digest", f"sha256:{proof.digest}"]
        found = sot(tmp_path, "evidence", "verify", str(KEPT / f"{proof.run}.zip"), *pinned)
        assert found.code == 0, found.out
        assert found.out.startswith(f"verified  {proof.run}: pass\n")


def test_a_changed_byte_of_a_kept_run_is_noticed(tmp_path: Path) -> None:
    proof = proofs()[0]
    content = bytearray((KEPT / f"{proof.run}.zip").read_bytes())
    place = content.index(b"PK\x01\x02") // 2
    content[place] ^= 1
    changed = tmp_path / f"{proof.run}.zip"
    changed.write_bytes(content)
    pinned = ["--digest", f"sha256:{proof.digest}"]
    assert sot(tmp_path, "evidence", "verify", str(changed), *pinned).code in (1, 2)


def test_a_kept_run_is_not_taken_for_another(tmp_path: Path) -> None:
    one, other = proofs()[:2]
    pinned = ["--digest", f"sha256:{other.digest}"]
    found = sot(tmp_path, "evidence", "verify", str(KEPT / f"{one.run}.zip"), *pinned)
    assert found.code == 1
