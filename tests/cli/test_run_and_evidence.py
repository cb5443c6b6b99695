"""`sot run`, `matrix`, `health` and `evidence` as people and machines meet them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Outcome, sot
from tests.runs import harness
from tests.runs.harness import CHANGE, DONE, PLAN

ROOT = Path(__file__).resolve().parents[2]


class Place:
    """A harness root and a folder of runs, with the command in front."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.runs = folder, folder / "harness", folder / "runs"
        harness.case(self.root)

    def run(self, *arguments: str) -> Outcome:
        return sot(
            self.folder,
            "run",
            *arguments,
            "--harness-root",
            str(self.root),
            SOT_RUNS_DIR=str(self.runs),
        )

    def evidence(self, *arguments: str) -> Outcome:
        return sot(self.folder, "evidence", *arguments, SOT_RUNS_DIR=str(self.runs), PAGER="cat")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def plain(text: str, place: Place) -> str:
    """Output without what differs from run to run."""
    text = text.replace(str(place.runs), "RUNS")
    text = re.sub(r"[0-9]{8}T[0-9]{6}Z-([a-z0-9-]+?)-[0-9]+", r"RUN-\1", text)
    return re.sub(r"[0-9a-f]{64}", "DIGEST", text)


def test_a_pass_is_told_in_a_few_lines_that_name_the_next_step(place: Place) -> None:
    outcome = place.run("demo")
    assert (outcome.code, outcome.err) == (0, "")
    assert plain(outcome.out, place) == (
        "pass  demo with the fake engine\n"
        "  changed   answer.txt\n"
        "  passed    sh -c 'test \"$(cat answer.txt)\" = 42'\n"
        "  evidence  RUNS/RUN-demo\n"
        "  manifest  sha256:DIGEST\n"
        "  next      sot evidence verify RUN-demo\n"
    )


def test_a_failure_says_why_and_exits_1(place: Place) -> None:
    harness.case(place.root, PLAN, {"write": {"to": "other.txt", "text": "x"}}, DONE)
    outcome = place.run("demo")
    assert outcome.code == 1
    assert plain(outcome.out, place).startswith(
        "fail  demo with the fake engine\n"
        "  disallowed_file_change: changed outside the allowed paths: other.txt\n"
    )


def test_json_is_the_report_as_it_was_sealed(place: Place) -> None:
    outcome = place.run("demo", "--json")
    report = json.loads(outcome.out)
    assert report == json.loads((Path(report["artifacts_dir"]) / "report.json").read_bytes())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dem",), "sot: case `dem` is not registered; did you mean `demo`?\n"),
        (
            ("demo", "--engine", "robot"),
            "sot: engine `robot` is not registered; registered: fake, pi\n",
        ),
        ((), "sot: name one CASE, or give --all; `.sot/harness/harness.yaml` lists the cases\n"),
    ],
)
def test_what_cannot_be_run_is_one_line_and_exit_2(
    place: Place, arguments: tuple[str, ...], message: str
) -> None:
    outcome = place.run(*arguments)
    assert (outcome.code, outcome.err, outcome.out) == (2, message, "")
    assert not place.runs.exists()


def test_evidence_inside_the_workspace_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".sot").mkdir()
    harness.case(tmp_path / ".sot" / "harness")
    outcome = sot(tmp_path, "run", "demo", "--runs-dir", "evidence")
    assert outcome.code == 2
    assert (
        "evidence stands outside tracked source, name another folder with --runs-dir" in outcome.err
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\n", "key `default_engine` is missing"),
        ("a: [\n", "expected"),
        ("", "expected a mapping of keys"),
    ],
)
def test_a_broken_register_is_one_line_with_its_place(
    place: Place, text: str, message: str
) -> None:
    (place.root / "harness.yaml").write_text(text)
    outcome = place.run("demo")
    assert outcome.code == 2
    assert re.match(r"sot: \S+harness\.yaml:\d+:\d+: ", outcome.err)
    assert message in outcome.err


def test_a_workspace_without_a_register_says_what_to_do(tmp_path: Path) -> None:
    outcome = sot(tmp_path, "run", "demo")
    assert outcome.code == 2
    assert "no harness.yaml there; `sot init` writes a first one into .sot/harness" in outcome.err


def test_verify_tells_that_every_digest_is_as_sealed(place: Place) -> None:
    place.run("demo")
    outcome = place.evidence("verify", "latest")
    assert outcome.code == 0
    lines = plain(outcome.out, place).splitlines()
    assert lines[0] == "verified  RUN-demo: pass"
    assert re.fullmatch(r"  10 artifacts, \d+ bytes, every digest as sealed", lines[1])
    assert lines[2] == "  manifest sha256:DIGEST, recorded by seals.jsonl"


