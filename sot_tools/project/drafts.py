"""First forms of documents: what a person begins with, made from the profile's templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from sot_tools import disk
from sot_tools.documents.document import MAX_DOCUMENT
from sot_tools.errors import Refused, SotError
from sot_tools.project import data
from sot_tools.project.data import Profile
from sot_tools.rules.kinds import Kind, Kinds
from sot_tools.rules.nearest import hint, listed

FOLDER = "new"
VERBS: Mapping[str, str] = {
    "request-record": "sot request ITEM",
    "approval-packet": "sot packet ITEM",
    "signed-approval": "sot approve ITEM",
    "approval-record": "sot approve ITEM",
    "closeout": "sot record closeout ITEM",
    "evidence": "sot record evidence ITEM",
    "operator-key": "sot keys init NAME",
    "baseline": "sot baseline --create",
    "workboard": "sot init",
    "workspace": "sot init",
    "glossary": "sot init",
    "harness": "sot init",
}
"""Kind → the verb that writes it from facts, so that nobody begins it by hand."""
_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")
_NAME = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
_PLAIN = re.compile(r"[\w./][\w .,:/+-]{0,119}")
_LEADING = re.compile(r"\*(-[A-Z-]+)\.md")


class Draft(NamedTuple):
    """A document that is not written yet."""

    path: str
    content: bytes


def startable(profile: Profile, kinds: Kinds) -> list[str]:
    """The kinds that have a first form in a profile."""
    return sorted(
        name for name, kind in kinds.by_name.items() if name not in VERBS and _body(profile, kind)
    )


def draft(profile: Profile, kinds: Kinds, name: str, stem: str, words: Mapping[str, str]) -> Draft:
    """The first form of a kind; `stem` names the document, in capitals and hyphens.

    Raises Refused where a verb writes the kind from facts, SotError where there is no first form.
    """
    if name in VERBS:
        raise Refused(f"a {name} is never begun by hand: `{VERBS[name]}` writes it from facts")
    known = startable(profile, kinds)
    if name not in known:
        raise SotError(
            f"kind `{name}` has no first form; {hint(name, known) or 'there are: ' + listed(known)}"
        )
    if not _NAME.fullmatch(stem):
        raise SotError(f"name `{stem}`: use capitals, digits and hyphens, such as SEARCH-INDEX")
    kind = kinds.by_name[name]
    frame = next(iter(sorted((profile.folder / FOLDER).rglob("*__name__.md"))))
    place = frame.relative_to(profile.folder / FOLDER).as_posix().replace("dot-sot/", ".sot/")
    ending = _ending(kind)
    prefix = frame.name.partition("__name__")[0]
    path = place.replace("__name__", stem.removeprefix(prefix).removesuffix(ending) + ending)
    bare = path.rpartition("/")[2].removesuffix(f"{ending}.md")
    title = f"{prefix.replace('-', ' ')}{_titled(bare.removeprefix(prefix))} {_kind_title(kind)}"
    known_words = {
        **words,
        "title": words.get("title") or title,
        "kind": kind.title,
        "stem": path.rpartition("/")[2].removesuffix(".md").lower(),
        "check": "sot check",
    }
    for key, word in known_words.items():
        if not _PLAIN.fullmatch(word):
            raise SotError(f"{key} `{word}`: use letters, digits, spaces and plain punctuation")
    text = _read(frame).replace("{{body}}", _body(profile, kind))
    return Draft(path, _PLACE.sub(lambda hit: _word(known_words, hit.group(1)), text).encode())


def _word(words: Mapping[str, str], name: str) -> str:
    if name not in words:
        raise SotError(f"`--{name.replace('_', '-')}` is missing; this kind cannot do without it")
    return words[name]


def _body(profile: Profile, kind: Kind) -> str:
    """The text of a first form: the profile's own, else the general one; empty for none."""
    if not _ending(kind):
        return ""
    for folder in (profile.folder / FOLDER, data.shipped() / FOLDER):
        path = folder / f"{kind.name}.md"
        if path.is_file():
            return _read(path).rstrip("\n")
    return ""


def _ending(kind: Kind) -> str:
    """The end of the kind's file names, such as `-PRD`; empty where it has no such end."""
    found = [match.group(1) for glob in kind.files if (match := _LEADING.fullmatch(glob))]
    return found[0] if found else ""


def _titled(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split("-"))


def _kind_title(kind: Kind) -> str:
    words = (word if word.isupper() else word.capitalize() for word in kind.title.split(" "))
    return " ".join(words)


def _read(path: Path) -> str:
    return disk.read(path, MAX_DOCUMENT).decode("utf-8")
