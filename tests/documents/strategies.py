"""Texts that look like what people write, and like what they write by accident."""

from __future__ import annotations

from hypothesis import strategies as st

_WORDS = st.sampled_from(
    ["status", "draft", "a b", "2026-06-01", "yes", "on", "012", "1.5", "12:30", "-", "x: y", "#", "~", "null", "true"]
    + ["`code`", "**b**", "[a](b)", "[ ] box", "[x] done", "1.", "12)", "|", "a | b", "\\|", ">", "<b>", "<!-- c -->"]
    + ["'q'", '"q"', '"a\\"b"', "[a, b]", "['x', \"y\"]", "[]", "{}", "{a: 1}", "&a", "*a", "!t", "|", ">-", "%", "@", "é", "日本", "\t"]
)  # fmt: skip
_PREFIX = st.sampled_from(
    ["", "", "", " ", "  ", "    ", "- ", "  - ", "* ", "+ ", "1. ", "2) ", "# ", "## ", "###### ", "####### "]
    + ["```", "~~~", "> ", "| ", "|", "---", "===", "***", "key: ", "other: ", "  key: ", "- key: ", "key:", "\t", "    - "]
)  # fmt: skip
_SUFFIX = st.sampled_from(["", "", "", " ", "  ", " |", ".", " #", " ##", ":", " # c"])


@st.composite
def _line(draw: st.DrawFn) -> str:
    words = draw(st.lists(_WORDS, max_size=3))
    return draw(_PREFIX) + " ".join(words) + draw(_SUFFIX)


texts = st.lists(st.one_of(st.just(""), _line()), max_size=14).map("\n".join)
"""Several lines of Markdown or YAML, well formed or not."""

tables = st.lists(
    st.sampled_from(["| a | b |", "| --- | --- |", "|---|", "| c |", "text", "", "| x | y | z |", "- i", "| :-- | --: |"]),
    max_size=7,
).map("\n".join)  # fmt: skip

plain = st.lists(
    st.sampled_from(
        [
            "",
            "- a",
            "- [ ] b",
            "- [x] c",
            "  more",
            "   - n",
            "  - m",
            "text",
            "- `x`",
            "1. o",
            "2. p",
        ]
    )
    | st.sampled_from(
        [
            "    deep",
            "# H",
            "- *b*",
            "-  x",
            "- ",
            "| a |",
            "| --- |",
            "```",
            "***",
            "- a\tb",
            "*",
            " x",
            "- é",
        ]
    ),
    max_size=10,
).map("\n".join)
"""The plain Markdown that planning documents are made of, and what stands close to it."""

keys = st.sampled_from(["a", "b", "no", "null", "status", "blocked_by", "two words", "x-y"])
scalars = st.one_of(
    st.sampled_from(["draft", "2026-06-01", "a.b/c", "true", "null", "7", "1.5", '"q: z"', "'it'", "yes", "[]", "[a, b]"]),
    st.text(alphabet="abc .:#-_'\"[]{},&*!|>%@`\\", min_size=1, max_size=12),
)  # fmt: skip


@st.composite
def mappings(draw: st.DrawFn, indent: int = 0, depth: int = 0) -> str:
    """A block mapping, mostly valid YAML."""
    made = []
    for key in draw(st.lists(keys, min_size=1, max_size=4)):
        lead = " " * indent + key + ":"
        choice = draw(st.integers(0, 5 if depth < 3 else 2))
        if choice <= 2:
            made.append(f"{lead} {draw(scalars)}")
        elif choice == 3:
            made.append(lead + "\n" + draw(mappings(indent + 2, depth + 1)))
        elif choice == 4:
            pad = " " * (indent + draw(st.sampled_from([0, 2])))
            entries = draw(st.lists(scalars, min_size=1, max_size=3))
            made.append(lead + "".join(f"\n{pad}- {entry}" for entry in entries))
        else:
            body = draw(
                st.lists(st.sampled_from(["text", "  more", "", "a: b"]), min_size=1, max_size=3)
            )
            made.append(lead + " |" + "".join(f"\n{' ' * (indent + 2)}{line}" for line in body))
        if draw(st.integers(0, 9)) == 0:
            made.append(draw(st.sampled_from(["", "# comment", "  # comment"])))
    return "\n".join(made)