def test_verify_names_each_difference(place: Place) -> None:
    report = json.loads(place.run("demo", "--json").out)
    run = Path(report["artifacts_dir"])
    (run / "test.log").write_text("all good\n")
    (run / "note.txt").write_text("x")
    outcome = place.evidence("verify", "latest")
    assert outcome.code == 1
    assert plain(outcome.out, place).startswith(
        "different  RUN-demo: this is not what was sealed\n"
    )
    assert "  extra        note.txt: the manifest does not list it\n" in outcome.out
    assert "  changed      test.log: has 9 bytes, the manifest says " in outcome.out


def test_without_a_recorded_digest_the_verdict_is_unproven_until_one_is_given(place: Place) -> None:
    place.run("demo")
    digest = re.search(r"sha256:([0-9a-f]{64})", place.evidence("verify", "latest").out)
    assert digest is not None
    (place.runs / "seals.jsonl").unlink()
    outcome = place.evidence("verify", "latest")
    assert outcome.code == 1
    assert plain(outcome.out, place) == (
        "unproven  RUN-demo: it agrees with itself, but nothing says that it was sealed so\n"
        "  unrecorded   manifest.json: no digest of it is recorded elsewhere; "
        "give the one you trust with --digest\n"
    )
    assert place.evidence("verify", "latest", "--digest", digest[0]).code == 0
    wrong = place.evidence("verify", "latest", "--digest", "0" * 64)
    assert wrong.code == 1
    assert "--digest says " + "0" * 64 in wrong.out


def test_a_record_of_seals_that_was_edited_is_exit_2(place: Place) -> None:
    place.run("demo")
    seals = place.runs / "seals.jsonl"
    seals.write_bytes(seals.read_bytes().replace(b'"sequence":1', b'"sequence":2'))
    outcome = place.evidence("verify", "latest")
    assert outcome.code == 2
    assert "the record of seals was changed, so it proves nothing" in outcome.err


def test_verify_as_json_has_one_word_for_the_verdict(place: Place) -> None:
    place.run("demo")
    answer = json.loads(place.evidence("verify", "latest", "--json").out)
    assert (answer["verdict"], answer["status"]) == ("verified", "pass")
    run = next(place.runs.glob("2*"))
    (run / "patch.diff").unlink()
    answer = json.loads(place.evidence("verify", "latest", "--json").out)
    assert answer["verdict"] == "different"
    assert answer["differences"][0] == {
        "kind": "missing",
        "path": "patch.diff",
        "detail": "the manifest lists it",
    }


def test_list_filters_and_names_interrupted_runs(place: Place) -> None:
    place.run("demo")
    harness.case(place.root, PLAN, DONE, case_id="other")
    place.run("other")
    (place.runs / "20200101T000000Z-demo-1").mkdir()
    lines = plain(place.evidence("list").out, place).splitlines()
    assert [re.sub(" +", " ", line) for line in lines] == [
        "RUN CASE ENGINE STATUS STATE",
        "RUN-demo blocked interrupted",
        "RUN-demo demo fake pass sealed",
        "RUN-other other fake fail sealed",
    ]
    assert len(place.evidence("list", "--status", "fail").out.splitlines()) == 2
    assert len(place.evidence("list", "--case", "demo").out.splitlines()) == 2
    assert place.evidence("list", "--engine", "pi").out == "no run matches\n"
    assert [row["state"] for row in json.loads(place.evidence("list", "--json").out)] == [
        "interrupted",
        "sealed",
        "sealed",
    ]


def test_show_shows_only_what_is_verified(place: Place) -> None:
    place.run("demo")
    out = place.evidence("show", "latest").out
    assert out.startswith("verified  ")
    assert re.search(r"\d\d:\d\d:\d\d\.\d{3}  run\.completed\n$", out)
    (next(place.runs.glob("2*")) / "report.json").write_text("{}")
    outcome = place.evidence("show", "latest")
    assert (outcome.code, outcome.out.split()[0]) == (1, "different")


def test_diff_names_what_differs_between_two_runs(place: Place) -> None:
    place.run("demo")
    first = next(place.runs.glob("2*")).name
    place.run("demo")
    outcome = place.evidence("diff", first, "latest")
    assert (outcome.code, outcome.out) == (0, "the two runs ended alike\n")
    harness.case(place.root, PLAN, {"write": {"to": "answer.txt", "text": "43\n"}}, DONE)
    place.run("demo")
    outcome = place.evidence("diff", first, "latest")
    assert outcome.code == 1
    assert 'status: "pass" and "fail"\n' in outcome.out
    assert "patch.diff: other bytes\n" in outcome.out


def test_open_shows_the_report(place: Place) -> None:
    place.run("demo")
    assert place.evidence("open", "latest").out.startswith("# demo: pass\n")


