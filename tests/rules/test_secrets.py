"""One search for all keywords stands in front of the rules about secrets in a large workspace."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sot_tools.project import settings
from sot_tools.project.check import check
from sot_tools.project.outcome import Selection
from sot_tools.rules.model import texts
from sot_tools.rules.patterns import compiled
from sot_tools.rules.secrets import gate, occurs
from tests.workspaces import begin, write

KEYWORDS = sorted(
    {
        keyword
        for rule in settings.read(Path(__file__).parents[2], None).rules
        if rule.check == "secrets"
        for keyword in texts(rule.parameters, "keywords")
    }
)
PIECES = sorted({piece for keyword in KEYWORDS for piece in keyword.replace("=", "*").split("*")})
BETWEEN = st.text(alphabet=" =:\"'`*_.-\nab/", max_size=6)


@given(st.lists(st.tuples(st.sampled_from(PIECES), BETWEEN, st.booleans()), max_size=5))
def test_it_finds_every_keyword_that_a_rule_finds(
    drawn: list[tuple[str, str, bool]],
) -> None:
    text = "".join((piece.upper() if loud else piece) + then for piece, then, loud in drawn)
    folded = text.lower()
    if any(occurs(each, folded if each.islower() else text) for each in KEYWORDS):
        assert compiled(gate(KEYWORDS), True).search(text)


def test_a_secret_is_found_in_the_first_and_in_the_last_of_many_documents(tmp_path: Path) -> None:
    root = begin(tmp_path / "demo")
    for number in range(10, 90):
        write(root, f".sot/plans/NOTE-{number}.md", f"# Note {number}\n")
    holding = {f".sot/plans/{name}-NOTE.md" for name in ("A", "Z")}
    for path in holding:
        write(root, path, "# Note\n\npassword: hunter2-and-some-more\n")
    report = check(settings.read(root.resolve(), None), Selection())
    assert {e.path for e in report.diagnostics if e.message.endswith("stands here")} == holding
