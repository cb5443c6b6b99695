"""The settings of a workspace: those that an earlier check read, as long as they hold."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sot_tools.project.encoding import decoded, encoded
from sot_tools.project.files import Scope
from sot_tools.project.memory import BROKEN, Memory
from sot_tools.project.model import Profile, Settings, Waiver
from sot_tools.rules.kinds import Kinds, make
from sot_tools.rules.model import Rule, Scene, States
from sot_tools.source import Folder

if TYPE_CHECKING:
    from sot_tools.source import Source


class _Kept(NamedTuple):
    """Settings as they are remembered, so that no row and no schema is read again."""

    profile: Profile
    assumed: bool
    scope: Scope
    id_pattern: str
    states: States
    rules: tuple[Rule, ...]
    waivers: tuple[Waiver, ...]
    kinds: tuple[str, ...]
    schemas: Mapping[str, Any]


def read(root: Path, wanted: str | None, memory: Memory | None = None) -> Settings:
    """The settings of the workspace in a folder; `wanted` names the profile where no file does."""
    return within(Folder(root), wanted, memory)


def within(source: "Source", wanted: str | None, memory: Memory | None = None) -> Settings:
    """The settings of the workspace in a source, as `read` gives them."""
    text = memory.load("settings") if memory is not None else None
    if text is not None:
        try:
            return _recalled(source, decoded(_Kept, json.loads(text)))
        except BROKEN:
            pass
    from sot_tools.project import configuration

    found = configuration.read(source, wanted)
    if memory is not None:
        memory.save("settings", iter([encoded(_kept(found))]))
    return found


def _kept(found: Settings) -> _Kept:
    scene = found.scene
    names = tuple(scene.kinds.by_name)
    return _Kept(
        found.profile,
        found.assumed,
        found.scope,
        scene.id_pattern,
        scene.states,
        found.rules,
        found.waivers,
        names,
        scene.kinds.schemas,
    )


def _recalled(source: "Source", kept: _Kept) -> Settings:
    schemas = kept.schemas
    kinds = {name: make(name, schemas[f"sot:kinds/{name}"], name) for name in kept.kinds}
    scope = kept.scope
    scene = Scene(
        kept.id_pattern,
        Kinds(kinds, schemas),
        scope.roots,
        scope.board,
        scope.glossary,
        kept.states,
    )
    return Settings(
        source, kept.profile, kept.assumed, scene, scope.exclude, kept.rules, kept.waivers
    )
