"""Pages that are made from tables are what the tables say, and every requirement has an answer."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from sot_tools.documents.document import parse
from sot_tools.project import data
from sot_tools.rules.shape import explain

ROOT = Path(__file__).resolve().parents[1]


def test_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "tools/write_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_every_requirement_has_a_rule_or_a_reason_and_none_has_both() -> None:
    profile = data.profile("cto-child")
    rules = data.load_rules(profile, None, data.load_kinds(profile, None))
    covered = {requirement for rule in rules for requirement in rule.requirements}
    path = ROOT / "schemas/profiles/cto-child/not-applicable.yaml"
    value = parse(path.name, path.read_bytes()).data
    wanted = {
        f"{family}-{n:02d}"
        for family, count in value["families"].items()
        for n in range(1, count + 1)
    }
    reasons = set(value["reasons"])
    assert wanted - covered - reasons == set()
    assert reasons & covered == set()
    assert reasons <= wanted


def test_shipped_rules_and_profiles_have_the_shape_that_a_workspace_must_keep() -> None:
    for name in data.profile_names():
        profile = data.profile(name)
        kinds = data.load_kinds(profile, None)
        for path in (data.shipped() / "rules.yaml", profile.folder / "rules.yaml"):
            if path.is_file():
                document = parse("rules.yaml", path.read_bytes())
                assert document.problems == []
                assert list(explain(document.data, kinds.by_name["rules"], kinds)) == []


def test_shipped_schemas_are_valid_and_say_in_words_what_they_want() -> None:
    from jsonschema import Draft202012Validator

    for path in sorted((ROOT / "schemas").rglob("*.schema.json")):
        schema = data.load(path, path.name).data
        Draft202012Validator.check_schema(schema)
        for key, sub in schema.get("properties", {}).items():
            assert sub.get("description"), f"{path.name}: {key} has no description"


def test_shipped_patterns_are_re2() -> None:
    from sot_tools.rules.patterns import check_patterns

    for name in data.profile_names():
        profile = data.profile(name)
        for rule in data.load_rules(profile, None, data.load_kinds(profile, None)):
            check_patterns(rule.parameters, rule.code)


def test_no_file_of_the_project_names_a_place_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    place = re.compile(rb"/(?:home|Users|root|work|tmp)/[a-z]")
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if not name or not path.is_file() or path.is_symlink() or name.startswith("tests/"):
            continue
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
            assert not place.search(line), f"{name}:{number}: {line[:120]!r}"
