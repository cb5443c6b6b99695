"""The settings of a workspace: `.sot/workspace.yaml` over its profile, nothing guessed silently."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sot_tools.diagnostic import Severity
from sot_tools.errors import SotError
from sot_tools.project import data
from sot_tools.project.data import Profile
from sot_tools.project.encoding import decoded, encoded
from sot_tools.project.files import FILE, Scope
from sot_tools.project.memory import BROKEN, Memory
from sot_tools.rules.kinds import Kinds, make
from sot_tools.rules.model import Rule, Scene, States
from sot_tools.rules.nearest import rule_hint
from sot_tools.rules.plan import Plan
from sot_tools.source import Folder

if TYPE_CHECKING:
    from sot_tools.source import Source

DEFAULT_PROFILE = "plain"


class Waiver(NamedTuple):
    """A suppression by path that the settings state, with its reason."""

    code: str
    path: str
    reason: str
    position: int
    """Index in the settings' list."""


class Settings(NamedTuple):
    """Everything that decides what is checked, and how."""

    source: "Source"
    profile: Profile
    assumed: bool
    """No settings file names the profile."""
    scene: Scene
    exclude: tuple[str, ...]
    rules: tuple[Rule, ...]
    waivers: tuple[Waiver, ...]
    runs: Path | None = None
    """Folder of the run directories, where evidence is hashed again; None looks at none."""

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self.source.root

    @property
    def scope(self) -> Scope:
        """Which files the rules apply to."""
        scene = self.scene
        apart = (
            glob
            for kind in scene.kinds.by_name.values()
            for glob in kind.schema["x-sot"].get("ungoverned", ())
        )
        return Scope(scene.roots, scene.board_path, scene.glossary_path, self.exclude, tuple(apart))


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
    found = _read(source, wanted)
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


def _read(source: "Source", wanted: str | None) -> Settings:
    document = data.own(source, FILE)
    value: Mapping[str, Any] = document.data if document else {}
    named = value.get("profile")
    if document is not None and not isinstance(named, str):
        line = f"profile: {wanted or DEFAULT_PROFILE}"
        raise SotError(f"{FILE}:1:1: key `profile` is missing; add the line `{line}`")
    if isinstance(named, str) and wanted is not None and named != wanted:
        raise SotError(f"{FILE} names the profile `{named}`, not `{wanted}`; leave out --profile")
    used = data.profile(named if isinstance(named, str) else wanted or DEFAULT_PROFILE)
    kinds = data.load_kinds(used, source)
    if document is not None:
        data.require(document, kinds.by_name.get("workspace"), kinds)
    rules = data.load_rules(used, source, kinds)
    found = Settings(
        source,
        used,
        document is None,
        _scene(value, used, kinds),
        tuple(value.get("exclude", used.settings.get("exclude", ()))),
        tuple(_set(rules, value.get("rules", {}))),
        tuple(_waivers(value.get("suppress", []), rules)),
    )
    Plan(found.rules, found.scene).prove()  # what is remembered later was proven here
    return found


def _scene(value: Mapping[str, Any], used: Profile, kinds: Kinds) -> Scene:
    merged = {**used.settings, **value}
    ids = merged.get("ids", {})
    roots = tuple(str(each).strip("/") for each in merged.get("roots", [".sot"]))
    for root in roots:
        if not root or root.startswith("..") or "/../" in f"/{root}/":
            raise SotError(f"{FILE}: root `{root}` is not a folder inside the workspace")
    return Scene(
        str(ids.get("pattern", "")),
        kinds,
        roots,
        str(merged.get("board", "WORKBOARD.yaml")),
        str(merged.get("glossary", "CONTEXT.md")),
        States(*(frozenset(merged["states"].get(name, ())) for name in States._fields)),
    )


def _set(rules: Iterable[Rule], wanted: Mapping[str, Any]) -> Iterable[Rule]:
    """The rules with the severities that the settings ask for, without those they turn off."""
    by_code = {rule.code: rule for rule in rules}
    for code in wanted:
        if code not in by_code:
            raise SotError(f"{FILE}: rule `{code}` is not known; {rule_hint(code, by_code)}")
    for rule in by_code.values():
        level = wanted.get(rule.code)
        if level is None:
            yield rule
        elif level not in {"off", False}:
            yield rule._replace(severity=Severity(level))


def _waivers(entries: Any, rules: Iterable[Rule]) -> Iterable[Waiver]:
    codes = {rule.code for rule in rules}
    for index, entry in enumerate(entries):
        code = entry["code"]
        if code not in codes:
            step = rule_hint(code, codes)
            raise SotError(f"{FILE}: suppress[{index}]: rule `{code}` is not known; {step}")
        yield Waiver(code, entry["path"], entry["reason"], index)
