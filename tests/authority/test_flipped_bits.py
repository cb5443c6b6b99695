"""No bit of what stands behind a validated item can be flipped unseen."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sot_tools.board import board as boards
from sot_tools.documents.document import parse
from sot_tools.errors import Refused
from sot_tools.evidence import approval as approvals
from sot_tools.evidence import ledger
from sot_tools.project import trail
from sot_tools.source import Folder
from tests.authority import story
from tests.authority.figures import figure
from tests.authority.story import Told

FLIPS = int(os.environ.get("SOT_FLIPS", "3"))
"""Bits to flip of each file, besides the first and the last byte; 0 flips every bit."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One validated item; every test puts back what it flipped."""
    return story.told(tmp_path_factory.mktemp("flips") / "m")


def bits(content: bytes) -> Iterator[int]:
    """The bits to flip."""
    if FLIPS == 0:
        yield from range(8 * len(content))
        return
    chosen = random.Random(len(content))
    for place in (0, len(content) - 1):
        yield 8 * place + chosen.randrange(8)
    for _ in range(FLIPS):
        yield chosen.randrange(8 * len(content))


def flipped(content: bytes, bit: int) -> bytes:
    place = bit // 8
    return content[:place] + bytes([content[place] ^ 1 << bit % 8]) + content[place + 1 :]


def evidence_files(told: Told) -> list[Path]:
    return [path for path in sorted(told.done.path.rglob("*")) if path.is_file()]


def recorded_files(told: Told) -> list[Path]:
    root = told.world.root
    paths = [path for entry in ledger.load(root).of() for path in entry.about.get("files", ())]
    return [root / path for path in sorted(set(paths))] + [root / ledger.FILE]


def pinned_head(told: Told) -> str:
    """The head that the board pins."""
    document = parse("WORKBOARD.yaml", (told.world.root / "WORKBOARD.yaml").read_bytes())
    return boards.read(document.path, document.data).head


def accepted(told: Told, pinned: str) -> str:
    """Why the trail behind the item is not sound; empty where everything is accepted.

    This is what `sot check` asks: ledger, keys, signatures and every artifact, hashed again.
    """
    found = trail.read(Folder(told.world.root), told.world.runs)
    earned = found.advanced.get(story.ITEM)
    why = [*found.broken, *map(str, found.changed), *map(str, found.untrusted)]
    if pinned not in found.heads:
        why.append("the pinned head is gone")
    if earned is None or earned.fault or earned.absent:
        why.append(earned.fault if earned else "never advanced")
    return "; ".join(why)


def test_nothing_is_wrong_before_anything_is_flipped(told: Told) -> None:
    assert accepted(told, pinned_head(told)) == ""
    assert len(evidence_files(told)) >= 7
    assert told.world.check() == []


def test_every_flipped_bit_of_evidence_approvals_keys_and_ledger_is_noticed(told: Told) -> None:
    tried, pinned = 0, pinned_head(told)
    assert accepted(told, pinned) == ""
    for path in [*evidence_files(told), *recorded_files(told)]:
        content = path.read_bytes()
        if not content:
            continue
        for bit in bits(content):
            path.write_bytes(flipped(content, bit))
            assert accepted(told, pinned), f"{path.name}: bit {bit} was flipped and nothing noticed"
            tried += 1
        path.write_bytes(content)
        assert accepted(told, pinned) == ""
    files = len(evidence_files(told)) + len(recorded_files(told))
    every = "every bit" if FLIPS == 0 else f"{FLIPS} bits of each"
    figure("bits flipped", f"{tried} in {files} files, {every}: 0 accepted, 0 tracebacks")


def test_a_flipped_byte_turns_the_check_red_with_the_right_rule(told: Told) -> None:
    root = told.world.root
    expected = {
        told.done.path / "test.log": "SOT803",
        told.done.path / "manifest.json": "SOT803",
        root / ledger.FILE: "SOT804",
        root / ".sot/plans/WORK-001-REQUEST-RECORD.md": "SOT805",
        root / ".sot/plans/WORK-001-APPROVAL-PACKET.md": "SOT805",
        root / ".sot/plans/WORK-001-CLOSEOUT.md": "SOT805",
        told.approval: "SOT805",
        told.acceptance: "SOT805",
        root / ".sot/trust/jp.json": "SOT806",
    }
    for path, code in expected.items():
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        found = told.world.check()
        path.write_bytes(content)
        assert any(f" {code} " in line for line in found), (path.name, found)
    assert told.world.check() == []


def test_a_changed_state_or_digest_on_the_board_turns_the_check_red(told: Told) -> None:
    board = told.world.root / "WORKBOARD.yaml"
    text = board.read_text()
    digest = told.done.manifest_digest
    other = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    head = ledger.load(told.world.root).head
    for old, new, code in (
        ("status: validated", "status: candidate", "SOT808"),
        (digest, other, "SOT802"),
        (told.done.run_id, f"{told.done.run_id}0", "SOT802"),
        (head, "0" * 64, "SOT804"),
    ):
        board.write_text(text.replace(old, new))
        found = told.world.check()
        board.write_text(text)
        assert any(f" {code} " in line for line in found), (old, found)


def test_a_hand_typed_state_is_reported(told: Told, tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    board = world.root / "WORKBOARD.yaml"
    board.write_text(board.read_text().replace("status: candidate", "status: validated"))
    assert any(" SOT801 `WORK-001` is `validated` and no run" in line for line in world.check())


def test_lines_cut_off_the_ledger_are_noticed(told: Told) -> None:
    path = told.world.root / ledger.FILE
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    for keep in range(len(lines)):
        path.write_bytes(b"".join(lines[:keep]))
        found = told.world.check()
        assert any(" SOT804 " in line for line in found), (keep, found)
    path.unlink()
    assert any(" SOT804 " in line for line in told.world.check())
    path.write_bytes(content)


def test_a_ledger_that_was_written_anew_after_the_facts_is_noticed(told: Told) -> None:
    """Somebody who can compute digests rewrites an entry and chains all the others again."""
    path = told.world.root / ledger.FILE
    content = path.read_bytes()
    made, head = [], ledger.ROOT
    for entry in ledger.load(told.world.root).of():
        about = {**entry.about, **({"actor": "ann"} if entry.kind == approvals.GRANTED else {})}
        line = ledger.line(entry.number, head, entry.kind, entry.at, about)
        head = line[-67:-3].decode()
        made.append(line)
    path.write_bytes(b"".join(made))
    found = "\n".join(told.world.check())
    path.write_bytes(content)
    assert "SOT804" in found
    assert "SOT806" in found


def test_evidence_that_differs_by_one_bit_is_not_accepted_and_advances_nothing(
    told: Told,
) -> None:
    path = told.done.path / "patch.diff"
    content = path.read_bytes()
    path.write_bytes(flipped(content, 77))
    for attempt in (story.accept, story.advance):
        with pytest.raises(Refused, match=r"is not what was sealed: patch\.diff has the digest"):
            attempt(told.world, told.done)
    path.write_bytes(content)
