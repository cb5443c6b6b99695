#!/usr/bin/env python3
"""Write the pages that are made from tables: docs/rules.md and docs/coverage.md.

`python tools/write_docs.py` writes them; with `--check` it writes nothing and exits 1 where a
page is not what the tables say.
"""

import sys
from pathlib import Path

from sot_tools.documents.document import parse
from sot_tools.project import data
from sot_tools.rules.model import Rule

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- written by tools/write_docs.py from the rules; edit those -->\n"


def all_rules() -> dict[str, list[Rule]]:
    """Profile name → its rules, general ones included."""
    found = {}
    for name in data.profile_names():
        profile = data.profile(name)
        found[name] = data.load_rules(profile, None, data.load_kinds(profile, None))
    return found


def rules_page() -> str:
    """docs/rules.md: every rule, one row."""
    rules = {rule.code: rule for each in all_rules().values() for rule in each}
    rows = [
        f"| {code} | {rule.severity.value} | {_cell(rule.title)} | {_cell(rule.why)} |"
        for code, rule in sorted(rules.items(), key=lambda pair: (pair[0][:3] != "SOT", pair[0]))
    ]
    head = "| Code | Severity | What is wrong | Why it matters |\n| --- | --- | --- | --- |"
    intro = "`sot explain CODE` shows the examples, the fix, where a rule applies and its setting."
    page = f"# Rules\n\n{MADE}\n{intro}\n\n{head}\n" + "\n".join(rows) + "\n"
    fixable = [rule for _, rule in sorted(rules.items()) if rule.fixable]
    mended = [f"| {rule.code} | {_cell(rule.fixable)} |" for rule in fixable]
    head = "## What `sot check --fix` does\n\n| Code | Change |\n| --- | --- |"
    return page + f"\n{head}\n" + "\n".join(mended) + "\n"


def coverage_page() -> str:
    """docs/coverage.md: every requirement on documents, with its rules or the reason for none."""
    listed = ROOT / "schemas/profiles/cto-child/not-applicable.yaml"
    value = parse(listed.name, listed.read_bytes()).data
    covered: dict[str, list[str]] = {}
    for rule in all_rules()["cto-child"]:
        for requirement in rule.requirements:
            covered.setdefault(requirement, []).append(rule.code)
    rows = []
    for family, count in value["families"].items():
        for number in range(1, count + 1):
            requirement = f"{family}-{number:02d}"
            by = ", ".join(covered.get(requirement, [])) or "none"
            rows.append(
                f"| {requirement} | {by} | {_cell(value['reasons'].get(requirement, ''))} |"
            )
    head = "| Requirement | Rules | Why no rule, or what else holds it |\n| --- | --- | --- |"
    intro = "Requirements of the CTO child workspace on its documents, and what holds each of them."
    return f"# Coverage\n\n{MADE}\n{intro}\n\n{head}\n" + "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES = {"docs/rules.md": rules_page, "docs/coverage.md": coverage_page}


def main() -> int:
    """Write or compare every page."""
    stale = []
    for path, make in PAGES.items():
        text = make()
        target = ROOT / path
        if "--check" in sys.argv:
            if not target.is_file() or target.read_text(encoding="utf-8") != text:
                stale.append(path)
        else:
            target.write_text(text, encoding="utf-8")
    for path in stale:
        sys.stderr.write(f"{path} is not what the tables say; run `make docs`\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
