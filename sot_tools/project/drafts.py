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
from sot_tools.project.model import Profile
from sot_tools.rules.kinds import Kind, Kinds
from sot_tools.rules.nearest import hint, listed

FOLDER = "new"
Words = Mapping[str, str]
"""What a form asks for → what stands there."""
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
        name for name, kind in kinds.by_name.items() if name not in VERBS and _form(profile, kind)
    )


def draft(profile: Profile, kinds: Kinds, name: str, stem: str, words: Words) -> Draft:
    """The first form of a kind; `stem` names the document, in capitals and hyphens.

    Raises Refused where a verb writes the kind from facts, SotError where there is no first form.
    """
    if name in VERBS:
        raise Refused(f"`{name}` is never begun by hand: `{VERBS[name]}` writes it from facts")
    known = startable(profile, kinds)
    if name not in known:
        raise SotError(
            f"kind `{name}` has no first form; {hint(name, known) or 'there are: ' + listed(known)}"
        )
    if not _NAME.fullmatch(stem):
        raise SotError(f"name `{stem}`: use capitals, digits and hyphens, such as SEARCH-INDEX")
    for key, word in words.items():
        if not _PLAIN.fullmatch(word):
            raise SotError(f"{key} `{word}`: use letters, digits, spaces and plain punctuation")
    kind = kinds.by_name[name]
    form = _form(profile, kind)
    frame = next(iter(sorted((profile.folder / FOLDER).rglob("*__name__.md"))))
    made = _record if form is not None and form.suffix == ".json" else _page
    name, text = made(kind, frame, "" if form is None else _read(form), stem, words)
    folder = frame.parent.relative_to(profile.folder / FOLDER).as_posix()
    return Draft(f"{folder.replace('dot-sot/', '.sot/')}/{name}", text.encode())


def _page(
    kind: Kind, frame: Path, body: str, stem: str, words: Mapping[str, str]
) -> tuple[str, str]:
    """Name and text of a Markdown document: the profile's frame around the kind's beginning."""
    ending = _ending(kind)
    prefix = frame.name.partition("__name__")[0]
    name = f"{prefix}{stem.removeprefix(prefix).removesuffix(ending)}{ending}"
    bare = name.removesuffix(ending)
    title = f"{prefix.replace('-', ' ')}{_titled(bare.removeprefix(prefix))} {_kind_title(kind)}"
    known = {
        **words,
        "title": words.get("title") or title,
        "kind": kind.title,
        "stem": name.lower(),
        "check": "sot check",
    }
    text = _read(frame).replace("{{body}}", body.rstrip("\n"))
    return f"{name}.md", _filled(text, known)


def _record(
    kind: Kind, frame: Path, body: str, stem: str, words: Mapping[str, str]
) -> tuple[str, str]:
    """Name and text of a JSON record; each `*` of its file names has its own word."""
    glob = next(each for each in kind.files if each.endswith(".json"))
    prefix = frame.name.partition("__name__")[0]
    _, ending, *rest = glob.split("*")
    name = f"{prefix}{stem.removeprefix(prefix).removesuffix(ending.rpartition('.')[0])}{ending}"
    if rest:
        name += f"{_word(words, 'provider')}-{_word(words, 'model')}{rest[0]}"
    return name, _filled(body, words)


def _filled(text: str, words: Words) -> str:
    return _PLACE.sub(lambda hit: _word(words, hit.group(1)), text)


def _word(words: Words, name: str) -> str:
    if name not in words:
        raise SotError(f"`--{name.replace('_', '-')}` is missing; this kind cannot do without it")
    return words[name]


def _form(profile: Profile, kind: Kind) -> Path | None:
    """The file of a first form: the profile's own, else the general one."""
    names = [f"{kind.name}.md"] if _ending(kind) else [f"{kind.name}.json"]
    for folder in (profile.folder / FOLDER, data.shipped() / FOLDER):
        for name in names:
            if (folder / name).is_file():
                return folder / name
    return None


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
