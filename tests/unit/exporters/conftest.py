"""Reads an export as common Markdown viewers do, and fails if any text left its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.unit.exporters.markdown.viewers import VIEWERS

Headings = list[tuple[int, str]]


@pytest.fixture(scope="session")
def headings_of() -> Callable[[str], Headings]:
    """The headings of level 1-3 of an export, which every viewer must agree about.

    Fails if a viewer finds active HTML, an image, a link definition or an unsafe link.
    """
    return _read_with_all


@cache
def _read_with_all(markdown: str) -> Headings:
    # Many an odd value makes the same export.
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
