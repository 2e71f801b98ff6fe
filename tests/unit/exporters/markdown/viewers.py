"""Parsers set up as people's viewers set theirs up."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token


def _viewer(preset: str, **options: object) -> MarkdownIt:
    viewer = MarkdownIt(preset, {"html": True, "maxNesting": 100, **options})
    # Editors let more links through than the parser does by itself.
    viewer.validateLink = lambda url: True  # type: ignore[method-assign]
    return viewer


def _linking_viewer(fuzzy: bool) -> MarkdownIt:
    """One that makes links of bare addresses; ``fuzzy`` is without a scheme too."""
    viewer = _viewer("js-default", linkify=True)
    viewer.linkify.set({"fuzzy_link": fuzzy})  # type: ignore[union-attr]
    return viewer


def _viewer_with_formulas() -> MarkdownIt:
    viewer = _linking_viewer(fuzzy=False)
    viewer.options["breaks"] = True
    viewer.block.ruler.after(
        "blockquote",
        "math_block",
        _math_block,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    viewer.inline.ruler.after("escape", "math_inline", _math_inline)
    for name in ("math_block", "math_inline"):
        viewer.add_render_rule(name, _shown_formula)
    return viewer


def _shown_formula(renderer: RendererHTML, tokens: Sequence[Token], index: int, *_: object) -> str:
    # KaTeX shows what it cannot trust as text.
    return f"<code>{escapeHtml(tokens[index].content)}</code>"


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # As @vscode/markdown-it-katex reads it: to the next line that ends with $$, or to the end.
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if not line.startswith("$$"):
        return False
    if silent:
        return True
    last = start
    if not line[2:].strip().endswith("$$"):
        for last in range(start + 1, end):
            begin = state.bMarks[last] + state.tShift[last]
            if begin < state.eMarks[last] and state.tShift[last] < state.blkIndent:
                break
            if state.src[begin : state.eMarks[last]].strip().endswith("$$"):
                break
    state.line = last + 1
    state.push("math_block", "math", 0).map = [start, state.line]
    return True


def _math_inline(state: StateInline, silent: bool) -> bool:
    rest = state.src[state.pos : state.posMax]
    found = re.match(r"\$\$(.+?)\$\$|\$(?=\S)([^$]*?[^\s\\])\$(?!\d)", rest, re.DOTALL)
    if found is None:
        return False
    if not silent:
        state.push("math_inline", "math", 0).content = found[0]
    state.pos += found.end()
    return True


VIEWERS = {
    "commonmark": _viewer("commonmark"),
    "github": _viewer("js-default", tasklists=True, strikethrough_single_tilde=True),
    "vscode": _viewer_with_formulas(),
    "linking": _linking_viewer(fuzzy=True),
}
