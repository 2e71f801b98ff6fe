"""A message sanitized part by part: what one part begins no other ends, and one rule holds."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hfs_server.exporters.markdown.plain_edits import edited_if_certain
from hfs_server.exporters.markdown.plain_markdown import demoted_if_harmless
from hfs_server.exporters.markdown.sanitize import sanitize
from hfs_server.exporters.markdown.sanitize_parsed import is_safe
from hfs_server.exporters.markdown.split import parts_of
from hfs_server.exporters.shapes import is_code, is_data
from tests.unit.exporters.markdown.foreign_messages import EVIL, FOREIGN_FRAGMENTS, PAIRS
from tests.unit.exporters.markdown.messages import FRAGMENTS, LINKING_FRAGMENTS, ORDINARY
from tests.unit.exporters.markdown.test_dom import ALL_VIEWERS, SAID, check_export, export_of

BOUNDARIES = {
    "a fence": "```\n\ntext\n\n# x\n\n<b>",
    "a fence that text cuts": "text\n```\na\n\nb\n\n    ```\n\n<b>\n```\n<i>",
    "a fence in a list": "- a\n  ```\n\ntext <b>\n\n  ```\n# x",
    "tildes around marks": "~~~\n\n```\n\n~~~\n\n<b>\n\n```\n# x",
    "an indented fence": "  ```\n\ntext <b>\n```\n\n<i>\n\n   ```\n",
    "a list below a line": "Text <b>:\n\n- a\n  ```\n  <b>\n\n1. b\n  ```\n\n# x\n\n  ```\n",
    "a list below another one": "- a\n\nText <b>\n\n  b\n\n1) ```\n<i>\n\n# x",
    "a table below a line": "Text `<b>` $5\n\n| a | `b |\n|---|---|\n| <i> | ` $5 |\n\n|# x\n---",
    "a line that is underlined": "Text <b>\n---\n# x\n\nText `\n===\n` <i>\n\nText\n---\n```\n# x",
    "a comment": "a <!--\n\ntext\n\n--> <b>",
    "preformatted text": "<pre>\n\ntext\n\n    # x\n\n</pre><script>\n\nb",
    "a definition": "text <b>\n\n[x]:\n\nhttps://e.x\n\n[x]",
    "a definition above a fence": "text <b>\n\n[x]:\n```x\n# y\n```",
    "a definition with a title": "<b>\n\n[x]: /y '\n\ntext'\n\n[x] [y][x]",
    "a definition that is not safe": "See [x] <b>.\n\n[x]: command:y\n\n[x]: /z",
    "a definition in code": "See [x] and [y].\n\n```\n[x]: command:y\n[y]: /z\n```\n\n<b>",
    "a footnote": f"[^a] <b>\n\n[^a]: x\n\n    y\n\ntext\n\n{EVIL}",
    "a formula": "$$\n\ntext <b>\n\n$$\n\n# x",
    "LaTeX": "\\[\n\ntext <b>\n\n\\]\n\n# x",
    "an environment": "\\begin{align}\n\ntext <b>\n\n\\end{align}",
    "metadata": "<b>\n\n---\n\ntext\n\n---\na: b\n\n---\n```\nx\n```",
    "a rule above a fence": "text\n\n---\n```\na: <b>\n```\n---\n\n<b>",
    "a rule above a fence that ends oddly": "text\n\n---\n```\na\n```\xa0\nb\n```\n# x\n\n<b>\n```",
    "a task with a fence for some": "- [ ] ```x\n    - \n\nText <b>\n\n- [x] # y\n  ===\n\n- [ ]\n",
    "a container": "::: note\n\ntext <b>\n\n:::\n\n!!! x\n\n    # y",
    "a quote of lines": ">>>\n\ntext <b>\n\n>>>\n\n# x",
    "code after code": "<a>\n <b>\n\n<c>\n <d>\n\n# x\n\n```\n<e>\n```",
    "data with marks in it": '{"a": "```",\n"b": "<b>",\n\n"c": "\\n# x"}',
    "a diff of marks": "diff --git a/b b/b\n+```\n+<b>\n```\n# x",
    "a log with marks": "2026-02-01T10:00:00Z <b>\n```\n2026-02-01T10:00:00Z\n# x\n~~~~",
    "a terminal": "\x1b[1m<b>\x1b[0m\n```\n# x",
}
BLOCKS = st.lists(st.sampled_from(FRAGMENTS + LINKING_FRAGMENTS + FOREIGN_FRAGMENTS), max_size=5)
PARTS = st.lists(BLOCKS.map("".join).map("Text {}".format) | BLOCKS.map("".join), max_size=4)


@pytest.mark.parametrize("text", BOUNDARIES.values(), ids=BOUNDARIES)
def test_what_spans_parts_stays_in_its_place(text: str) -> None:
    check_export(export_of(text, text, SAID), ALL_VIEWERS)


@pytest.mark.parametrize("texts", PAIRS, ids=ascii)
def test_what_one_part_begins_no_other_part_ends(texts: tuple[str, str]) -> None:
    begin, end = texts
    for message in (f"<b>\n\n{begin}\n\nText\n\n{end}", f"{end}\n\nText <b>\n{begin}\n```\n```"):
        check_export(export_of(message, "x", SAID), ALL_VIEWERS)


@given(PARTS.map("\n\n".join))
def test_the_parts_make_the_message(text: str) -> None:
    text = text.strip("\n")
    assert "".join(part.text + part.separator for part in parts_of(text)) == text


@given(PARTS.map("\n\n".join))
@example("Text <b>\n===\n\nText [c](d) #\n--\n<e>\n\n- Text\n\nText\t\n---\n\n=")
@example("[a](file:///b) ftp://c:// <https://d> \\<https://e/![f](g)>\n")
@example("a `b` <c> $5\n\n`<b>` ![x](y) [z](command:x)")
@example("- `a` [b](src/c.py:12) [d](/e/f:1) <g@h.i> <https://j.k>\n- www.x.y <b>")
def test_a_parser_finds_nothing_unsafe_in_what_passes_without_one(text: str) -> None:
    text = text.replace("\r", "").strip("\n")
    for shown in (demoted_if_harmless(text), edited_if_certain(text, {})):
        if shown is None or has_code_by_indent(shown):
            continue
        assert is_safe(without_white_lines(shown))


def has_code_by_indent(text: str) -> bool:
    """Whether there is any, which a parser puts between fences below each list, safe or not."""
    return any(token.type == "code_block" for token in MarkdownIt().parse(text))


def without_white_lines(text: str) -> str:
    """The text with empty lines for those of white space, which a parser's edits make empty."""
    return "\n".join("" if line.isspace() else line for line in text.split("\n"))


