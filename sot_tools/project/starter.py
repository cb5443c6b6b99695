"""The first files of a workspace, from the templates of its profile."""

from __future__ import annotations

import re

from sot_tools import disk
from sot_tools.documents.document import MAX_DOCUMENT
from sot_tools.errors import SotError
from sot_tools.project.model import Profile

_PLACE = re.compile(r"\{\{([a-z]+)\}\}")


def files(profile: Profile, title: str, owner: str, today: str) -> dict[str, str]:
    """Path → content of a new workspace; raises SotError where an answer has no safe form."""
    words = {"title": title, "owner": owner, "today": today, "profile": profile.name}
    for name, word in words.items():
        if not re.fullmatch(r"[\w][\w .+-]{0,79}", word) or word.strip() != word:
            raise SotError(f"{name} `{word}`: use letters, digits, spaces, dots, hyphens")
    folder = profile.folder / "starter"
    made: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.parent.name != "__pycache__":  # pip compiles what it installs
            name = path.relative_to(folder).as_posix().replace("dot-sot/", ".sot/")
            text = disk.read(path, MAX_DOCUMENT).decode("utf-8")
            made[name] = _PLACE.sub(lambda hit: words[hit.group(1)], text)
    if not made:
        raise SotError(f"profile `{profile.name}` has no starter files")
    return made
