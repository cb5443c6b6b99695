"""What `sot approve` and `sot deny` share: the question is put together, the answer is signed."""

from __future__ import annotations

from typing import Any

import click

from sot_tools.authority import advance, approve, request
from sot_tools.authority.approve import Answer, Question
from sot_tools.authority.request import Desk
from sot_tools.cli import desk as desks
from sot_tools.cli import places
from sot_tools.evidence import authority


def give(item: str, decision: str, options: dict[str, Any]) -> int:
    """Sign an answer to the question that the options put."""
    desk = desks.opened(options["root"])
    place = places.place(options["root"])
    known = authority.load(desk.root)
    question = _question(desk, item, options, decision)
    key = approve.only_key(place, known.trust, options["key"])
    sentence = options["sentence"]
    if decision == "granted" and sentence is None:
        click.echo(f"The exact sentence is:\n\n  {question.sentence}\n", err=True)
        sentence = click.prompt("Type it to approve", default="", show_default=False, err=True)
    answer = Answer(decision, key, sentence, options.get("reason", ""), options["hours"])
    signed, path = approve.sign(place, question, answer)
    word = "approved" if decision == "granted" else "denied"
    click.echo(f"{item} {word} by {key}: {path}")
    click.echo(f"approval  sha256:{signed.digest}")
    if decision == "granted":
        click.echo(f"expires   {signed.approval.expires_at}")
        if options["evidence"]:
            click.echo(f"next: sot advance {item} --evidence {question.terms.run_id}")
        else:
            terms = question.terms
            run = f"sot run {terms.case_id} --engine {terms.engine} --stage {terms.stage}"
            click.echo(f"next: {run} --approval {path}")
    return 0


def _question(desk: Desk, item: str, options: dict[str, Any], decision: str) -> Question:
    if options["evidence"]:
        run = desks.run(options["evidence"], options["runs_dir"])
        verified = advance.evidence(desk.root, run)
        terms = advance.acceptance(item, verified, authority.load(desk.root).ledger)
        sentence = f"I accept {verified.run_id} as evidence for {item}."
        return Question(terms, sentence, {})
    task = desks.task(desk, item, options)
    shown = request.shown(desk, task) if decision == "granted" else {}
    return Question(task.terms, request.sentence(desk, task), shown)
