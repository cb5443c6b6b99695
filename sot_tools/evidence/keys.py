"""Private keys: outside every workspace, readable by their owner alone, or not used at all."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from sot_tools import disk, locked
from sot_tools.errors import SotError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_LIMIT = 1 << 14


def create(folder: Path, name: str) -> Any:
    """Make a private key that does not exist yet; raises SotError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    _require_private_folder(folder)
    private = Ed25519PrivateKey.generate()
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / f"{name}.pem"
    if not locked.claim(path, text, 0o600):
        raise SotError(f"{path} exists; a private key is never overwritten")
    return private


def read(folder: Path, name: str) -> Any:
    """A private key; raises SotError where it is missing or where others could have read it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = folder / f"{name}.pem"
    if not path.is_file():
        raise SotError(
            f"{path}: no private key `{name}` there; `sot keys list` shows whose keys are here"
        )
    _require_private_folder(folder)
    if not disk.is_private(path, os.getuid()):
        raise SotError(
            f"{path}: others can read or write this private key, so it proves nothing; "
            f"`sot keys revoke {name}`, and make a new one"
        )
    try:
        private = load_pem_private_key(disk.read(path, _LIMIT), None)
    except (ValueError, TypeError, OSError):
        raise SotError(f"{path}: is no unencrypted private key in PEM form") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise SotError(f"{path}: is no ed25519 key")
    return private


def _require_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SotError(f"{folder}: could not be made: {error.strerror}") from error
    if not disk.is_private(folder, os.getuid()):
        raise SotError(
            f"{folder}: others can write into the folder of private keys; `chmod 700 {folder}`"
        )


def present(folder: Path) -> list[str]:
    """The names of the private keys that are here."""
    if not folder.is_dir():
        return []
    return sorted(path.stem for path in folder.glob("*.pem"))
