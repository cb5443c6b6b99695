"""Where the verbs about authority find the workspace, the keys and the record of what was used."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sot_tools.authority.keys import Place
from sot_tools.errors import SotError
from sot_tools.project.files import FILE, find_root

KEYS_DIR = "SOT_KEYS_DIR"
"""Environment variable that names the folder of private keys."""


def workspace(root: str | None) -> Path:
    """The folder of the workspace: the option, else found upwards."""
    start = Path(root) if root else Path()
    if not start.is_dir():
        raise SotError(f"{root}: no such folder")
    found = start.resolve() if root else find_root(start.resolve())
    if not (found / FILE).is_file():
        raise SotError(f"{found}: no {FILE} there; `sot init` begins a workspace")
    return found


def place(root: str | None) -> Place:
    """Workspace, private keys and the real clock."""
    return Place(workspace(root), keys_folder(), time.time_ns)


def keys_folder() -> Path:
    """The folder of private keys: the environment's, else the user's own."""
    wanted = os.environ.get(KEYS_DIR)
    if wanted:
        return Path(wanted).resolve()
    from platformdirs import user_data_path

    return user_data_path("sot-tools") / "keys"


def used_folder() -> Path:
    """The folder that holds one file for each approval that was used on this machine."""
    from platformdirs import user_state_path

    return user_state_path("sot-tools") / "used-approvals"
