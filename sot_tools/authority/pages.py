"""Documents made from facts: the templates of a profile with every place filled, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from sot_tools import disk
from sot_tools.documents.document import MAX_DOCUMENT
from sot_tools.errors import SotError
from sot_tools.project.model import Profile

_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


class Page(NamedTuple):
    """A document and where it goes."""

    path: str
    content: bytes


def path_of(profile: Profile, ending: str, item: str) -> str:
    """Where the document of an item with a file-name ending stands."""
    return _template(profile, ending)[0].replace("__item__", item.replace(" ", "-"))


def render(profile: Profile, ending: str, item: str, words: Mapping[str, str]) -> Page:
    """The document of an item; raises SotError where a word is missing or is no plain text."""
    _, template = _template(profile, ending)
    return _filled(path_of(profile, ending, item), template, {**words, "item": item})


def of_workspace(profile: Profile, name: str, path: str, words: Mapping[str, str]) -> Page:
    """The one document of a workspace with that name in its profile; raises SotError alike."""
    template = disk.read(profile.folder / "documents" / f"{name}.md", MAX_DOCUMENT)
    return _filled(path, template.decode("utf-8"), words)


def _filled(path: str, template: str, words: Mapping[str, str]) -> Page:
    stem = path.rpartition("/")[2].removesuffix(".md").lower()
    known = {**words, "stem": stem}

    def fill(hit: re.Match[str]) -> str:
        word = known.get(hit.group(1))
        if word is None or _UNSAFE.search(word):
            raise SotError(f"{path}: `{hit.group(1)}` has no plain value; nothing was written")
        return word

    return Page(path, _PLACE.sub(fill, template).encode())


def _template(profile: Profile, ending: str) -> tuple[str, str]:
    folder = profile.folder / "documents"
    for path in sorted(folder.rglob(f"*-{ending}.md")):
        name = path.relative_to(folder).as_posix().replace("dot-sot/", ".sot/")
        return name, disk.read(path, MAX_DOCUMENT).decode("utf-8")
    raise SotError(f"profile `{profile.name}` has no template for `{ending}`")


def bullets(entries: tuple[str, ...] | list[str], code: bool = True) -> str:
    """A list, one entry a line."""
    mark = "`" if code else ""
    return "\n".join(f"- {mark}{each}{mark}" for each in entries) or "- none"
