"""The rows about final claims, and the outside checkers that documents name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from sot_tools.project import data
from sot_tools.project.model import Settings
from sot_tools.project.snapshot import Snapshot
from sot_tools.rules.model import Rule
from sot_tools.rules.rows import rows

FILE = "prose.yaml"
_NAMED = re.compile(r"`([^`\n]*?([\w./-]+\.(?:py|sh)))[^`\n]*`")


class Outside(NamedTuple):
    """A checker that a document names and that this program never runs."""

    command: str
    path: str
    line: int
    outcome: str
    """`not-run`, always: what a document names is not executed."""
    why: str


def rules(settings: Settings) -> tuple[Rule, ...]:
    """The rows of the toolkit and of the profile; terms that either knows are known to all."""
    files = list(_files(settings))
    known = [term for value, _ in files for term in value.get("known", ())]
    found = [rule for value, shown in files for rule in rows(value, shown)]
    return tuple(
        rule._replace(parameters={**rule.parameters, "known": known})
        if rule.check == "undefined-terms"
        else rule
        for rule in found
    )


def outside(settings: Settings, snapshot: Snapshot) -> tuple[Outside, ...]:
    """Each outside checker that a document names, once, where it is named first."""
    globs = [glob for value, _ in _files(settings) for glob in value.get("external", ())]
    found: dict[str, Outside] = {}
    for path in snapshot.entries if globs else ():
        document = snapshot.document(path) if path.endswith(".md") else None
        for hit in _NAMED.finditer(document.text) if document is not None else ():
            command, program = hit.group(1), hit.group(2)
            named = any(fnmatchcase(program.rpartition("/")[2], glob) for glob in globs)
            if named and command not in found and document is not None:
                line, _ = document.position(hit.start(1))
                there = (settings.root / program).is_file()
                why = "it is there; run it yourself" if there else "it is not on this machine"
                found[command] = Outside(command, path, line, "not-run", why)
    return tuple(found.values())


def _files(settings: Settings) -> Iterator[tuple[Mapping[str, Any], str]]:
    profile = settings.profile
    for path, shown in (
        (data.shipped() / FILE, f"schemas/{FILE}"),
        (profile.folder / FILE, f"profiles/{profile.name}/{FILE}"),
    ):
        if path.is_file():
            yield data.load(path, shown).data, shown
