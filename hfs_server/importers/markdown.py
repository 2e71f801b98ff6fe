"""Markdown, which cannot be imported: an error that says so, instead of one about JSON."""

from __future__ import annotations

import re

from hfs_server.errors import InvalidDocument

_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")
_HEADING = re.compile(rb"(\xef\xbb\xbf)?\s*#{1,6}[ \t]")
"""How Markdown exports begin, those of hfs-server and most others; JSON never does."""


def reject_markdown(head: bytes, suffix: str = "") -> None:
    """Raises InvalidDocument if a file begins like Markdown or has its suffix."""
    if suffix.lower() in _SUFFIXES or _HEADING.match(head):
        raise InvalidDocument(
            "Markdown cannot be imported. Export the session as JSON, and import that file."
        )
