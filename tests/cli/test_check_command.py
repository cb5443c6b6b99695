"""`sot check` as people and machines meet it: exit codes, selection, outputs, one clear line."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import sot
from tests.workspaces import begin, edit, write

PRD = ".sot/plans/FIRST-PLAN-PRD.md"
ISSUES = ".sot/plans/FIRST-PLAN-ISSUES.md"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return begin(tmp_path / "demo")


def break_status(workspace: Path) -> None:
    edit(workspace, PRD, "status: draft", "status: drat")


def test_a_clean_workspace_exits_0_and_says_what_was_checked(workspace: Path) -> None:
    assert sot(workspace, "check") == (
        0,
        "9 files checked, nothing to report (profile plain)\n",
        "",
    )


def test_a_wrong_value_is_shown_with_place_caret_allowed_values_and_nearest_word(
    workspace: Path,
) -> None:
    break_status(workspace)
    outcome = sot(workspace, "check")
    assert outcome.code == 1
    assert outcome.out == (
        f"{PRD}:3:9 SOT204 `status` is `drat`; allowed: `draft`, `candidate`, `validated` or `blocked`\n"
        "3 | status: drat\n"
        "  |         ^^^^\n"
        "  = next: did you mean `draft`?\n"
        "  = applies: document of kind prd, rule of schemas/rules.yaml\n"
        "\n"
        "1 error in 9 files (profile plain)\n"
    )


def test_a_missing_key_shows_where_it_belongs_and_the_line_to_insert(workspace: Path) -> None:
    edit(workspace, PRD, "status: draft\n", "")
    first, *rest = sot(workspace, "check").out.split("\n")
    assert first.startswith(f"{PRD}:5:1 SOT202 key `status` is missing")
    assert "+ | status: draft" in rest


def test_exit_zero_reports_and_exits_0(workspace: Path) -> None:
    break_status(workspace)
    outcome = sot(workspace, "check", "--exit-zero")
    assert outcome.code == 0
    assert "SOT204" in outcome.out


def test_paths_choose_what_is_reported_not_what_is_known(workspace: Path) -> None:
    break_status(workspace)
    assert sot(workspace, "check", ISSUES).code == 0
    assert sot(workspace, "check", PRD).code == 1
    assert sot(workspace, "check", ".sot/plans").code == 1
    assert sot(workspace / ".sot", "check", "plans").code == 1


def test_select_ignore_and_severity_choose_rules(workspace: Path) -> None:
    break_status(workspace)
    assert sot(workspace, "check", "--select", "SOT204").code == 1
    assert sot(workspace, "check", "--select", "SOT5,SOT6").code == 0
    assert sot(workspace, "check", "--ignore", "SOT204").code == 0
    assert sot(workspace, "check", "--severity", "advice", "--select", "SOT402").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["check", "--select", "SOT999"],
            "sot: rule `SOT999` is not known or off; did you mean `SOT903`?\n",
        ),
        (
            ["check", "--ignore", "XYZ"],
            "sot: rule `XYZ` is not known or off; `sot rules` lists them\n",
        ),
        (["check", "nowhere"], "sot: nowhere: no such file or folder\n"),
        (
            ["check", "README.md"],
            "sot: README.md holds no governed document of the workspace {root}\n",
        ),
        (
            ["check", "--format", "xml"],
            "sot: Invalid value for '--format': 'xml' is not one of 'text', 'json', 'github', 'sarif', 'junit'.\n",
        ),
        (
            ["check", "--output", "sarif"],
            "sot: --output sarif: write FORMAT=FILE with one of text, json, github, sarif, junit\n",
        ),
        (
            ["check", "--profile", "cto-child"],
            "sot: .sot/workspace.yaml names the profile `plain`, not `cto-child`; leave out --profile\n",
        ),
        (["check", "--root", "nowhere"], "sot: nowhere: no such folder\n"),
        (["check", "--changed=nope"], "sot: --changed: `nope` is no commit in {root}; "),
        (["chek"], "sot: `chek` is no verb of sot; did you mean `check`?\n"),
        (
            ["explain", "SOT2040"],
            "sot: rule `SOT2040` is not known in profile plain; did you mean `SOT204`?\n",
        ),
        (["check", "--bogus"], "sot: No such option '--bogus'."),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(
    workspace: Path, arguments: list[str], message: str
) -> None:
    write(workspace, "README.md", "# Demo\n")
    outcome = sot(workspace, *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(message.format(root=workspace))
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        (".sot/workspace.yaml", "profile: [\n", ".sot/workspace.yaml:2:1: not valid YAML"),
        (
            ".sot/workspace.yaml",
            "profile: plane\n",
            "profile `plane` is not known; did you mean `plain`?",
        ),
        (
            ".sot/workspace.yaml",
            "version: 1\n",
            ".sot/workspace.yaml:1:1: key `profile` is missing",
        ),
        (
            ".sot/workspace.yaml",
            "profile: plain\nrule:\n  SOT204: off\n",
            ".sot/workspace.yaml:3:11: `off` without quotes",
        ),
        (
            ".sot/workspace.yaml",
            'profile: plain\nrules:\n  SOT998: "off"\n',
            ".sot/workspace.yaml: rule `SOT998` is not known",
        ),
        (
            ".sot/workspace.yaml",
            "profile: plain\nrules:\n  SOT204: loud\n",
            ".sot/workspace.yaml:3:11: `rules.SOT204` is `loud`; allowed",
        ),
        (
            ".sot/workspace.yaml",
            "profile: plain\nroots: [../x]\n",
            ".sot/workspace.yaml: root `../x` is not a folder",
        ),
        (
            ".sot/rules.yaml",
            "rules:\n  - code: SOT204\n",
            ".sot/rules.yaml:2:5: key `title` is missing",
        ),
        (
            ".sot/rules.yaml",
            "rules: 7\n",
            ".sot/rules.yaml:1:8: `rules` is the number `7`; expected `array`",
        ),
        (".sot/kinds/x.schema.json", "{", ".sot/kinds/x.schema.json:1:2: not valid JSON"),
        (".sot/kinds/x.schema.json", "{}", '.sot/kinds/x.schema.json: a kind needs "x-sot"'),
        (
            ".sot/kinds/x.schema.json",
            '{"type": 7, "x-sot": {"files": ["*.x.md"]}}',
            ".sot/kinds/x.schema.json: not a JSON Schema",
        ),
        (".sot/baseline.json", "[]", ".sot/baseline.json:1:1: expected a mapping of keys"),
    ],
)
def test_a_broken_configuration_is_never_green(
    workspace: Path, path: str, content: str, message: str
) -> None:
    write(workspace, path, content)
    outcome = sot(workspace, "check")
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err


def test_a_rule_of_the_workspace_with_a_runaway_or_invalid_pattern_is_refused(
    workspace: Path,
) -> None:
    row = (
        "rules:\n  - code: TEAM101\n    title: a claim\n    check: claims\n    severity: error\n    parameters:\n"
        '      claims: ["(?=x)"]\n      keywords: ["x"]\n      accept: ["not"]\n'
        "    why: It is written down here.\n    fix: Write less.\n    bad: more\n    good: less\n"
    )
    write(workspace, ".sot/rules.yaml", row)
    outcome = sot(workspace, "check")
    assert outcome.code == 2
    assert (
        outcome.err
        == "sot: .sot/rules.yaml: TEAM101: pattern `(?=x)` is not RE2: invalid perl operator: (?=\n"
    )


def test_a_row_about_a_state_that_no_sentence_can_give_stops_with_one_line(
    workspace: Path,
) -> None:
    write(
        workspace,
        ".sot/rules.yaml",
        "rules:\n  - code: TEAM102\n    title: a state\n    check: state-of-record\n"
        "    severity: error\n    parameters: {fields: [admission_status], states: [ready]}\n"
        "    why: It misleads whoever reads it.\n    fix: Write what is so.\n    bad: this\n    good: that\n",
    )
    outcome = sot(workspace, "check")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        "sot: .sot/rules.yaml: TEAM102: parameter `states`: no document is read for the state `ready`; "
        "list it as `other` below `states` in .sot/workspace.yaml\n"
    )


def test_a_rule_of_the_workspace_is_in_force_and_explained(workspace: Path) -> None:
    row = (
        "rules:\n  - code: TEAM101\n    title: the owner's promise is missing\n    check: phrases\n    kinds: [prd]\n"
        "    severity: warning\n    parameters:\n      phrases: [We mean it.]\n    why: It is written down here.\n"
        "    fix: Say it.\n    bad: nothing\n    good: We mean it.\n"
    )
    write(workspace, ".sot/rules.yaml", row)
    outcome = sot(workspace, "check")
    assert outcome.code == 1
    assert f"{PRD}:9:1 TEAM101 document does not say `We mean it.`" in outcome.out
    assert "rule of .sot/rules.yaml" in outcome.out
    assert "Row:      .sot/rules.yaml, check `phrases`" in sot(workspace, "explain", "TEAM101").out


def test_a_kind_of_the_workspace_is_in_force(workspace: Path) -> None:
    kind = {
        "$id": "sot:kinds/note",
        "x-sot": {"files": ["*-NOTE.md"], "sections": ["Facts"]},
        "$ref": "sot:front-matter",
    }
    write(workspace, ".sot/kinds/note.schema.json", json.dumps(kind))
    write(
        workspace,
        ".sot/A-NOTE.md",
        "---\nname: a-note\nstatus: draft\nowner: jp\ncreated: 2026-06-01\n---\n\n# A Note\n",
    )
    outcome = sot(workspace, "check")
    assert ".sot/A-NOTE.md:8:1 SOT401 section `Facts` is missing" in outcome.out


def test_no_documents_is_not_green(tmp_path: Path) -> None:
    outcome = sot(tmp_path, "check")
    assert outcome.code == 2
    assert (
        outcome.err
        == f"sot: {tmp_path}: no governed document below .sot/; `sot init` begins a workspace\n"
    )


def test_the_assumed_profile_is_said(workspace: Path) -> None:
    (workspace / ".sot" / "workspace.yaml").unlink()
    outcome = sot(workspace, "check")
    assert outcome.code == 1
    assert "SOT001 the workspace has no `.sot/workspace.yaml`" in outcome.out
    assert outcome.out.endswith("1 warning in 8 files (profile plain, assumed)\n")


def test_several_outputs_at_once(workspace: Path) -> None:
    break_status(workspace)
    outcome = sot(
        workspace,
        "check",
        "--output",
        "sarif=out/report.sarif",
        "--output",
        "json=report.json",
        "--format",
        "github",
    )
    assert outcome.code == 1
    assert outcome.out.startswith(
        f"::error file={PRD},line=3,col=9,endColumn=13,title=SOT204 a value"
    )
    assert json.loads((workspace / "out/report.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((workspace / "report.json").read_text())["counts"] == {
        "error": 1,
        "warning": 0,
        "advice": 0,
    }


def test_standard_input_stands_in_for_a_file(workspace: Path) -> None:
    text = (workspace / PRD).read_text().replace("status: draft", "status: drat")
    outcome = sot(workspace, "check", "--stdin-filename", PRD, stdin=text.encode())
    assert outcome.code == 1
    assert f"{PRD}:3:9 SOT204" in outcome.out
    assert sot(workspace, "check").code == 0
    new = sot(workspace, "check", "--stdin-filename", ".sot/plans/NEW-PRD.md", stdin=text.encode())
    assert ".sot/plans/NEW-PRD.md:2:7 SOT208 `name` is `first-plan-prd`" in new.out


def test_output_is_the_same_every_time(workspace: Path) -> None:
    for number in range(12):
        write(workspace, f".sot/plans/N{number}-PRD.md", "---\nstatus: x\n---\n")
    seen = {sot(workspace, "check", "--all", PYTHONHASHSEED=str(seed)).out for seed in range(4)}
    assert len(seen) == 1


def test_repeats_are_shortened_in_text_and_counted_in_full(workspace: Path) -> None:
    for number in range(12):
        write(workspace, f".sot/plans/N{number}-PRD.md", "# T\n")
    short, whole = sot(workspace, "check"), sot(workspace, "check", "--all")
    assert len(short.out) < len(whole.out)
    assert short.out.split("\n")[-2] == whole.out.split("\n")[-2]


def test_color_obeys_the_option_and_no_color(workspace: Path) -> None:
    break_status(workspace)
    assert "\x1b[" in sot(workspace, "check", "--color", "always").out
    assert "\x1b[" not in sot(workspace, "check", "--color", "auto").out
    assert "\x1b[" not in sot(workspace, "check", "--color", "never", NO_COLOR="1").out


def test_a_reader_that_goes_away_is_no_traceback(workspace: Path) -> None:
    for number in range(300):
        write(workspace, f".sot/plans/N{number}-PRD.md", "# T\n")
    from tests.cli.command import SOT

    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*SOT, "check", "--all"], cwd=workspace, stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert done.returncode in {1, 2}
    assert b"Traceback" not in done.stderr


def test_secrets_are_not_repeated_in_any_format(workspace: Path) -> None:
    token = "ghp_" + "a1B2c3D4e5F6" * 3
    edit(workspace, PRD, "- What this plan changes.", f"- Use {token} for now.")
    for form in ("text", "json", "github", "sarif", "junit"):
        outcome = sot(workspace, "check", "--format", form)
        assert outcome.code == 1
        assert "SOT602" in outcome.out
        assert token not in outcome.out
        assert token[4:16] not in outcome.out


def test_a_secret_is_masked_where_another_rule_quotes_it(workspace: Path) -> None:
    first, second = "ghp_" + "a1B2c3D4e5F6" * 3, "glpat-" + "Zx9yW8vU7tS6rQ5pO4nM"
    edit(workspace, PRD, "status: draft", f"status: {first}")
    edit(
        workspace,
        PRD,
        "- What this plan changes.",
        f"- {second} and {first} in [x](GONE-{second}.md)",
    )
    outcome = sot(workspace, "check", "--all", "--format", "json")
    assert {"SOT204", "SOT501", "SOT602"} <= {
        each["code"] for each in json.loads(outcome.out)["diagnostics"]
    }
    assert first not in outcome.out
    assert second not in outcome.out


def test_a_short_secret_masks_its_own_line_and_no_other_words(workspace: Path) -> None:
    write(workspace, ".sot/A-TARGET-REPOSITORY-ADMISSION.json", '{"auth_token": "a"}\n')
    edit(workspace, PRD, "status: draft", "status: drat")
    out = sot(workspace, "check", "--all").out
    assert "`status` is `drat`; allowed: `draft`, `candidate`" in out
    assert "SOT606" in out
    assert '"a"' not in out
