"""`sot explain`: everything a reader wants to know about one rule."""

from __future__ import annotations

import click

from sot_tools.cli import workspace
from sot_tools.errors import SotError
from sot_tools.project import data
from sot_tools.project.model import Settings
from sot_tools.rules.model import Rule
from sot_tools.rules.nearest import rule_hint


@click.command("explain")
@click.argument("code")
@click.option("--root", type=click.Path(), help="Folder of the workspace (default: found upwards).")
@click.option("--profile", help="Profile for a tree without .sot/workspace.yaml (default: plain).")
def command(code: str, root: str | None, profile: str | None) -> None:
    """Explain the rule CODE as it is in force in this workspace."""
    settings = workspace.opened(root, (), profile)
    shipped = data.load_rules(settings.profile, settings.source, settings.scene.kinds)
    rules = {rule.code: rule for rule in shipped}
    wanted = code.upper()
    if wanted not in rules:
        known = rule_hint(wanted, rules)
        raise SotError(f"rule `{code}` is not known in profile {settings.profile.name}; {known}")
    click.echo(explained(rules[wanted], settings), nl=False)


def explained(rule: Rule, settings: Settings) -> str:
    """The explanation of a rule as text."""
    parts = [
        f"{rule.code} {rule.title}",
        f"Why:      {rule.why}",
        f"Fix:      {rule.fix}",
        f"Fixable:  {_fixable(rule)}",
        f"Applies:  {_applies(rule)}",
        f"Setting:  {_setting(rule, settings)}",
        f"Row:      {rule.origin}, check `{rule.check}`",
    ]
    if rule.requirements:
        parts.append(f"Covers:   {', '.join(rule.requirements)}")
    for label, example in (("Bad", rule.bad), ("Good", rule.good)):
        body = "\n".join(f"    {line}".rstrip() for line in example.rstrip("\n").split("\n"))
        parts.append(f"\n{label}:\n{body}")
    return "\n".join(parts) + "\n"


def _fixable(rule: Rule) -> str:
    return f"yes - {rule.fixable}" if rule.fixable else "no - a person has to judge"


def _applies(rule: Rule) -> str:
    made = f"documents of kind {', '.join(sorted(rule.kinds))}" if rule.kinds else "all documents"
    if rule.documents:
        made += f", files {', '.join(rule.documents)}"
    if rule.exempt:
        made += f", not {', '.join(rule.exempt)}"
    if rule.item:
        made += f", where {rule.item} exists"
    return made


def _setting(rule: Rule, settings: Settings) -> str:
    inforce = next((each for each in settings.rules if each.code == rule.code), None)
    if inforce is None:
        return "off (turned off in .sot/workspace.yaml)"
    if inforce.severity is not rule.severity:
        own = rule.severity.value
        return f"{inforce.severity.value} (set in .sot/workspace.yaml; otherwise {own})"
    origin = "assumed" if settings.assumed else "set"
    return f"{inforce.severity.value} (profile {settings.profile.name}, {origin})"
