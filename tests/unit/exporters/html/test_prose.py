"""The content of a message as HTML: what Markdown becomes, and what is shown as it was written."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.exporters.html import prose as module
from hfs_server.exporters.html.code import CodeBlocks
from hfs_server.exporters.html.escaping import clean
from hfs_server.exporters.html.prose import prose
from tests.unit.exporters.markdown.messages import FRAGMENTS, ORDINARY

PLAIN_PIECES = [
    *("word ", "`a_b`", "` x `", "`x `", "`", "``", "\n", "\n\n", "\n\n\n", '"', "'", ">", "!"),
    *("(", ".", ":", "1.", "-", "\u00a0", "a@b.c", "www.x.y", "http://x.y", "ü", "\t"),
]


def rendered(text: str, role: str = "") -> str:
    return prose(text, CodeBlocks(), role)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <b>c</b> &lt; d", "<p>a &lt;b&gt;c&lt;/b&gt; &lt; d</p>"),
        ("*a* **b** ~~c~~", "<p><em>a</em> <strong>b</strong> <del>c</del></p>"),
        ("# One\n\n## Two\n\n#### Four", "<h4>One</h4>\n<h5>Two</h5>\n<h6>Four</h6>"),
        ("`<b>` and `a *b*`", "<p><code>&lt;b&gt;</code> and <code>a *b*</code></p>"),
        ("a\n\nb\nc", "<p>a</p>\n<p>b\nc</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ],
)
def test_markdown_becomes_html(text: str, html: str) -> None:
    assert rendered(text) == html


def test_a_table_keeps_its_alignment_and_a_task_its_box() -> None:
    table = rendered("| a | b |\n|:-:|--:|\n| c | d |")
    assert '<th class="center">a</th><th class="right">b</th>' in table
    assert "style" not in table
    assert '<input disabled="" type="checkbox" checked="">' in rendered("- [x] done")


@pytest.mark.parametrize(
    ("text", "link"),
    [
        (
            "[a](https://x.y/z?q=1#f)",
            '<a href="https://x.y/z?q=1#f" rel="noopener noreferrer">a</a>',
        ),
        ("<https://x.y>", '<a href="https://x.y" rel="noopener noreferrer">https://x.y</a>'),
        ("<a@b.c>", '<a href="mailto:a@b.c" rel="noopener noreferrer">a@b.c</a>'),
        ("[a](#message-3)", '<a href="#message-3" rel="noopener noreferrer">a</a>'),
        ("![a](https://x.y/z.png)", '<a href="https://x.y/z.png" rel="noopener noreferrer">a</a>'),
        ("[a](src/main.py)", '<a rel="noopener noreferrer">a</a>'),
        ("[a](//x.y)", '<a rel="noopener noreferrer">a</a>'),
        ("[a](command:x)", '<a rel="noopener noreferrer">a</a>'),
    ],
)
def test_links_lead_to_the_web_to_mail_and_into_the_page_only(text: str, link: str) -> None:
    assert rendered(text) == f"<p>{link}</p>"


def test_what_is_no_image_keeps_its_marks() -> None:
    assert rendered("Wait! `![a](b)` and ![ c") == "<p>Wait! <code>![a](b)</code> and ![ c</p>"


@pytest.mark.parametrize(
    "text",
    ["> " * 200 + "x", "- " * 200 + "x", "*a " * 200 + "b*" * 200],
    ids=["quotes", "lists", "marks"],
)
def test_what_is_nested_too_deep_is_code(text: str) -> None:
    assert rendered(text).startswith("<pre><code>")


def test_results_data_and_code_are_blocks_of_code() -> None:
    assert rendered("a\n*b*", "tool") == "<pre><code>a\n*b*</code></pre>"
    assert rendered('{"a": "*b*"}').startswith("<pre><code>{&quot;a&quot;")
    assert rendered("Traceback (most recent call last):\n  x").startswith("<pre><code>")


@given(st.one_of(st.text(), st.lists(st.sampled_from([*PLAIN_PIECES, *FRAGMENTS])).map("".join)))
def test_plain_text_is_written_as_the_parser_would(text: str) -> None:
    check_plain(text)


@given(st.lists(st.sampled_from(PLAIN_PIECES)).map("".join))
def test_plainer_text_is_written_as_the_parser_would(text: str) -> None:
    check_plain(text)


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_text_is_written_as_the_parser_would(text: str) -> None:
    check_plain(text)


LINKS = [
    "[a](https://x.y/",
    "?q=1&b#f",
    ")",
    "<https://x.y>",
    "[b](http://x:1/'",
    "|",
    "|-|-:|",
    "3. ",
]


@given(st.lists(st.sampled_from([*LINKS, *PLAIN_PIECES, *FRAGMENTS]), max_size=30).map("".join))
def test_what_skips_the_sanitizer_is_what_it_would_return(text: str) -> None:
    quick = module._rendered(clean(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ATTENTION", re.compile("<"))
        assert words(quick) == words(module._rendered(clean(text)))


def check_plain(text: str) -> None:
    text = clean(text).strip("\n")
    quick = module._paragraphs(text) if text.strip() else None
    if quick is not None:
        assert words(quick) == words(module._rendered(text))


def words(html: str) -> str:
    """The HTML without what makes no difference: blanks at ends of lines, entities, slashes."""
    return re.sub(r"[ \t]*(\n|<p>|</p>)[ \t]*", r"\1", unescape(html)).replace(" />", ">")
