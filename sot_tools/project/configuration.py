"""The settings as stated: `.sot/workspace.yaml` over its profile, nothing guessed silently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sot_tools.diagnostic import Severity
from sot_tools.errors import SotError
from sot_tools.project import data
from sot_tools.project.files import FILE
from sot_tools.project.model import Profile, Settings, Waiver
from sot_tools.rules.kinds import Kinds
from sot_tools.rules.model import Rule, Scene, States
from sot_tools.rules.nearest import rule_hint
from sot_tools.rules.plan import Plan

if TYPE_CHECKING:
    from sot_tools.source import Source

DEFAULT_PROFILE = "plain"


def read(source: Source, wanted: str | None) -> Settings:
    """The settings of the workspace in a source; `wanted` names the profile where no file does."""
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
