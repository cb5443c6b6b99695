"""The commands that are timed, and how each of them must end."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import measure
from prepared import Prepared

P = "`python -c pass` (P)"
F = "walk, stat, read, hash (F)"
G = "`git status` (G)"
VERSION = "`sot --version`"
CHECK = "`sot check`"
SINGLE = "`sot check`, one process"
AGAIN = "`sot check`, nothing changed"
ONE = "`sot check FILE`"
CHANGED = "`sot check --changed`"
STAGED = "`sot check --staged`, nothing changed"
STAGED_ONE = "`sot check --staged`"
COMPARED = "`sot check FILE`, a line below its title"
RUMDL = "`rumdl check --no-cache`"
RUMDL_WARM = "`rumdl check`, warm"
JSONSCHEMA = "`check-jsonschema`"
MARKDOWNLINT = "`markdownlint-cli2`"

WHAT = {
    P: "starts and ends Python",
    F: "reads the same files in one Python process and computes their SHA-256",
    G: "`git status --porcelain` in the workspace",
    VERSION: "prints the version",
    CHECK: "checks the whole workspace with `--no-cache`; two processes from 1,000 documents on",
    SINGLE: "the same bound to one processor, where it does not start a second process",
    AGAIN: "checks the whole workspace once more, with the cache of the run before",
    ONE: "one document has a line more at its end and is named, with the cache of the run before",
    CHANGED: "one document was edited; git is asked which; with the cache of the run before",
    STAGED: "checks what git's index holds once more, with the cache of the run before",
    STAGED_ONE: "one document has a line more at its end and is staged; all is reported",
    COMPARED: "the line stands above all others, so that all lines of the document move",
    RUMDL: "default rules, on all Markdown files; it uses all processors",
    RUMDL_WARM: "the same with its cache of the run before",
    JSONSCHEMA: "checks front matter against `schemas/front-matter.schema.json`; it cannot read"
    " front matter in Markdown, so that each document's was written to a `.yaml` file beforehand",
    MARKDOWNLINT: "default rules, on all Markdown files",
}
"""Contender → what it does, in the order of the tables."""

_REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Contender:
    """A command, and what shows that it did its work."""

    name: str
    command: tuple[str, ...]
    folder: Path
    says: str = ""
    """A pattern that must occur in its output."""
    codes: frozenset[int] = frozenset({0})
    before: Callable[[], None] = lambda: None
    """What is done, untimed, before each run: an edit, or the run that fills a cache."""

    def warm_up(self) -> bool:
        """Run once untimed, and say whether it reported anything; exits where it did not do what
        it is timed for."""
        self.before()
        code, said = measure.output(self.command, self.folder)
        if code not in self.codes or not re.search(self.says, said):
            sys.exit(f"{self.name} ended with {code} and should say `{self.says}`:\n{said[-2000:]}")
        return code != 0


class Tools:
    """Where the programs are; a program that is absent has a reason instead."""

    def __init__(self, folder: Path, npm: bool) -> None:
        """With `npm`, installs markdownlint-cli2 below `folder`."""
        self.python = sys.executable
        self.beside = Path(sys.executable).parent
        self.absent: dict[str, str] = {}
        self.sot = self._installed("sot", CHECK)
        self.rumdl = self._installed("rumdl", RUMDL, RUMDL_WARM)
        self.jsonschema = self._installed("check-jsonschema", JSONSCHEMA)
        self.markdownlint = self._npm(folder / "npm", "markdownlint-cli2", npm)

    def _installed(self, program: str, *names: str) -> str:
        path = self.beside / program
        if not path.is_file():
            self.absent.update(dict.fromkeys(names, f"`{program}` is not installed"))
        return str(path)

    def _npm(self, folder: Path, package: str, install: bool) -> str:
        script = folder / "node_modules" / package / f"{package}-bin.mjs"
        if install and not script.is_file() and shutil.which("npm"):
            folder.mkdir(parents=True, exist_ok=True)
            options = ["--prefix", str(folder), "--no-audit", "--no-fund", "--fetch-retries=1"]
            measure.output(["npm", "install", *options, package], folder)
        if not script.is_file() or not shutil.which("node"):
            self.absent[MARKDOWNLINT] = f"npm could not install `{package}`"
        return str(script)

    def versions(self, folder: Path) -> Iterator[str]:
        """Name and version of each program that is there."""
        commands = {
            "sot": [self.sot, "--version"],
            "git": ["git", "--version"],
            "rumdl": [self.rumdl, "--version"],
            "check-jsonschema": [self.jsonschema, "--version"],
            "node": ["node", "--version"],
        }
        for name, command in commands.items():
            if shutil.which(command[0]):
                _, said = measure.output(command, folder)
                yield f"{name} {said.split()[-1].removeprefix('v')}"
        package = Path(self.markdownlint).with_name("package.json")
        if package.is_file():
            version = json.loads(package.read_text(encoding="utf-8"))["version"]
            yield f"markdownlint-cli2 {version}"


def contenders(made: Prepared, tools: Tools) -> list[Contender]:
    """Everything that can be timed on a workspace."""
    every = [*_floors(made, tools), *_own(made, tools), *_peers(made, tools)]
    return [each for each in every if each.name not in tools.absent]


def _floors(made: Prepared, tools: Tools) -> Iterator[Contender]:
    floor = str(Path(__file__).with_name("floor.py"))
    yield Contender(P, (tools.python, "-c", "pass"), made.root)
    yield Contender(F, (tools.python, floor, "."), made.root)
    yield Contender(G, ("git", "status", "--porcelain"), made.root)


def _own(made: Prepared, tools: Tools) -> Iterator[Contender]:
    check = (tools.sot, "check")
    all_files = f"^{made.files} files checked, nothing to report"
    cold = (*check, "--no-cache")
    yield Contender(VERSION, (tools.sot, "--version"), made.root, "^sot ")
    yield Contender(CHECK, cold, made.root, all_files)
    if made.documents >= 1000 and shutil.which("taskset"):
        yield Contender(SINGLE, ("taskset", "-c", "0", *cold), made.root, all_files)
    yield _after_itself(Contender(AGAIN, check, made.root, all_files))
    one = "^[0-9]+ files? checked, nothing to report"
    edits = (
        (ONE, (*check, made.edited), made.edit),
        (CHANGED, (*check, "--changed"), made.edit),
        (COMPARED, (*check, made.edited), made.insert),
    )
    for name, command, edit in edits:
        yield _after_check(Contender(name, command, made.root, one, before=edit), made, check)
    staged = (*check, "--staged")
    of_index = f"^{made.files} files of git's index checked, nothing to report"
    again = Contender(STAGED, staged, made.root, of_index, before=made.unstage)
    yield _after_itself(again)
    changed = Contender(STAGED_ONE, staged, made.root, of_index, before=made.stage)
    yield _after_check(changed, made, staged)


def _after_check(contender: Contender, made: Prepared, check: tuple[str, ...]) -> Contender:
    """The contender with an untimed check of the committed content before each edit."""

    def before() -> None:
        made.restore()
        made.unstage()
        measure.output(check, made.root)
        contender.before()

    return replace(contender, before=before)


def _after_itself(contender: Contender) -> Contender:
    """The contender with an untimed run before each timed one, so that nothing has changed."""

    def fill() -> None:
        contender.before()
        measure.run(contender.command, contender.folder)

    return replace(contender, before=fill)


def _peers(made: Prepared, tools: Tools) -> Iterator[Contender]:
    """Exit code 1 means findings, which are allowed; how many files were read must be right."""
    markdown = (".sot", "CONTEXT.md")
    read = made.documents + 1
    found = frozenset({0, 1})
    rumdl = (tools.rumdl, "check", "--no-config", *markdown)
    cache = ("--cache-dir", str(made.front_matter.with_name("rumdl-cache")))
    in_files = rf"\b{read} files"
    yield Contender(RUMDL, (*rumdl, "--no-cache"), made.root, in_files, found)
    yield _after_itself(Contender(RUMDL_WARM, (*rumdl, *cache), made.root, in_files, found))
    schema = str(_REPOSITORY / "schemas" / "front-matter.schema.json")
    names = sorted(
        path.relative_to(made.front_matter).as_posix() for path in made.front_matter.glob("*/*")
    )
    validate = (tools.jsonschema, "--schemafile", schema, *names)
    yield Contender(JSONSCHEMA, validate, made.front_matter, "validation done")
    lint = ("node", tools.markdownlint, ".sot/**/*.md", "CONTEXT.md")
    yield Contender(MARKDOWNLINT, lint, made.root, rf"Linting: {read} file", found)
