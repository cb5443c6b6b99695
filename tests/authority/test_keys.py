"""Private keys are private, and nothing but an endorsed record is trusted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sot_tools.authority import keys
from sot_tools.errors import Refused, SotError
from sot_tools.evidence import authority, envelope, ledger
from sot_tools.evidence import keys as private_keys
from sot_tools.evidence import trust as trusts
from sot_tools.evidence.trust import TrustedKey
from tests.authority import story


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620, 0o602])
def test_a_private_key_that_others_can_read_or_write_is_not_used(tmp_path: Path, mode: int) -> None:
    world = story.new(tmp_path / "m")
    path = world.keys / "jp.pem"
    path.chmod(mode)
    with pytest.raises(SotError) as error:
        story.answer(world, story.ask(world))
    assert str(error.value) == (
        f"{path}: others can read or write this private key, so it proves nothing; "
        "`sot keys revoke jp`, and make a new one"
    )


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o770])
def test_a_folder_of_keys_that_others_can_write_is_not_used(tmp_path: Path, mode: int) -> None:
    world = story.new(tmp_path / "m")
    world.keys.chmod(mode)
    with pytest.raises(SotError) as error:
        private_keys.read(world.keys, "jp")
    assert str(error.value) == (
        f"{world.keys}: others can write into the folder of private keys; `chmod 700 {world.keys}`"
    )


def test_a_private_key_behind_a_link_is_not_used(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    (world.keys / "jp.pem").rename(tmp_path / "elsewhere.pem")
    (world.keys / "jp.pem").symlink_to(tmp_path / "elsewhere.pem")
    with pytest.raises(SotError, match="others can read or write this private key"):
        private_keys.read(world.keys, "jp")


def test_private_keys_never_lie_in_the_workspace(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    place = world.place._replace(keys=world.root / ".sot" / "keys")
    with pytest.raises(SotError, match="lies inside the workspace; a private key never does"):
        keys.add(place, "ann", "operator", "jp", None)
    assert not (world.root / ".sot" / "keys").exists()


def test_a_workspace_has_one_first_key(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    with pytest.raises(Refused) as refused:
        keys.init(world.place, "ann")
    assert str(refused.value) == (
        ".sot/trust begins with the key `jp`; `sot keys add` adds another"
    )


def test_a_second_key_is_endorsed_by_the_first_and_a_revoked_one_endorses_nothing(
    tmp_path: Path,
) -> None:
    world = story.new(tmp_path / "m")
    keys.add(world.place, "ann", "operator", "jp", None)
    assert [row.key.name for row in keys.listing(world.place)] == ["jp", "ann"]
    keys.revoke(world.place, "jp", "gone")
    assert [row.state for row in keys.listing(world.place)] == ["revoked", "trusted"]
    with pytest.raises(Refused, match="the key `jp` endorses nothing"):
        keys.add(world.place, "eve", "operator", "jp", None)
    with pytest.raises(Refused, match="the key `jp` is revoked since entry 3"):
        keys.revoke(world.place, "jp", "again")
    keys.add(world.place, "bob", "reviewer", "ann", None)
    with pytest.raises(Refused, match="the key `bob` endorses nothing"):
        keys.add(world.place, "eve", "operator", "bob", None)


def test_a_public_key_of_somebody_else_is_added_without_a_private_one(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    other = private_keys.create(tmp_path / "theirs", "ann").public_key().public_bytes_raw()
    keys.add(world.place, "ann", "operator", "jp", other.hex())
    assert [row.here for row in keys.listing(world.place)] == [True, False]
    for wrong in ("00", "x" * 64, other.hex() + "00"):
        with pytest.raises(SotError, match="--public takes the 64 hexadecimal digits"):
            keys.add(world.place, "bob", "operator", "jp", wrong)
    with pytest.raises(Refused, match="this key is known as `ann`"):
        keys.add(world.place, "bob", "operator", "jp", other.hex())


@pytest.mark.parametrize("name", ["", "../jp", "JP", "a b", "a/b", ".hidden", "x" * 64])
def test_a_name_of_a_key_is_a_plain_file_name(tmp_path: Path, name: str) -> None:
    world = story.new(tmp_path / "m")
    with pytest.raises(SotError, match="use lower-case letters"):
        keys.add(world.place, name, "operator", "jp", None)


def faults(world: story.World) -> list[str]:
    return [why for _, why in authority.load(world.root).trust.faults]


def test_a_record_that_nobody_entered_or_endorsed_is_not_trusted(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    stranger = private_keys.create(tmp_path / "theirs", "eve")
    public = stranger.public_key().public_bytes_raw()
    key = TrustedKey("eve", "operator", envelope.key_id(public), public)
    path = world.root / trusts.path_of("eve")
    own = envelope.sign(trusts.endorsement(key).payload(), stranger)
    path.write_bytes(trusts.record(key, "2026-06-01T00:00:00Z", own))
    assert faults(world) == ["is not in the ledger; `sot keys add` adds a key"]
    about = {"name": "eve", "files": {trusts.path_of("eve"): ledger.sha256(path.read_bytes())}}
    ledger.append(world.root, lambda: 0, lambda _: [("key.added", about)])
    assert faults(world) == [
        "its endorsement is not signed by an operator key that was trusted before"
    ]
    assert authority.load(world.root).trust.named("eve") is None


def test_a_record_that_was_changed_or_removed_is_not_trusted(tmp_path: Path) -> None:
    world = story.new(tmp_path / "m")
    path = world.root / trusts.path_of("jp")
    value = json.loads(path.read_bytes())
    path.write_text(json.dumps(value))
    assert faults(world) == ["is not what entry 1 of the ledger added"]
    path.unlink()
    assert faults(world) == ["is missing; entry 1 of the ledger added it"]
