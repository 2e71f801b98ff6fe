"""Markdown and HTML, which cannot be imported: an error that says so, instead of one about JSON."""

from __future__ import annotations

import re

from hfs_server.errors import InvalidDocument

_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")
_HEADING = re.compile(rb"(\xef\xbb\xbf)?\s*#{1,6}[ \t]")
"""How Markdown exports begin, those of hfs-server and most others; JSON never does."""
_PAGE = re.compile(
    rb'\s*<!DOCTYPE html>.{,1000}<meta name="generator" content="hfs-server ', re.DOTALL
)
"""How HTML exports of hfs-server begin."""


def reject_markdown(head: bytes, suffix: str = "") -> None:
    """Raises InvalidDocument for our HTML, and if a file begins like Markdown or has its suffix."""
    is_page = _PAGE.match(head) is not None
    if is_page or suffix.lower() in _SUFFIXES or _HEADING.match(head):
        raise InvalidDocument(
            f"{'HTML' if is_page else 'Markdown'} cannot be imported. Export the session as JSON, "
            "and import that file."
        )
