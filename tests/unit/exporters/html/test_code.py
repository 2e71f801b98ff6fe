"""Blocks of code in a page: the colours of their language, within bounds."""

from __future__ import annotations

import re
from html import unescape

import pytest

from hfs_server.exporters.html.code import CodeBlocks
from hfs_server.exporters.html.highlighting import LEXERS, effort, spans

CODE = 'def add(a):\n    """Adds <b>."""\n    return a + 1  # & so on'


def text_of(block: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", block))


@pytest.mark.parametrize("language", sorted(LEXERS))
def test_every_language_keeps_the_text_as_it_is(language: str) -> None:
    for text in (CODE, "", "\n\n x\n", "<b>&amp;</b>", "\t'\"`", "\ud800 \x00"):
        joined = "".join(value for _, value in spans(text, language))
        assert joined.rstrip("\n") == text.rstrip("\n")
    assert text_of(CodeBlocks().block(CODE, language)) == CODE


def test_words_have_the_colours_of_their_kind() -> None:
    block = CodeBlocks().block(CODE, "Python")
    assert block.startswith('<pre data-language="python"><code><span class="k">def')
    assert '<span class="f">add</span>' in block
    assert '<span class="m">1  </span>' in block
    assert '<span class="c"># &amp; so on</span></code></pre>' in block


def test_the_lines_of_a_diff_are_marked() -> None:
    block = CodeBlocks().block("@@ -1 +1 @@\n-<a>\n+b\n c", "diff")
    assert block == (
        '<pre data-language="diff"><code><span class="hunk">@@ -1 +1 @@</span>\n'
        '<span class="del">-&lt;a&gt;</span>\n<span class="ins">+b</span>\n c</code></pre>'
    )


@pytest.mark.parametrize("text", ["x = 1\n" * 20_000, f"x = '{'y' * 1_001}'"], ids=["long", "wide"])
def test_long_code_is_plain(text: str) -> None:
    assert "<span" not in CodeBlocks().block(text, "python")


@pytest.mark.parametrize("language", ["python", "java"])
def test_the_effort_for_one_page_is_bounded(language: str) -> None:
    blocks = CodeBlocks()
    lengths = [length for length in (800, 3_000, 9_000) for _ in range(200)]
    coloured = [
        length for length in lengths if "<span" in blocks.block("int 1\n" * (length // 6), language)
    ]
    assert coloured
    assert sum(effort(length, language) for length in coloured) < 125_000


def test_a_language_that_is_not_known_is_only_named() -> None:
    assert CodeBlocks().block("x", "brainfuck") == (
        '<pre data-language="brainfuck"><code>x</code></pre>'
    )
    assert CodeBlocks().block("x", '"><b>') == "<pre><code>x</code></pre>"
