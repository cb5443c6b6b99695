"""The matrix as one HTML page that needs nothing else: no script to be read, no network.

Every text of a document passes `html.escape`. The content security policy allows this page's own
style and script by their digests and nothing besides, so that even an escape that failed would
not run.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

from sot_tools.report.trace_rows import HOW, Record, gap, proof, records, summary
from sot_tools.report.visible import visible
from sot_tools.views.trace import Matrix

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
:root { --bad: #b00020; --good: #1b6e3c; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #7fd6a0; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: left; }
td { vertical-align: top; overflow-wrap: anywhere; }
thead th { position: sticky; top: 0; background: Canvas; }
tr.document th { background: var(--soft); font-weight: 600; }
code { font: 13px ui-monospace, monospace; }
.gap { color: var(--bad); font-weight: 600; }
.validated { color: var(--good); }
form { display: flex; gap: 1rem; margin: 1rem 0; }
input[type=search] { flex: 1; max-width: 30rem; padding: .35rem .5rem; font: inherit; }
[hidden] { display: none; }
"""
_SCRIPT = """
const form = document.querySelector("form"), rows = [...document.querySelectorAll("tbody tr")];
const apply = () => {
  const words = form.elements.words.value.toLowerCase().split(/\\s+/);
  const gaps = form.elements.gaps.checked;
  let head = null, shown = 0;
  for (const row of rows) {
    if (row.className === "document") {
      if (head) head.hidden = !shown;
      head = row; shown = 0;
      continue;
    }
    const text = row.dataset.document + " " + row.textContent.toLowerCase();
    row.hidden = (gaps && !("gap" in row.dataset)) || !words.every(word => text.includes(word));
    shown += !row.hidden;
  }
  if (head) head.hidden = !shown;
};
form.hidden = false;
form.addEventListener("input", apply);
form.addEventListener("submit", event => event.preventDefault());
"""


def render(matrix: Matrix, version: str) -> str:
    """The page; rows can be filtered where scripts run, and are all there where none does."""
    return "\n".join(_page(matrix, version)) + "\n"


def _page(matrix: Matrix, version: str) -> Iterator[str]:
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(_STYLE)}'; script-src '{_digest(_SCRIPT)}'"
    )
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta name="generator" content="sot {escape(version)}">'
    yield f"<title>Requirement trace</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>Requirement trace</h1>\n<p>{escape(summary(matrix))}</p>"
    yield '<form hidden><input type="search" name="words" aria-label="Filter" placeholder="Filter">'
    yield '<label><input type="checkbox" name="gaps"> only gaps</label></form>'
    yield "<table>\n<thead><tr><th>Line</th><th>Requirement</th><th>Item</th><th>Status</th>"
    yield "<th>Evidence</th></tr></thead>\n<tbody>"
    before = None
    for record in records(matrix):
        path = record.row.spot.path if record.row.document else ""
        if path != before:
            yield _head(record, path)
        before = path
        yield _row(record)
    yield f"</tbody>\n</table>\n<script>{_SCRIPT}</script>\n</body>\n</html>"


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _head(record: Record, path: str) -> str:
    title = record.row.document or "Items that no requirement leads to"
    where = f" <code>{_text(path)}</code>" if path else ""
    return f'<tr class="document"><th colspan="5">{_text(title)}{where}</th></tr>'


def _row(record: Record) -> str:
    row, item = record
    missing = gap(record)
    where = str(row.spot.line) if row.document else f"{row.spot.path}:{row.spot.line}"
    proofs = [f"<code>{_text(proof(each))}</code>" for each in item.evidence] if item else []
    if missing:
        proofs.append(f'<span class="gap">{_text(missing)}</span>')
    cells = [f"<code>{_text(where)}</code>", _text(row.text), "", "", "<br>".join(proofs)]
    if item is not None:
        mark = ' <span class="gap">inconsistent</span>' if item.wrong else ""
        named = f'<code title="{_text(HOW[item.how])}">{_text(item.id)}</code>'
        cells[2] = f"{named} {_text(item.title)}{mark}"
        status = ' class="validated"' if item.status == "validated" else ""
        cells[3] = f"<span{status}>{_text(item.status or '-')}</span>"
    about = _text(f"{row.document} {row.spot.path}".lower())
    mark = " data-gap" if missing else ""
    made = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr data-document="{about}"{mark}>{made}</tr>'


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
