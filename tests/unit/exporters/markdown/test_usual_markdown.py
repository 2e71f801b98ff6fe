"""What one pattern finds to be usual, all the other tests would leave as it is."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hfs_server.exporters.markdown.extensions import has_deep_marks
from hfs_server.exporters.markdown.plain_markdown import demoted_if_harmless
from hfs_server.exporters.markdown.usual_markdown import demoted_if_usual
from tests.unit.exporters.markdown.foreign_messages import FOREIGN
from tests.unit.exporters.markdown.messages import FRAGMENTS, HOSTILE, ORDINARY

USUAL = {
    "a paragraph": 'So it is: 5 % of $3, or <= 2 > 1? See a/b, #12, "it\'s" and me@host.org!',
    "paragraphs": "One.\n\nTwo,\nin two lines.\n\n\nThree",
    "other languages": "Größer → 東京, привет 🚀 👩\u200d💻",
    "code": "Use `read_all(*args)` or `a/b.py`, not `x`.",
    "emphasis": "**Note:** it is *very* **bold**, and **`code`** too",
    "a line of emphasis": "**Summary**\n\ntext",
    "lists": "- one\n- **two**: 2\n  - `three`\n    1. Four\n\n1) The last\n- [ ] a\n- [x] b",
    "a quote": "> It was so before.",
    "links": "See [the manual](https://a.example/b_c?d=1#e) and https://b.cd.\n\n- [a](b/c.py:12)",
    "a table": "| a | `b` |\n|---|--:|\n| 1 | 2 |",
    "a block of code": "So:\n```python\n# <b>\n    ``x = [1]\n```\nand\n\n```\n$ make {all}\n```",
}
WORDS = (
    *("word ", "Text. ", "a_b ", "`co_de` ", "**b** ", "*it* ", "**`a`:** ", "**a:** ", "b", "*a"),
    *("\n\n", "\n- ", "\n  - ", "\n1. ", "\n> ", "\n# ", "\n* ", "\n```py\n# c\n    x = 1\n```\n"),
)
ODD = (
    *(
        "<",
        ">",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "!",
        "%",
        "$",
        "^",
        "=",
        "-",
        "+",
        "*",
        "_",
        "~",
        ":",
    ),
    *("|", "\\", "/", "&", "#", "@", "`", "\t", "\n", " ", ".", "1", "x", "b", "toc", "//", "[x] "),
    *("](", "](//b", "](a:b)", "](b)", "https://", "http://x.y//z", "[q](a/b:1)", "[[", "- ", "> "),
    *(
        "\n```\n",
        "\n```mermaid\n",
        "```",
        "\n~~~\n",
        "~~~",
        "\n---\n",
        "\n=\n",
        "\n# ",
        "\n    ",
        "![",
        "%%",
    ),
    *(
        "\u0131",
        "\xa0",
        "\u3000",
        "\u2028",
        "\u241b[",
        "\x1c",
        "\x85",
        "\ud800",
        "\r",
        "\0",
        "\x1b",
    ),
)
AROUND = (
    ("", ""),
    ("Text ", " more"),
    ("**", "** b"),
    ("`", "` b"),
    ("- ", "a"),
    ("- a\n", "\n- b"),
)
TEXTS = st.lists(st.sampled_from([*WORDS, *WORDS, *ODD]), max_size=12).map("".join)
FOUND = st.lists(st.sampled_from([*WORDS, *FRAGMENTS]), max_size=5).map("".join)


@pytest.mark.parametrize("text", USUAL.values(), ids=USUAL)
def test_the_pattern_finds_what_is_usual(text: str) -> None:
    assert demoted_if_usual(text) == text == demoted_if_harmless(text)


def test_headings_go_three_levels_down_outside_of_code_only() -> None:
    text = "# A\n\n```py\n# b\n```\n## C\n#### D"
    assert demoted_if_usual(text) == "#### A\n\n```py\n# b\n```\n##### C\n###### D"


@given(TEXTS | FOUND)
@example("**toc**1) ")
def test_what_is_usual_is_harmless(text: str) -> None:
    found = demoted_if_usual(text)
    assert found in (None, demoted_if_harmless(text))


@pytest.mark.parametrize("around", [*AROUND, ("```\n", "\n```"), ("# ", ""), ("", "\n```\nb\n```")])
def test_no_two_odd_characters_are_usual_that_are_not_harmless(around: tuple[str, str]) -> None:
    before, after = around
    for pair in product(ODD, ODD):
        text = "".join((before, *pair, after))
        assert demoted_if_usual(text) in (None, demoted_if_harmless(text)), ascii(text)


@pytest.mark.parametrize(
    "character", "\0\x01\x02\b\v\f\r\x1b\x1c\x7f\x80\x85\u2028\u2029", ids=ascii
)
@pytest.mark.parametrize(
    "around", ["a {} b", "```\n{}\n```", "`a{}`", "- {}", "a{}\n# b", "**a{}b**"]
)
def test_no_control_character_is_usual(around: str, character: str) -> None:
    assert demoted_if_usual(around.format("b")) is not None
    assert demoted_if_usual(around.format(character)) is None


@pytest.mark.parametrize("text", [*HOSTILE.values(), *FOREIGN.values(), *ORDINARY.values()])
@pytest.mark.parametrize("around", ["{}", "So:\n\n{}\n\nand on", "- a\n{}", "text {}"])
def test_nothing_hostile_is_usual(text: str, around: str) -> None:
    message = around.replace("{}", text)
    assert demoted_if_usual(message) in (None, demoted_if_harmless(message))


@given(st.lists(st.sampled_from(WORDS[:10]), min_size=1, max_size=6).map("".join))
@example("*a *b ")
@example("**a *b* c** ")
@example("*a*b")
def test_marks_do_not_lie_in_each_other_however_many_there_are(text: str) -> None:
    many = text * 150
    if demoted_if_usual(many) is not None and has_deep_marks(many):
        tokens = MarkdownIt("js-default").parse(many)
        levels = [child.level for token in tokens for child in token.children or []]
        assert max(levels, default=0) <= 2
