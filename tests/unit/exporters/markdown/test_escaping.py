"""Plain text is shown literally in Markdown."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from hfs_server.exporters.markdown.escaping import escaped


def test_a_name_within_a_word_is_not_escaped() -> None:
    assert escaped("layout_worker_a") == "layout_worker_a"


@pytest.mark.parametrize(
    "text",
    [
        "**a** _b_ `c`",
        "# a #",
        "> a",
        "- a",
        "+ a",
        "[a](b) ![c](d)",
        "<b>",
        "&lt;",
        "a | b",
        "~~a~~",
    ],
)
def test_markup_is_shown_literally(text: str) -> None:
    inline = MarkdownIt("gfm-like", {"linkify": False}).parse(escaped(text))[1]
    assert "".join(token.content for token in inline.children or []) == text
    assert {token.type for token in inline.children or []} <= {"text", "text_special"}