def test_an_exported_run_verifies_elsewhere_and_is_a_bag(place: Place, tmp_path: Path) -> None:
    import zipfile

    import bagit

    place.run("demo")
    outcome = place.evidence("export", "latest", "run.zip")
    assert outcome.code == 0
    digest = re.search(r"--digest (sha256:[0-9a-f]{64})\n", outcome.out)
    assert digest is not None
    elsewhere = sot(
        tmp_path, "evidence", "verify", "run.zip", "--digest", digest[1], SOT_RUNS_DIR="none"
    )
    assert (elsewhere.code, elsewhere.out.split()[0]) == (0, "verified")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        archive.extractall(tmp_path / "bag")
    assert bagit.Bag(str(next((tmp_path / "bag").iterdir()))).validate()
    again = place.evidence("export", "latest", "run.zip")
    assert (again.code, again.err) == (
        2,
        "sot: run.zip exists; an archive of evidence overwrites nothing\n",
    )


def test_an_export_that_the_disk_has_no_room_for_leaves_nothing_behind(
    place: Place, tmp_path: Path
) -> None:
    """The room is that of the process; `sot` must say it, and an export afterwards must succeed."""
    place.run("demo")
    target = tmp_path / "run.zip"
    export = ["evidence", "export", "latest", str(target), "--runs-dir", str(place.runs)]
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
    command = [sys.executable, "-c", f"{limited}from sot_tools.cli.main import main; main()"]
    done = subprocess.run(
        [*command, *export], cwd=place.folder, capture_output=True, text=True, check=False
    )
    said = f"sot: {target}: could not be written, and is not there: File too large\n"
    assert (done.returncode, done.stderr) == (2, said)
    assert not target.exists()
    assert sot(place.folder, *export).code == 0


def test_a_run_that_is_not_verified_is_not_exported(place: Place) -> None:
    place.run("demo")
    (next(place.runs.glob("2*")) / "test.log").unlink()
    outcome = place.evidence("export", "latest", "run.zip")
    assert outcome.code == 1
    assert "is not verified, so it is not exported" in outcome.err