def test_code_by_its_indent_shows_as_it_was_written() -> None:
    for code in ("a\n\n    <b>", "- a\n\n      <b>", ">     <b>", "-     <b>\n", "a\n\n\t<b>"):
        shown = MarkdownIt().render(sanitize(f"x <i>\n\n{code}"))
        assert "\\" not in shown
        assert "&lt;b&gt;" in shown


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_markdown_is_no_code_by_its_shape(text: str) -> None:
    assert not is_code(text)
    assert text.startswith("{") or not is_data(text)


UNSPACED = {
    "Chinese": "\u4f60\u53ef\u4ee5\u5728\u8fd9\u91cc\u627e\u5230\u7b54\u6848\uff0c",
    "Japanese": "\u3053\u306e\u30b3\u30fc\u30c9\u306f\u6b63\u3057\u3044\u3067\u3059\u3002",
    "Thai": "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e04\u0e23\u0e31\u0e1a",
}


@pytest.mark.parametrize("phrase", UNSPACED.values(), ids=UNSPACED)
def test_prose_without_blanks_between_its_words_is_markdown(phrase: str) -> None:
    for text in (phrase * 50, "\n".join([phrase * 12, f"**{phrase}**GPT-5"] * 8)):
        assert sanitize(text) == text


@pytest.mark.parametrize("text", ["aGVsbG8" * 60, "\u2500" * 400, "\n".join(["\u2550" * 90] * 4)])
def test_long_words_of_no_language_are_data(text: str) -> None:
    assert is_data(text) or is_code(text)


def test_only_the_part_in_doubt_is_changed() -> None:
    text = "*a*\n\n- b\n- `c`\n\nd <e>\n\n```\n<f>\n```\n**g**"
    assert sanitize(text) == text.replace("d <e>", "d \\<e>")


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": "<b>"}]',
        "diff --git a/x b/x\n-<b>\n+<i>",
        "2026-02-01T10:00:00Z <b>\n2026-02-01T10:00:01Z <i>",
        "Traceback (most recent call last):\n  File <b>",
        "1\u2192<b>\n2\u2192",
        "<a>\n  <b>c</b>\n</a>",
        "if (a) {\n  b<c>();\n}",
    ],
)
def test_what_is_no_markdown_becomes_one_block_of_code(text: str) -> None:
    assert sanitize(text) == f"```\n{text}\n```"
    assert sanitize(f"So:\n\n{text}\n\nWhat now?") == f"So:\n\n```\n{text}\n```\n\nWhat now?"


def test_lines_of_a_tool_become_code() -> None:
    assert sanitize("a\nb", role="tool") == "```\na\nb\n```"
    assert sanitize("Done.", role="tool") == "Done."
    assert sanitize("a\nb", role="user") == "a\nb"


def test_a_result_of_a_tool_becomes_one_code_block_unless_it_is_fenced_already() -> None:
    assert sanitize("a\n# b", "tool") == "```\na\n# b\n```"
    assert sanitize("```text\na\n```", "tool") == "```text\na\n```"
