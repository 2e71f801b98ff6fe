"""Reads an export as people's viewers do, and says what has escaped from its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

Headings = list[tuple[int, str]]


@pytest.fixture(scope="session")
def headings_of() -> Callable[[str], Headings]:
    """The headings of level 1-3 of an export, which every viewer must agree about.

    Fails where a viewer would find active HTML, an image, a link definition or an unsafe link.
    """
    return _read_with_all


def _read_with_all(markdown: str) -> Headings:
    markdown.encode("utf-8")
    readings = {name: _read(viewer, markdown) for name, viewer in VIEWERS.items()}
    first, *others = readings.values()
    assert all(other == first for other in others), readings
    return first


def _read(viewer: MarkdownIt, markdown: str) -> Headings:
    environment: dict[str, object] = {}
    tokens = viewer.parse(markdown, environment)
    assert not environment.get("references"), environment
    assert [token.content for token in _flat(tokens) if token.type.startswith("html_")] == []
    assert [token.content for token in _flat(tokens) if token.type == "image"] == []
    assert [href for href in _targets(tokens) if not _is_safe(href)] == []
    return [
        (int(token.tag[1]), tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and int(token.tag[1]) <= 3
    ]


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _targets(tokens: list[Token]) -> Iterator[str]:
    return (str(token.attrs["href"]) for token in _flat(tokens) if token.type == "link_open")


def _is_safe(href: str) -> bool:
    plain = re.sub(r"[\x00-\x20]", "", unquote(href)).lower()
    if plain.startswith(("http://", "https://", "http:", "https:", "mailto:", "#")):
        return True
    return not plain.startswith(("//", "\\", "/\\")) and ":" not in re.split("[/?#]", plain)[0]


def _viewer(preset: str, **options: object) -> MarkdownIt:
    viewer = MarkdownIt(preset, {"html": True, "maxNesting": 100, **options})
    # VS Code lets more links through than the parser does by itself.
    viewer.validateLink = lambda url: True  # type: ignore[method-assign]
    return viewer


def _viewer_with_formulas() -> MarkdownIt:
    viewer = _viewer("js-default")
    viewer.block.ruler.after(
        "blockquote",
        "math_block",
        _math_block,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    viewer.inline.ruler.after("escape", "math_inline", _math_inline)
    return viewer


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
}