def archive(path: Path, members: dict[str, bytes], link: str = "") -> None:
    import zipfile

    with zipfile.ZipFile(path, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = 0o120777 << 16
            made.writestr(info, "/etc/passwd")


@pytest.mark.parametrize(
    ("members", "link", "message"),
    [
        ({"../x": b""}, "", "holds `../x`, which is no plain file inside it"),
        ({"/x": b""}, "", "holds `/x`, which is no plain file inside it"),
        ({"a/bagit.txt": b""}, "a/data/l", "holds `a/data/l`, which is no plain file inside it"),
        ({"a/bagit.txt": b"", "b/x": b""}, "", "holds `b/x` outside `a/`"),
        ({"a/bagit.txt": b""}, "", "lacks `manifest-sha256.txt`"),
        ({}, "", "is empty"),
    ],
)
def test_an_archive_that_leads_elsewhere_is_refused_before_anything_is_written(
    tmp_path: Path, members: dict[str, bytes], link: str, message: str
) -> None:
    archive(tmp_path / "bad.zip", members, link)
    outcome = sot(tmp_path, "evidence", "verify", "bad.zip", SOT_RUNS_DIR=str(tmp_path / "runs"))
    assert outcome.code == 2
    assert message in outcome.err


@pytest.mark.parametrize("run", ["latest", "20260101T000000Z-demo-1", "nowhere", "not.zip"])
def test_a_run_that_is_not_there_is_one_line(place: Place, run: str) -> None:
    (place.folder / "not.zip").write_text("no zip")
    outcome = place.evidence("verify", run)
    assert outcome.code == 2
    assert outcome.err.startswith("sot: ")
    assert outcome.err.count("\n") == 1


def test_all_runs_every_case_and_seals_one_report(place: Place) -> None:
    harness.case(
        place.root, PLAN, DONE, case_id="idle", expect={"status": "fail", "failure": "no-diff"}
    )
    outcome = place.run("--all")
    assert "demo  pass: none" in outcome.out
    assert "idle  fail: no-diff  fail: no_diff  nothing" in outcome.out
    assert "2 of 2 cases ended as expected" in outcome.out
    assert outcome.code == 1  # the other classes of the matrix have no case here
    assert "without a case: disallowed-file, " in outcome.out
    assert place.evidence("verify", "latest").code == 0
    answer: Any = json.loads(place.evidence("show", "latest", "--json").out)
    assert [row["case_id"] for row in answer["runs"]] == ["demo", "idle"]


def test_the_matrix_runs_the_cases_that_stand_for_a_class(place: Place) -> None:
    idle = {"expect": {"status": "fail", "failure": "no-diff"}}
    harness.case(place.root, PLAN, DONE, case_id="idle", **idle)
    given = ("--harness-root", str(place.root))
    outcome = sot(place.folder, "matrix", *given, SOT_RUNS_DIR=str(place.runs))
    assert "idle  fail: no-diff  fail: no_diff  nothing" in outcome.out
    assert "1 of 1 cases ended as expected" in outcome.out
    assert (outcome.code, outcome.err) == (1, "")  # the other classes have no case here


def test_a_case_that_ends_otherwise_is_shown_and_exits_1(place: Place) -> None:
    harness.case(place.root, PLAN, CHANGE, DONE, expect={"status": "fail", "failure": "no-diff"})
    outcome = place.run("--all")
    assert outcome.code == 1
    assert "demo  fail: no-diff  pass: none  blocker, status, exit" in outcome.out


def test_the_scripts_that_documents_name_work(tmp_path: Path) -> None:
    command = [str(ROOT / "tools/run-case.sh"), "failure-no-diff", "--no-ledger", "--json"]
    done = subprocess.run([*command, "--runs-dir", str(tmp_path)], capture_output=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["status"]) == (1, "fail")
    bare = subprocess.run(command[:1], capture_output=True, check=False)
    assert (bare.returncode, bare.stderr[:6]) == (2, b"usage:")


@pytest.mark.slow
def test_health_is_one_answer_about_documents_and_cases(tmp_path: Path) -> None:
    command = [str(ROOT / "tools/health.sh"), "--adapter", "--json", "--runs-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.stderr == b""
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"], answer["provider_timeout_fail_closed"]) == (
        0,
        True,
        True,
    )
    adapter = answer["case_provider_adapter"]
    assert (adapter["passed"], adapter["errors"]) == (True, [])
    assert {
        "provider_timeout_fail_closed",
        "model_provider_gate_blocks",
        "local_provider_delayed_content_allows_case",
        "qwen_local_openai_compat_allows_case",
        "lifecycle_supervision_accepts_committed_diff",
    } <= set(adapter["checked"])
    assert answer["case_stage6_real_governed_refresh"] == {
        "passed": False,
        "reason": "no refresh was made; `sot stage refresh` makes one",
    }


def test_the_trees_of_a_case_are_no_governed_documents(tmp_path: Path) -> None:
    from tests.workspaces import begin, lines, report, write

    begin(tmp_path)
    case = ".sot/harness/cases/first-case"
    write(tmp_path, f"{case}/fixture/NOTES.md", "no title, no front matter\n")
    write(tmp_path, f"{case}/fixture/deep/broken.json", "{")
    write(tmp_path, f"{case}/recorded/broken.yaml", "a: [")
    (tmp_path / case / "fixture" / "away").symlink_to("/etc/passwd")
    assert lines(report(tmp_path)) == []
    write(tmp_path, f"{case}/NOTES.md", "beside them it is one\n")
    assert {line.split(":")[0] for line in lines(report(tmp_path))} == {f"{case}/NOTES.md"}


def test_check_validates_register_and_cases(tmp_path: Path) -> None:
    from tests.workspaces import begin, edit, lines, report

    begin(tmp_path)
    edit(tmp_path, ".sot/harness/harness.yaml", "default_engine: fake", "default_engine: pi")
    edit(tmp_path, ".sot/harness/cases/first-case/case.yaml", "copied-fixture", "anything")
    found = [line.split(" ", 2)[0] for line in lines(report(tmp_path))]
    assert found == [
        ".sot/harness/cases/first-case/case.yaml:16:18",
        ".sot/harness/harness.yaml:4:17",
    ]


def test_on_a_terminal_one_line_shows_phase_time_and_last_event(place: Place) -> None:
    import os
    import pty

    from tests.cli.command import SOT

    harness.case(place.root, PLAN, CHANGE, DONE)
    mine, its = pty.openpty()
    command = [
        *SOT,
        "run",
        "demo",
        "--harness-root",
        str(place.root),
        "--runs-dir",
        str(place.runs),
    ]
    done = subprocess.run(command, cwd=place.folder, stdout=subprocess.PIPE, stderr=its, check=True)
    os.close(its)
    shown = os.read(mine, 1 << 16).decode()
    os.close(mine)
    assert re.search(r"\r\x1b\[Kdemo  engine +\d+\.\d s  task\.contract\.created", shown)
    assert re.search(r"demo  verify +\d+\.\d s  git\.diff\.checked", shown)
    assert shown.endswith("\r\x1b[K")
    assert done.stdout.startswith(b"pass  demo")


def test_health_names_an_answer_that_is_none(tmp_path: Path) -> None:
    root = tmp_path / "h"
    harness.case(root / ".sot/harness")
    wrong = tmp_path / "answer.json"
    wrong.write_text("[]")
    given = ["--runs-dir", str(tmp_path / "runs"), "--adapter", str(wrong)]
    done = sot(root, "health", "--root", str(root), *given)
    assert done.code == 2
    assert f"{wrong}: is no answer of the adapter's validator: " in done.err
